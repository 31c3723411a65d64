import { Exit, LpctlError } from "../../../errors.ts";
import { buildResult, leastShare } from "../build-result.ts";
import { countStake } from "../count-stake.ts";
import type { TallyInput } from "../tally-input.ts";
import type { TallyResult } from "../tally-result.ts";

/**
 * LIP-16 as it is written: the quorum is a share of all staked LPT and is reached by meeting it exactly; a poll passes
 * with more than the quota of yes among yes and no, so that a tie fails.
 * @throws LPCTL_TALLY_NEGATIVE_WEIGHT where more was taken out of a transcoder's vote than is delegated to it: the rule
 * has no answer to that, and none is made up
 */
export function tallyLip16(input: TallyInput): TallyResult {
  const rows = countStake(input);
  const negative = rows.find(({ effectiveWei }) => effectiveWei < 0n);
  if (negative !== undefined) {
    throw new LpctlError({
      code: "LPCTL_TALLY_NEGATIVE_WEIGHT",
      exit: Exit.different,
      message: `The delegators that voted themselves take ${negative.deductionWei} from ${negative.voter}, to which only ${negative.weightWei} is delegated`,
      why: "What delegators have is never more than what their transcoder has, unless the state is not that of one block, or the protocol's books are wrong. LIP-16 does not say how to count then.",
      next: "Read the state again: lpctl vote tally VOTE --fresh; or count by another rule-set: --rules livepeer-explorer",
      details: { ...negative },
    });
  }
  return buildResult({
    rules: "lip-16",
    rows,
    baseWei: input.totalStakedWei,
    quorumWei: leastShare(input.totalStakedWei, input.quorumPpm),
    participation: ["for", "against"],
    quotaPpm: input.quotaPpm,
    quotaRule: "above",
  });
}
