/** Whether one state carries on where another stopped: what everybody has is the same. Pure. */
import type { Address } from "../../protocol/hex.ts";
import { BondingView, type Delegator } from "./bonding.ts";
import type { InvariantVerdict } from "./invariants.ts";
import { mintingOf } from "./minting.ts";
import { jobsOf, payersOf, type Payer } from "./payments.ts";
import { roundsOf } from "./rounds.ts";
import type { StateView } from "./state-view.ts";
import { TokenView } from "./token.ts";

export interface CarriedOverOptions {
  /** Earnings are compared as of this round. Default: the round of the state before. */
  round?: bigint | undefined;
  /** Accounts that are left out, as both states call them. */
  excluded?: ReadonlySet<Address> | undefined;
  /** Accounts that have another address in the state after, beside the contracts of the protocol. */
  moved?: ReadonlyMap<Address, Address> | undefined;
  /** `round` of the state after is that of the state before, and this many more. Default 0. */
  roundShift?: bigint | undefined;
}

interface Figure {
  label: string;
  was: unknown;
  is: unknown;
}

/**
 * Compares what accounts have in two states at one round: of a protocol and its fork, or before and after a migration. Contracts of
 * the protocol that hold something are found at their new address by name.
 */
export function judgeCarriedOver(before: StateView, after: StateView, options: CarriedOverOptions = {}): InvariantVerdict[] {
  const shift = options.roundShift ?? 0n;
  const round = options.round ?? roundsOf(before).current;
  const moved = new Map([...movedContracts(before, after), ...(options.moved ?? [])]);
  const now = (account: Address): Address => moved.get(account) ?? account;
  const excluded = options.excluded ?? new Set<Address>();
  const [old, fresh] = [new BondingView(before), new BondingView(after)];
  const accounts = new Set<Address>();
  for (const { account } of old.delegators()) if (!excluded.has(account)) accounts.add(account);
  const back = new Map([...moved].map(([from, to]) => [to, from]));
  for (const { account } of fresh.delegators()) accounts.add(back.get(account) ?? account);
  for (const account of excluded) accounts.delete(account);

  const transcoders = [...new Set([...old.activated(), ...fresh.activated().map((account) => back.get(account) ?? account)])];
  const pairs = [...accounts].map((account) => ({ account, was: old.delegator(account), is: fresh.delegator(now(account)) }));
  return [
    verdict("pending-stake-kept", "Stake and fees with everything earned are the same to the wei, at the same round.", pairs.flatMap(({ account, was, is }) => {
      const [then, here] = [old.pending(was, round), fresh.pending(is, round + shift)];
      return [{ label: `pendingStake of ${account}`, was: then?.stakeWei, is: here?.stakeWei }, { label: `pendingFees of ${account}`, was: then?.feesWei, is: here?.feesWei }];
    })),
    verdict("delegations-kept", "Everybody is bonded to whom they were, from the same round on.", pairs.flatMap(({ account, was, is }) => [
      { label: `delegate of ${account}`, was: now(was.delegate), is: is.delegate },
      { label: `delegated to ${account}`, was: was.delegatedWei, is: is.delegatedWei },
      { label: `startRound of ${account}`, was: shifted(was.startRound, shift), is: is.startRound },
      { label: `lastClaimRound of ${account}`, was: shifted(was.lastClaimRound, shift), is: is.lastClaimRound },
    ])),
    verdict("locks-kept", "Stake that is being unbonded comes free in the same rounds.", pairs.flatMap(({ account, was, is }) => [
      { label: `locks of ${account}`, was: locksText(old, was, shift), is: locksText(fresh, is, 0n) },
      { label: `next lock of ${account}`, was: was.nextLockId, is: is.nextLockId },
    ])),
    verdict("transcoders-kept", "Transcoders have their terms, their earnings and their rounds.", transcoders.filter((account) => !excluded.has(account)).flatMap((account): Figure[] => {
      const [was, is] = [old.transcoder(account), fresh.transcoder(now(account))];
      const rounds = new Set(["lastRewardRound", "lastActiveStakeUpdateRound", "activationRound", "deactivationRound", "lastFeeRound"]);
      return (Object.keys(was) as (keyof typeof was)[]).filter((name) => name !== "account").map((name) => ({ label: `${name} of ${account}`, was: rounds.has(name) ? shifted(was[name] as bigint, shift) : was[name], is: is[name] }));
    })),
    verdict("pool-kept", "The pool has the same members in the same order.", [{ label: "the pool", was: poolText(old, now, excluded), is: poolText(fresh, (account) => account, excluded) }]),
    verdict("balances-kept", "Everybody has the tokens they had.", balances(before, after, now, excluded)),
    verdict("payers-kept", "Deposits, reserves and escrows are the same.", payments(before, after, now, excluded)),
    verdict("rounds-kept", "Rounds are numbered without a gap.", [
      { label: "round length", was: roundsOf(before).length, is: roundsOf(after).length },
      { label: "last round that was begun", was: shifted(roundsOf(before).lastInitialized, shift), is: roundsOf(after).lastInitialized },
    ]),
    verdict("inflation-kept", "Inflation goes on from where it was.", (["inflation", "inflationChange", "targetBondingRate", "mintableWei", "mintedWei"] as const).map((name) => ({ label: name, was: mintingOf(before)[name], is: mintingOf(after)[name] }))),
    verdict("tickets-stay-used", "What was paid is not paid again.", usedTickets(before, after)),
  ];
}

/** Contracts of both protocols by name: where each is now. */
export function movedContracts(before: StateView, after: StateView): Map<Address, Address> {
  const found = new Map<Address, Address>();
  for (const contract of before.state.contracts) {
    const other = after.state.contracts.find(({ name }) => name === contract.name);
    if (other !== undefined && other.address !== contract.address) found.set(contract.address, other.address);
  }
  return found;
}

function balances(before: StateView, after: StateView, now: (account: Address) => Address, excluded: ReadonlySet<Address>): Figure[] {
  const [was, is] = [new TokenView(before), new TokenView(after)];
  const accounts = new Set([...was.balances()].map(({ account }) => account));
  const seen = new Set([...accounts].map(now));
  const added = [...is.balances()].filter(({ account }) => !seen.has(account) && !excluded.has(account));
  return [
    { label: "the supply", was: was.supplyWei(), is: is.supplyWei() },
    ...[...accounts].filter((account) => !excluded.has(account)).map((account) => ({ label: `tokens of ${account}`, was: was.balanceWei(account), is: is.balanceWei(now(account)) })),
    ...added.map(({ account, wei }) => ({ label: `tokens of ${account}`, was: 0n, is: wei })),
  ];
}

function payments(before: StateView, after: StateView, now: (account: Address) => Address, excluded: ReadonlySet<Address>): Figure[] {
  const text = (payer: Payer | undefined): string => (payer === undefined ? "nothing" : `${payer.depositWei} / ${payer.reserveWei} / ${payer.withdrawAt}`);
  const is = new Map([...payersOf(after)].map((payer) => [payer.account, payer]));
  const was = new Map([...payersOf(before)].filter(({ account }) => !excluded.has(account)).map((payer) => [now(payer.account), payer]));
  const accounts = new Set([...was.keys(), ...is.keys()].filter((account) => !excluded.has(account)));
  const escrow = (view: StateView): string => [...jobsOf(view)].map(({ id, escrowWei }) => `${id}: ${escrowWei}`).join(", ");
  return [...[...accounts].map((account) => ({ label: `what ${account} has to pay with`, was: text(was.get(account)), is: text(is.get(account)) })), { label: "the escrows of jobs", was: escrow(before), is: escrow(after) }];
}

function usedTickets(before: StateView, after: StateView): Figure[] {
  const [was, is] = [before, after].map((view) => view.find("TicketBroker")?.cell("usedTickets"));
  if (was === undefined || is === undefined) return [];
  return before.state.preimages.words.filter((word) => was.at(word).flag()).map((word) => ({ label: `ticket ${word}`, was: true, is: is.at(word).flag() }));
}

function locksText(bonding: BondingView, delegator: Delegator, shift: bigint): string {
  return bonding.locks(delegator).map(({ id, amountWei, withdrawRound }) => `${id}: ${amountWei} from ${shifted(withdrawRound, shift)}`).join(", ");
}

function poolText(bonding: BondingView, now: (account: Address) => Address, excluded: ReadonlySet<Address>): string {
  return bonding.pool().filter(({ account }) => !excluded.has(account)).map(({ account, keyWei }) => `${now(account)} ${keyWei}`).join(", ");
}

const NEVER = 2n ** 256n - 1n;

/** Zero and "never" are no rounds. */
function shifted(round: bigint, shift: bigint): bigint {
  return round === 0n || round === NEVER ? round : round + shift;
}

function verdict(name: string, says: string, figures: readonly Figure[]): InvariantVerdict {
  const wrong = figures.filter(({ was, is }) => String(was) !== String(is));
  const shown = wrong.slice(0, 3).map(({ label, was, is }) => `${label} is ${String(is)} instead of ${String(was)}`);
  return { name, says, holds: wrong.length === 0, detail: wrong.length === 0 ? `${figures.length} values are the same` : `${shown.join("; ")}${wrong.length > 3 ? `; and ${wrong.length - 3} more` : ""}` };
}
