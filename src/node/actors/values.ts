import type { Result } from "ethers/abi";
import { hash32Schema, type Address, type Hex } from "../../protocol/hex.ts";

/** One decoded value as the type its ABI promises. @throws TypeError when the ABI we used says otherwise: a mistake of ours */
export function uintOf(values: Result, name: string | number): bigint {
  const value: unknown = take(values, name);
  if (typeof value === "bigint") return value;
  throw new TypeError(`${name} is no number`);
}

export function textOf(values: Result, name: string | number): string {
  const value: unknown = take(values, name);
  if (typeof value === "string") return value;
  throw new TypeError(`${name} is no text`);
}

export function addressOf(values: Result, name: string | number): Address {
  const value = textOf(values, name);
  if (isAddress(value)) return value;
  throw new TypeError(`${name} is no address`);
}

export function hashOf(values: Result, name: string | number): Hex {
  return hash32Schema.parse(take(values, name));
}

export function isTrue(values: Result, name: string | number): boolean {
  return take(values, name) === true;
}

function take(values: Result, name: string | number): unknown {
  return typeof name === "number" ? values[name] : values.getValue(name);
}

/** ethers gives addresses with their checksum. */
function isAddress(text: string): text is Address {
  return /^0x[0-9a-fA-F]{40}$/.test(text);
}
