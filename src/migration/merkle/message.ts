import { printable } from "../../protocol/printable.ts";

/** What a word can be made from: numbers as bigint, whole number or text; bytes as hexadecimal text or as they are. */
export type StaticValue = bigint | number | string | boolean | Uint8Array;

/** Says of a value why it cannot be written; whoever knows its row and name makes an error of it. */
export class ValueFault extends Error {}

const WORD = 32;
/** By the code of a character, as far as there is one. */
const DIGITS = Int8Array.from({ length: 0x80 }, (_, code) => "0123456789abcdef".indexOf(String.fromCharCode(code).toLowerCase()));

/** The bytes that become a leaf: written again for every row, so that a million rows make no garbage. */
export class Message {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** A whole word, two's complement for what is below zero. The value is not checked. */
  number(at: number, value: bigint): void {
    let rest = value;
    let limb = at + 24;
    // What is cut to 64 bits right where it is written makes no bigint, and most values have no more than two limbs.
    for (; limb >= at && rest !== 0n; limb -= 8) {
      this.#view.setBigUint64(limb, BigInt.asUintN(64, rest));
      rest >>= 64n;
    }
    for (; limb >= at; limb -= 8) this.#view.setBigUint64(limb, 0n);
  }

  /** Exactly `length` bytes; what follows them is left as it was. */
  fixed(at: number, length: number, value: StaticValue, what: string): void {
    if (value instanceof Uint8Array) {
      if (value.length !== length) throw new ValueFault(`${value.length} bytes are not ${what}`);
      this.bytes.set(value, at);
      return;
    }
    if (typeof value !== "string" || value.length !== 2 + 2 * length || !value.startsWith("0x")) throw new ValueFault(`${shown(value)} is not ${what}`);
    for (let byte = 0; byte < length; byte++) {
      const high = digitOf(value.charCodeAt(2 + 2 * byte));
      const low = digitOf(value.charCodeAt(3 + 2 * byte));
      if (high < 0 || low < 0) throw new ValueFault(`${shown(value)} is not ${what}`);
      this.bytes[at + byte] = (high << 4) | low;
    }
  }

  /** The 20 bytes alone, in either case; a checksum is for whoever reads the row. */
  address(at: number, value: StaticValue): void {
    this.fixed(at, 20, value, "an address");
  }

  /** A whole word that holds an address. */
  addressWord(at: number, value: StaticValue): void {
    this.bytes.fill(0, at, at + 12);
    this.address(at + 12, value);
  }

  /** Checks that a value is a number of 256 bits without a sign, and writes it. */
  uint256(at: number, value: StaticValue): void {
    this.number(at, wholeNumber(value, "uint256", 0n, 1n << 256n));
  }

  /** What `abi.encode` makes of a value of an elementary static type. */
  word(at: number, type: ElementaryType, value: StaticValue): void {
    switch (type.kind) {
      case "address":
        return this.addressWord(at, value);
      case "bool":
        return this.number(at, booleanOf(value) ? 1n : 0n);
      case "bytes":
        this.bytes.fill(0, at + type.length, at + WORD);
        return this.fixed(at, type.length, value, type.name);
      case "number":
        return this.number(at, wholeNumber(value, type.name, type.lowest, type.end));
      default:
        throw new TypeError(`nobody knows how to write ${JSON.stringify(type satisfies never)}`);
    }
  }
}

export type ElementaryType =
  | { kind: "address"; name: string }
  | { kind: "bool"; name: string }
  | { kind: "bytes"; name: string; length: number }
  /** From `lowest` to before `end`. */
  | { kind: "number"; name: string; lowest: bigint; end: bigint };

/** An elementary type of Solidity that is one word; `undefined` for arrays, structs, `bytes`, `string` and what is no type. */
export function parseElementaryType(name: string): ElementaryType | undefined {
  if (name === "address" || name === "bool") return { kind: name, name };
  const [, kind = "", size = ""] = /^(uint|int|bytes)([1-9][0-9]{0,2})?$/.exec(name) ?? [];
  if (kind === "bytes") return size !== "" && Number(size) <= WORD ? { kind: "bytes", name, length: Number(size) } : undefined;
  const bits = size === "" ? 256 : Number(size);
  if (kind === "" || bits % 8 !== 0 || bits > 256) return undefined;
  const signed = kind === "int";
  const half = 1n << BigInt(bits - 1);
  return { kind: "number", name, lowest: signed ? -half : 0n, end: signed ? half : 2n * half };
}

function wholeNumber(value: StaticValue, type: string, lowest: bigint, end: bigint): bigint {
  const number = typeof value === "bigint" ? value : numberFrom(value);
  if (number === undefined) throw new ValueFault(`${shown(value)} is not a whole number`);
  if (number < lowest || number >= end) throw new ValueFault(`${number} does not fit into ${type}`);
  return number;
}

function numberFrom(value: StaticValue): bigint | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  return typeof value === "string" && /^(-?[0-9]+|0x[0-9a-fA-F]+)$/.test(value) ? BigInt(value) : undefined;
}

function booleanOf(value: StaticValue): boolean {
  if (value === true || value === "true") return true;
  if (value === false || value === "false") return false;
  throw new ValueFault(`${shown(value)} is neither true nor false`);
}

/** Of the code of a hexadecimal digit; -1 for any other. */
function digitOf(code: number): number {
  return DIGITS[code] ?? -1;
}

function shown(value: StaticValue): string {
  const text = value instanceof Uint8Array ? `${value.length} bytes` : String(value);
  return `"${printable(text.length > 80 ? `${text.slice(0, 80)}…` : text)}"`;
}
