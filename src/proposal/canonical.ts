import canonicalize from "canonicalize";
import { keccak256, toUtf8Bytes } from "ethers";
import type { Hex } from "../protocol/hex.ts";

/** A value as our files hold it: bigints become decimal strings, undefined members vanish. */
export function toPlainJson(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString(10);
  if (Array.isArray(value)) return value.map(toPlainJson);
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .map(([key, member]) => [key, toPlainJson(member)]),
    );
  }
  return value;
}

/** RFC 8785 JSON of a value; the bytes that ids are hashes of. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(toPlainJson(value));
  if (text === undefined) throw new TypeError("only JSON values have a canonical form");
  return text;
}

/** keccak-256 of the canonical JSON. */
export function canonicalHash(value: unknown): Hex {
  return keccak256(toUtf8Bytes(canonicalJson(value))) as Hex;
}
