import { getAddress } from "ethers";
import type { Address, Hex } from "../protocol/hex.ts";
import type { Artifact, ByteRange } from "./artifact.ts";

export interface BytecodeMatch {
  /** `modulo-metadata`: the instructions are the same, the compiler's metadata hash at the end is not. */
  match: "exact" | "modulo-metadata" | "none";
  /** Immutable variable -> its value in the code, 32 bytes. Empty when nothing matches. */
  immutables: Record<string, Hex>;
  /** Library -> the address the code calls it at; `source:Name` where two share a name. */
  libraries: Record<string, Address>;
}

const NONE: BytecodeMatch = { match: "none", immutables: {}, libraries: {} };

/**
 * Compares the code at an address with a compiled contract. What construction and linking fill in (immutables,
 * library addresses, a library's own address in its first instruction) may hold any value, as long as all places
 * of one variable or library hold the same; those values are returned as facts.
 */
export function matchRuntimeBytecode(onChain: Hex, artifact: Artifact): BytecodeMatch {
  const actual = Buffer.from(onChain.slice(2), "hex");
  const expected = Buffer.from(artifact.runtimeBytecode.slice(2), "hex");
  if (actual.length === 0 || expected.length === 0) return NONE;

  const actualEnd = endOfInstructions(actual);
  const expectedEnd = endOfInstructions(expected);
  if (actualEnd !== expectedEnd) return NONE;

  const libraries = linkedLibraries(artifact);
  const ranges = [...Object.values(artifact.immutableReferences), ...libraries.map((library) => library.ranges)].flat();
  // A library's code begins with PUSH20 of its own address, so that it can tell a call from a delegatecall.
  if (artifact.kind === "library" && expected[0] === 0x73) ranges.push({ start: 1, length: 20 });
  if (ranges.some((range) => range.start + range.length > actual.length)) return NONE;
  const masked = Buffer.from(actual);
  for (const { start, length } of ranges) masked.fill(0, start, start + length);
  if (!masked.subarray(0, actualEnd).equals(expected.subarray(0, expectedEnd))) return NONE;

  const immutables: Record<string, Hex> = {};
  for (const [name, places] of Object.entries(artifact.immutableReferences)) {
    const value = commonValue(actual, places);
    if (value === undefined) return NONE;
    immutables[name] = `0x${value.padStart(64, "0")}`;
  }
  const addresses: Record<string, Address> = {};
  for (const { name, ranges: places } of libraries) {
    const value = commonValue(actual, places);
    if (value === undefined) return NONE;
    addresses[name] = getAddress(`0x${value}`) as Address;
  }
  const isExact = masked.equals(expected);
  return { match: isExact ? "exact" : "modulo-metadata", immutables, libraries: addresses };
}

/** Where the compiler's CBOR metadata begins; its length is in the last two bytes. The whole length without it. */
function endOfInstructions(code: Buffer): number {
  if (code.length < 4) return code.length;
  const length = code.readUInt16BE(code.length - 2);
  const start = code.length - 2 - length;
  // A CBOR map of one to fifteen entries begins with 0xa1 to 0xaf.
  const opensMap = start >= 0 && length > 0 && ((code[start] ?? 0) & 0xf0) === 0xa0;
  return opensMap ? start : code.length;
}

function linkedLibraries(artifact: Artifact): { name: string; ranges: ByteRange[] }[] {
  const all = Object.entries(artifact.linkReferences.runtime).flatMap(([source, libraries]) =>
    Object.entries(libraries).map(([name, ranges]) => ({ source, name, ranges })),
  );
  return all.map(({ source, name, ranges }) => ({
    name: all.filter((other) => other.name === name).length > 1 ? `${source}:${name}` : name,
    ranges,
  }));
}

function commonValue(code: Buffer, places: ByteRange[]): string | undefined {
  const values = new Set(places.map(({ start, length }) => code.subarray(start, start + length).toString("hex")));
  const [value] = values;
  return values.size === 1 ? value : undefined;
}
