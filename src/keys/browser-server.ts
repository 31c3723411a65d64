import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { z } from "zod";
import { addressSchema } from "../protocol/address-schema.ts";
import { onExit } from "../on-exit.ts";

const answerSchema = z.discriminatedUnion("outcome", [
  z.strictObject({ outcome: z.literal("signed"), signature: z.string().max(1_000) }),
  z.strictObject({ outcome: z.literal("addresses"), addresses: z.array(addressSchema).max(100) }),
  z.strictObject({ outcome: z.enum(["refused", "failed"]), words: z.string().max(1_000) }),
]);
/** What the page says, once. Nothing in it is believed before it is checked. */
export type BrowserAnswer = z.output<typeof answerSchema>;

export interface BrowserServer {
  url: string;
  /** The first answer; afterwards nothing is served any more. */
  answer: Promise<BrowserAnswer>;
  close(): void;
}

const MOST_BODY_BYTES = 65_536;

/**
 * Serves one page at one unguessable path of this machine until it is answered once. Other hosts' names (DNS rebinding), other
 * origins and other paths get nothing, nothing is cached, and the page may load nothing and talk to nobody but this server.
 */
export async function serveOnce(page: (nonce: string) => string): Promise<BrowserServer> {
  const token = randomBytes(24).toString("base64url");
  let settle: (answer: BrowserAnswer) => void = () => undefined;
  const answer = new Promise<BrowserAnswer>((resolve) => (settle = resolve));
  let host = "";
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: 1_000 }, (request, response) => {
    respond(request, response).catch(() => refuse(response, 400));
  });

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.headers.host !== host) return refuse(response, 403);
    if (!equal(request.url ?? "", `/${token}`)) return refuse(response, 404);
    if (request.method === "GET" || request.method === "HEAD") return show(response, page, request.method === "HEAD");
    if (request.method !== "POST") return refuse(response, 405);
    const { origin, "content-type": type, "sec-fetch-site": site } = request.headers;
    if (origin !== `http://${host}` || type !== "application/json" || (site !== undefined && site !== "same-origin")) return refuse(response, 403);
    const body = await readBody(request);
    const parsed = body === undefined ? undefined : answerSchema.safeParse(parseJson(body));
    if (parsed?.success !== true) return refuse(response, body === undefined ? 413 : 400);
    response.writeHead(204, { connection: "close" });
    response.end(() => {
      settle(parsed.data);
      close();
    });
  };

  const close = (): void => {
    release();
    server.close();
    // The answer that is being written still arrives: it was flushed before.
    setImmediate(() => server.closeAllConnections());
  };
  const release = onExit(() => void server.close());
  host = `127.0.0.1:${await listen(server)}`;
  return { url: `http://${host}/${token}`, answer, close };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}

function show(response: ServerResponse, page: (nonce: string) => string, headOnly: boolean): void {
  const nonce = randomBytes(16).toString("base64");
  const html = page(nonce);
  response.writeHead(200, {
    "content-type": "text/html; charset=utf-8",
    "content-length": Buffer.byteLength(html),
    "content-security-policy": `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
  });
  response.end(headOnly ? undefined : html);
}

function refuse(response: ServerResponse, status: number): void {
  if (response.headersSent) return;
  response.writeHead(status, { "content-type": "text/plain", "cache-control": "no-store", connection: "close" });
  response.end(`${status}\n`);
}

/** `undefined` when it is longer than any answer. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > MOST_BODY_BYTES) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function equal(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}
