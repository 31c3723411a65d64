import { Exit, LpctlError } from "../../errors.ts";
import type { Address } from "../../protocol/hex.ts";
import type { AccountStake, TallyInput } from "./tally-input.ts";

/**
 * What an account has at the deciding moment.
 * @throws LPCTL_TALLY_ACCOUNT_MISSING where the input does not say: nothing is taken for zero that was not read as zero
 */
export function stakeOf({ accounts }: TallyInput, account: Address): AccountStake {
  const stake = accounts.get(account);
  if (stake !== undefined) return stake;
  throw new LpctlError({
    code: "LPCTL_TALLY_ACCOUNT_MISSING",
    exit: Exit.different,
    message: `The stake of ${account} is not among what the tally was given`,
    why: "It voted, or somebody who voted delegates to it, so that the result depends on it.",
    next: "Read the state again: lpctl vote tally VOTE --fresh",
    details: { account },
  });
}

/** All that an account can vote with: a transcoder with what is delegated to it, everybody else with what is theirs. */
export function ownWeight(stake: AccountStake): bigint {
  return stake.isRegistered ? stake.delegatedWei : stake.pendingStakeWei;
}

/**
 * Votes as BondingVotes has them: what it said, where a governor asked it, else by its rule. A delegator has none while
 * its delegate is no transcoder.
 */
export function bondingVotes(input: TallyInput, stake: AccountStake): bigint {
  if (stake.votesWei !== undefined) return stake.votesWei;
  if (stake.isRegistered) return stake.delegatedWei;
  if (stake.bondedWei === 0n) return 0n;
  return stakeOf(input, stake.delegate).isRegistered ? stake.pendingStakeWei : 0n;
}
