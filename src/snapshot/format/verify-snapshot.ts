import { keccak256 } from "ethers/crypto";
import { HASH_OF_NO_CODE, type Hex } from "../../protocol/hex.ts";
import { printable } from "../../protocol/printable.ts";
import { verifyAccountProof, type AccountState } from "../trie/account-proof.ts";
import { BrokenProof, EMPTY_TRIE } from "../trie/trie-proof.ts";
import { storageRootOf } from "../trie/storage-root.ts";
import type { ContractState } from "../state.ts";
import { checkRegistry } from "./check-registry.ts";
import { checkReview } from "./check-review.ts";
import { loadSnapshot } from "./load-snapshot.ts";
import type { NameOfSlot } from "./review-lines.ts";
import type { LoadedSnapshot, SnapshotDifference } from "./snapshot.ts";

export interface VerifyOptions {
  /** The hash of the block, from somebody other than the one the snapshot is from. */
  blockHash?: Hex;
  /** The identity that the snapshot should have. */
  id?: Hex;
  /** Names that the lines for review must have. Without it their words alone are compared. */
  nameOf?: NameOfSlot;
  onProgress?: (done: { contract: string; words: number; ofWords: number }) => void;
}

export interface SnapshotVerification {
  snapshot: LoadedSnapshot;
  /** None: every account is proven against the state root in the header, and its words and its code are all that it has. */
  differences: readonly SnapshotDifference[];
  /** Registered in the Controller under a known name, and not in the snapshot: as it should be only where there is no code. */
  absent: readonly { name: string; address: Hex }[];
  /** True when the block's hash was compared with one that was given; without, the header proves only that the snapshot agrees with itself. */
  blockHashGiven: boolean;
}

/**
 * Proves a snapshot with nothing but its files: that the header has the block's hash (`loadSnapshot`), that each account is in the
 * state whose root the header names, that the words of each contract are all its words (its storage root rebuilt), and that its code
 * has the account's code hash. A local chain's written zeros count as it counts them.
 * @throws what `loadSnapshot` throws
 */
export async function verifySnapshot(folder: string, options: VerifyOptions = {}): Promise<SnapshotVerification> {
  const snapshot = await loadSnapshot(folder);
  const { state, id } = snapshot;
  const differences: SnapshotDifference[] = [];
  const { blockHash } = options;
  if (blockHash !== undefined && blockHash.toLowerCase() !== state.block.hash) differences.push({ of: "snapshot", what: "it is of another block", expected: blockHash.toLowerCase(), found: state.block.hash });
  if (options.id !== undefined && options.id.toLowerCase() !== id) differences.push({ of: "snapshot", what: "it has another identity", expected: options.id.toLowerCase(), found: id });
  differences.push(...(await checkReview(snapshot, options.nameOf)));
  const registry = checkRegistry(state);
  differences.push(...registry.differences);
  let words = 0;
  for (const contract of state.contracts) {
    differences.push(...verifyAccount(contract, state.block.stateRoot, snapshot.proofs.get(contract.address)), ...(await verifyContract(contract)));
    words += contract.words.count;
    if (contract.words.count > 0) options.onProgress?.({ contract: contract.name, words, ofWords: snapshot.manifest.words });
  }
  return { snapshot, differences, absent: registry.absent, blockHashGiven: blockHash !== undefined };
}

function verifyAccount({ address, name, account }: ContractState, stateRoot: Hex, proof: readonly Hex[] | undefined): SnapshotDifference[] {
  const different = (what: string, expected: string, found: string): SnapshotDifference => ({ of: printable(name), what, expected, found });
  let proven: AccountState | undefined;
  try {
    proven = verifyAccountProof(stateRoot, address, proof ?? []) ?? NO_ACCOUNT;
  } catch (error) {
    if (!(error instanceof BrokenProof)) throw error;
    return [different("its account is not proven against the header's state root", stateRoot, error.message)];
  }
  return [
    ...(proven.nonce === account.nonce ? [] : [different("its nonce is another", String(proven.nonce), String(account.nonce))]),
    ...(proven.balanceWei === account.balanceWei ? [] : [different("its balance is another, in wei", String(proven.balanceWei), String(account.balanceWei))]),
    ...(proven.storageHash === account.storageHash ? [] : [different("its storage root is another", proven.storageHash, account.storageHash)]),
    ...(proven.codeHash === account.codeHash ? [] : [different("its code hash is another", proven.codeHash, account.codeHash)]),
  ];
}

const NO_ACCOUNT: AccountState = { nonce: 0n, balanceWei: 0n, storageHash: EMPTY_TRIE, codeHash: HASH_OF_NO_CODE };

async function verifyContract({ name, account, code, words, writtenZeros }: ContractState): Promise<SnapshotDifference[]> {
  const codeHash = keccak256(code) as Hex;
  const root = await storageRootOf(words, writtenZeros.length === 0 ? "drop" : writtenZeros);
  return [
    ...(codeHash === account.codeHash ? [] : [{ of: printable(name), what: "its code is another", expected: account.codeHash, found: codeHash }]),
    ...(root === account.storageHash ? [] : [{ of: printable(name), what: `its ${words.count} words are not all that its storage root stands for, or not they alone`, expected: account.storageHash, found: root }]),
  ];
}
