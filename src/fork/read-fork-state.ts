import { keccak256 } from "ethers/crypto";
import { z } from "zod";
import { formatTag, type Rpc } from "../chain/rpc.ts";
import { tryReadFunction } from "../chain/read-function.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { quantitySchema } from "../protocol/hex.ts";
import { storageProofSchema, storageRootOf } from "../snapshot/trie/storage-root.ts";
import { readWrittenZeros } from "../snapshot/trie/written-zeros.ts";
import { readSlots } from "../snapshot/read/read-slots.ts";
import type { WordOverride } from "./contract-draft.ts";
import type { ErasedWords } from "./leave/left-words.ts";
import type { PredictedContract, PreparedFork } from "./prepare-fork.ts";

/** How one contract on the chain compares with what was predicted. */
export interface ContractComparison {
  name: string;
  address: Address;
  /** As the chain says. */
  storageHash: Hex;
  /** Root of the predicted words, by the rules of that chain. */
  predictedRoot: Hex;
  isEqual: boolean;
  /** Undefined where nothing is predicted. */
  isCodeEqual: boolean | undefined;
  balanceWei: bigint;
  predictedBalanceWei: bigint;
  words: number;
  overrides: readonly WordOverride[];
  /** What accounts had that left with their stake. */
  erased: ErasedWords;
  /** The first slots whose word is not the predicted one; none where the chain has words beside the predicted ones only. */
  different: readonly { slot: Hex; predicted: Hex; found: Hex }[];
}

const SHOWN_DIFFERENCES = 20;
const WORD = 32;

/**
 * Compares every contract of a fork with its prediction, at one block: equal roots prove that it has those words and no others.
 * @param block undefined for the latest
 */
export async function compareFork(rpc: Rpc, prepared: PreparedFork, block: bigint | undefined): Promise<{ block: { number: bigint; hash: Hex }; contracts: ContractComparison[] }> {
  const { number, hash } = await rpc.block(block ?? "latest");
  // Asked for once, and only where a root differs without them: a local chain's dump holds every transaction too.
  let zeros: ReturnType<typeof zerosOf> | undefined;
  const readZeros = async (address: Address): Promise<readonly Hex[] | undefined> => (await (zeros ??= zerosOf(rpc)))?.get(address);
  const contracts: ContractComparison[] = [];
  for (const predicted of prepared.predicted) contracts.push(await compareContract(rpc, predicted, { number, hash }, readZeros));
  return { block: { number, hash }, contracts };
}

async function compareContract(rpc: Rpc, predicted: PredictedContract, block: { number: bigint; hash: Hex }, readZeros: (address: Address) => Promise<readonly Hex[] | undefined>): Promise<ContractComparison> {
  const { name, address, words, overrides, codeHash } = predicted;
  const tag = formatTag(block.number);
  const [{ storageHash }, balanceWei, code] = await Promise.all([
    rpc.request("eth_getProof", [address, [], tag], storageProofSchema),
    rpc.request("eth_getBalance", [address, tag], quantitySchema),
    rpc.code(address),
  ]);
  const zeros = storageHash === predicted.root ? undefined : await readZeros(address);
  const predictedRoot = zeros === undefined ? predicted.root : await storageRootOf(words, zeros);
  const isEqual = storageHash === predictedRoot;
  return {
    name,
    address,
    storageHash,
    predictedRoot,
    isEqual,
    isCodeEqual: codeHash === undefined ? undefined : keccak256(code) === codeHash,
    balanceWei,
    predictedBalanceWei: predicted.balanceWei,
    words: words.count,
    overrides,
    erased: predicted.erased,
    different: isEqual ? [] : await findDifferent(rpc, predicted, block),
  };
}

/** The predicted slots, and those that the snapshot has and the fork has not: all that is known of the contract. */
async function findDifferent(rpc: Rpc, { address, words, overrides, erased }: PredictedContract, block: { number: bigint; hash: Hex }): Promise<ContractComparison["different"]> {
  const cleared = overrides.filter(({ after }) => BigInt(after) === 0n).map(({ slot }) => slot);
  const slots = new Uint8Array(Buffer.concat([words.slots, Buffer.from(cleared.map((slot) => slot.slice(2)).join(""), "hex"), erased.slots]));
  const found = await readSlots(rpc, address, slots, { block });
  const different: { slot: Hex; predicted: Hex; found: Hex }[] = [];
  for (let at = 0; at < slots.length && different.length < SHOWN_DIFFERENCES; at += WORD) {
    const hexAt = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes.subarray(at, at + WORD)).toString("hex")}`;
    const predicted: Hex = at < words.slots.length ? hexAt(words.values) : `0x${"0".repeat(2 * WORD)}`;
    if (hexAt(found) !== predicted) different.push({ slot: hexAt(slots), predicted, found: hexAt(found) });
  }
  return different;
}

/** Of a local chain only; any other has no such slots. */
async function zerosOf(rpc: Rpc): Promise<Map<Address, Hex[]> | undefined> {
  const client = await rpc.request("web3_clientVersion", [], z.string()).catch(() => "");
  return client.startsWith("anvil/") ? readWrittenZeros(rpc) : undefined;
}

/** What is left of the loaders: whether the registry points to one, and whether one could still write. */
export async function readLoaders(rpc: Rpc, { loader, plannedTail, deployed }: PreparedFork): Promise<{ loader: Address; burned: boolean; registeredAs: string[] }> {
  const loaders: readonly unknown[] = plannedTail?.method === "typed" ? [loader, plannedTail.loader] : [loader];
  const burned = await Promise.all(loaders.map((each) => tryReadFunction(rpc, String(each) as Address, "function burned() view returns (bool)")));
  const { contractId, targetIdName } = await import("../protocol/contract-id.ts");
  const names = [...Object.keys(deployed.contracts), ...Object.keys(deployed.targets).map(targetIdName)];
  const registered = await Promise.all(names.map((name) => tryReadFunction(rpc, deployed.controller, "function getContract(bytes32 id) view returns (address)", [contractId(name)])));
  return { loader, burned: burned.every((answer) => answer?.[0] === true), registeredAs: names.filter((_, index) => loaders.includes(registered[index]?.[0])) };
}
