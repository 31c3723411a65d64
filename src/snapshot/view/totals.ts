import type { Address, Hex } from "../../protocol/hex.ts";
import { BondingView, isRegistered, shareOf } from "./bonding.ts";
import { mintingOf, type Minting } from "./minting.ts";
import { jobsOf, payersOf, paymentsOf } from "./payments.ts";
import { controlOf } from "./registry.ts";
import { roundsOf, type Rounds } from "./rounds.ts";
import type { StateView } from "./state-view.ts";
import { TokenView } from "./token.ts";

/** One of those with the most stake. */
export interface TopAccount {
  account: Address;
  /** With everything earned. */
  stakeWei: bigint;
  /** Of all stake, parts per million. */
  sharePpm: bigint;
  feesWei: bigint;
  tokensWei: bigint;
  delegate: Address;
  isTranscoder: boolean;
}

/** How stake is spread over accounts. */
export interface Distribution {
  /** What the richest 0%, 2%, …, 100% of accounts have of all stake, parts per million. */
  pointsPpm: bigint[];
  /** How few accounts have more than half of it. */
  half: number;
  /** 0 when everybody has the same, a million when one has all. */
  giniPpm: bigint;
}

/** What a protocol comes to. LPT in units of 1e-18, ether in wei. */
export interface Totals {
  chainId: bigint;
  block: { number: bigint; hash: Hex; timestampSeconds: bigint };
  controller: Address;
  owner: Address;
  isPaused: boolean;
  contracts: number;
  words: number;
  rounds: Rounds;
  token: { supplyWei: bigint; holders: number; vaultWei: bigint; treasuryWei: bigint | undefined };
  minting: Minting;
  stake: {
    delegators: number;
    transcoders: number;
    poolSize: number;
    poolMaxSize: bigint;
    /** Of everybody, with everything earned. */
    pendingWei: bigint;
    bondedWei: bigint;
    /** Of the active transcoders, in this round and in the next. */
    activeWei: bigint;
    nextActiveWei: bigint;
    locks: number;
    lockedWei: bigint;
    feesWei: bigint;
  };
  payments: { kind: "tickets" | "jobs" | "none"; payers: number; depositsWei: bigint; reservesWei: bigint; jobs: number; escrowsWei: bigint };
  top: TopAccount[];
  distribution: Distribution;
}

const STEPS = 50;

/** Goes once through everybody. @param top how many accounts are named @throws LPCTL_SNAPSHOT_NO_CONTRACT */
export function totalsOf(view: StateView, top: number): Totals {
  const { state } = view;
  const bonding = new BondingView(view);
  const token = new TokenView(view);
  const rows: { account: Address; stakeWei: bigint; feesWei: bigint; delegate: Address; isTranscoder: boolean }[] = [];
  const stake = { delegators: 0, transcoders: 0, pendingWei: 0n, bondedWei: 0n, locks: 0, lockedWei: 0n, feesWei: 0n };
  for (const delegator of bonding.delegators()) {
    const { stakeWei, feesWei } = bonding.pending(delegator) ?? { stakeWei: delegator.bondedWei, feesWei: delegator.feesWei };
    const isTranscoder = isRegistered(delegator);
    for (const { amountWei } of bonding.locks(delegator)) {
      stake.locks += 1;
      stake.lockedWei += amountWei;
    }
    stake.feesWei += feesWei;
    stake.bondedWei += delegator.bondedWei;
    stake.pendingWei += stakeWei;
    if (isTranscoder) stake.transcoders += 1;
    if (stakeWei === 0n) continue;
    stake.delegators += 1;
    rows.push({ account: delegator.account, stakeWei, feesWei, delegate: delegator.delegate, isTranscoder });
  }
  rows.sort((one, other) => (one.stakeWei > other.stakeWei ? -1 : one.stakeWei < other.stakeWei ? 1 : one.account < other.account ? -1 : 1));
  let holders = 0;
  for (const _ of token.balances()) holders += 1;
  const treasury = view.find("Treasury")?.address;
  const payers = [...payersOf(view)];
  const jobs = [...jobsOf(view)];
  const { owner, isPaused } = controlOf(view);
  return {
    chainId: state.chainId,
    block: { number: BigInt(state.block.number), hash: state.block.hash, timestampSeconds: view.timestampSeconds },
    controller: state.controller,
    owner,
    isPaused,
    contracts: state.contracts.length,
    words: state.contracts.reduce((sum, { words }) => sum + words.count, 0),
    rounds: roundsOf(view),
    token: { supplyWei: token.supplyWei(), holders, vaultWei: token.balanceWei(view.contract("Minter").address), treasuryWei: treasury === undefined ? undefined : token.balanceWei(treasury) },
    minting: mintingOf(view),
    stake: {
      ...stake,
      poolSize: bonding.pool().length,
      poolMaxSize: view.value("BondingManager", "transcoderPool", "maxSize"),
      activeWei: view.value("BondingManager", "currentRoundTotalActiveStake"),
      nextActiveWei: view.value("BondingManager", "nextRoundTotalActiveStake"),
    },
    payments: {
      kind: paymentsOf(view) ?? "none",
      payers: payers.length,
      depositsWei: sum(payers.map(({ depositWei }) => depositWei)),
      reservesWei: sum(payers.map(({ reserveWei }) => reserveWei)),
      jobs: jobs.length,
      escrowsWei: sum(jobs.map(({ escrowWei }) => escrowWei)),
    },
    top: rows.slice(0, top).map((row) => ({ ...row, sharePpm: shareOf(row.stakeWei, stake.pendingWei), tokensWei: token.balanceWei(row.account) })),
    distribution: distributionOf(rows.map(({ stakeWei }) => stakeWei), stake.pendingWei),
  };
}

/** @param amounts most first */
export function distributionOf(amounts: readonly bigint[], total: bigint): Distribution {
  const pointsPpm: bigint[] = [];
  let [running, at, half, weighted] = [0n, 0, 0, 0n];
  for (let step = 0; step <= STEPS; step++) {
    for (const end = Math.round((amounts.length * step) / STEPS); at < end; at++) {
      if (2n * running <= total) half = at + 1;
      running += amounts[at] ?? 0n;
      weighted += BigInt(at + 1) * (amounts[at] ?? 0n);
    }
    pointsPpm.push(shareOf(running, total));
  }
  const count = BigInt(amounts.length);
  // With the most first, the mean rank of an LPT is low where few have much: (n + 1 - 2 Σ rank·x / Σ x) / n.
  const giniPpm = count === 0n || total === 0n ? 0n : (1_000_000n * ((count + 1n) * total - 2n * weighted)) / (count * total);
  return { pointsPpm, half: total === 0n ? 0 : half, giniPpm };
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}
