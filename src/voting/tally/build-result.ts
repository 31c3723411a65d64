import type { Address } from "../../protocol/hex.ts";
import type { Choice, RuleSetId } from "../vote.ts";
import type { CountedVote } from "./select-votes.ts";
import type { TallyResult, TallyRow } from "./tally-result.ts";

/** One million: a hundred percent in parts per million. */
export const PPM = 1_000_000n;

export interface Counted {
  rules: RuleSetId;
  rows: TallyRow[];
  /** The sums, where they are not those of the rows' effective weights. */
  sums?: Sums;
  baseWei: bigint;
  /** The least participation that is enough. */
  quorumWei: bigint;
  /** Which choices count towards the quorum. */
  participation: readonly Choice[];
  /** Share of the votes for and against, parts per million. */
  quotaPpm: bigint;
  /** `above` the quota; `floored`: at least the quota rounded down, as a contract computes it. */
  quotaRule: "above" | "floored";
  transcoders?: NonNullable<TallyResult["transcoders"]>;
}

export interface Sums {
  forWei: bigint;
  againstWei: bigint;
  abstainWei: bigint;
}

/** Sums up, and says what came of it. */
export function buildResult({ rules, rows, sums: given, baseWei, quorumWei, participation, quotaPpm, quotaRule, transcoders }: Counted): TallyResult {
  const sums = given ?? sumRows(rows);
  let participationWei = 0n;
  if (participation.includes("for")) participationWei += sums.forWei;
  if (participation.includes("against")) participationWei += sums.againstWei;
  if (participation.includes("abstain")) participationWei += sums.abstainWei;
  const quorumReached = participationWei >= quorumWei && (transcoders?.reached ?? true);
  const decisive = sums.forWei + sums.againstWei;
  const neededWei = quotaRule === "above" ? leastAbove(decisive, quotaPpm) : flooredShare(decisive, quotaPpm);
  return {
    rules,
    ...sums,
    participationWei,
    baseWei,
    quorumWei,
    quorumReached,
    quotaPpm,
    quotaRule,
    neededWei,
    outcome: quorumReached ? (sums.forWei >= neededWei ? "passed" : "rejected") : "invalid",
    abstainOnly: sums.abstainWei > 0n && sums.forWei === 0n && sums.againstWei === 0n,
    ...(transcoders === undefined ? {} : { transcoders }),
    rows: sortRows(rows),
  };
}

function sumRows(rows: readonly TallyRow[]): Sums {
  let [forWei, againstWei, abstainWei] = [0n, 0n, 0n];
  for (const { choice, effectiveWei } of rows) {
    if (choice === "for") forWei += effectiveWei;
    else if (choice === "against") againstWei += effectiveWei;
    else abstainWei += effectiveWei;
  }
  return { forWei, againstWei, abstainWei };
}

export function rowOf({ voter, choice, transaction }: CountedVote, delegate: Address, weightWei: bigint, deductionWei: bigint): TallyRow {
  return { voter, delegate, weightWei, deductionWei, effectiveWei: weightWei - deductionWei, choice, transaction };
}

/** Rows that one sorting of numbers can tell apart by their place: 2 ** 21. */
const MOST_PLACES = 2_097_152;

/**
 * By address, as numbers, so that everybody's list has the same order. The first four bytes and the place make one number
 * each, which the engine sorts without calling back; the few addresses that begin alike are put in order after.
 */
function sortRows(rows: readonly TallyRow[]): TallyRow[] {
  if (rows.length > MOST_PLACES) return [...rows].sort(compareVoters);
  const keys = new Float64Array(rows.length);
  for (const [place, { voter }] of rows.entries()) keys[place] = Number.parseInt(voter.slice(2, 10), 16) * MOST_PLACES + place;
  keys.sort();
  const sorted: TallyRow[] = [];
  let sameFrom = 0;
  let before = -1;
  for (const key of keys) {
    const prefix = Math.floor(key / MOST_PLACES);
    const row = rows[key - prefix * MOST_PLACES];
    if (row === undefined) continue;
    if (prefix !== before) sameFrom = sorted.length;
    before = prefix;
    let at = sorted.length;
    for (let previous = sorted[at - 1]; at > sameFrom && previous !== undefined && compareVoters(previous, row) > 0; previous = sorted[at - 1]) sorted[at--] = previous;
    sorted[at] = row;
  }
  return sorted;
}

function compareVoters(a: TallyRow, b: TallyRow): number {
  const [left, right] = [a.voter.toLowerCase(), b.voter.toLowerCase()];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The least number of units that is at least `ppm` of `base`. */
export function leastShare(base: bigint, ppm: bigint): bigint {
  return (base * ppm + PPM - 1n) / PPM;
}

/** The least number of units that is more than `ppm` of `base`. */
export function leastAbove(base: bigint, ppm: bigint): bigint {
  return (base * ppm) / PPM + 1n;
}

/** `ppm` of `base`, rounded down, as the contracts compute it. */
export function flooredShare(base: bigint, ppm: bigint): bigint {
  return (base * ppm) / PPM;
}
