import type { Interface } from "ethers/abi";
import { GS_CODES } from "./gs-codes.ts";
import { printable } from "./printable.ts";
import type { Hex } from "./hex.ts";

const ERROR_STRING = "08c379a0";
const PANIC = "4e487b71";

/** Panic codes of the Solidity compiler. */
const PANICS: Record<string, string> = {
  "0": "generic panic",
  "1": "assertion failed",
  "17": "arithmetic overflow or underflow",
  "18": "division or modulo by zero",
  "33": "value outside of the enum",
  "34": "corrupt storage byte array",
  "49": "pop on an empty array",
  "50": "array index out of bounds",
  "65": "too much memory",
  "81": "call of an uninitialised internal function",
};

/**
 * The innermost reason of a revert, in words for a person. Understands `Error(string)`, `Panic(uint256)`, custom
 * errors found in `errorAbis`, Safe's GS codes, and the LIP-25 Governor's nesting: it passes the inner revert
 * data on as a "string", so the payload of an `Error(string)` can be another revert, any number of times over.
 * Works on bytes throughout, because such a payload is rarely valid UTF-8.
 *
 * @param data what the call returned; `0x` gives "reverted without a reason"
 */
export function decodeRevert(data: Hex, errorAbis: readonly Interface[] = []): string {
  return decodeBytes(Buffer.from(data.slice(2), "hex"), errorAbis, 0);
}

function decodeBytes(bytes: Buffer, errorAbis: readonly Interface[], depth: number): string {
  if (bytes.length === 0) return "reverted without a reason";
  const selector = bytes.subarray(0, 4).toString("hex");
  if (selector === ERROR_STRING) {
    const payload = readDynamicBytes(bytes.subarray(4));
    if (payload !== undefined) return depth < 16 ? describePayload(payload, errorAbis, depth) : "nested too deeply";
  }
  if (selector === PANIC && bytes.length >= 36) {
    const code = BigInt(`0x${bytes.subarray(4, 36).toString("hex")}`);
    return `panic: ${PANICS[code.toString()] ?? "unknown code"} (0x${code.toString(16).padStart(2, "0")})`;
  }
  for (const abi of errorAbis) {
    const text = describeCustomError(abi, `0x${bytes.toString("hex")}`);
    if (text !== undefined) return text;
  }
  const hex = bytes.toString("hex");
  return `unknown error 0x${hex.length > 136 ? `${hex.slice(0, 136)}… (${bytes.length} bytes)` : hex}`;
}

/** The payload of an `Error(string)`: another revert in disguise, or text. */
function describePayload(payload: Buffer, errorAbis: readonly Interface[], depth: number): string {
  const selector = payload.subarray(0, 4).toString("hex");
  const nested = selector === ERROR_STRING ? readDynamicBytes(payload.subarray(4)) !== undefined : selector === PANIC && payload.length === 36;
  if (nested) return decodeBytes(payload, errorAbis, depth + 1);
  if (payload.length % 32 === 4 && errorAbis.some((abi) => describeCustomError(abi, `0x${payload.toString("hex")}`) !== undefined)) {
    return decodeBytes(payload, errorAbis, depth + 1);
  }
  const text = payload.toString("utf8");
  if (text.includes("\ufffd")) return decodeBytes(payload, errorAbis, depth + 1);
  if (text === "") return "reverted without a reason";
  const safe = Object.hasOwn(GS_CODES, text) ? GS_CODES[text] : undefined;
  return safe === undefined ? printable(text) : `${text}: ${safe.means}`;
}

/** ABI-encoded `(bytes)`; undefined when offset or length point outside. A missing pad is forgiven. */
function readDynamicBytes(body: Buffer): Buffer | undefined {
  const offset = readWord(body, 0);
  const length = offset === undefined ? undefined : readWord(body, offset);
  if (offset === undefined || length === undefined) return undefined;
  const start = offset + 32;
  return start + length <= body.length ? body.subarray(start, start + length) : undefined;
}

function readWord(body: Buffer, at: number): number | undefined {
  if (at + 32 > body.length) return undefined;
  const value = BigInt(`0x${body.subarray(at, at + 32).toString("hex")}`);
  return value > BigInt(body.length) ? undefined : Number(value);
}

function describeCustomError(abi: Interface, data: string): string | undefined {
  try {
    const error = abi.parseError(data);
    if (error === null) return undefined;
    const parts = error.fragment.inputs.map((input, at) => `${input.name === "" ? "" : `${input.name}: `}${formatArgument(error.args[at])}`);
    return `${error.name}(${parts.join(", ")})`;
  } catch {
    return undefined;
  }
}

function formatArgument(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(formatArgument).join(", ")}]`;
  return printable(String(value));
}
