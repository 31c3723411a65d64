import { z } from "zod";
import { Exit, LpctlError } from "../../errors.ts";
import { hash32Schema, hexSchema, ZERO_HASH, type Address, type Hex } from "../../protocol/hex.ts";
import type { BlockHeader } from "../../chain/rpc.ts";
import { readAccountLeaf, readSlot } from "../../snapshot/trie/account-proof.ts";
import { hashHeader, toBlockHeader, type BlockFields } from "../../snapshot/trie/block-header.ts";
import { BrokenProof, hashBytes, TrieNodes } from "../../snapshot/trie/trie-proof.ts";
import type { RecordedState } from "./recorded-state.ts";

/** The nodes of the state trie and of the storage tries that lead to everything in a recorded state, each once, sorted. */
export interface StateProof {
  stateRoot: Hex;
  nodes: Hex[];
}

/** Reads a proof from a file of ours. */
export const stateProofSchema = z.strictObject({ stateRoot: hash32Schema, nodes: z.array(hexSchema) });

/**
 * Checks a recorded state against its block: the header hashes to the block's hash, and every balance, nonce, code and
 * slot is the one under the header's state root. Needs no chain.
 * @throws LPCTL_STATE_DIFFERS naming account and slot, LPCTL_STATE_HEADER_DIFFERS
 */
export function verifyRecordedState(state: RecordedState, proof: StateProof): void {
  requireHeader(state.block);
  const { stateRoot } = state.block;
  if (proof.stateRoot !== stateRoot) throw headerDiffers(state.block, `the proof is for the state root ${proof.stateRoot}, the block has ${stateRoot}`);
  const nodes = new TrieNodes(proof.nodes);
  for (const [key, account] of Object.entries(state.accounts)) {
    const address = key as Address;
    const leaf = checked(address, undefined, () => readAccountLeaf(stateRoot, address, nodes));
    const differs = (what: string, given: unknown, proven: unknown): void => {
      if (given !== proven) throw stateDiffers(address, undefined, `${what} is given as ${String(given)}, the proof says ${String(proven)}`);
    };
    differs("the balance", account.balanceWei, leaf.balanceWei);
    differs("the nonce", account.nonce, leaf.nonce);
    differs("the hash of the code", hashBytes(account.code), leaf.codeHash);
    for (const [slotKey, word] of Object.entries(account.storage)) {
      const slot = slotKey as Hex;
      const proven = checked(address, slot, () => readSlot(leaf.storageHash, slot, nodes));
      if (word !== proven) throw stateDiffers(address, slot, `it is given as ${word}, the proof says ${proven}`);
    }
  }
}

/**
 * @param before what was said of the same block earlier
 * @throws LPCTL_STATE_HEADER_DIFFERS when the header is not that of the block it claims to be
 */
export function requireHeader(block: BlockFields, before?: BlockHeader): void {
  const hash = hashHeader(block);
  if (hash !== block.hash) throw headerDiffers(block, `its fields hash to ${hash}, it is said to have the hash ${block.hash}`);
  const { stateRoot = ZERO_HASH, timestampSeconds } = toBlockHeader(block);
  if (before === undefined || (stateRoot === (before.stateRoot ?? ZERO_HASH) && timestampSeconds === before.timestampSeconds)) return;
  throw headerDiffers(block, "its state root or its time is not the one it was given with a moment ago");
}

/** Runs a reading of a proof; a broken one is a lie about that place. */
export function checked<T>(address: Address, slot: Hex | undefined, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof BrokenProof) throw stateDiffers(address, slot, `the proof proves nothing: ${error.message}`);
    throw error;
  }
}

export function stateDiffers(address: Address, slot: Hex | undefined, why: string): LpctlError {
  const place = slot === undefined ? `the account ${address}` : `slot ${slot} of ${address}`;
  return new LpctlError({
    code: "LPCTL_STATE_DIFFERS",
    exit: Exit.network,
    message: `What the RPC says of ${place} is not in the state of the block`,
    why,
    next: "Do not believe this RPC. Use another one, and compare what they say.",
    details: { address, slot: slot ?? null },
  });
}

function headerDiffers(block: BlockFields, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_STATE_HEADER_DIFFERS",
    exit: Exit.network,
    message: `The RPC's header of block ${BigInt(block.number)} is not that of this block`,
    why,
    next: "Do not believe this RPC. Use another one, and compare what they say.",
    details: { block: BigInt(block.number).toString(), hash: block.hash },
  });
}
