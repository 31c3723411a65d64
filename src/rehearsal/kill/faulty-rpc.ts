import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { formatTag, type Rpc } from "../../chain/rpc.ts";

/**
 * What goes wrong between lpctl and a node while a transaction is sent: the question never arrives; the answer never comes back;
 * something on the way sends the question twice; the block that it was mined in, and what was before it, is taken back.
 */
export type WireFault = "question lost" | "answer lost" | "sent twice" | "reorg";

export interface FaultyRpc {
  url: string;
  /** Lets the n-th transaction that is sent from now on (from 1; from 2 for a reorganisation) go wrong, once. */
  arm(fault: WireFault, atSend: number): void;
  /** Whether what was armed has happened. */
  hasStruck(): boolean;
  stop(): Promise<void>;
}

const questionSchema = z.object({ method: z.string() });
const bodySchema = z.union([z.array(questionSchema), questionSchema.transform((question) => [question])]);

/** Stands on the loopback between lpctl and a local chain: passes on what it hears, but for the fault that it was armed with. */
export async function startFaultyRpc(rpc: Rpc): Promise<FaultyRpc> {
  let armed: { fault: WireFault; left: number } | undefined;
  let struck = false;
  let before = "";

  async function pass(body: string): Promise<string | undefined> {
    if (armed === undefined || !isSending(body)) return ask(rpc.url, body);
    // What is mined from the transaction before the one that is meant is taken back.
    if (armed.fault === "reorg" && armed.left === 2) before = await rpc.request("evm_snapshot", [], z.string());
    armed.left -= 1;
    if (armed.left > 0) return ask(rpc.url, body);
    const { fault } = armed;
    armed = undefined;
    struck = true;
    if (fault === "question lost") return undefined;
    const answer = await ask(rpc.url, body);
    if (fault === "answer lost") return undefined;
    if (fault === "sent twice") return ask(rpc.url, body);
    await reorganise(rpc, before);
    return answer;
  }

  const server = createServer((request, response) => {
    readBody(request)
      .then(pass)
      .then((answer) => end(response, answer))
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    arm: (fault, atSend) => {
      armed = { fault, left: atSend };
      struck = false;
    },
    hasStruck: () => struck,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/**
 * Takes back what was mined since: other blocks without transactions take the place, and what was in the old ones is neither mined nor
 * waiting. `anvil_reorg` would leave the code of deployed contracts on a copied chain (1.7.1), so that they cannot be deployed again.
 */
async function reorganise(rpc: Rpc, before: string): Promise<void> {
  const head = await rpc.blockNumber();
  await rpc.request("evm_revert", [before], z.literal(true));
  const left = head - (await rpc.blockNumber());
  await rpc.request("anvil_mine", [formatTag(left + 1n)], z.unknown());
}

function isSending(body: string): boolean {
  const questions = bodySchema.safeParse(JSON.parse(body));
  return questions.success && questions.data.some(({ method }) => method === "eth_sendRawTransaction");
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

async function ask(url: string, body: string): Promise<string> {
  const response = await fetch(url, { method: "POST", body, headers: { "content-type": "application/json" } });
  return response.text();
}

/** Without an answer the connection just ends. */
function end(response: ServerResponse, answer: string | undefined): void {
  if (answer === undefined) response.destroy();
  else response.writeHead(200, { "content-type": "application/json" }).end(answer);
}
