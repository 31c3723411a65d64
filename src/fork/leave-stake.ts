import type { Address } from "../protocol/hex.ts";
import type { SlotWords } from "../snapshot/trie/storage-root.ts";
import { BondingView } from "../snapshot/view/bonding.ts";
import { layoutsOf } from "../snapshot/view/layouts-of.ts";
import { roundsOf } from "../snapshot/view/rounds.ts";
import { openView, type StateView } from "../snapshot/view/state-view.ts";
import { mergeWords } from "./contract-draft.ts";
import { fundsOf } from "./exclude-accounts.ts";
import { eraseCheckpoints, eraseDelegators } from "./leave/erase-records.ts";
import { ErasedWords, type LeftWords } from "./leave/left-words.ts";
import { cannotLeave, readLeavers, type Leaving } from "./leave/read-leavers.ts";
import { unbondStake, whyOf } from "./leave/unbond-stake.ts";
import { WordChanges } from "./leave/word-changes.ts";

/** An account whose stake does not come into the fork's BondingManager, and why. */
export interface Leaver {
  account: Address;
  reason: string;
  /** Its tokens, deposits and reserves do not come either. */
  takesAll?: boolean | undefined;
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
  /** Of its own, units of 1e-18 LPT, and ether of deposits and reserves: zero where it does not take all. */
  tokensWei: bigint;
  fundsWei: bigint;
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
 * leavers nothing is left there. Tokens and ether leave the Minter and are in nobody's hands: whoever mints or pays them elsewhere adds
 * them. Who takes all takes its own tokens, deposits and reserves as well.
 * Where the round was not begun yet, it is the last one that was: nobody can unbond before, and nothing was earned since.
 * @throws LPCTL_FORK_EXCLUDED_HAS_STAKE for an account on which others' stake rests, and where what leaves is not there
 */
export async function leaveStake(view: StateView, leavers: readonly Leaver[]): Promise<Departure> {
  if (leavers.length === 0) return { view, left: [], changed: new Map() };
  const { current, lastInitialized } = roundsOf(view);
  const round = lastInitialized < current ? lastInitialized : current;
  const bonding = new BondingView(view);
  const leaving = readLeavers(view, bonding, leavers, round);
  const changes = unbondStake(view, bonding, leaving, round);
  const changed = new Map<string, LeftWords>();
  const words = new Map<string, SlotWords>();
  const adopt = (name: string, { kept, erased }: { kept: SlotWords; erased: ErasedWords }, its: WordChanges): void => {
    const declared = its.end();
    if (declared.length === 0 && erased.count === 0) return;
    changed.set(name, { declared, erased });
    words.set(name, mergeWords(kept, declared.map(({ slot, after }) => [slot, after] as const)));
  };
  const whole = leaving.map(({ account, reason, delegator }) => ({ account, reason, locks: delegator.nextLockId }));
  adopt("BondingManager", await eraseDelegators(view.contract("BondingManager"), whole), changes.bonding);
  const votes = view.find("BondingVotes");
  if (votes !== undefined) adopt("BondingVotes", await eraseCheckpoints(votes, whole.filter((_, place) => leaving[place]?.wasTranscoder !== true)), changes.votes);
  for (const [name, its] of [["LivepeerToken", takeTokens(view, leaving)], ...takeFunds(view, leaving)] as const) adopt(name, { kept: view.contract(name).state.words, erased: ErasedWords.NONE }, its);
  const left = leaving.map(({ account, delegate, stakeWei, feesWei, lockedWei, tokensWei, fundsWei }): LeftStake => ({ account, delegate, stakeWei, feesWei, lockedWei, tokensWei, fundsWei }));
  return { view: await viewWith(view, words, takeEther(view, leaving)), left, changed };
}

/** Stake and locks lie in the Minter as tokens. */
function takeTokens(view: StateView, leaving: readonly Leaving[]): WordChanges {
  const changes = new WordChanges();
  const wei = leaving.reduce((sum, { stakeWei, lockedWei }) => sum + stakeWei + lockedWei, 0n);
  const ownWei = leaving.reduce((sum, { tokensWei }) => sum + tokensWei, 0n);
  const token = view.contract("LivepeerToken");
  const { address } = view.contract("Minter");
  const [balance, supply] = [token.cell("_balances", address), token.cell("_totalSupply")];
  requireThere(leaving, wei, balance.number(), "tokens");
  const why = whyOf(leaving);
  changes.set(balance, balance.number() - wei, `_balances[${address}]`, why);
  changes.set(supply, supply.number() - wei - ownWei, "_totalSupply", why);
  for (const { account, reason, tokensWei } of leaving) if (tokensWei > 0n) changes.set(token.cell("_balances", account), 0n, `_balances[${account}]`, reason);
  return changes;
}

function takeFunds(view: StateView, leaving: readonly Leaving[]): Map<string, WordChanges> {
  const changed = new Map<string, WordChanges>();
  for (const { account, reason, takesAll } of leaving) {
    if (takesAll !== true) continue;
    for (const { contract, cell, name } of fundsOf(view, account)) {
      const changes = changed.get(contract) ?? new WordChanges();
      changed.set(contract, changes);
      changes.set(cell, 0n, name, reason);
    }
  }
  return changed;
}

/** Fees, deposits and reserves lie in the Minter as ether. @returns what is left in it */
function takeEther(view: StateView, leaving: readonly Leaving[]): bigint {
  const wei = leaving.reduce((sum, { feesWei, fundsWei }) => sum + feesWei + fundsWei, 0n);
  const { balanceWei } = view.contract("Minter").state.account;
  requireThere(leaving, wei, balanceWei, "wei of ether");
  return balanceWei - wei;
}

function requireThere([first]: readonly Leaving[], wei: bigint, heldWei: bigint, of: string): void {
  if (wei > heldWei && first !== undefined) throw cannotLeave(first.account, `all who leave have ${wei} ${of}, and the Minter holds ${heldWei}`);
}

function viewWith(view: StateView, words: ReadonlyMap<string, SlotWords>, minterWei: bigint): Promise<StateView> {
  const { state, blockNumber } = view;
  const contracts = state.contracts.map((contract) => ({
    ...contract,
    words: words.get(contract.name) ?? contract.words,
    account: contract.name === "Minter" ? { ...contract.account, balanceWei: minterWei } : contract.account,
  }));
  return openView({ ...state, contracts }, { layouts: layoutsOf(view), blockNumber });
}
