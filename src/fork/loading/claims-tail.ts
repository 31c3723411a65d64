import { Exit, LpctlError } from "../../errors.ts";
import { ZERO_ADDRESS, type Address } from "../../protocol/hex.ts";
import type { Profile } from "../../protocol/profiles.ts";
import { suiteOf } from "../suite-of-snapshot.ts";
import { createKeccakInto } from "../../protocol/keccak-into.ts";
import { BondingView } from "../../snapshot/view/bonding.ts";
import type { StateView } from "../../snapshot/view/state-view.ts";
import type { ForkTerms } from "../fork-terms.ts";
import { DELEGATORS_SLOT, DelegatorWords, whyNoRecord, type DelegatorRow } from "./delegator-record.ts";
import { sortWords } from "./split-words.ts";
import type { Tail } from "./tail.ts";

/** Why their stake is not where the snapshot has it. */
export const WHY_CLAIMED = "it can be claimed on the fork";
const NOBODY: Tail = { rows: [], words: { slots: new Uint8Array(), values: new Uint8Array(), count: 0 } };

/**
 * Delegators who can claim what they have instead of being loaded. Not whoever is a delegate, ever was a transcoder, waits for stake
 * under a lock, is left out or goes to another address; and no contract, because what it can call is written in its code, and most
 * could never claim. Nobody where the method is another.
 * @param view of the snapshot, before anybody left it
 * @throws LPCTL_FORK_LOADING where the BondingManager bonds for nobody else
 */
export async function claimantsOf(view: StateView, { loading, excluded, moved }: Pick<ForkTerms, "loading" | "excluded" | "moved">): Promise<Tail> {
  if (loading?.method !== "claims") return NOBODY;
  const contract = view.contract("BondingManager");
  const { profile } = suiteOf(view);
  if (profile !== "current" || BigInt(contract.cell("delegators").slot) !== DELEGATORS_SLOT) throw cannotClaim(profile);
  const words = new DelegatorWords(await createKeccakInto());
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
  const { belowWei } = loading;
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

function cannotClaim(profile: Profile): LpctlError {
  return new LpctlError({
    code: "LPCTL_FORK_LOADING",
    exit: Exit.refused,
    message: "Delegators cannot claim their stake on this fork",
    why: `only a BondingManager of the profile current bonds what an account claims, and the snapshot is of the profile ${profile}`,
    next: "Choose another loading.method in the fork file",
  });
}
