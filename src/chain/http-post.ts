import { Agent as HttpAgent, request as httpRequest } from "node:http";
import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";

export interface HttpAnswer {
  status: number;
  contentType: string;
  retryAfter: string | null;
  text: string;
}

/** Far above what any question of ours is answered with; what is longer is meant to fill a memory. */
export const MOST_ANSWER_BYTES = 128 * 1024 * 1024;

export class AnswerTooLarge extends Error {}

/** Idle connections wait this long for the next request of the same command; they never keep the process alive. */
const agent = new HttpAgent({ keepAlive: true, timeout: 10_000 });

/**
 * One POST. node's own client rather than `fetch`: loading fetch takes as long as a whole node start, and a command that
 * reads a chain makes a handful of requests. Redirects are answers like any other and are not followed: a body with an API
 * key in its URL must not travel to another host.
 * @throws Error with `name` TimeoutError when the deadline passes, AnswerTooLarge, else what the socket says
 */
export async function httpPost(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  timeoutMs: number,
): Promise<HttpAnswer> {
  const secure = url.startsWith("https:");
  const open = secure ? (await import("node:https")).request : httpRequest;
  return new Promise((resolve, reject) => {
    // The deadline arrives as an AbortError that only carries the reason, in the answer's body too.
    const fail = (error: Error): void => reject(error.name === "AbortError" && error.cause instanceof Error ? error.cause : error);
    const request = open(
      url,
      {
        method: "POST",
        ...(secure ? {} : { agent }),
        headers: { ...headers, "accept-encoding": "gzip", "content-length": Buffer.byteLength(body) },
        signal: AbortSignal.timeout(timeoutMs),
      },
      (response) => {
        readText(response).then((text) => {
          const retryAfter = response.headers["retry-after"] ?? null;
          resolve({ status: response.statusCode ?? 0, contentType: response.headers["content-type"] ?? "", retryAfter, text });
        }, fail);
      },
    );
    request.on("error", fail);
    request.end(body);
  });
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += (chunk as Buffer).length;
    // Leaving the loop ends the connection.
    if (size > MOST_ANSWER_BYTES) throw new AnswerTooLarge();
    chunks.push(chunk as Buffer);
  }
  const bytes = Buffer.concat(chunks);
  if (response.headers["content-encoding"] !== "gzip") return bytes.toString("utf8");
  const { gunzip } = await import("node:zlib");
  try {
    return (await promisify(gunzip)(bytes, { maxOutputLength: MOST_ANSWER_BYTES })).toString("utf8");
  } catch (error) {
    throw error instanceof RangeError ? new AnswerTooLarge() : error;
  }
}
