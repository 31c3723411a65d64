import type { BlockReader } from "../../chain/block-reader.ts";
import type { Rpc } from "../../chain/rpc.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import type { KeyMaterial } from "../keys/key-book.ts";
import type { KnownContract } from "../keys/known-contract.ts";
import { createSlotNamer } from "../keys/slot-namer.ts";
import type { SlotWords } from "../trie/storage-root.ts";
import { BrokenProof } from "../trie/trie-proof.ts";
import { readWrittenZeros } from "../trie/written-zeros.ts";
import { openSlotList } from "./list-slots.ts";
import type { PinnedBlock } from "./pin-block.ts";
import { readStorageNodes, type ProvenAccount } from "./prove-accounts.ts";
import { proveStorage, type FoundWord, type StorageVerdict } from "./prove-storage.ts";
import { proofFalse, unexplained, wordsFalse, type FalseStorage, type UnexplainedStorage } from "./take-errors.ts";

export interface ProofSubject {
  contract: KnownContract;
  proven: ProvenAccount;
  /** Every slot that was read, zeros too. */
  asked: SlotWords;
}

/** A contract whose storage root was rebuilt from these words. */
export interface ProvenContract {
  contract: KnownContract;
  proven: ProvenAccount;
  words: SlotWords;
  writtenZeros: readonly Hex[];
  /** Words in slots that nothing led to, and that the node itself named. */
  found: readonly FoundWord[];
  slotsRead: number;
}

export interface ProofContext {
  rpc: Rpc;
  block: PinnedBlock;
  reader: BlockReader;
  keys: KeyMaterial;
  /** What was read of a contract is false, and must not be believed in the next run either. */
  forget(contract: Address): void;
}

/**
 * Holds every contract's words to its proven storage root, and says of all that differ how.
 * @throws LPCTL_SNAPSHOT_WORD_FALSE, LPCTL_SNAPSHOT_UNEXPLAINED, LPCTL_SNAPSHOT_PROOF_FALSE, LPCTL_SNAPSHOT_NO_PROOFS
 */
export async function proveContracts(context: ProofContext, subjects: readonly ProofSubject[], update: (doing: string) => void): Promise<ProvenContract[]> {
  const { rpc, block, reader } = context;
  const list = openSlotList(rpc, block);
  let zeros: Promise<ReadonlyMap<Address, readonly Hex[]>> | undefined;
  const complete: ProvenContract[] = [];
  const lies: FalseStorage[] = [];
  const open: UnexplainedStorage[] = [];
  for (const [index, { contract, proven, asked }] of subjects.entries()) {
    const { address, name, layoutOf } = contract;
    update(`${name}, ${index + 1} of ${subjects.length}`);
    const verdict = await proveStorage(proven.account.storageHash, asked, {
      prove: (slots) => readStorageNodes(reader, block, address, slots),
      slotsOf: (hashes) => list.slotsOf(address, hashes),
      writtenZeros: block.isLocal ? async () => (await (zeros ??= readWrittenZeros(rpc))).get(address) ?? [] : undefined,
    }).catch(orProofFalse(rpc.origin, address));
    if (verdict.is === "complete") {
      const { words, writtenZeros, found } = verdict;
      complete.push({ contract, proven, words, writtenZeros, found, slotsRead: asked.count });
    } else if (verdict.is === "false") {
      context.forget(address);
      const nameOf = await createSlotNamer(contract, context.keys, asked);
      lies.push({ contract: address, name, words: verdict.words.map((word) => ({ ...word, what: nameOf(word.slot) ?? `slot ${word.slot}` })) });
    } else {
      open.push({ contract: address, name, layoutOf: layoutOf ?? null, words: verdict.words, more: verdict.more });
    }
  }
  if (lies.length > 0) throw wordsFalse(rpc.origin, lies);
  if (open.length > 0) throw unexplained(open, subjects.length);
  return complete;
}

function orProofFalse(origin: string, contract: Address): (error: unknown) => StorageVerdict {
  return (error) => {
    if (!(error instanceof BrokenProof)) throw error;
    throw proofFalse(origin, contract, `The proofs of its slots do not lead from its storage root to them: ${error.message}.`);
  };
}
