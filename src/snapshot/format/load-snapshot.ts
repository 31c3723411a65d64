import { join } from "node:path";
import { errnoOf } from "../../errno-of.ts";
import { LpctlError } from "../../errors.ts";
import { useFastKeccak } from "../../protocol/fast-keccak.ts";
import { HASH_OF_NO_CODE, type Hex } from "../../protocol/hex.ts";
import { parseStrictJson } from "../../protocol/strict-json.ts";
import type { ContractState, Preimages } from "../state.ts";
import { blockFieldsSchema, hashHeader, type BlockFields } from "../trie/block-header.ts";
import type { SlotWords } from "../trie/storage-root.ts";
import { accountNodesSchema, splitProofs } from "./account-proofs.ts";
import { loadAttestations } from "./attestations.ts";
import { ADDRESS_COLUMNS, CONTRACT_COLUMNS, PREIMAGE_COLUMNS, TOGETHER_COLUMNS, WORD_COLUMNS, ZERO_COLUMNS, type ByteColumn, type RowGroup } from "./byte-table.ts";
import { checksumAddresses } from "./checksum-addresses.ts";
import { identityOf } from "./identity.ts";
import { manifestHeadSchema, manifestSchema, SNAPSHOT_SCHEMA, type SnapshotManifest } from "./manifest.ts";
import { LARGEST_JSON_BYTES, parsePart, PART, readPart, withPart } from "./parts.ts";
import { readTable, TableError } from "./read-table.ts";
import { brokenSnapshot, differentSnapshot, newerSnapshot, noSnapshot } from "./snapshot-errors.ts";
import type { LoadedSnapshot } from "./snapshot.ts";
import { collectContracts, collectSorted, collectWords, collectZeros, slotInBoth } from "./word-table.ts";

/** A table of the largest snapshot there can be. */
const LARGEST_TABLE_BYTES = 16_000_000_000;
/** EIP-170 allows 24,576; chains with other rules and local ones have larger ones. */
const LARGEST_CODE_BYTES = 10_000_000;

/**
 * Reads a snapshot, and believes nothing in it: sizes and counts are compared before anything is reserved for them, rows must be
 * in order, each once, none zero, and the identity is computed anew. So whoever names an identity gets the very state it stands
 * for. Whether that is the state of a chain's block, `verifySnapshot` tells, at the price of rebuilding the roots.
 * @throws LPCTL_SNAPSHOT_NOT_FOUND, _NEWER, _BROKEN (a part is missing, cut off, or not of its form), _DIFFERENT (its parts
 * do not make the identity that it names, or its header is not that of its block)
 */
export async function loadSnapshot(folder: string): Promise<LoadedSnapshot> {
  await useFastKeccak();
  const manifest = await loadManifest(folder);
  const block = await loadHeader(folder, manifest);
  const contracts = await loadContracts(folder, manifest);
  const preimages = await loadPreimages(folder, manifest);
  const accounts = parsePart(join(folder, PART.accounts), (await readPart(folder, PART.accounts, LARGEST_JSON_BYTES)).toString("utf8"), accountNodesSchema);
  const state = { chainId: manifest.chainId, block, controller: manifest.controller, contracts, preimages };
  const id = await identityOf(state);
  if (id !== manifest.id) {
    throw differentSnapshot("The snapshot was changed after it was written", `what is in it has the identity ${id}; its manifest names ${manifest.id}`, { expected: manifest.id, found: id });
  }
  const proofs = await splitProofs(block.stateRoot, contracts.map(({ address }) => address), accounts.nodes);
  return { folder, id, state, manifest, proofs, attestations: await loadAttestations(folder, { chainId: state.chainId, blockHash: block.hash, id }) };
}

/** What a snapshot is of, without reading its words: nothing of it is checked beyond its form. @throws LPCTL_SNAPSHOT_NOT_FOUND, _NEWER, _BROKEN */
export async function loadManifest(folder: string): Promise<SnapshotManifest> {
  const path = join(folder, PART.manifest);
  const text = await readPart(folder, PART.manifest, LARGEST_JSON_BYTES).catch((error: unknown) => {
    if (error instanceof LpctlError && ["ENOENT", "ENOTDIR"].includes(errnoOf(error.cause) ?? "")) throw noSnapshot(folder, error.cause);
    throw error;
  });
  const head = manifestHeadSchema.safeParse(jsonOrNothing(text.toString("utf8")));
  if (head.success && head.data.schema > SNAPSHOT_SCHEMA) throw newerSnapshot(folder, head.data.schema, SNAPSHOT_SCHEMA);
  const manifest = parsePart(path, text.toString("utf8"), manifestSchema);
  const { contracts } = manifest;
  const keys = contracts.map(({ address }) => address.toLowerCase());
  if (keys.some((key, index) => index > 0 && key <= (keys[index - 1] ?? ""))) throw brokenSnapshot(path, "its contracts are not in the order of their addresses, each once");
  if (new Set(contracts.map(({ name }) => name)).size !== contracts.length) throw brokenSnapshot(path, "two contracts have one name");
  if (contracts.reduce((sum, { words }) => sum + words, 0) !== manifest.words) throw brokenSnapshot(path, "the words of its contracts are not as many as it says");
  return manifest;
}

function jsonOrNothing(text: string): unknown {
  try {
    return parseStrictJson(text);
  } catch {
    return undefined;
  }
}

async function loadHeader(folder: string, { block }: SnapshotManifest): Promise<BlockFields> {
  const part = PART.header(block.number);
  const path = join(folder, part);
  const header = parsePart(path, (await readPart(folder, part, 1_000_000)).toString("utf8"), blockFieldsSchema);
  const hash = hashOf(header, path);
  if (hash !== block.hash || header.hash !== block.hash) {
    throw differentSnapshot("The snapshot's header is not that of its block", `${path} has the hash ${hash}; the manifest names ${block.hash}`, { expected: block.hash, found: hash });
  }
  const isSame = header.stateRoot === block.stateRoot && BigInt(header.number) === block.number && BigInt(header.timestamp) === block.timestampSeconds;
  if (!isSame) throw differentSnapshot("The snapshot's manifest does not agree with its header", `number, state root or time of ${path} are others`, { block: block.hash });
  return header;
}

/** Values of odd length, or without any digit, are of the form of a header and cannot be hashed. */
function hashOf(header: BlockFields, path: string): Hex {
  try {
    for (const quantity of [header.number, header.timestamp]) BigInt(quantity);
    return hashHeader(header);
  } catch (cause) {
    throw brokenSnapshot(path, "a value in it is no number, or not whole bytes", cause);
  }
}

async function loadContracts(folder: string, { contracts, words: rows }: SnapshotManifest): Promise<ContractState[]> {
  const words = collectWords(contracts);
  await fromTable(folder, PART.words, { rows, columns: WORD_COLUMNS }, words.add);
  const zeroCounts = contracts.map(({ address, writtenZeros: count }) => ({ address, count }));
  const zeroRows = zeroCounts.reduce((sum, { count }) => sum + count, 0);
  const zeros = collectZeros(zeroCounts);
  if (zeroRows > 0) await fromTable(folder, PART.zeros, { rows: zeroRows, columns: ZERO_COLUMNS }, zeros.add);
  const [allWords, allZeros] = [words.end(), zeros.end()];
  for (const [index, { name }] of contracts.entries()) {
    const both = slotInBoth(allWords[index] ?? NO_WORDS, allZeros[index] ?? []);
    if (both !== undefined) throw brokenSnapshot(join(folder, PART.zeros), `slot ${both} of ${name} is among those that are zero, and has a word`);
  }
  const codes = new Map<Hex, Hex>([[HASH_OF_NO_CODE, "0x"]]);
  for (const { codeHash } of contracts) {
    if (!codes.has(codeHash)) codes.set(codeHash, `0x${(await readPart(folder, PART.code(codeHash), LARGEST_CODE_BYTES)).toString("hex")}`);
  }
  return contracts.map(({ address, name, layoutOf, nonce, balanceWei, storageHash, codeHash }, index) => ({
    address,
    name,
    layoutOf: layoutOf ?? undefined,
    account: { nonce, balanceWei, storageHash, codeHash },
    code: codes.get(codeHash) ?? "0x",
    words: allWords[index] ?? NO_WORDS,
    writtenZeros: allZeros[index] ?? [],
  }));
}

const NO_WORDS: SlotWords = { slots: new Uint8Array(), values: new Uint8Array(), count: 0 };

async function loadPreimages(folder: string, { preimages }: SnapshotManifest): Promise<Preimages> {
  const [addresses, words] = [collectSorted(20), collectSorted(32)];
  if (preimages.addresses > 0) await fromTable(folder, PART.addresses, { rows: preimages.addresses, columns: ADDRESS_COLUMNS }, addresses.add);
  if (preimages.words > 0) await fromTable(folder, PART.preimages, { rows: preimages.words, columns: PREIMAGE_COLUMNS }, words.add);
  const [together, contracts] = [collectSorted(64), collectContracts()];
  if (preimages.together > 0) await fromTable(folder, PART.together, { rows: preimages.together, columns: TOGETHER_COLUMNS }, together.add);
  if (preimages.contracts > 0) await fromTable(folder, PART.contracts, { rows: preimages.contracts, columns: CONTRACT_COLUMNS }, contracts.add);
  const known = contracts.end();
  const checksummed = await checksumAddresses(known.map(({ address }) => address));
  return {
    addresses: await checksumAddresses(addresses.end()),
    words: words.end(),
    together: together.end(),
    contracts: known.map(({ codeHash }, index) => ({ address: checksummed[index] ?? "0x", codeHash })),
  };
}

async function fromTable(folder: string, part: string, expected: { rows: number; columns: readonly ByteColumn[] }, add: (group: RowGroup) => void): Promise<void> {
  try {
    await withPart(folder, part, LARGEST_TABLE_BYTES, async (file) => {
      for await (const group of readTable(file, expected)) add(group);
    });
  } catch (error) {
    if (error instanceof TableError) throw brokenSnapshot(join(folder, part), error.message, error);
    if (error instanceof RangeError) throw brokenSnapshot(join(folder, part), `it is too large for this machine: ${error.message}`, error);
    throw error;
  }
}
