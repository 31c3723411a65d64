/** What a vote still lacks. Pure, exact integers. */
import type { TallyResult } from "./tally/tally-result.ts";
import type { RuleSetId } from "./vote.ts";

export interface Outlook {
  /** Participation that the quorum lacks. */
  toQuorumWei: bigint;
  /** What transcoders themselves have yet to cast, where that is required. */
  toTranscodersWei: bigint;
  /** Votes for that it lacks to pass, were nobody else to vote; those also reach the quorum. Undefined: nothing is enough. */
  toPassWei: bigint | undefined;
}

const PPM = 1_000_000n;
const MOST = 1n << 256n;

/**
 * @param quotaPpm share of the votes for and against that must be for; not of an `oz-governor`, whose votes for must be more
 */
export function outlookOf(result: Omit<TallyResult, "rows">, quotaPpm: bigint): Outlook {
  const { rules, forWei, againstWei, participationWei, quorumWei, transcoders } = result;
  const toQuorumWei = quorumWei > participationWei ? quorumWei - participationWei : 0n;
  const passes = (more: bigint): boolean => isEnough(rules, forWei + more, againstWei, quotaPpm);
  const toTranscodersWei = transcoders === undefined || transcoders.reached ? 0n : transcoders.requiredWei - transcoders.castWei;
  return { toQuorumWei, toTranscodersWei, toPassWei: least(passes, toQuorumWei > toTranscodersWei ? toQuorumWei : toTranscodersWei) };
}

function isEnough(rules: RuleSetId, forWei: bigint, againstWei: bigint, quotaPpm: bigint): boolean {
  if (rules === "oz-governor") return forWei > againstWei;
  // The deployed contract is content with as much as the quota, rounded down: a tie passes, and so does nothing of nothing.
  if (rules === "livepeer-governor") return forWei >= ((forWei + againstWei) * quotaPpm) / PPM;
  return forWei * PPM > (forWei + againstWei) * quotaPpm;
}

/** The smallest number from `from` on for which a condition holds that stays true once it is. */
function least(holds: (value: bigint) => boolean, from: bigint): bigint | undefined {
  if (holds(from)) return from;
  let low = from;
  let high = from + 1n;
  while (!holds(high)) {
    low = high;
    high = high * 2n;
    // A quota of everything is not reached once somebody is against.
    if (high > MOST) return undefined;
  }
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}
