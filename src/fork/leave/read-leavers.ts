import { Exit, LpctlError } from "../../errors.ts";
import { plural } from "../../protocol/plural.ts";
import { ZERO_ADDRESS, type Address } from "../../protocol/hex.ts";
import { isRegistered, type BondingView, type Delegator } from "../../snapshot/view/bonding.ts";
import type { StateView } from "../../snapshot/view/state-view.ts";
import { fundsOf } from "../exclude-accounts.ts";
import type { Leaver, LeftStake } from "../leave-stake.ts";

/** A leaver and all that it has. */
export interface Leaving extends Leaver, LeftStake {
  /** As it is written down. */
  delegator: Delegator;
  /** Others' votes in past rounds are worked out from what it was. */
  wasTranscoder: boolean;
}

const SHOWN = 3;

/**
 * What leavers have in a round.
 * @throws LPCTL_FORK_EXCLUDED_HAS_STAKE for transcoders, for those whom somebody who stays delegates to, and where earnings cannot be read
 */
export function readLeavers(view: StateView, bonding: BondingView, leavers: readonly Leaver[], round: bigint): Leaving[] {
  const accounts = new Set(leavers.map(({ account }) => account));
  const known = new Map<Address, Delegator>();
  const resting = new Map<Address, Address[]>();
  for (const delegator of bonding.delegators()) {
    const { account, delegate } = delegator;
    if (accounts.has(account)) known.set(account, delegator);
    else if (accounts.has(delegate)) {
      const others = resting.get(delegate);
      if (others === undefined) resting.set(delegate, [account]);
      else others.push(account);
    }
  }
  const activated = new Set(bonding.activated());
  const pool = new Map(bonding.pool().map(({ account, keyWei }) => [account, keyWei]));
  const hasEarnings = view.contract("BondingManager").cell("transcoders").at(ZERO_ADDRESS).hasMember("cumulativeRewards");
  const token = view.contract("LivepeerToken");
  const minter = view.contract("Minter").address;
  return leavers.map(({ account, reason, takesAll = false }): Leaving => {
    if (account === minter) throw cannotLeave(account, "it is the Minter, and holds what everybody is owed");
    const delegator = known.get(account) ?? bonding.delegator(account);
    const rests = resting.get(account) ?? [];
    const keyWei = pool.get(account);
    if (keyWei !== undefined) throw cannotLeave(account, `it is a transcoder in the pool, with a stake of ${keyWei} wei${nameAll(rests)}`);
    if (isRegistered(delegator)) throw cannotLeave(account, `it is a transcoder, with a stake of ${delegator.delegatedWei} wei${nameAll(rests)}`);
    if (rests.length > 0) throw cannotLeave(account, `stake of others rests on it${nameAll(rests)}`);
    const wasTranscoder = activated.has(account);
    const until = wasTranscoder ? bonding.transcoder(account).deactivationRound : 0n;
    if (until > round) throw cannotLeave(account, `it is active as a transcoder before round ${until} begins, and the round is ${round}`);
    const pending = hasEarnings ? bonding.pending(delegator, round) : undefined;
    if (pending === undefined) throw cannotLeave(account, hasEarnings ? `what it has earned cannot be worked out: the fee factors of ${delegator.delegate} fall` : "this BondingManager shares earnings out by rules of its own, by which no stake can be taken out here");
    const lockedWei = bonding.locks(delegator).reduce((sum, { amountWei }) => sum + amountWei, 0n);
    const tokensWei = takesAll ? token.cell("_balances", account).number() : 0n;
    const fundsWei = takesAll ? fundsOf(view, account).reduce((sum, { wei = 0n }) => sum + wei, 0n) : 0n;
    return { account, reason, takesAll, delegator, delegate: delegator.delegate, ...pending, lockedWei, tokensWei, fundsWei, wasTranscoder };
  });
}

function nameAll(accounts: readonly Address[]): string {
  if (accounts.length === 0) return "";
  const more = accounts.length > SHOWN ? ` and ${accounts.length - SHOWN} more` : "";
  return `: ${plural(accounts.length, "account")} bonded to it ${accounts.length === 1 ? "stays" : "stay"}, ${accounts.slice(0, SHOWN).join(", ")}${more}`;
}

export function cannotLeave(account: Address, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_FORK_EXCLUDED_HAS_STAKE",
    exit: Exit.refused,
    message: `${account} cannot leave with its stake`,
    why,
    next: "Take it out of `excluded`; its stake can be dealt with on the fork, by a migration",
    details: { account },
  });
}
