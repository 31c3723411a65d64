import type { Address } from "../../protocol/hex.ts";
import { PPM } from "./build-result.ts";
import type { TallyResult, TallyRow } from "./tally-result.ts";

/** A set of voters who could have turned the result by themselves. */
export interface FlipSet {
  /** By voting otherwise, or by not voting. */
  by: "voting-otherwise" | "not-voting";
  /** The biggest first. */
  voters: { voter: Address; effectiveWei: bigint }[];
  /** No smaller set could; proven by the biggest of fewer voters not being enough. */
  isSmallest: boolean;
  /** Fewer than this many voters never turn it. */
  atLeast: number;
}

/** How near a result was, in units of 1e-18 LPT. */
export interface TallyAnalysis {
  /** `forWei` above what is needed; below zero, what is missing. */
  marginWei: bigint;
  /** Participation above the quorum; below zero, what is missing. */
  quorumMarginWei: bigint;
  /** Participation of the base, parts per million, rounded down. */
  turnoutPpm: bigint;
  /** What voters cast who are nobody's delegators, and what delegators cast themselves. */
  castByTranscodersWei: bigint;
  castByDelegatorsWei: bigint;
  /** Undefined where nobody who voted can turn it: a quorum is missed, or there is nobody to turn. */
  flip: FlipSet | undefined;
}

export function analyseTally(result: TallyResult): TallyAnalysis {
  const { forWei, neededWei, participationWei, quorumWei, baseWei, rows } = result;
  const ofTranscoders = rows.filter(({ voter, delegate }) => voter === delegate).reduce((sum, { effectiveWei }) => sum + effectiveWei, 0n);
  return {
    marginWei: forWei - neededWei,
    quorumMarginWei: participationWei - quorumWei,
    turnoutPpm: baseWei === 0n ? 0n : (participationWei * PPM) / baseWei,
    castByTranscodersWei: ofTranscoders,
    castByDelegatorsWei: rows.reduce((sum, { effectiveWei }) => sum + effectiveWei, 0n) - ofTranscoders,
    flip: findFlip(result),
  };
}

interface Item {
  row: TallyRow;
  /** How much nearer it comes by this voter. */
  gain: bigint;
}

/**
 * A vote passes when `for * 1e6 - (for + against) * quota` is above a bound, and every voter who votes otherwise moves that
 * by an amount that depends on nobody else. So the k voters who move most are the best k of all, and the least k for which
 * they are enough is exact. Not voting is different: what a delegator does not cast falls to its transcoder, which may vote.
 */
function findFlip(result: TallyResult): FlipSet | undefined {
  if (result.outcome === "invalid") return undefined;
  const ways = result.outcome === "rejected" ? [byVotingOtherwise(result)] : [byVotingOtherwise(result), byNotVoting(result), byTranscodersNotVoting(result)];
  const possible = ways.filter((way) => way !== undefined);
  const chosen = possible.reduce<FlipSet | undefined>((best, way) => (best === undefined || way.voters.length < best.voters.length ? way : best), undefined);
  if (chosen === undefined) return undefined;
  const atLeast = Math.min(...possible.map((way) => way.atLeast));
  return { ...chosen, isSmallest: chosen.voters.length <= atLeast, atLeast };
}

function byVotingOtherwise({ forWei, againstWei, quotaPpm, quotaRule, outcome, rows }: TallyResult): FlipSet | undefined {
  const score = forWei * PPM - (forWei + againstWei) * quotaPpm;
  const bound = quotaRule === "above" ? 0n : -PPM;
  const passed = outcome === "passed";
  const gainOf = ({ choice, effectiveWei }: TallyRow): bigint => {
    if (choice === "abstain") return effectiveWei * (passed ? quotaPpm : PPM - quotaPpm);
    return (choice === "for") === passed ? effectiveWei * PPM : 0n;
  };
  // Passed needs a score above the bound, so that reaching the bound turns it; rejected needs one unit more than the bound.
  const wanted = passed ? score - bound : bound - score + 1n;
  const items = biggestFirst(rows.map((row) => ({ row, gain: gainOf(row) })));
  const count = countUntil(items, wanted);
  return count === undefined ? undefined : flipOf("voting-otherwise", items.slice(0, count), count);
}

/** Only what made the quorum can miss it. */
function byNotVoting({ participationWei, quorumWei, rows, rules }: TallyResult): FlipSet | undefined {
  const wanted = participationWei - quorumWei + 1n;
  const counting = rows.filter(({ choice }) => rules !== "oz-governor" || choice !== "against");
  const voters = new Set(rows.map(({ voter }) => voter));
  const atMost = biggestFirst(counting.map((row) => ({ row, gain: row.effectiveWei })));
  const atLeast = countUntil(atMost, wanted);
  if (atLeast === undefined) return undefined;
  // What falls back to a transcoder that votes is not gone.
  const gone = biggestFirst(counting.filter(({ voter, delegate }) => rules === "oz-governor" || voter === delegate || !voters.has(delegate)).map((row) => ({ row, gain: row.effectiveWei })));
  const count = countUntil(gone, wanted);
  return count === undefined ? undefined : flipOf("not-voting", gone.slice(0, count), atLeast);
}

/** Of a StakeGovernor: transcoders without whom those who are left have not cast enough. */
function byTranscodersNotVoting({ transcoders, rows }: TallyResult): FlipSet | undefined {
  if (transcoders === undefined) return undefined;
  const items = biggestFirst(rows.filter(({ voter, delegate }) => voter === delegate).map((row) => ({ row, gain: row.effectiveWei })));
  const count = countUntil(items, transcoders.castWei - transcoders.requiredWei + 1n);
  return count === undefined ? undefined : flipOf("not-voting", items.slice(0, count), count);
}

function flipOf(by: FlipSet["by"], items: readonly Item[], atLeast: number): FlipSet {
  return { by, voters: items.map(({ row: { voter, effectiveWei } }) => ({ voter, effectiveWei })), isSmallest: items.length <= atLeast, atLeast };
}

/** Rounded numbers tell most of them apart, faster; what they cannot tell apart is compared exactly. */
function biggestFirst(items: readonly Item[]): Item[] {
  const rounded = items.filter(({ gain }) => gain > 0n).map((item) => ({ item, about: Number(item.gain) }));
  rounded.sort((a, b) => b.about - a.about || compareExactly(a.item, b.item));
  return rounded.map(({ item }) => item);
}

function compareExactly(a: Item, b: Item): number {
  if (a.gain !== b.gain) return a.gain > b.gain ? -1 : 1;
  return a.row.voter.toLowerCase() < b.row.voter.toLowerCase() ? -1 : 1;
}

function countUntil(items: readonly Item[], wanted: bigint): number | undefined {
  let sum = 0n;
  for (const [index, { gain }] of items.entries()) {
    sum += gain;
    if (sum >= wanted) return index + 1;
  }
  return undefined;
}
