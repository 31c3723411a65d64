/** Storage words and mapping keys as text for people. Pure. */
import { getAddress } from "ethers";
import { nameOfContractId } from "../protocol/contract-id.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import type { LayoutType } from "../protocol/layout.ts";

/** Where names come from: the registry, compiled artifacts, the address book of the project. */
export interface Names {
  addressName(address: Address): string | undefined;
  /** bytes32 keys and values (contract ids, role ids), lower case, to their names. */
  keyNames: ReadonlyMap<Hex, string>;
}

/** `Treasury (0x…)`, or the full checksummed address alone. */
export function formatAddress(hex: string, names: Names): string {
  const address = getAddress(`0x${hex.replace(/^0x/, "").padStart(40, "0")}`) as Address;
  const name = names.addressName(address);
  return name === undefined ? address : `${printable(name)} (${address})`;
}

/** The name of a 32-byte id, when one is known. */
function nameOfWord(word: Hex, names: Names): string | undefined {
  const name = names.keyNames.get(word) ?? nameOfContractId(word);
  return name === undefined ? undefined : printable(name);
}

/**
 * A value as it lies in its slot.
 * @param hex its bytes without `0x`, as many as the type has
 */
export function formatValue(id: string, type: LayoutType, hex: string, names: Names): string {
  const typeId = bareId(id);
  const value = hex === "" ? 0n : BigInt(`0x${hex}`);
  if (type.enumValues !== undefined) {
    const name = value < type.enumValues.length ? type.enumValues[Number(value)] : undefined;
    return name === undefined ? `invalid ${printable(type.label)} ${value}` : `${printable(name)} (${value})`;
  }
  if (/^t_(address|contract)/.test(typeId)) return formatAddress(hex, names);
  if (typeId === "t_bool") return value === 0n ? "false" : value === 1n ? "true" : `invalid bool 0x${hex}`;
  if (/^t_uint\d*$/.test(typeId) || typeId.startsWith("t_enum")) return value.toString();
  if (/^t_int\d*$/.test(typeId)) return BigInt.asIntN(hex.length * 4, value).toString();
  if (typeId === "t_bytes32") {
    const name = nameOfWord(`0x${hex}`, names);
    return name === undefined ? `0x${hex}` : `${name} (0x${hex})`;
  }
  if (type.isOpen === true) return formatUntyped(hex, names);
  if (typeId.startsWith("t_userDefinedValueType")) {
    // The layout does not say what lies beneath: 20 bytes are an address, what is small is a number.
    if (type.numberOfBytes === "20") return formatAddress(hex, names);
    return value < 1n << 128n ? value.toString() : `0x${hex}`;
  }
  return `0x${hex}`;
}

/**
 * A mapping key in brackets.
 * @param hex the key as it was hashed, without `0x`: 32 bytes, or the bytes of a `bytes` or `string` key
 */
export function formatKey(id: string, type: LayoutType | undefined, hex: string, names: Names): string {
  const typeId = bareId(id);
  if (typeId.startsWith("t_string")) return formatText(hex);
  if (typeId.startsWith("t_bytes_")) return `0x${hex}`;
  if (typeId === "t_bytes32") return nameOfWord(`0x${hex}`, names) ?? `0x${hex}`;
  const bytes = type === undefined ? 32 : Math.min(32, Number(type.numberOfBytes));
  const fixed = /^t_bytes(\d+)$/.exec(typeId)?.[1];
  if (fixed !== undefined) return `0x${hex.slice(0, Number(fixed) * 2)}`;
  if (type === undefined) return `0x${hex}`;
  return formatValue(typeId, type, hex.slice(64 - bytes * 2), names);
}

/** Whether 32 bytes can be a key of this type: unused bytes must be zero (or the sign). */
export function fitsKey(id: string, type: LayoutType | undefined, hex: string): boolean {
  const typeId = bareId(id);
  if (typeId.startsWith("t_string") || typeId.startsWith("t_bytes_")) return true;
  if (hex.length !== 64) return false;
  const bytes = type === undefined ? 32 : Math.min(32, Number(type.numberOfBytes));
  const unused = hex.slice(0, 64 - bytes * 2);
  if (/^t_bytes\d+$/.test(typeId)) return /^0*$/.test(hex.slice(bytes * 2));
  return /^0*$/.test(unused) || (typeId.startsWith("t_int") && /^f*$/.test(unused));
}

/** A key or word whose type nobody knows, by its looks: a number, an address, bytes. */
export function formatUntyped(hex: string, names: Names): string {
  if (hex.length !== 64) return `0x${hex}`;
  const value = BigInt(`0x${hex}`);
  // Addresses that begin with six zero bytes exist, and are rarer than numbers of that size.
  if (value < 1n << 112n) return value.toString();
  return value >> 160n === 0n ? formatAddress(hex.slice(24), names) : (nameOfWord(`0x${hex}`, names) ?? `0x${hex}`);
}

/** Ids that two layouts share are told apart by what follows `@`. */
function bareId(id: string): string {
  const at = id.indexOf("@");
  return at < 0 ? id : id.slice(0, at);
}

/** Bytes of a string, quoted, without control characters. */
export function formatText(hex: string): string {
  return JSON.stringify(printable(Buffer.from(hex, "hex").toString("utf8")));
}
