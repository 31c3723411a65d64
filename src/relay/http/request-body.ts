import type { IncomingMessage } from "node:http";
import { parseStrictJson, StrictJsonError } from "../../protocol/strict-json.ts";
import { detail } from "./problem.ts";

/**
 * The JSON of a request. An integer that a JavaScript number would round (a nonce beyond 2^53) comes back as the decimal string
 * that was written.
 * @returns undefined when there is no body
 * @throws HttpProblem 400 for what is not JSON, 413 for too many bytes, 415 for another kind of content
 */
export async function readJsonBody(request: IncomingMessage, mostBytes: number): Promise<unknown> {
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > mostBytes) throw tooLarge(mostBytes);
  const bytes = await readBytes(request, mostBytes);
  if (bytes.length === 0) return undefined;
  // A web page can send text/plain anywhere without asking; JSON it cannot.
  const type = request.headers["content-type"] ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type)) throw detail(415, "Send the body as application/json.");
  return parseLossless(bytes);
}

function parseLossless(bytes: Buffer): unknown {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    parseStrictJson(text);
    return JSON.parse(text, keepDigits);
  } catch (error) {
    if (error instanceof StrictJsonError) throw detail(400, `JSON parse error - ${error.message}`);
    throw detail(400, "JSON parse error");
  }
}

/** `context.source` is the text of a number (ECMAScript 2026; Node 21 and later). */
function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source;
  return source !== undefined && /^-?\d+$/.test(source) ? source : value;
}

function readBytes(request: IncomingMessage, mostBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > mostBytes) {
        request.pause();
        reject(tooLarge(mostBytes));
      } else chunks.push(chunk);
    });
    request.on("end", () => resolve(Buffer.concat(chunks)));
    request.on("error", () => reject(detail(400, "The request broke off.")));
    request.on("close", () => reject(detail(400, "The request broke off.")));
  });
}

function tooLarge(mostBytes: number): Error {
  return detail(413, `A request may have ${mostBytes} bytes.`, { connection: "close" });
}
