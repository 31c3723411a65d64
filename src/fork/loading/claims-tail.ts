import { ZERO_ADDRESS, type Address } from "../../protocol/hex.ts";
import { createKeccakInto } from "../../protocol/keccak-into.ts";
import { BondingView } from "../../snapshot/view/bonding.ts";
import type { StateView } from "../../snapshot/view/state-view.ts";
import type { ForkTerms } from "../fork-terms.ts";
import { DELEGATORS_SLOT, DelegatorWords, whyNoRecord, type DelegatorRow } from "./delegator-record.ts";
import { sortWords } from "./split-words.ts";
import type { Tail } from "./tail.ts";

/**
 * Delegators who can claim what they have instead of being loaded. Not whoever is a delegate, ever was a transcoder, waits for stake
 * under a lock, is left out or goes to another address; and no contract, because what it can call is written in its code, and most
 * could never claim.
 * @param view of the snapshot, before anybody left it
 */
export async function claimantsOf(view: StateView, { loading, excluded, moved }: Pick<ForkTerms, "loading" | "excluded" | "moved">): Promise<Tail> {
  const words = new DelegatorWords(await createKeccakInto());
  const contract = view.contract("BondingManager");
  if (BigInt(contract.cell("delegators").slot) !== DELEGATORS_SLOT) return { rows: [], words: words.of([]) };
  const bonding = new BondingView(view);
  const { preimages, contracts } = view.state;
  const others = new Set<Address>([
    ...bonding.activated(),
    ...bonding.pool().map(({ account }) => account),
    ...contracts.map(({ address }) => address),
    ...(preimages.contracts ?? []).map(({ address }) => address),
    ...excluded.map(({ account }) => account),
    ...(moved ?? []).flatMap(({ from, to }) => [from, to]),
  ]);
  const belowWei = loading?.belowWei;
  const rows: DelegatorRow[] = [];
  for (const delegator of bonding.delegators()) {
    const { account, delegate, bondedWei, feesWei, startRound, lastClaimRound, nextLockId } = delegator;
    if (others.has(account) || whyNoRecord(delegator) !== undefined) continue;
    const pending = bonding.pending(delegator);
    if (pending === undefined || pending.stakeWei + pending.feesWei === 0n) continue;
    if (pending.stakeWei > 0n && delegate === ZERO_ADDRESS) continue;
    if (belowWei !== undefined && pending.stakeWei >= belowWei) continue;
    if (bonding.locks(delegator).length > 0) continue;
    rows.push({ account, delegate, bondedWei, feesWei, startRound, lastClaimRound, nextLockId });
  }
  return { rows, words: sortWords(words.of(rows)) };
}
