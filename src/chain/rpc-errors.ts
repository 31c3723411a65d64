import { Exit, LpctlError } from "../errors.ts";
import { printable } from "../protocol/printable.ts";
import { decodeRevert } from "../protocol/revert-reason.ts";
import type { Hex } from "../protocol/hex.ts";

/** The `error` member of a JSON-RPC answer. */
export interface RpcErrorObject {
  code: number;
  message: string;
  data?: unknown;
}

/** What the errors of one endpoint need to know: what may be printed of it, and how to hide the rest. */
export interface Endpoint {
  /** Scheme, host and port. Never the path or query: API keys live there. */
  origin: string;
  /** Removes every secret part of the endpoint's URL from a text and makes the text printable. */
  redact(text: string): string;
}

const NEXT_CHECK_URL = "Check the network's RPC URL (`lpctl config show`) and that the node is running.";

/** Splits a URL into what may be shown and a function that hides the remainder wherever it turns up. */
export function describeEndpoint(url: URL): Endpoint {
  const secrets = [url.username, url.password, ...url.pathname.split("/"), ...url.searchParams.values()]
    .flatMap((part) => [part, decodeSafely(part)])
    .filter((part) => part.length >= 6);
  return {
    origin: url.origin,
    redact(text) {
      let clean = text;
      for (const secret of secrets) clean = clean.replaceAll(secret, "…");
      clean = printable(clean);
      return clean.length > 300 ? `${clean.slice(0, 300)}…` : clean;
    },
  };
}

function decodeSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function unreachable(endpoint: Endpoint, cause: unknown): LpctlError {
  return new LpctlError({
    code: "LPCTL_RPC_UNREACHABLE",
    exit: Exit.network,
    message: `Cannot reach the RPC at ${endpoint.origin}`,
    why: endpoint.redact(describeCause(cause)),
    next: NEXT_CHECK_URL,
    details: { origin: endpoint.origin },
  });
}

export function timedOut(endpoint: Endpoint, timeoutMs: number, methods: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_RPC_TIMEOUT",
    exit: Exit.network,
    message: `The RPC at ${endpoint.origin} did not answer ${methods} within ${timeoutMs / 1000} s`,
    why: "It is overloaded, still syncing, or something between here and there drops the connection.",
    next: "Try again, or use another RPC URL.",
    details: { origin: endpoint.origin, timeoutMs },
  });
}

export function notJson(endpoint: Endpoint, status: number, contentType: string, body: string): LpctlError {
  const html = contentType.includes("html") || /^\s*</.test(body);
  const start = endpoint.redact(body.slice(0, 80).replace(/\s+/g, " ").trim());
  return new LpctlError({
    code: "LPCTL_RPC_NOT_JSON",
    exit: Exit.network,
    message: `The RPC at ${endpoint.origin} answered with ${html ? "an HTML page" : "something that is not JSON"} (HTTP ${status})`,
    why: start === "" ? "The body was empty." : `It begins with: ${start}`,
    next: "The URL is probably a web page, a proxy's login page, or lacks its path or key. Check the network's RPC URL.",
    details: { origin: endpoint.origin, status },
  });
}

export function badAnswer(endpoint: Endpoint, what: string, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_RPC_BAD_ANSWER",
    exit: Exit.network,
    message: `The RPC at ${endpoint.origin} gave an answer to ${what} that makes no sense`,
    why: endpoint.redact(why),
    next: "Use another RPC URL; this one is broken or is not an Ethereum node.",
    details: { origin: endpoint.origin },
  });
}

export function refusedByServer(endpoint: Endpoint, status: number, methods: string, body: string): LpctlError {
  const meanings: Record<number, string> = { 401: "the key is missing or wrong", 403: "access is denied", 404: "there is nothing at this path", 429: "too many requests" };
  const meaning = meanings[status];
  const text = endpoint.redact(body.slice(0, 200).trim());
  return new LpctlError({
    code: "LPCTL_RPC_ERROR",
    exit: Exit.network,
    message: `The RPC at ${endpoint.origin} refused ${methods} (HTTP ${status}${meaning === undefined ? "" : `: ${meaning}`})`,
    why: text === "" ? undefined : text,
    next: NEXT_CHECK_URL,
    details: { origin: endpoint.origin, status },
  });
}

/** A JSON-RPC error as an `LpctlError`: a revert when it is one, else LPCTL_RPC_ERROR with the node's words. */
export function fromErrorObject(endpoint: Endpoint, method: string, error: RpcErrorObject): LpctlError {
  const said = endpoint.redact(error.message);
  if ((method === "eth_call" || method === "eth_estimateGas") && isRevert(error)) {
    const data = findRevertData(error.data) ?? "0x";
    const reason = data === "0x" ? undefined : decodeRevert(data);
    return new LpctlError({
      code: "LPCTL_CHAIN_CALL_REVERTED",
      exit: Exit.reverted,
      message: `The call reverts: ${reason ?? (said === "" ? "without a reason" : said)}`,
      details: { data, rpcCode: error.code, rpcMessage: said },
    });
  }
  return new LpctlError({
    code: "LPCTL_RPC_ERROR",
    exit: Exit.network,
    message: `The RPC at ${endpoint.origin} answered ${method} with an error: ${said}`,
    why: `JSON-RPC error ${error.code}.`,
    next: error.code === -32601 ? "This node does not offer the method; use another RPC URL." : "Try again, or use another RPC URL.",
    details: { origin: endpoint.origin, method, rpcCode: error.code, rpcMessage: said },
  });
}

/** geth, anvil, erigon: code 3. Nethermind, OpenEthereum: -32015. The others only say so in words. */
function isRevert(error: RpcErrorObject): boolean {
  if (error.code === 3 || error.code === -32015) return true;
  return /revert|vm execution error|vm exception|invalid opcode|invalid jump|stack (under|over)flow|out of gas|EVM ?error/i.test(error.message);
}

/** Clients put the returned bytes in `data` plainly, behind the word "Reverted", or some objects deeper. */
function findRevertData(data: unknown, depth = 0): Hex | undefined {
  if (typeof data === "string") {
    const bytes = /^(?:Reverted\s+)?(0x(?:[0-9a-fA-F]{2})*)$/.exec(data.trim())?.[1];
    return bytes === undefined ? undefined : `0x${bytes.slice(2).toLowerCase()}`;
  }
  if (typeof data !== "object" || data === null || depth > 3) return undefined;
  for (const name of ["data", "result", "return", "output", "originalError"]) {
    if (!Object.hasOwn(data, name)) continue;
    const found = findRevertData(Reflect.get(data, name), depth + 1);
    if (found !== undefined) return found;
  }
  for (const value of Object.values(data)) {
    const found = typeof value === "object" ? findRevertData(value, depth + 1) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** fetch hides the real reason one or two causes deep. */
function describeCause(error: unknown): string {
  let current = error;
  for (let depth = 0; depth < 5 && current instanceof Error; depth++) {
    if (current instanceof AggregateError && current.errors[0] instanceof Error) current = current.errors[0];
    else if (current.cause instanceof Error) current = current.cause;
    else break;
  }
  return current instanceof Error ? current.message || current.name : String(current);
}

export function noBlock(origin: string, block: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_CHAIN_NO_BLOCK",
    exit: Exit.network,
    message: `The RPC at ${origin} does not have block ${block}`,
    why: "The block is not mined yet, or the node is behind or pruned.",
    next: "Check the block number, or use an archive node.",
    details: { block },
  });
}
