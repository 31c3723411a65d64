import type { Address } from "../protocol/hex.ts";
import type { LoadingTerms } from "./loading/tail.ts";

/** An account that does not come along, and why: the reason is published with the fork. */
export interface Excluded {
  account: Address;
  reason: string;
}

/** An account whose everything goes to another one, and why. */
export interface MovedAccount {
  from: Address;
  to: Address;
  reason: string;
}

/** What a fork is to be, beside what the snapshot says: plain data, from a file or put together by a program. */
export interface ForkTerms {
  /** The Controller's owner in the end; undefined leaves it with the deployer. */
  owner: Address | undefined;
  /** False leaves the Controller paused: its owner opens the protocol when it is satisfied. */
  unpause: boolean;
  /** By id in the catalogue: what is to be otherwise than in the snapshot. */
  parameters: Readonly<Record<string, bigint>>;
  excluded: readonly Excluded[];
  /** Whose stake, locks, fees, tokens, deposits and votes another account has on the fork, and whatever is delegated to it. */
  moved?: readonly MovedAccount[] | undefined;
  clock: ForkClock;
  /** How delegators come in; undefined for word by word. */
  loading?: LoadingTerms | undefined;
}

/**
 * How blocks of the snapshot's chain and of the fork's belong together: what was in block `snapshotBlock` there goes on in
 * `forkBlock` here. On the same chain both are the same, and nothing is shifted.
 */
export interface ForkClock {
  snapshotBlock: bigint;
  forkBlock: bigint;
}
