import { MILLION, PRECISE, preciseFraction } from "../../economics/scale.ts";
import { ZERO_ADDRESS, type Address } from "../../protocol/hex.ts";
import type { Cell } from "./cell.ts";
import { roundsOf } from "./rounds.ts";
import type { ContractView, StateView } from "./state-view.ts";

/** The numbers are those of the contract. */
export const DELEGATOR_STATUS = ["pending", "bonded", "unbonded"] as const;
export type DelegatorStatus = (typeof DELEGATOR_STATUS)[number];

export interface UnbondingLock {
  id: bigint;
  amountWei: bigint;
  withdrawRound: bigint;
}

/** An account as the BondingManager has it. Stake in units of 1e-18 LPT, fees in wei. */
export interface Delegator {
  account: Address;
  /** Without what was earned since the last claim. */
  bondedWei: bigint;
  feesWei: bigint;
  /** The zero address when it is bonded to nobody. */
  delegate: Address;
  /** What is delegated to it, its own stake included. */
  delegatedWei: bigint;
  startRound: bigint;
  lastClaimRound: bigint;
  nextLockId: bigint;
}

/** Terms and earnings of a transcoder. Rates in parts per million. */
export interface Transcoder {
  account: Address;
  lastRewardRound: bigint;
  rewardCutPpm: bigint;
  feeSharePpm: bigint;
  lastActiveStakeUpdateRound: bigint;
  activationRound: bigint;
  deactivationRound: bigint;
  activeCumulativeRewardsWei: bigint;
  cumulativeRewardsWei: bigint;
  cumulativeFeesWei: bigint;
  lastFeeRound: bigint;
  /** Wei; zero in suites without prices on chain. */
  pricePerSegmentWei: bigint;
}

export interface EarningsPool {
  totalStakeWei: bigint;
  rewardCutPpm: bigint;
  feeSharePpm: bigint;
  /** 27 digits; zero stands for one. */
  rewardFactor: bigint;
  feeFactor: bigint;
}

export interface Pending {
  stakeWei: bigint;
  feesWei: bigint;
}

export interface PoolMember {
  account: Address;
  /** What the list is sorted by. */
  keyWei: bigint;
}

type Column = (place: number) => bigint;

interface Factors {
  reward: bigint;
  fee: bigint;
}

/** More than any pool was ever allowed: a list that goes in circles ends here. */
const MOST_IN_POOL = 100_000;
/** The build with the fault of January 2021 starts claims from the round of the last one, and nowhere else. */
const NO_START_FACTORS = "BondingManagerZeroStartFactors2021";

/**
 * Stake as the BondingManager's functions tell it (contracts/bonding/): the same arithmetic on the same words, rounding down
 * where it does. What a function would revert on is undefined.
 */
export class BondingView {
  readonly #contract: ContractView;
  readonly #delegators: Cell;
  readonly #transcoders: Cell;
  readonly #view: StateView;
  readonly #round: bigint;
  readonly #fallsBack: boolean;
  readonly #factors = new Map<Address, Map<bigint, Factors>>();
  readonly #lastRewards = new Map<Address, bigint>();

  /** @throws LPCTL_SNAPSHOT_NO_CONTRACT */
  constructor(view: StateView) {
    this.#contract = view.contract("BondingManager");
    this.#delegators = this.#contract.cell("delegators");
    this.#transcoders = this.#contract.cell("transcoders");
    this.#view = view;
    this.#round = roundsOf(view).current;
    this.#fallsBack = this.#contract.state.layoutOf?.endsWith(`:${NO_START_FACTORS}`) !== true;
  }

  /** `getDelegator` */
  delegator(account: Address): Delegator {
    const entry = this.#delegators.at(account);
    return {
      account,
      bondedWei: entry.member("bondedAmount").number(),
      feesWei: entry.member("fees").number(),
      delegate: entry.member("delegateAddress").address(),
      delegatedWei: entry.member("delegatedAmount").number(),
      startRound: entry.member("startRound").number(),
      lastClaimRound: entry.member("lastClaimRound").number(),
      nextLockId: entry.member("nextUnbondingLockId").number(),
    };
  }

  /** Everybody of whom anything is written down, in the order of the preimages. */
  *delegators(): Generator<Delegator> {
    const entries = this.#delegators.entries(this.#view.addressKeys);
    const delegate = entries.addresses("delegateAddress");
    const [bonded, fees, delegated, start, claimed, locks] = (["bondedAmount", "fees", "delegatedAmount", "startRound", "lastClaimRound", "nextUnbondingLockId"] as const).map((member) => entries.numbers(member)) as [Column, Column, Column, Column, Column, Column];
    for (const [place, account] of this.#view.state.preimages.addresses.entries()) {
      const delegator = {
        account,
        bondedWei: bonded(place),
        feesWei: fees(place),
        delegate: delegate(place),
        delegatedWei: delegated(place),
        startRound: start(place),
        lastClaimRound: claimed(place),
        nextLockId: locks(place),
      };
      if (isKnown(delegator)) yield delegator;
    }
  }

  /** Everybody who was ever activated as a transcoder, in the order of the preimages. */
  activated(): Address[] {
    const activation = this.#transcoders.entries(this.#view.addressKeys).numbers("activationRound");
    return this.#view.state.preimages.addresses.filter((_, place) => activation(place) > 0n);
  }

  /** The round of a transcoder's last reward, asked for by all its delegators. */
  lastRewardRound(transcoder: Address): bigint {
    let round = this.#lastRewards.get(transcoder);
    if (round === undefined) this.#lastRewards.set(transcoder, (round = this.#transcoders.at(transcoder).member("lastRewardRound").number()));
    return round;
  }

  /** Locks that still hold something, by id. */
  locks({ account, nextLockId }: Pick<Delegator, "account" | "nextLockId">): UnbondingLock[] {
    const found: UnbondingLock[] = [];
    if (nextLockId === 0n) return found;
    const locks = this.#delegators.at(account).member("unbondingLocks");
    for (let id = 0n; id < nextLockId; id += 1n) {
      const lock = locks.at(id);
      const amountWei = lock.member("amount").number();
      if (amountWei > 0n) found.push({ id, amountWei, withdrawRound: lock.member("withdrawRound").number() });
    }
    return found;
  }

  /** `delegatorStatus` */
  status({ bondedWei, startRound }: Pick<Delegator, "bondedWei" | "startRound">): DelegatorStatus {
    if (bondedWei === 0n) return "unbonded";
    return startRound > this.#round ? "pending" : "bonded";
  }

  /**
   * `pendingStake` and `pendingFees`. The contract knows the current round only; another one tells what they will be then when nothing
   * more is earned.
   * @returns undefined where the fee factors fall, and the contract reverts
   */
  pending(delegator: Delegator, round: bigint = this.#round): Pending | undefined {
    const { account, bondedWei: stakeWei, feesWei, delegate, lastClaimRound } = delegator;
    if (delegate === ZERO_ADDRESS || lastClaimRound >= round) return { stakeWei, feesWei };
    const start = this.#factorsAt(delegate, lastClaimRound, this.#fallsBack);
    const end = this.#factorsAt(delegate, round, true);
    if (end.fee < start.fee) return undefined;
    const own = delegate === account ? this.#transcoders.at(account) : undefined;
    return {
      stakeWei: preciseFraction(stakeWei, end.reward, start.reward) + (own?.member("cumulativeRewards").number() ?? 0n),
      feesWei: feesWei + preciseFraction(stakeWei, end.fee - start.fee, start.reward) + (own?.member("cumulativeFees").number() ?? 0n),
    };
  }

  /** `getTranscoder`, and the price it asks. */
  transcoder(account: Address): Transcoder {
    const entry = this.#transcoders.at(account);
    const number = (name: string): bigint => entry.member(name).number();
    return {
      account,
      lastRewardRound: number("lastRewardRound"),
      rewardCutPpm: number("rewardCut"),
      feeSharePpm: number("feeShare"),
      lastActiveStakeUpdateRound: number("lastActiveStakeUpdateRound"),
      activationRound: number("activationRound"),
      deactivationRound: number("deactivationRound"),
      activeCumulativeRewardsWei: number("activeCumulativeRewards"),
      cumulativeRewardsWei: number("cumulativeRewards"),
      cumulativeFeesWei: number("cumulativeFees"),
      lastFeeRound: number("lastFeeRound"),
      pricePerSegmentWei: entry.hasMember("pricePerSegment") ? number("pricePerSegment") : 0n,
    };
  }

  /** `getTranscoderEarningsPoolForRound` */
  earningsPool(account: Address, round: bigint): EarningsPool {
    const pool = this.#transcoders.at(account).member("earningsPoolPerRound").at(round);
    const number = (name: string): bigint => pool.member(name).number();
    return {
      totalStakeWei: number("totalStake"),
      rewardCutPpm: number("transcoderRewardCut"),
      feeSharePpm: number("transcoderFeeShare"),
      rewardFactor: number("cumulativeRewardFactor"),
      feeFactor: number("cumulativeFeeFactor"),
    };
  }

  /** The stake with which a transcoder is active in a round that has begun: a round without a change of it has none of its own. */
  roundStake(account: Address, round: bigint): bigint {
    const { lastActiveStakeUpdateRound: updated } = this.transcoder(account);
    return this.earningsPool(account, updated < round ? updated : round).totalStakeWei;
  }

  /** `isActiveTranscoder` */
  isActive({ activationRound, deactivationRound }: Pick<Transcoder, "activationRound" | "deactivationRound">): boolean {
    return activationRound <= this.#round && this.#round < deactivationRound;
  }

  /** The list as it is linked: most stake first. */
  pool(): PoolMember[] {
    const list = this.#contract.cell("transcoderPool");
    const nodes = list.member("nodes");
    const members: PoolMember[] = [];
    for (let account = list.member("head").address(); account !== ZERO_ADDRESS && members.length < MOST_IN_POOL; ) {
      const node = nodes.at(account);
      members.push({ account, keyWei: node.member("key").number() });
      account = node.member("nextId").address();
    }
    return members;
  }

  /** The list from its other end. */
  poolFromTail(): Address[] {
    const list = this.#contract.cell("transcoderPool");
    const nodes = list.member("nodes");
    const members: Address[] = [];
    for (let account = list.member("tail").address(); account !== ZERO_ADDRESS && members.length < MOST_IN_POOL; account = nodes.at(account).member("prevId").address()) members.push(account);
    return members;
  }

  /** `_factorsAt`: a round without its own factors takes those of the last round that had rewards or fees, unless that came later. */
  #factorsAt(transcoder: Address, round: bigint, fallsBack: boolean): Factors {
    let rounds = this.#factors.get(transcoder);
    if (rounds === undefined) this.#factors.set(transcoder, (rounds = new Map()));
    const known = rounds.get(round);
    if (known !== undefined && fallsBack === this.#fallsBack) return known;
    const entry = this.#transcoders.at(transcoder);
    const pools = entry.member("earningsPoolPerRound");
    const own = pools.at(round);
    let reward = own.member("cumulativeRewardFactor").number();
    let fee = own.member("cumulativeFeeFactor").number();
    if (fallsBack) {
      const [lastReward, lastFee] = [entry.member("lastRewardRound").number(), entry.member("lastFeeRound").number()];
      if (reward === 0n && lastReward < round) reward = pools.at(lastReward).member("cumulativeRewardFactor").number();
      if (fee === 0n && lastFee < round) fee = pools.at(lastFee).member("cumulativeFeeFactor").number();
    }
    const factors = { reward: reward === 0n ? PRECISE : reward, fee };
    if (fallsBack === this.#fallsBack) rounds.set(round, factors);
    return factors;
  }
}

/** `isRegisteredTranscoder` */
export function isRegistered({ account, delegate, bondedWei }: Pick<Delegator, "account" | "delegate" | "bondedWei">): boolean {
  return delegate === account && bondedWei > 0n;
}

function isKnown({ bondedWei, feesWei, delegate, delegatedWei, startRound, lastClaimRound, nextLockId }: Delegator): boolean {
  return bondedWei > 0n || feesWei > 0n || delegate !== ZERO_ADDRESS || delegatedWei > 0n || startRound > 0n || lastClaimRound > 0n || nextLockId > 0n;
}

/** What `part` is of `whole`, in parts per million. */
export function shareOf(part: bigint, whole: bigint): bigint {
  return whole === 0n ? 0n : (part * MILLION) / whole;
}
