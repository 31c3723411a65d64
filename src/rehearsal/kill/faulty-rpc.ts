import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import type { Rpc } from "../../chain/rpc.ts";

/**
 * What goes wrong between lpctl and a node while a transaction is sent: the question never arrives; the answer never comes back;
 * something on the way sends the question twice; the block that it was mined in, and what was before it, is taken back.
 */
export type WireFault = "question lost" | "answer lost" | "sent twice" | "reorg";

export interface FaultyRpc {
  url: string;
  /** Lets the n-th transaction that is sent from now on (from 1) go wrong, once. */
  arm(fault: WireFault, atSend: number): void;
  /** Whether what was armed has happened. */
  hasStruck(): boolean;
  stop(): Promise<void>;
}

/** How many blocks a reorganisation takes back. */
export const REORG_DEPTH = 2n;

const questionSchema = z.object({ method: z.string() });
const bodySchema = z.union([z.array(questionSchema), questionSchema.transform((question) => [question])]);

/** Stands on the loopback between lpctl and a local chain: passes on what it hears, but for the fault that it was armed with. */
export async function startFaultyRpc(rpc: Rpc): Promise<FaultyRpc> {
  let armed: { fault: WireFault; left: number } | undefined;
  let struck = false;

  async function pass(body: string): Promise<string | undefined> {
    const sends = isSending(body);
    if (!sends || armed === undefined || --armed.left > 0) return ask(rpc.url, body);
    const { fault } = armed;
    armed = undefined;
    struck = true;
    if (fault === "question lost") return undefined;
    const answer = await ask(rpc.url, body);
    if (fault === "answer lost") return undefined;
    if (fault === "sent twice") return ask(rpc.url, body);
    await reorganise(rpc);
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

/** Takes the newest blocks back: others without transactions take their place, and what they held is neither mined nor waiting. */
export async function reorganise(rpc: Rpc): Promise<void> {
  const head = await rpc.blockNumber();
  const depth = head < REORG_DEPTH ? head : REORG_DEPTH;
  if (depth > 0n) await rpc.request("anvil_reorg", [Number(depth), []], z.unknown());
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
