import { ZERO_ADDRESS, type Address } from "../../protocol/hex.ts";
import { BondingView, isRegistered, type DelegatorStatus, type Transcoder, type UnbondingLock } from "./bonding.ts";
import { payerOf, paymentsOf, type Payer } from "./payments.ts";
import { roundsOf } from "./rounds.ts";
import type { StateView } from "./state-view.ts";
import { TokenView } from "./token.ts";
import { VotesView } from "./votes.ts";

/** What one account has in a protocol. LPT in units of 1e-18, ether in wei. */
export interface Holdings {
  account: Address;
  /** Of the protocol's contracts, which one it is. */
  contract: string | undefined;
  tokensWei: bigint;
  /** The round that all of this is as of. */
  round: bigint;
  status: DelegatorStatus;
  bondedWei: bigint;
  /** With everything earned; undefined where the contract cannot tell it, and reverts. */
  pendingStakeWei: bigint | undefined;
  pendingFeesWei: bigint | undefined;
  /** Undefined: nobody. */
  delegate: Address | undefined;
  delegateIsTranscoder: boolean;
  delegatedWei: bigint;
  startRound: bigint;
  lastClaimRound: bigint;
  locks: (UnbondingLock & { canWithdraw: boolean })[];
  /** Undefined for an account that is no transcoder. */
  transcoder: (Omit<Transcoder, "account"> & { isActive: boolean; /** From 1; undefined outside the pool. */ rank: number | undefined; delegators: number }) | undefined;
  /** At the start of the next round; undefined in suites without votes. */
  votes: { nextRoundWei: bigint | undefined; hasCheckpoint: boolean } | undefined;
  payer: (Omit<Payer, "account"> & { kind: "tickets" | "jobs" }) | undefined;
  /** Variables of contracts that name it: `Controller.owner`. */
  namedBy: string[];
}

/** @throws LPCTL_SNAPSHOT_NO_CONTRACT */
export function holdingsOf(view: StateView, account: Address): Holdings {
  const bonding = new BondingView(view);
  const delegator = bonding.delegator(account);
  const pending = bonding.pending(delegator);
  const { current } = roundsOf(view);
  const delegate = delegator.delegate === ZERO_ADDRESS ? undefined : delegator.delegate;
  const kind = paymentsOf(view);
  const payer = payerOf(view, account);
  const hasPaid = payer.depositWei > 0n || payer.reserveWei > 0n || payer.withdrawAt > 0n;
  const { account: _, ...funds } = payer;
  return {
    account,
    contract: view.contractAt(account)?.name,
    tokensWei: new TokenView(view).balanceWei(account),
    round: current,
    status: bonding.status(delegator),
    bondedWei: delegator.bondedWei,
    pendingStakeWei: pending?.stakeWei,
    pendingFeesWei: pending?.feesWei,
    delegate,
    delegateIsTranscoder: delegate !== undefined && isRegistered(bonding.delegator(delegate)),
    delegatedWei: delegator.delegatedWei,
    startRound: delegator.startRound,
    lastClaimRound: delegator.lastClaimRound,
    locks: bonding.locks(delegator).map((lock) => ({ ...lock, canWithdraw: lock.withdrawRound <= current })),
    transcoder: isRegistered(delegator) ? describeTranscoder(bonding, account) : undefined,
    votes: view.find("BondingVotes") === undefined ? undefined : describeVotes(new VotesView(view, bonding), account, current + 1n),
    payer: kind === undefined || !hasPaid ? undefined : { ...funds, kind },
    namedBy: namedBy(view, account),
  };
}

function describeTranscoder(bonding: BondingView, account: Address): Holdings["transcoder"] {
  const { account: _, ...terms } = bonding.transcoder(account);
  const rank = bonding.pool().findIndex((member) => member.account === account);
  let delegators = 0;
  for (const { delegate, bondedWei } of bonding.delegators()) if (delegate === account && bondedWei > 0n) delegators += 1;
  return { ...terms, isActive: bonding.isActive(terms), rank: rank < 0 ? undefined : rank + 1, delegators };
}

function describeVotes(votes: VotesView, account: Address, round: bigint): Holdings["votes"] {
  return { nextRoundWei: votes.atRoundStart(account, round)?.votesWei, hasCheckpoint: votes.hasCheckpoint(account) };
}

function namedBy(view: StateView, account: Address): string[] {
  const found: string[] = [];
  for (const contract of view.contracts()) {
    for (const { label, type } of contract.layout.storage) {
      if (/^t_(?:address|contract)/.test(type) && contract.cell(label).address() === account) found.push(`${contract.state.name}.${label}`);
    }
    // Owners of a Safe are a linked list; everybody in it leads on to somebody.
    if (contract.has("owners") && contract.has("threshold") && contract.cell("owners").type.encoding === "mapping" && contract.cell("owners", account).number() !== 0n) found.push(`${contract.state.name}.owners`);
  }
  return found.toSorted();
}
