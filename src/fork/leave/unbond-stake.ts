import { PRECISE } from "../../economics/scale.ts";
import { ZERO_ADDRESS, type Address } from "../../protocol/hex.ts";
import type { BondingView } from "../../snapshot/view/bonding.ts";
import { registrationsOf } from "../../snapshot/view/registry.ts";
import type { ContractView, StateView } from "../../snapshot/view/state-view.ts";
import { cannotLeave, type Leaving } from "./read-leavers.ts";
import { sortPool, type ChangedKey } from "./sort-pool.ts";
import { WordChanges } from "./word-changes.ts";

/** All who leave one delegate. */
interface Group {
  delegate: Address;
  members: Leaving[];
  stakeWei: bigint;
  /** Place of the last of them that had stake, among all leavers; -1 for none. */
  last: number;
}

/** Builds that leave no factors behind where somebody claims (contracts/historic/). */
const FREEZES_NOTHING = /:BondingManagerZeroStartFactors2021$/;
const SHOWN = 3;

/** What becomes of others when leavers claim their earnings and unbond all of their stake, in their order. */
export function unbondStake(view: StateView, bonding: BondingView, leavers: readonly Leaving[], round: bigint): { bonding: WordChanges; votes: WordChanges } {
  const unbonding = new Unbonding(view, bonding, leavers, round);
  const inPool = new Map(bonding.pool().map(({ account, keyWei }) => [account, keyWei]));
  const keys = new Map<Address, ChangedKey>();
  const fromPool: Group[] = [];
  for (const group of groupByDelegate(leavers)) {
    const { delegate, members, stakeWei, last } = group;
    if (members.some(({ delegator }) => delegator.lastClaimRound < round)) unbonding.freezeFactors(group);
    if (last < 0) continue;
    const delegatedWei = unbonding.takeFrom(group);
    if (!inPool.has(delegate)) continue;
    keys.set(delegate, { keyWei: delegatedWei, last });
    unbonding.setRoundStake(group, delegatedWei);
    fromPool.push({ ...group, stakeWei });
  }
  if (fromPool.length > 0) unbonding.setPool(fromPool, keys);
  return { bonding: unbonding.changes, votes: unbonding.votesChanges };
}

function groupByDelegate(leavers: readonly Leaving[]): Group[] {
  const groups = new Map<Address, Group>();
  for (const [place, leaver] of leavers.entries()) {
    const { delegate, stakeWei } = leaver;
    if (delegate === ZERO_ADDRESS) continue;
    let group = groups.get(delegate);
    if (group === undefined) groups.set(delegate, (group = { delegate, members: [], stakeWei: 0n, last: -1 }));
    group.members.push(leaver);
    group.stakeWei += stakeWei;
    if (stakeWei > 0n) group.last = place;
  }
  return [...groups.values()];
}

class Unbonding {
  readonly changes = new WordChanges();
  readonly votesChanges = new WordChanges();
  readonly #contract: ContractView;
  readonly #bonding: BondingView;
  readonly #votes: ContractView | undefined;
  readonly #leavers: ReadonlyMap<Address, Leaving>;
  readonly #round: bigint;

  constructor(view: StateView, bonding: BondingView, leavers: readonly Leaving[], round: bigint) {
    this.#contract = view.contract("BondingManager");
    this.#bonding = bonding;
    this.#votes = registrationsOf(view).some(({ name }) => name === "BondingVotes") ? view.find("BondingVotes") : undefined;
    this.#leavers = new Map(leavers.map((leaver) => [leaver.account, leaver]));
    this.#round = round;
    for (const leaver of leavers) if (leaver.wasTranscoder) this.#checkpoint(leaver.account, { bondedWei: 0n, delegate: ZERO_ADDRESS, delegatedWei: 0n, lastClaimRound: 0n }, leaver.reason);
  }

  /** `_freezeFactors`: a claim leaves the factors in force in the round. */
  freezeFactors({ delegate, members }: Group): void {
    if (FREEZES_NOTHING.test(this.#contract.state.layoutOf ?? "")) return;
    const why = whyOf(members);
    const round = this.#round;
    const { lastRewardRound, lastFeeRound } = this.#bonding.transcoder(delegate);
    const own = this.#bonding.earningsPool(delegate, round);
    const [reward, fee] = [lastRewardRound, lastFeeRound].map((last) => (last < round ? this.#bonding.earningsPool(delegate, last) : undefined));
    if (own.rewardFactor === 0n) this.#setRound(delegate, round, "cumulativeRewardFactor", reward === undefined || reward.rewardFactor === 0n ? PRECISE : reward.rewardFactor, why);
    if (own.feeFactor === 0n && fee !== undefined) this.#setRound(delegate, round, "cumulativeFeeFactor", fee.feeFactor, why);
  }

  /** @returns what is delegated to the delegate now */
  takeFrom({ delegate, members, stakeWei }: Group): bigint {
    const delegator = this.#bonding.delegator(delegate);
    const delegatedWei = delegator.delegatedWei - stakeWei;
    const [first] = members;
    if (delegatedWei < 0n && first !== undefined) throw cannotLeave(first.account, `with ${stakeWei} wei more would leave ${delegate} than the ${delegator.delegatedWei} that are delegated to it`);
    // A delegate that leaves, too, has nothing left to be changed.
    if (this.#leavers.has(delegate)) return delegatedWei;
    const why = whyOf(members);
    this.changes.set(this.#contract.cell("delegators", delegate, "delegatedAmount"), delegatedWei, `delegators[${delegate}].delegatedAmount`, why);
    this.#checkpoint(delegate, { ...delegator, delegatedWei }, why);
    return delegatedWei;
  }

  /** `_setPoolStake`: the present round keeps what it had. */
  setRoundStake({ delegate, members }: Group, stakeWei: bigint): void {
    const why = whyOf(members);
    const { lastActiveStakeUpdateRound: updated } = this.#bonding.transcoder(delegate);
    if (updated < this.#round) this.#setRound(delegate, this.#round, "totalStake", this.#bonding.earningsPool(delegate, updated).totalStakeWei, why);
    this.#setRound(delegate, this.#round + 1n, "totalStake", stakeWei, why);
    this.changes.set(this.#contract.cell("transcoders", delegate, "lastActiveStakeUpdateRound"), this.#round + 1n, `transcoders[${delegate}].lastActiveStakeUpdateRound`, why);
  }

  setPool(groups: readonly Group[], keys: ReadonlyMap<Address, ChangedKey>): void {
    const why = whyOf(groups.flatMap(({ members }) => members));
    const total = this.#contract.cell("nextRoundTotalActiveStake");
    this.changes.set(total, total.number() - groups.reduce((sum, { stakeWei }) => sum + stakeWei, 0n), "nextRoundTotalActiveStake", why);
    const before = this.#bonding.pool();
    const after = sortPool(before, keys);
    const list = this.#contract.cell("transcoderPool");
    const nodes = list.member("nodes");
    const set = (account: Address, member: string, value: bigint | Address): void => this.changes.set(nodes.at(account).member(member), value, `transcoderPool.nodes[${account}].${member}`, why);
    for (const [place, { account, keyWei }] of after.entries()) {
      set(account, "key", keyWei);
      set(account, "prevId", after[place - 1]?.account ?? 0n);
      set(account, "nextId", after[place + 1]?.account ?? 0n);
    }
    const members = new Set(after.map(({ account }) => account));
    for (const { account } of before) if (!members.has(account)) for (const member of ["key", "prevId", "nextId"]) set(account, member, 0n);
    for (const [member, value] of [["head", after[0]?.account ?? 0n], ["tail", after.at(-1)?.account ?? 0n], ["size", BigInt(after.length)]] as const) this.changes.set(list.member(member), value, `transcoderPool.${member}`, why);
  }

  /** What the BondingVotes write down of an account for the next round. */
  #checkpoint(account: Address, { bondedWei, delegate, delegatedWei, lastClaimRound }: { bondedWei: bigint; delegate: Address; delegatedWei: bigint; lastClaimRound: bigint }, why: string): void {
    const checkpoints = this.#votes?.cell("bondingCheckpoints", account);
    if (checkpoints === undefined) return;
    const name = `bondingCheckpoints[${account}]`;
    const rounds = checkpoints.member("startRounds");
    const last = rounds.length === 0n ? 0n : rounds.at(rounds.length - 1n).number();
    // Between two rounds somebody may have had it written down for a later one.
    const start = last > this.#round + 1n ? last : this.#round + 1n;
    if (start !== last || rounds.length === 0n) {
      this.votesChanges.set(rounds, rounds.length + 1n, `${name}.startRounds.length`, why);
      this.votesChanges.set(rounds.at(rounds.length), start, `${name}.startRounds[${rounds.length}]`, why);
    }
    const checkpoint = checkpoints.member("data").at(start);
    const values = { bondedAmount: bondedWei, delegateAddress: delegate, delegatedAmount: delegatedWei, lastClaimRound, lastRewardRound: this.#bonding.lastRewardRound(account) };
    for (const [member, value] of Object.entries(values)) this.votesChanges.set(checkpoint.member(member), value, `${name}.data[${start}].${member}`, why);
  }

  #setRound(account: Address, round: bigint, member: string, value: bigint, why: string): void {
    this.changes.set(this.#contract.cell("transcoders", account).member("earningsPoolPerRound").at(round).member(member), value, `transcoders[${account}].earningsPoolPerRound[${round}].${member}`, why);
  }
}

/** Who leaves, and why, in one line however many they are. */
export function whyOf(leavers: readonly Leaving[]): string {
  const [first] = leavers;
  if (first === undefined) return "";
  if (leavers.length === 1) return `${first.account} leaves with its stake, ${first.reason}`;
  if (leavers.every(({ reason }) => reason === first.reason)) return `${leavers.length} accounts leave with their stake, ${first.reason}`;
  const shown = leavers.slice(0, SHOWN).map(({ account, reason }) => `${account}, ${reason}`);
  return `${leavers.length} accounts leave with their stake: ${shown.join("; ")}${leavers.length > SHOWN ? `; and ${leavers.length - SHOWN} more` : ""}`;
}
