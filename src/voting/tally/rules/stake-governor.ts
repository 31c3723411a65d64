import { buildResult, flooredShare } from "../build-result.ts";
import { countOverridable } from "../count-overridable.ts";
import { stakeOf } from "../stake-of.ts";
import type { TallyInput } from "../tally-input.ts";
import type { TallyResult } from "../tally-result.ts";

/**
 * As StakeGovernor counts: as LivepeerGovernor does, but a proposal succeeds with strictly more than the quota, and only
 * once transcoders themselves have cast their share of the active stake, without what their delegators took out. Ties and
 * abstentions alone fail. An input that knows no transcoder quorum requires none.
 */
export function tallyStakeGovernor(input: TallyInput): TallyResult {
  const { rows, sums } = countOverridable(input);
  const castWei = rows.reduce((sum, { voter, effectiveWei }) => (stakeOf(input, voter).isRegistered ? sum + effectiveWei : sum), 0n);
  const requiredWei = input.transcoderQuorumWei ?? 0n;
  return buildResult({
    rules: "stake-governor",
    rows,
    sums,
    baseWei: input.totalActiveStakeWei,
    quorumWei: flooredShare(input.totalActiveStakeWei, input.quorumPpm),
    participation: ["for", "against", "abstain"],
    quotaPpm: input.quotaPpm,
    quotaRule: "above",
    transcoders: { castWei, requiredWei, reached: castWei >= requiredWei },
  });
}
