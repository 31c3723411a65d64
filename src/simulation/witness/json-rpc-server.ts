import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { z } from "zod";

/** An error that the asking side gets as JSON-RPC has it. */
export class AnswerError extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

export interface JsonRpcServer {
  url: string;
  /** Ends all connections; resolves when the port is free. Safe to call twice. */
  close(): Promise<void>;
}

const requestSchema = z.object({ id: z.union([z.number(), z.string(), z.null()]), method: z.string(), params: z.array(z.unknown()).nullish() });

const LARGEST_BODY = 16 * 1024 * 1024;

/**
 * JSON-RPC on a free port of 127.0.0.1, under a path that nobody can guess: other programs of this machine must not use
 * the upstream's key. Does not keep the process alive.
 */
export async function startJsonRpcServer(answer: (method: string, params: unknown[]) => Promise<unknown>): Promise<JsonRpcServer> {
  const path = `/${randomBytes(16).toString("hex")}`;
  const server = createServer((request, response) => {
    if (request.url !== path || request.method !== "POST") {
      response.writeHead(404).end();
      return;
    }
    void respond(request, response, answer).catch(() => response.destroy());
  });
  server.unref();
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a server on 127.0.0.1 has a port");
  let closed: Promise<void> | undefined;
  return {
    url: `http://127.0.0.1:${address.port}${path}`,
    close: () => {
      closed ??= new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      return closed;
    },
  };
}

async function respond(request: IncomingMessage, response: ServerResponse, answer: (method: string, params: unknown[]) => Promise<unknown>): Promise<void> {
  const asked: unknown = JSON.parse(await readBody(request));
  const answers = await Promise.all((Array.isArray(asked) ? asked : [asked]).map((one) => answerOne(one, answer)));
  const text = JSON.stringify(Array.isArray(asked) ? answers : answers[0]);
  response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(text) }).end(text);
}

/** By its events: a fork asks for each word alone, and to iterate over a stream takes longer than to answer. */
function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size > LARGEST_BODY) reject(new Error("the body is too large"));
    });
    request.once("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    request.once("error", reject);
    request.once("close", () => reject(new Error("the connection was closed")));
  });
}

async function answerOne(asked: unknown, answer: (method: string, params: unknown[]) => Promise<unknown>): Promise<object> {
  const parsed = requestSchema.safeParse(asked);
  if (!parsed.success) return { jsonrpc: "2.0", id: null, error: { code: -32600, message: "not a JSON-RPC request" } };
  const { id, method, params } = parsed.data;
  try {
    return { jsonrpc: "2.0", id, result: (await answer(method, params ?? [])) ?? null };
  } catch (error) {
    const { code, data } = error instanceof AnswerError ? error : { code: -32000, data: undefined };
    const message = error instanceof Error ? error.message : String(error);
    return { jsonrpc: "2.0", id, error: { code, message, ...(data === undefined ? {} : { data }) } };
  }
}
