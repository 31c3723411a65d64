import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a client asked. */
export interface Asked {
  method: string;
  /** With its query. */
  path: string;
  body: string;
}

/** What a server answers. */
export interface Answered {
  status: number;
  body: string;
  /** Where the client is sent instead. */
  location: string | null;
}

/** A server on a free port of this machine that asks another and may answer otherwise. What it cannot answer, it hangs up on. */
export async function startLiar(answer: (asked: Asked) => Promise<Answered>): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => void reply(request, response, answer).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** What the honest server says to the same question. */
export async function askHonest(url: string, { method, body }: Asked): Promise<Answered> {
  const given = await fetch(url, { method, headers: { "content-type": "application/json" }, redirect: "manual", ...(body === "" ? {} : { body }) });
  return { status: given.status, body: await given.text(), location: given.headers.get("location") };
}

async function reply(request: IncomingMessage, response: ServerResponse, answer: (asked: Asked) => Promise<Answered>): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { status, body, location } = await answer({ method: request.method ?? "GET", path: request.url ?? "/", body: Buffer.concat(chunks).toString("utf8") });
  response.writeHead(status, { "content-type": "application/json", ...(location === null ? {} : { location }) });
  response.end(body);
}
