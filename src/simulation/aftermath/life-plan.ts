import { SigningKey } from "ethers/crypto";
import { id } from "ethers/hash";
import type { Address } from "../../protocol/hex.ts";
import type { LivingState } from "./living-state.ts";
import type { Sample } from "./sample.ts";

/** Who acts, decided once, so that the same life can be lived with and without a proposal. */
export interface LifePlan {
  /** Call reward in every round, but for the lazy one in the second. */
  transcoders: Address[];
  /** Misses a reward: in January 2021 it took a round without one to show that start factors were missing. */
  lazy: Address | undefined;
  /** Claims in every round, before the rewards of the second. */
  claimer: Address | undefined;
  /** Takes a part of its stake out, and bonds it again. */
  unbonder: { address: Address; amount: bigint; lockId: bigint } | undefined;
  withdrawer: { address: Address; lockId: bigint } | undefined;
  feeTaker: { address: Address; amountWei: bigint } | undefined;
  /** Whoever asks the least per segment, alone: who is elected does then not depend on the hash of a block. */
  worker: { address: Address; price: bigint } | undefined;
}

/** An account of the trial's own, which nobody else has: it joins, pays and signs. */
export interface Newcomer {
  readonly key: SigningKey;
  address: Address;
}

const BONDED = 1n;
/** The address of its key. */
const NEWCOMER: Address = "0xa32e8243Daae47029D25263a5a04CE245Ff72f55";

let key: SigningKey | undefined;

/** Always the same. Its key is made when something is to be signed: few lives come to that. */
export function makeNewcomer(): Newcomer {
  return {
    address: NEWCOMER,
    get key() {
      key ??= new SigningKey(id("lpctl aftermath newcomer"));
      return key;
    },
  };
}

/** Chooses actors from what the protocol is before the proposal. */
export function planLife(state: LivingState, sample: Sample): LifePlan {
  const round = state.rounds.currentRound ?? 0n;
  const members = new Set(state.transcoders.map(({ address }) => address));
  const delegators = state.accounts.filter(({ address }) => !members.has(address) && sample.delegators.includes(address));
  const bonded = delegators.filter(({ status, bondedAmount }) => status === BONDED && (bondedAmount ?? 0n) > 0n);
  // Of a transcoder that was rewarded before: only then are there earnings to lose.
  const rewarded = new Map(state.transcoders.map(({ address, lastRewardRound }) => [address, lastRewardRound ?? 0n]));
  const claimer = bonded.find(({ delegate }) => delegate !== undefined && (rewarded.get(delegate) ?? 0n) > 0n) ?? bonded[0];
  const unbonder = bonded.find(({ address }) => address !== claimer?.address) ?? claimer;
  const withdrawer = state.accounts.flatMap(({ address, locks }) =>
    locks.filter(({ amount, withdrawRound }) => (amount ?? 0n) > 0n && (withdrawRound ?? round + 2n) <= round + 1n).map(({ id: lockId }) => ({ address, lockId })),
  )[0];
  const feeTaker = state.accounts.find(({ pendingFees }) => (pendingFees ?? 0n) > 0n);
  // The next round draws from the pool: whoever came back to it is not active yet, and whoever was thrown out still is.
  const [cheapest, next] = state.pool.filter(({ price }) => price !== undefined).toSorted((left, right) => ((left.price ?? 0n) < (right.price ?? 0n) ? -1 : 1));
  const alone = cheapest?.price !== undefined && cheapest.price !== next?.price;
  const transcoders = state.transcoders.filter(({ registered }) => registered === true).map(({ address }) => address);
  return {
    transcoders,
    lazy: claimer?.delegate ?? transcoders.at(-1),
    claimer: claimer?.address,
    unbonder: unbonder === undefined ? undefined : { address: unbonder.address, amount: ((unbonder.bondedAmount ?? 0n) + 9n) / 10n, lockId: unbonder.nextLockId },
    withdrawer,
    feeTaker: feeTaker === undefined ? undefined : { address: feeTaker.address, amountWei: feeTaker.pendingFees ?? 0n },
    worker: alone ? { address: cheapest.address, price: cheapest.price ?? 0n } : undefined,
  };
}

export function describeActor(address: Address): string {
  return `${address.slice(0, 8)}…${address.slice(-4)}`;
}
