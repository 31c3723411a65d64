import { buildResult, leastAbove } from "../build-result.ts";
import { countStake } from "../count-stake.ts";
import type { TallyInput } from "../tally-input.ts";
import type { TallyResult } from "../tally-result.ts";

/**
 * As the explorer shows a poll: the quorum is a share of the active stake and has to be exceeded, and so has the quota.
 * A transcoder from whom its delegators took more than it has counts with what is below zero. The explorer computes
 * shares as floating-point numbers; here they are exact.
 */
export function tallyExplorer(input: TallyInput): TallyResult {
  return buildResult({
    rules: "livepeer-explorer",
    rows: countStake(input),
    baseWei: input.totalActiveStakeWei,
    quorumWei: leastAbove(input.totalActiveStakeWei, input.quorumPpm),
    participation: ["for", "against"],
    quotaPpm: input.quotaPpm,
    quotaRule: "above",
  });
}
