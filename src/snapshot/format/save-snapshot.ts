import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { errnoOf } from "../../errno-of.ts";
import { Exit, LpctlError } from "../../errors.ts";
import { flushFolder } from "../../flush-folder.ts";
import { bigintAsText } from "../../protocol/bigint-json.ts";
import { HASH_OF_NO_CODE, type Address, type Hex } from "../../protocol/hex.ts";
import { compareWords } from "../../protocol/order-words.ts";
import { printable } from "../../protocol/printable.ts";
import type { ContractAccount, ContractState, ProtocolState } from "../state.ts";
import { nodesOf } from "./account-proofs.ts";
import { identityOf } from "./identity.ts";
import { manifestSchema, SNAPSHOT_SCHEMA } from "./manifest.ts";
import { PART } from "./parts.ts";
import { reviewLines, WORDS_TO_REVIEW, type NameOfSlot } from "./review-lines.ts";
import type { AccountProofs } from "./snapshot.ts";
import { addressTable, contractTable, isZero, preimageTable, slotInBoth, togetherTable, wordTable, zeroTable } from "./word-table.ts";
import { writeTable } from "./write-table.ts";

export interface SaveOptions {
  /** Who writes it: `lpctl 0.1.0`. */
  tool: string;
  /** What is to be said of how it was taken, one sentence each. */
  notes?: readonly string[];
  /** Names for the lines of a small snapshot's `words.ndjson`. */
  nameOf?: NameOfSlot;
}

export interface SavedSnapshot {
  folder: string;
  id: Hex;
  /** Words of all contracts. */
  words: number;
  /** Of all files together. */
  bytes: number;
}

/**
 * Writes a snapshot into a folder that does not exist yet, or is empty. It comes there in one step, all files flushed: a kill or
 * a full disk leaves nothing, or the whole.
 *
 * Takes the state for what it is: whoever took it has rebuilt the roots. Contracts and preimages may come in any order.
 * @param proofs of each contract what proves its account
 * @throws LPCTL_SNAPSHOT_EXISTS, LPCTL_DISK_FULL, LPCTL_FILE_NOT_WRITTEN
 * @throws RangeError when words are not in order, there twice, or zero; contracts or names are there twice
 */
export async function saveSnapshot(folder: string, state: ProtocolState, proofs: AccountProofs, options: SaveOptions): Promise<SavedSnapshot> {
  await requireFree(folder);
  const ordered = inOrder(state);
  const id = await identityOf(ordered);
  const temporary = `${resolve(folder)}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    await mkdir(dirname(temporary), { recursive: true });
    await mkdir(temporary);
    const bytes = await writeParts(temporary, ordered, proofs, id, options);
    await rename(temporary, resolve(folder));
    flushFolder(dirname(temporary));
    return { folder, id, words: wordsOf(ordered), bytes };
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true });
    if (["ENOTEMPTY", "EEXIST", "ENOTDIR"].includes(errnoOf(cause) ?? "")) throw exists(folder, cause);
    throw errnoOf(cause) === undefined ? cause : notSaved(folder, cause);
  }
}

async function writeParts(folder: string, state: ProtocolState, proofs: AccountProofs, id: Hex, options: SaveOptions): Promise<number> {
  const { contracts, preimages, block } = state;
  let bytes = 0;
  const put = async (part: string, content: string | Uint8Array): Promise<void> => {
    bytes += await writeNew(join(folder, part), content);
  };
  for (const part of ["headers", "proofs", "code", "preimages"]) await mkdir(join(folder, part));

  bytes += await writeTable(join(folder, PART.words), wordTable(contracts));
  if (contracts.some(({ writtenZeros }) => writtenZeros.length > 0)) bytes += await writeTable(join(folder, PART.zeros), zeroTable(contracts));
  if (preimages.addresses.length > 0) bytes += await writeTable(join(folder, PART.addresses), addressTable(preimages.addresses));
  if (preimages.words.length > 0) bytes += await writeTable(join(folder, PART.preimages), preimageTable(preimages.words));
  if ((preimages.together?.length ?? 0) > 0) bytes += await writeTable(join(folder, PART.together), togetherTable(preimages.together ?? []));
  if ((preimages.contracts?.length ?? 0) > 0) bytes += await writeTable(join(folder, PART.contracts), contractTable(preimages.contracts ?? []));
  await put(PART.header(BigInt(block.number)), formatJson(block));
  await put(PART.accounts, formatJson(nodesOf(proofs)));
  for (const [codeHash, code] of new Map(contracts.map(({ account, code: bytecode }) => [account.codeHash, bytecode]))) {
    if (codeHash !== HASH_OF_NO_CODE) await put(PART.code(codeHash), Buffer.from(code.slice(2), "hex"));
  }
  if (wordsOf(state) < WORDS_TO_REVIEW) await put(PART.review, reviewLines(contracts, options.nameOf));
  await put(PART.manifest, manifestText(state, id, options));
  for (const part of ["headers", "proofs", "code", "preimages", "."]) flushFolder(join(folder, part));
  return bytes;
}

function manifestText(state: ProtocolState, id: Hex, { tool, notes = [] }: SaveOptions): string {
  const { chainId, block, controller, contracts, preimages } = state;
  const text = formatJson({
    kind: "lpctl-snapshot",
    schema: SNAPSHOT_SCHEMA,
    id,
    chainId,
    block: { number: BigInt(block.number), hash: block.hash, stateRoot: block.stateRoot, timestampSeconds: BigInt(block.timestamp) },
    controller,
    contracts: contracts.map(({ address, name, layoutOf, account, words, writtenZeros }) => ({
      address,
      name,
      layoutOf: layoutOf ?? null,
      ...account,
      words: words.count,
      writtenZeros: writtenZeros.length,
    })),
    words: wordsOf(state),
    preimages: { addresses: preimages.addresses.length, words: preimages.words.length, together: preimages.together?.length ?? 0, contracts: preimages.contracts?.length ?? 0 },
    tool,
    notes,
  });
  // What could not be read again is not written: a name that a terminal would obey, say.
  manifestSchema.parse(JSON.parse(text));
  return text;
}

/** The state in the order that files have. @throws RangeError */
function inOrder(state: ProtocolState): ProtocolState {
  const contracts = sortedOnce(state.contracts.map((contract): [string, ContractState] => [contract.address.toLowerCase(), contract]));
  if (contracts.length !== state.contracts.length) throw new RangeError("a contract is there twice");
  if (new Set(contracts.map(({ name }) => name)).size !== contracts.length) throw new RangeError("two contracts have one name");
  for (const contract of contracts) requireOrder(contract);
  return {
    ...state,
    contracts: contracts.map((contract) => ({ ...contract, writtenZeros: zerosOf(contract) })),
    preimages: {
      addresses: sortedOnce(state.preimages.addresses.map((address): [string, Address] => [address.toLowerCase(), address])),
      words: sortedOnce(state.preimages.words.map((word): [string, Hex] => [word, word])),
      together: sortedOnce((state.preimages.together ?? []).map((pair): [string, Hex] => [pair, pair])),
      contracts: sortedOnce((state.preimages.contracts ?? []).map((contract): [string, ContractAccount] => [contract.address.toLowerCase(), contract])),
    },
  };
}

/** @throws RangeError where a slot has a word too */
function zerosOf({ words, writtenZeros }: ContractState): Hex[] {
  const zeros = sortedOnce(writtenZeros.map((slot): [string, Hex] => [slot, slot]));
  const both = slotInBoth(words, zeros);
  if (both !== undefined) throw new RangeError(`slot ${both} has a word, and is among those that are zero`);
  return zeros;
}

function requireOrder({ name, words: { slots, values, count } }: ContractState): void {
  if (slots.length !== count * 32 || values.length !== count * 32) throw new RangeError(`${name} has not as many slots and words as it says`);
  for (let index = 0; index < count; index++) {
    if (isZero(values, index * 32)) throw new RangeError(`a word of ${name} is zero`);
    if (index > 0 && compareWords(slots, (index - 1) * 32, slots, index * 32) >= 0) throw new RangeError(`the words of ${name} are not in the order of their slots, each once`);
  }
}

function sortedOnce<T>(keyed: readonly [string, T][]): T[] {
  const sorted = [...keyed].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return sorted.filter(([key], index) => key !== sorted[index - 1]?.[0]).map(([, value]) => value);
}

function wordsOf({ contracts }: ProtocolState): number {
  return contracts.reduce((sum, { words }) => sum + words.count, 0);
}

function formatJson(value: unknown): string {
  return `${JSON.stringify(value, bigintAsText, 2)}\n`;
}

async function writeNew(path: string, content: string | Uint8Array): Promise<number> {
  const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : content;
  const file = await open(path, "wx", 0o644);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  return bytes.length;
}

async function requireFree(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((cause: unknown) => {
    if (errnoOf(cause) === "ENOENT") return [];
    throw exists(folder, cause);
  });
  if (entries.length > 0) throw exists(folder);
}

function exists(folder: string, cause?: unknown): LpctlError {
  return new LpctlError({
    code: "LPCTL_SNAPSHOT_EXISTS",
    exit: Exit.usage,
    message: `${printable(folder)} is there already, and not empty`,
    why: "a snapshot is never written over anything",
    next: "Name another folder, or move that one away",
    cause,
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no folder can be made there",
  ENOTDIR: "it would be in a file, which is no folder",
  EACCES: "you may not write there",
  EPERM: "you may not write there",
  EROFS: "nothing can be written there",
};

/** @param cause what the disk said */
export function notSaved(folder: string, cause: unknown): LpctlError {
  const reason = errnoOf(cause);
  const full = reason === "ENOSPC" || reason === "EDQUOT";
  return new LpctlError({
    code: full ? "LPCTL_DISK_FULL" : "LPCTL_FILE_NOT_WRITTEN",
    exit: Exit.failed,
    message: `The snapshot could not be written to ${printable(folder)}`,
    why: full ? "the disk is full" : (REASONS[reason ?? ""] ?? reason),
    next: full ? "Free some space and run the command again; what was read so far is kept" : "Name another folder with --out, or check its permissions; nothing was written",
    cause,
  });
}
