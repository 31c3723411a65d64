/** What a policy leads to: the path without chance, the bands around it, and what becomes of those who hold tokens. */
import { perYear, type Economy, type MonetaryPolicy } from "./economy.ts";
import { expectPath, type PathPoint } from "./expected-path.ts";
import { simulatePaths, type Band } from "./monte-carlo.ts";
import { rescaleParticipation, shiftParticipation, type Participation } from "./participation.ts";
import { BILLION, MILLION, PRECISE, percOf, percPoints } from "./scale.ts";

export interface OutlookOptions {
  /** Of the present length; a policy with another length plays as many as fit into the same blocks. */
  rounds: number;
  /** Between blocks, as the rounds count them. */
  blockMilliseconds: bigint;
  /** Zero leaves out the bands. */
  paths: number;
  seed: bigint;
  /** Points of a path to keep, beyond the first. */
  samples: number;
}

export interface Outlook {
  policy: MonetaryPolicy;
  rounds: number;
  points: PathPoint[];
  /** Round in which the treasury reaches its ceiling. */
  ceilingRound?: number | undefined;
  bands?: OutlookBands | undefined;
}

/** Of each point: the values that 5, 25, 50, 75 and 95 percent of the paths do not exceed. */
export interface OutlookBands {
  annualInflationPpb: Band[];
  annualYieldPpb: Band[];
  supplyWei: Band[];
  /** At the end. */
  treasuryIncomeWei: Band;
  ceilingReachedPpm: bigint;
}

export interface HolderRow {
  /** Stable, kebab-case. */
  id: "unstaked" | "delegator" | "transcoder" | "treasury";
  who: string;
  startWei: bigint;
  before: HolderEnd;
  after?: HolderEnd | undefined;
}

export interface HolderEnd {
  endWei: bigint;
  /** By how much the holder's share of the supply has grown, in parts of 1e6 of that share; negative: diluted. */
  sharePpm: bigint;
}

export interface SensitivityRow {
  /** What is added to participation, in parts of 1e9. */
  shiftPpb: bigint;
  before: SensitivityEnd;
  after?: SensitivityEnd | undefined;
}

export interface SensitivityEnd {
  annualInflationPpb: bigint;
  annualYieldPpb: bigint;
  supplyWei: bigint;
}

const LPT = 10n ** 18n;
/** Each of the holders that are compared begins with as much. */
const HOLDING_WEI = 1_000n * LPT;
/** What others have staked with the transcoder of the comparison, for each token of its own. */
const DELEGATED_PER_OWN = 9n;
/** Points of bonding rate by which participation is moved for the sensitivity. */
const SHIFTS = [-10n, -5n, 5n, 10n];

export function projectOutlook(economy: Economy, policy: MonetaryPolicy, participation: Participation, options: OutlookOptions): Outlook {
  const { present, rounds } = inRoundsOf(economy, policy, participation, options);
  const { points, ceilingRound } = expectPath(economy, policy, present, { rounds, samples: options.samples, blockMilliseconds: options.blockMilliseconds });
  const bands = options.paths === 0 ? undefined : bandsOf(economy, policy, present, { ...options, rounds });
  return { policy, rounds, points, ...(ceilingRound === undefined ? {} : { ceilingRound }), ...(bands === undefined ? {} : { bands }) };
}

function bandsOf(economy: Economy, policy: MonetaryPolicy, participation: Participation, options: OutlookOptions): OutlookBands {
  const { inflationPpb, rewardPerStake, supplyWei, treasuryIncomeWei, ceilingReachedPpm } = simulatePaths(economy, policy, participation, options);
  const annually = (perRound: bigint): bigint => perYear(perRound, policy.roundLengthBlocks, options.blockMilliseconds);
  return {
    annualInflationPpb: inflationPpb.map((band) => band.map(annually)),
    annualYieldPpb: rewardPerStake.map((band) => band.map((each) => annually((each * (MILLION - policy.rewardCut)) / MILLION) / BILLION)),
    supplyWei,
    treasuryIncomeWei,
    ceilingReachedPpm,
  };
}

/** Those who stake, those who do not, those who work and the treasury: what they have at the end, and what share that is. */
export function compareHolders(economy: Economy, before: Outlook, after?: Outlook): HolderRow[] {
  const ends = (row: Omit<HolderRow, "before" | "after">, endOf: (point: PathPoint) => bigint): HolderRow => {
    const end = ({ points }: Outlook): HolderEnd => {
      const last = points.at(-1);
      if (last === undefined) throw new Error("a path has a first point at least");
      const endWei = endOf(last);
      return { endWei, sharePpm: row.startWei === 0n ? 0n : shareChange(row.startWei, endWei, economy.supplyWei, last.supplyWei) };
    };
    return { ...row, before: end(before), ...(after === undefined ? {} : { after: end(after) }) };
  };
  const rows = [
    ends({ id: "unstaked", who: "1,000 LPT, not staked", startWei: HOLDING_WEI }, () => HOLDING_WEI),
    ends({ id: "delegator", who: "1,000 LPT, delegated", startWei: HOLDING_WEI }, (point) => withinBonded((HOLDING_WEI * point.stakeFactor) / PRECISE, point)),
    ends(
      { id: "transcoder", who: "1,000 LPT of a transcoder, with 9,000 LPT of others", startWei: HOLDING_WEI },
      (point) => withinBonded((HOLDING_WEI * point.stakeFactor) / PRECISE + (point.commissionFactor * (1n + DELEGATED_PER_OWN) * HOLDING_WEI) / LPT, point),
    ),
  ];
  return economy.hasTreasury ? [...rows, ends({ id: "treasury", who: "the treasury", startWei: economy.treasuryWei }, ({ treasuryWei }) => treasuryWei)] : rows;
}

/** Where next to nothing is bonded, rewards outgrow it: what participation is said to be leaves no room for more than all of it. */
function withinBonded(stakeWei: bigint, { supplyWei, bondingRatePpb }: PathPoint): bigint {
  const bondedWei = percOf(supplyWei, bondingRatePpb, BILLION);
  const mostWei = bondedWei > HOLDING_WEI ? bondedWei : HOLDING_WEI;
  return stakeWei < mostWei ? stakeWei : mostWei;
}

/** The end of the path without chance, with more of the supply bonded, and with less. */
export function senseParticipation(economy: Economy, before: MonetaryPolicy, after: MonetaryPolicy | undefined, participation: Participation, options: OutlookOptions): SensitivityRow[] {
  return SHIFTS.map((points): SensitivityRow => {
    const shiftPpb = points * 10_000_000n;
    const end = (policy: MonetaryPolicy): SensitivityEnd => {
      const { present, rounds } = inRoundsOf(economy, policy, shiftParticipation(participation, shiftPpb), options);
      const last = expectPath(economy, policy, present, { rounds, samples: 1, blockMilliseconds: options.blockMilliseconds }).points.at(-1);
      if (last === undefined) throw new Error("a path has a first point at least");
      return { annualInflationPpb: last.annualInflationPpb, annualYieldPpb: last.annualYieldPpb, supplyWei: last.supplyWei };
    };
    return { shiftPpb, before: end(before), ...(after === undefined ? {} : { after: end(after) }) };
  });
}

/** The same stretch of blocks in rounds of another length. */
function inRoundsOf(economy: Economy, policy: MonetaryPolicy, participation: Participation, options: OutlookOptions): { present: Participation; rounds: number } {
  const [from, to] = [economy.policy.roundLengthBlocks, policy.roundLengthBlocks];
  const rounds = Number((BigInt(options.rounds) * from) / to);
  return { present: rescaleParticipation(participation, from, to), rounds: Math.max(1, rounds) };
}

function shareChange(startWei: bigint, endWei: bigint, startSupply: bigint, endSupply: bigint): bigint {
  return percPoints(endWei * startSupply, startWei * endSupply, MILLION) - MILLION;
}
