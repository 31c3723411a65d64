import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";

export interface Seen {
  url: string;
  authorization: string | undefined;
  body: unknown;
}

/** A small HTTP server on a free local port that answers as a test says, and remembers what it was asked. */
export async function startServer(answer: (body: unknown, response: ServerResponse, seen: Seen[]) => void): Promise<{ url: string; seen: Seen[]; stop: () => Promise<void> }> {
  const seen: Seen[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (part: string) => (text += part));
    request.on("end", () => {
      const body: unknown = JSON.parse(text);
      seen.push({ url: request.url ?? "", authorization: request.headers.authorization, body });
      answer(body, response, seen);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const stop = (): Promise<void> => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  return { url: `http://127.0.0.1:${address.port}`, seen, stop };
}

export interface JsonRequest {
  id: number;
  method: string;
  params: unknown[];
}

export function isBatch(body: unknown): body is JsonRequest[] {
  return Array.isArray(body);
}

/** Answers one request or a batch as a node would, `result` being made by `handle`. */
export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

export function answerAll(body: unknown, handle: (request: JsonRequest) => object): unknown {
  const one = (request: JsonRequest): object => ({ jsonrpc: "2.0", id: request.id, ...handle(request) });
  return isBatch(body) ? body.map(one) : one(body as JsonRequest);
}
