import { buildResult, flooredShare } from "../build-result.ts";
import { countOverridable } from "../count-overridable.ts";
import type { TallyInput } from "../tally-input.ts";
import type { TallyResult } from "../tally-result.ts";

/**
 * As LivepeerGovernor counts: the first vote of each account, abstentions count towards a quorum of the active stake that
 * is reached by meeting it, and a proposal succeeds with at least the quota of those for and against, rounded down. So a
 * tie succeeds, and so do abstentions alone.
 */
export function tallyLivepeerGovernor(input: TallyInput): TallyResult {
  return buildResult({
    rules: "livepeer-governor",
    ...countOverridable(input),
    baseWei: input.totalActiveStakeWei,
    quorumWei: flooredShare(input.totalActiveStakeWei, input.quorumPpm),
    participation: ["for", "against", "abstain"],
    quotaPpm: input.quotaPpm,
    quotaRule: "floored",
  });
}
