import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { startRelay } from "../../relay/relay.ts";
import { serviceTransport } from "../../safe/transport/service.ts";
import type { Transport } from "../../safe/transport/transport.ts";
import type { Scene } from "./scene.ts";

/** A field of what the service says about a Safe transaction, as its API has it. */
export type ServiceFields = Record<string, unknown> & { confirmations?: { owner: string; signature: string }[] };

/** A Transaction Service that is honest until told otherwise. */
export interface HostileService {
  transport: Transport;
  /** From now on: what becomes of each transaction it shows; undefined hides it. */
  lie(about: (transaction: ServiceFields) => ServiceFields | undefined): void;
  stop(): Promise<void>;
}

/** Our own relay, and in front of it somebody who changes what it answers. */
export async function startHostileService(scene: Scene): Promise<HostileService> {
  const { project } = scene;
  const relay = await startRelay({ rpc: project.rpc, chainId: project.chainId, databasePath: join(project.folder, "service.sqlite") });
  let lie: (transaction: ServiceFields) => ServiceFields | undefined = (transaction) => transaction;
  const server = createServer((request, response) => void answer(relay.url, request, response, (transaction) => lie(transaction)).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    transport: serviceTransport({ url: new URL(`http://127.0.0.1:${port}/api`), chainId: project.chainId, apiKey: undefined }),
    lie: (about) => {
      lie = about;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await relay.close();
    },
  };
}

async function answer(relayUrl: string, request: IncomingMessage, response: ServerResponse, lie: (transaction: ServiceFields) => ServiceFields | undefined): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const url = new URL((request.url ?? "/").replace(/^\/api/, ""), "http://service");
  const given = await fetch(`${relayUrl}${url.pathname}${url.search}`, {
    method: request.method ?? "GET",
    headers: { "content-type": "application/json" },
    redirect: "manual",
    ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
  });
  const text = await given.text();
  const location = given.headers.get("location");
  response.writeHead(given.status, { "content-type": "application/json", ...(location === null ? {} : { location }) });
  response.end(request.method === "GET" && given.ok && text !== "" ? JSON.stringify(told(JSON.parse(text), lie)) : text);
}

function told(answer: unknown, lie: (transaction: ServiceFields) => ServiceFields | undefined): unknown {
  if (typeof answer !== "object" || answer === null) return answer;
  if ("results" in answer && Array.isArray(answer.results)) {
    const results = answer.results.flatMap((each: unknown) => (isTransaction(each) ? (lie(each) ?? []) : [each]));
    return { ...answer, results, count: results.length };
  }
  return isTransaction(answer) ? (lie(answer) ?? {}) : answer;
}

function isTransaction(value: unknown): value is ServiceFields {
  return typeof value === "object" && value !== null && "safeTxHash" in value;
}
