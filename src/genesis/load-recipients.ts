import { readFile } from "node:fs/promises";
import { getAddress } from "ethers/address";
import { Exit, LpctlError } from "../errors.ts";
import type { Hex } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import { buildMerkleTree, type Duplicate } from "./merkle-tree.ts";

/** Who may mine the crowd's tokens. */
export interface Recipients {
  path: string;
  root: Hex;
  count: bigint;
  /** Addresses that stand there more than once; only the first few of `duplicateCount`. Positions count addresses from 0. */
  duplicates: readonly Duplicate[];
  duplicateCount: number;
  /** Whether the zero address is among them. */
  hasZero: boolean;
}

const ADDRESS_BYTES = 20;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const HASH_SIGN = 0x23;
const SPACE = 0x20;

/**
 * Reads a list of addresses, one on a line; empty lines and lines that begin with # are passed over. Millions of them: the
 * bytes are read where they lie, without a string for each.
 * @param name how messages call the file
 * @throws LPCTL_GENESIS_RECIPIENTS_MISSING, LPCTL_GENESIS_RECIPIENTS_MALFORMED with line and column
 */
export async function loadRecipients(path: string, name: string): Promise<Recipients> {
  const text = await readFile(path).catch((error: unknown) => {
    const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
    throw new LpctlError({
      code: "LPCTL_GENESIS_RECIPIENTS_MISSING",
      exit: Exit.usage,
      message: `The list of recipients ${printable(name)} cannot be read.`,
      why: code === "ENOENT" ? `There is no file ${printable(path)}.` : code,
      next: "`recipients` of the genesis file names it, relative to that file.",
      cause: error,
    });
  });
  const addresses = parseRecipients(text, name);
  if (addresses.length === 0) throw malformed(name, 1, 1, "It holds no address.");
  const { root, count, duplicates, duplicateCount } = await buildMerkleTree(addresses);
  return { path: name, root, count: BigInt(count), duplicates, duplicateCount, hasZero: hasZero(addresses) };
}

/** 20 bytes for each address, in the order of the file. @throws LPCTL_GENESIS_RECIPIENTS_MALFORMED */
export function parseRecipients(text: Uint8Array, name: string): Uint8Array {
  // The shortest line is 0x, 40 digits and a line feed.
  const addresses = new Uint8Array(Math.ceil(text.length / 42) * ADDRESS_BYTES);
  let length = 0;
  let line = 1;
  for (let start = 0; start < text.length; line++) {
    const found = text.indexOf(LINE_FEED, start);
    const next = found === -1 ? text.length : found;
    let end = next;
    while (end > start && (text[end - 1] === CARRIAGE_RETURN || text[end - 1] === SPACE)) end--;
    if (end > start && text[start] !== HASH_SIGN) {
      readAddress(text, start, end, addresses, length, (column, problem) => malformed(name, line, column, problem));
      length += ADDRESS_BYTES;
    }
    start = next + 1;
  }
  return addresses.subarray(0, length);
}

function readAddress(text: Uint8Array, start: number, end: number, into: Uint8Array, at: number, problem: (column: number, what: string) => LpctlError): void {
  const written = (): string => printable(Buffer.from(text.subarray(start, Math.min(end, start + 60))).toString("utf8"));
  if (end - start !== 42 || text[start] !== 0x30 || text[start + 1] !== 0x78) throw problem(1, `"${written()}" is not an address: 0x and 40 hex digits`);
  let cases = 0;
  for (let index = 0; index < ADDRESS_BYTES; index++) {
    const high = digitOf(text[start + 2 + 2 * index] ?? 0);
    const low = digitOf(text[start + 3 + 2 * index] ?? 0);
    if (high < 0 || low < 0) throw problem(3 + 2 * index + (high < 0 ? 0 : 1), `"${written()}" is not an address: 0x and 40 hex digits`);
    into[at + index] = ((high & 15) << 4) | (low & 15);
    cases |= (high | low) >> 4;
  }
  // Lists like this are machine-made and mostly in one case; where both cases are mixed, they are a checksum.
  if (cases === 3) {
    const typed = written();
    if (getAddress(typed.toLowerCase()) !== typed) throw problem(1, `the EIP-55 checksum of ${typed} is wrong: a character was changed`);
  }
}

/** The digit's value; 16 is added for a lower-case letter, 32 for an upper-case one; negative for no digit. */
function digitOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  if (byte >= 0x61 && byte <= 0x66) return byte - 0x61 + 10 + 16;
  if (byte >= 0x41 && byte <= 0x46) return byte - 0x41 + 10 + 32;
  return -1;
}

function hasZero(addresses: Uint8Array): boolean {
  for (let at = 0; at < addresses.length; at += ADDRESS_BYTES) {
    let index = 0;
    while (index < ADDRESS_BYTES && addresses[at + index] === 0) index++;
    if (index === ADDRESS_BYTES) return true;
  }
  return false;
}

function malformed(name: string, line: number, column: number, problem: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_GENESIS_RECIPIENTS_MALFORMED",
    exit: Exit.usage,
    message: `${printable(name)}:${line}:${column} is not a list of addresses.`,
    why: printable(problem),
    next: "Write one address on each line; lines that begin with # are passed over.",
    details: { path: name, line, column },
  });
}
