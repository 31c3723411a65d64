import { z } from "zod";
import { badAnswer, describeEndpoint, fromErrorObject, notJson, refusedByServer, timedOut, unreachable } from "./rpc-errors.ts";
import { AnswerTooLarge, httpPost, MOST_ANSWER_BYTES } from "./http-post.ts";
import type { Endpoint, RpcErrorObject } from "./rpc-errors.ts";
import { errnoOf } from "../errno-of.ts";
import { Exit, LpctlError } from "../errors.ts";

const MAX_BATCH = 100;
const SINGLES_IN_FLIGHT = 16;
const RETRY_STATUS = new Set([429, 502, 503, 504]);
const MAX_ATTEMPTS = 5;
const FIRST_BACKOFF_MS = 200;
/**
 * What a question to a contract may use, unless it says itself. Without a limit a node lets it run through a whole block's gas or
 * more, and contracts of unknown kind, which are asked many questions, may loop. No transaction of Ethereum may use more than
 * 2 ** 24 either (EIP-7825).
 */
const GAS_PER_QUESTION = 16_000_000n;

export interface SendOptions {
  /** The call stands for a transaction, which may use what the node allows. */
  isTransaction?: boolean | undefined;
  /** Travels in one body with requests of the same mark only, whatever else is asked in the same turn. */
  together?: object | undefined;
}

interface Pending {
  id: number;
  method: string;
  params: unknown[];
  deadline: number;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

const answerSchema = z.object({
  id: z.union([z.number(), z.string(), z.null()]).optional(),
  result: z.unknown().optional(),
  error: z.object({ code: z.number(), message: z.string(), data: z.unknown().optional() }).nullish(),
});
type Answer = z.infer<typeof answerSchema>;

/** The server cannot take this many requests in one body; fewer may pass. */
class BatchRefused extends Error {}

/**
 * JSON-RPC over HTTP. Requests issued in the same turn of the event loop travel as one batch; a server that
 * refuses batches gets smaller ones, then single requests. Only reads are tried again, and only when the
 * server says that it is busy (429, 502, 503, 504) or closed an idle connection under us.
 */
export class RpcTransport {
  readonly endpoint: Endpoint;
  readonly #target: string;
  readonly #headers: Record<string, string>;
  readonly #timeoutMs: number;
  #nextId = 1;
  #batchSize = MAX_BATCH;
  /** What was asked in this turn, by the mark of those that travel together. */
  readonly #queues = new Map<object, Pending[]>();

  constructor(url: string, timeoutMs: number) {
    const target = parseUrl(url);
    this.endpoint = describeEndpoint(target);
    this.#headers = { "content-type": "application/json", accept: "application/json" };
    if (target.username !== "" || target.password !== "") {
      const login = `${decodeURIComponent(target.username)}:${decodeURIComponent(target.password)}`;
      this.#headers["authorization"] = `Basic ${Buffer.from(login).toString("base64")}`;
      target.username = "";
      target.password = "";
    }
    this.#target = target.href;
    this.#timeoutMs = timeoutMs;
  }

  /** The `result` of one request, unparsed. Rejects with an `LpctlError`. */
  send(method: string, given: unknown[], options?: SendOptions): Promise<unknown> {
    const params = method === "eth_call" && options?.isTransaction !== true ? withGas(given) : given;
    return new Promise((resolve, reject) => {
      const pending = { id: this.#nextId++, method, params, deadline: performance.now() + this.#timeoutMs, resolve, reject };
      if (isRead(method) || isSetting(method)) {
        this.#enqueue(options?.together ?? this, pending);
      } else {
        void this.#deliver([pending]);
      }
    });
  }

  #enqueue(mark: object, pending: Pending): void {
    const queue = this.#queues.get(mark);
    if (queue !== undefined) return void queue.push(pending);
    const started = [pending];
    this.#queues.set(mark, started);
    setImmediate(() => {
      this.#queues.delete(mark);
      void this.#sendInBatches(started);
    });
  }

  async #sendInBatches(requests: Pending[]): Promise<void> {
    const size = this.#batchSize;
    const batches: Pending[][] = [];
    for (let at = 0; at < requests.length; at += size) batches.push(requests.slice(at, at + size));
    const worker = async (): Promise<void> => {
      for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) await this.#deliver(batch);
    };
    await Promise.all(Array.from({ length: Math.min(batches.length, SINGLES_IN_FLIGHT) }, worker));
  }

  /** Sends one HTTP body and settles every request in it. Never rejects. */
  async #deliver(batch: Pending[]): Promise<void> {
    try {
      const answers = await this.#exchange(batch);
      const again: Pending[] = [];
      for (const request of batch) {
        const answer = answers.get(request.id);
        if (answer === undefined) {
          request.reject(badAnswer(this.endpoint, request.method, "the answer to this request is missing from the batch"));
        } else if (answer.error !== undefined && answer.error !== null) {
          if (batch.length > 1 && isRateLimit(answer.error)) again.push(request);
          else request.reject(fromErrorObject(this.endpoint, request.method, toErrorObject(answer.error)));
        } else if (!Object.hasOwn(answer, "result")) {
          request.reject(badAnswer(this.endpoint, request.method, "the answer has neither a result nor an error"));
        } else {
          request.resolve(answer.result);
        }
      }
      // Part of a batch was turned away for its weight: the remainder goes one by one, where retries apply.
      for (const request of again) await this.#deliver([request]);
    } catch (error) {
      if (error instanceof BatchRefused) {
        this.#batchSize = Math.min(this.#batchSize, batch.length > 10 ? 10 : 1);
        await this.#sendInBatches(batch);
      } else {
        for (const request of batch) request.reject(error);
      }
    }
  }

  async #exchange(batch: Pending[]): Promise<Map<number, Answer>> {
    const first = batch[0];
    if (first === undefined) return new Map();
    const bodies = batch.map(({ id, method, params }) => ({ jsonrpc: "2.0", id, method, params }));
    const body = JSON.stringify(batch.length === 1 ? bodies[0] : bodies);
    const read = batch.every(({ method }) => isRead(method));
    const methods = nameMethods(batch);
    let reset = false;
    for (let attempt = 1; ; attempt++) {
      const left = first.deadline - performance.now();
      if (left <= 0) throw timedOut(this.endpoint, this.#timeoutMs, methods);
      let status: number, contentType: string, retryAfterMs: number | undefined, text: string;
      try {
        const answer = await httpPost(this.#target, this.#headers, body, Math.ceil(left));
        ({ status, contentType, text } = answer);
        retryAfterMs = parseRetryAfter(answer.retryAfter);
      } catch (error) {
        if (error instanceof Error && error.name === "TimeoutError") throw timedOut(this.endpoint, this.#timeoutMs, methods);
        if (error instanceof AnswerTooLarge) throw badAnswer(this.endpoint, methods, `the answer is longer than ${MOST_ANSWER_BYTES / 1024 / 1024} MB`);
        // A kept-alive connection that the server closed meanwhile: once more, on a fresh one.
        if (read && !reset && isReset(error)) {
          reset = true;
          continue;
        }
        throw unreachable(this.endpoint, error);
      }
      const json = parseJson(text);
      const busy = RETRY_STATUS.has(status) || (batch.length === 1 && isRateLimitAnswer(json));
      const backoffMs = Math.max(retryAfterMs ?? 0, FIRST_BACKOFF_MS * 2 ** (attempt - 1) * (0.75 + Math.random() / 2));
      if (busy && read && attempt < MAX_ATTEMPTS && backoffMs < first.deadline - performance.now()) {
        await new Promise((resolve) => setTimeout(resolve, backoffMs));
        continue;
      }
      return this.#parse(batch, status, contentType, text, json, methods);
    }
  }

  #parse(batch: Pending[], status: number, contentType: string, text: string, json: unknown, methods: string): Map<number, Answer> {
    const ok = status >= 200 && status < 300;
    if (json === undefined) {
      if (!ok && batch.length > 1 && (status === 400 || status === 405 || status === 413)) throw new BatchRefused();
      if (!ok && !/^\s*</.test(text)) throw refusedByServer(this.endpoint, status, methods, text);
      throw notJson(this.endpoint, status, contentType, text);
    }
    const list: unknown[] = Array.isArray(json) ? json : [json];
    const answers = new Map<number, Answer>();
    const expected = new Set(batch.map(({ id }) => id));
    for (const item of list) {
      const parsed = answerSchema.safeParse(item);
      if (!parsed.success) {
        if (!ok) throw refusedByServer(this.endpoint, status, methods, text);
        throw badAnswer(this.endpoint, methods, `not a JSON-RPC answer: ${text.slice(0, 80)}`);
      }
      const answer = parsed.data;
      const error = answer.error ?? undefined;
      // An error without an id speaks of the whole body: it could not be read, or a batch is not welcome.
      if (error !== undefined && (answer.id === null || answer.id === undefined || !Array.isArray(json))) {
        if (batch.length > 1) throw new BatchRefused();
        if (answer.id === null || answer.id === undefined) throw fromErrorObject(this.endpoint, methods, toErrorObject(error));
      }
      if (typeof answer.id !== "number" || !expected.delete(answer.id)) {
        throw badAnswer(this.endpoint, methods, `the answer carries the id ${JSON.stringify(answer.id) ?? "(none)"}, which was not asked for`);
      }
      answers.set(answer.id, answer);
    }
    return answers;
  }
}

function withGas([call, ...rest]: readonly unknown[]): unknown[] {
  return [typeof call === "object" && call !== null && !("gas" in call) ? { ...call, gas: `0x${GAS_PER_QUESTION.toString(16)}` } : call, ...rest];
}

/** Reads may be batched and repeated. Everything else (sending, mining, cheat codes) goes out once, alone. */
function isRead(method: string): boolean {
  return /^(eth|net|web3|debug|trace|txpool)_/.test(method) && !/^(eth_(send|sign)|debug_setHead)/.test(method);
}

/** What a local chain is told of its next block, in any order: in one body it is one way there and back. */
function isSetting(method: string): boolean {
  return /^(anvil_impersonateAccount|anvil_setNextBlockBaseFeePerGas|evm_setNextBlockTimestamp|evm_setAutomine)$/.test(method);
}

function parseUrl(url: string): URL {
  let parsed: URL | undefined;
  try {
    parsed = new URL(url);
  } catch {
    parsed = undefined;
  }
  if (parsed === undefined || (parsed.protocol !== "http:" && parsed.protocol !== "https:")) {
    throw new LpctlError({
      code: "LPCTL_RPC_BAD_URL",
      exit: Exit.usage,
      message: "The RPC URL is not an http:// or https:// address",
      why: parsed === undefined ? "It cannot be read as a URL." : `Its scheme is ${parsed.protocol}`,
      next: "Give a URL such as http://127.0.0.1:8545 in lpctl.yaml or LPCTL_RPC_URL.",
    });
  }
  return parsed;
}

function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Seconds or an HTTP date. */
function parseRetryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

function isRateLimitAnswer(json: unknown): boolean {
  const parsed = answerSchema.safeParse(json);
  return parsed.success && parsed.data.error !== undefined && parsed.data.error !== null && isRateLimit(parsed.data.error);
}

function isRateLimit(error: { code: number; message: string }): boolean {
  return error.code === 429 || /rate limit|too many requests|compute units per second/i.test(error.message);
}

function isReset(error: unknown): boolean {
  return ["ECONNRESET", "EPIPE"].includes(errnoOf(error) ?? "");
}

function nameMethods(batch: Pending[]): string {
  const names = [...new Set(batch.map(({ method }) => method))];
  return names.length <= 3 ? names.join(", ") : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;
}

function toErrorObject(error: { code: number; message: string; data?: unknown }): RpcErrorObject {
  return { code: error.code, message: error.message, data: error.data };
}
