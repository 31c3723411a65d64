import type { Address, Hex } from "../../protocol/hex.ts";
import type { ProtocolState } from "../state.ts";
import type { SnapshotManifest } from "./manifest.ts";

/** Of each contract the trie nodes that prove its account against the header's state root: `accountProof` of `eth_getProof` (EIP-1186). */
export type AccountProofs = ReadonlyMap<Address, readonly Hex[]>;

/** An EIP-712 signature over chain, block and identity: somebody vouches for a snapshot. */
export interface Attestation {
  signer: Address;
  /** 65 bytes r‖s‖v, v 27 or 28, low s. */
  signature: Hex;
}

/** A snapshot as it is in its folder. Its words have the identity that the manifest names; whether they are the chain's, `verifySnapshot` tells. */
export interface LoadedSnapshot {
  /** As it was given. */
  folder: string;
  /** The identity, computed from what was read (`identityOf`). */
  id: Hex;
  state: ProtocolState;
  manifest: SnapshotManifest;
  proofs: AccountProofs;
  /** As they are in the folder: each recovers to its signer, over this identity. */
  attestations: readonly Attestation[];
}

/** One thing in which a snapshot is not what it should be. */
export interface SnapshotDifference {
  /** Whose: a contract's name, or `snapshot`. */
  of: string;
  /** One sentence. */
  what: string;
  expected: string;
  found: string;
}
