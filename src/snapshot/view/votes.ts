import { preciseFraction } from "../../economics/scale.ts";
import { ZERO_ADDRESS, type Address } from "../../protocol/hex.ts";
import type { BondingView } from "./bonding.ts";
import type { Cell } from "./cell.ts";
import type { ContractView, StateView } from "./state-view.ts";

export interface Votes {
  votesWei: bigint;
  delegate: Address;
}

/** Stake as votes, as the BondingVotes tell it (contracts/governance/BondingVotes.sol). */
export class VotesView {
  readonly #contract: ContractView;
  readonly #checkpoints: Cell;
  readonly #bonding: BondingView;

  /** @throws LPCTL_SNAPSHOT_NO_CONTRACT */
  constructor(view: StateView, bonding: BondingView) {
    this.#contract = view.contract("BondingVotes");
    this.#checkpoints = this.#contract.cell("bondingCheckpoints");
    this.#bonding = bonding;
  }

  /** Whether anything was ever written down for an account. */
  hasCheckpoint(account: Address): boolean {
    return this.#checkpoints.at(account).member("startRounds").length > 0n;
  }

  /**
   * `getVotesAndDelegateAtRoundStart`: what an account has when `round` begins. `getPastVotes(account, r)` is that of r + 1.
   * @returns undefined where a factor is missing, and the contract reverts
   */
  atRoundStart(account: Address, round: bigint): Votes | undefined {
    const bond = this.#latestBefore(account, round);
    if (bond === undefined) return { votesWei: 0n, delegate: ZERO_ADDRESS };
    const delegate = bond.member("delegateAddress").address();
    const bondedWei = bond.member("bondedAmount").number();
    if (bondedWei === 0n) return { votesWei: 0n, delegate };
    if (delegate === account) return { votesWei: bond.member("delegatedAmount").number(), delegate };
    const votesWei = this.#delegatorVotes(bond, bondedWei, delegate, round);
    return votesWei === undefined ? undefined : { votesWei, delegate };
  }

  /** `getTotalActiveStakeAt`: the active stake of a round that has begun, or as it will begin. */
  totalAt(round: bigint, nextRoundTotalWei: bigint): bigint {
    const checkpoints = this.#contract.cell("totalStakeCheckpoints");
    const rounds = checkpoints.member("rounds");
    const index = countBelow(rounds, round);
    if (index === rounds.length) return nextRoundTotalWei;
    const written = rounds.at(index).number();
    // Before the first total there were no votes.
    return index === 0n && written !== round ? 0n : checkpoints.member("data").at(written).number();
  }

  #delegatorVotes(bond: Cell, bondedWei: bigint, transcoder: Address, round: bigint): bigint | undefined {
    const own = this.#latestBefore(transcoder, round);
    if (own === undefined || own.member("delegateAddress").address() !== transcoder || own.member("bondedAmount").number() === 0n) return 0n;
    const [lastReward, lastClaim] = [own.member("lastRewardRound").number(), bond.member("lastClaimRound").number()];
    if (lastReward < lastClaim) return bondedWei;
    const [end, start] = [lastReward, lastClaim].map((each) => this.#bonding.earningsPool(transcoder, each).rewardFactor);
    return end === undefined || start === undefined || end === 0n || start === 0n ? undefined : preciseFraction(bondedWei, end, start);
  }

  /** What was written down last for a start at or before `round`. */
  #latestBefore(account: Address, round: bigint): Cell | undefined {
    const checkpoints = this.#checkpoints.at(account);
    const rounds = checkpoints.member("startRounds");
    const count = countBelow(rounds, round + 1n);
    return count === 0n ? undefined : checkpoints.member("data").at(rounds.at(count - 1n).number());
  }
}

/** How many of the ascending numbers are less than `limit`. */
function countBelow(numbers: Cell, limit: bigint): bigint {
  let [low, high] = [0n, numbers.length];
  while (low < high) {
    const middle = (low + high) / 2n;
    if (numbers.at(middle).number() < limit) low = middle + 1n;
    else high = middle;
  }
  return low;
}
