import { Exit, LpctlError } from "../../errors.ts";
import type { ErrorCode } from "../../errors.ts";
import { printable } from "../../protocol/printable.ts";
import { parseStrictJson } from "../../protocol/strict-json.ts";

/** As much of a `Response` as api-kit reads. */
export interface ServiceAnswer {
  ok: boolean;
  status: number;
  statusText: string;
  text(): Promise<string>;
}

export interface ServiceRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

export type ServiceFetch = (url: string, request?: ServiceRequest) => Promise<ServiceAnswer>;

export interface ServiceLimits {
  /** One request, its answer included. */
  requestMs: number;
  /** One request with all its repetitions and the waiting between them. */
  totalMs: number;
}

const SERVICE_LIMITS: ServiceLimits = { requestMs: 15_000, totalMs: 60_000 };
const MOST_ATTEMPTS = 4;
const MOST_REDIRECTS = 3;
const FIRST_PAUSE_MS = 250;
const LARGEST_ANSWER_BYTES = 32 * 1024 * 1024;
const TRY_AGAIN = new Set([429, 500, 502, 503, 504]);

/**
 * `fetch` for a service that is not trusted: it ends in time, waits as long as it is told to (and no longer than it can), follows a
 * redirect on the same host only, since the key in the headers must not travel to another, and takes nothing but JSON of a
 * bounded size in which every key stands once. Requests to a Safe service may be repeated: proposing or confirming twice is one.
 * @param base of the service; nothing beyond its origin is ever asked
 * @throws LPCTL_SERVICE_UNREACHABLE, _TIMED_OUT, _BUSY, _FAILING, _UNAUTHORIZED, _REDIRECT, _NOT_JSON, _BAD_ANSWER (all exit 6)
 */
export function serviceFetch(base: URL, limits: ServiceLimits = SERVICE_LIMITS): ServiceFetch {
  return async (url, request = {}) => {
    const deadline = performance.now() + limits.totalMs;
    let target = requireSameOrigin(base, url);
    let redirects = 0;
    for (let attempt = 1; ; ) {
      const answer = await exchange(base, target, request, Math.min(limits.requestMs, deadline - performance.now()));
      const { status } = answer;
      if (status >= 300 && status < 400) {
        redirects += 1;
        target = requireRedirect(base, target, answer.location, request, redirects);
        continue;
      }
      if (!TRY_AGAIN.has(status)) return accept(base, answer);
      const pauseMs = Math.max(answer.retryAfterMs ?? 0, FIRST_PAUSE_MS * 2 ** (attempt - 1));
      attempt += 1;
      if (attempt > MOST_ATTEMPTS || pauseMs > deadline - performance.now()) throw busy(base, status, answer.retryAfterMs);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  };
}

interface RawAnswer {
  status: number;
  contentType: string;
  location: string | null;
  retryAfterMs: number | undefined;
  body: string;
}

async function exchange(base: URL, target: URL, request: ServiceRequest, timeoutMs: number): Promise<RawAnswer> {
  try {
    const response = await fetch(target, {
      method: request.method?.toUpperCase() ?? "GET",
      headers: request.headers ?? { accept: "application/json" },
      ...(request.body === undefined ? {} : { body: request.body }),
      redirect: "manual",
      signal: AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs))),
    });
    return {
      status: response.status,
      contentType: response.headers.get("content-type") ?? "",
      location: response.headers.get("location"),
      retryAfterMs: parseRetryAfter(response.headers.get("retry-after")),
      body: await readBounded(base, response),
    };
  } catch (error) {
    if (error instanceof LpctlError) throw error;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    if (error instanceof Error && error.name === "TimeoutError") throw failure("LPCTL_SERVICE_TIMED_OUT", `The Safe service at ${hostOf(base)} did not answer in time`, `nothing came within ${Math.ceil(timeoutMs / 1_000)} seconds`, "Try again, or go on without it: lpctl safe sync --with FOLDER");
    const reason = cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : String(cause instanceof Error ? cause.message : cause);
    throw failure("LPCTL_SERVICE_UNREACHABLE", `The Safe service at ${hostOf(base)} cannot be reached`, printable(reason), "Check the address, or go on without it: lpctl safe sync --with FOLDER", error);
  }
}

async function readBounded(base: URL, response: Response): Promise<string> {
  if (response.body === null) return "";
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    // Leaving the loop ends the connection.
    if (size > LARGEST_ANSWER_BYTES) throw failure("LPCTL_SERVICE_BAD_ANSWER", `The Safe service at ${hostOf(base)} gave an answer without end`, `it is longer than ${LARGEST_ANSWER_BYTES / 1024 / 1024} MB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** What api-kit may read: JSON, or nothing at all. */
function accept(base: URL, { status, contentType, body }: RawAnswer): ServiceAnswer {
  if (status === 401 || status === 403 || status === 451) {
    const why = status === 451 ? "it does not serve this Safe (451)" : `it answered ${status}`;
    throw failure("LPCTL_SERVICE_UNAUTHORIZED", `The Safe service at ${hostOf(base)} does not let this request pass`, why, status === 451 ? "Go on without it: lpctl safe sync --with FOLDER" : "Check the API key in networks.<name>.safeServiceKeyFile");
  }
  if (body.trim() !== "") {
    try {
      parseStrictJson(body);
    } catch (error) {
      const html = /^\s*</.test(body) || contentType.includes("html");
      if (html) throw failure("LPCTL_SERVICE_NOT_JSON", `The Safe service at ${hostOf(base)} answered with a web page`, `status ${status}, ${printable(contentType).slice(0, 60)}`, "Check that the address is that of the service's API, ending in /api");
      throw failure("LPCTL_SERVICE_BAD_ANSWER", `The Safe service at ${hostOf(base)} gave an answer that is not acceptable`, printable(error instanceof Error ? error.message : String(error)).slice(0, 200));
    }
  }
  return { ok: status >= 200 && status < 300, status, statusText: String(status), text: () => Promise.resolve(body.trim() === "" ? "" : body) };
}

function requireSameOrigin(base: URL, url: string): URL {
  const target = new URL(url);
  if (target.origin !== base.origin) throw new TypeError(`asked ${target.origin} instead of ${base.origin}`);
  return target;
}

function requireRedirect(base: URL, from: URL, location: string | null, request: ServiceRequest, redirects: number): URL {
  const target = location !== null && URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  const repeatable = (request.method ?? "get").toLowerCase() === "get";
  if (target?.origin === base.origin && repeatable && redirects <= MOST_REDIRECTS) return target;
  const why = target === undefined ? "it does not say where" : target.origin !== base.origin ? `it leads to ${printable(target.origin)}, and the API key must not travel there` : repeatable ? "it goes round in circles" : `it moves what was sent to ${printable(target.pathname)}`;
  throw failure("LPCTL_SERVICE_REDIRECT", `The Safe service at ${hostOf(base)} sends its visitors elsewhere`, why, "Give the address where the service is now");
}

/** Seconds, or a date. */
function parseRetryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1_000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

function busy(base: URL, status: number, retryAfterMs: number | undefined): LpctlError {
  const wait = retryAfterMs === undefined ? "Try again in a minute" : `Try again in ${Math.ceil(retryAfterMs / 1_000)} seconds, as it asks`;
  return status === 429
    ? failure("LPCTL_SERVICE_BUSY", `The Safe service at ${hostOf(base)} has had enough requests for now (429)`, "its limit is per key, or per address where there is no key", wait)
    : failure("LPCTL_SERVICE_FAILING", `The Safe service at ${hostOf(base)} fails (${status})`, `also when asked ${MOST_ATTEMPTS} times`, `${wait}, or go on without it: lpctl safe sync --with FOLDER`);
}

function failure(code: ErrorCode, message: string, why: string, next = "Do not use this service; go on without it: lpctl safe sync --with FOLDER", cause?: unknown): LpctlError {
  return new LpctlError({ code, exit: Exit.network, message, why, next, cause });
}

function hostOf(base: URL): string {
  return printable(base.host);
}
