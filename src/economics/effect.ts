/** What a change of parameters does to money and to honesty: everything that is shown of it, as plain data. */
import { Exit, LpctlError } from "../errors.ts";
import { formatHuman } from "../protocol/units.ts";
import type { CheatingAssumptions, Deterrence, VerificationTerms } from "./deterrence.ts";
import type { Economy, MonetaryPolicy } from "./economy.ts";
import { compareHolders, projectOutlook, senseParticipation, type HolderRow, type Outlook, type SensitivityRow } from "./outlook.ts";
import type { OutlookOptions } from "./outlook.ts";
import type { Participation } from "./participation.ts";
import { weighCheating } from "./deterrence.ts";
import { BILLION, percPoints } from "./scale.ts";

export interface EconomicEffect {
  money?: MoneyEffect | undefined;
  verification?: VerificationEffect | undefined;
}

export interface MoneyEffect {
  /** What the projection starts from. */
  start: { round: bigint; supplyWei: bigint; bondedWei: bigint; bondingRatePpb: bigint; inflationPpb: bigint; treasuryWei: bigint };
  horizon: { rounds: number; roundLengthBlocks: bigint; blockMilliseconds: bigint; seconds: bigint };
  chance: { seed: bigint; paths: number };
  before: Outlook;
  /** Undefined where nothing changes. */
  after?: Outlook | undefined;
  holders: HolderRow[];
  sensitivity: SensitivityRow[];
  /** Sentences. */
  assumptions: string[];
}

export interface VerificationEffect {
  before: Weighed;
  after?: Weighed | undefined;
  assumed: CheatingAssumptions;
  assumptions: string[];
}

export interface Weighed {
  terms: VerificationTerms;
  deterrence: Deterrence;
}

/** Steps that one path and all its siblings may take. */
const MOST_STEPS = 100_000_000n;

/**
 * The effect over as much of the time as can be reckoned: half of it, half of that, where the supply outgrows every number or
 * the rounds become too many.
 */
export function effectWithinReach(economy: Economy, after: MonetaryPolicy, participation: Participation, options: OutlookOptions): MoneyEffect {
  for (let rounds = options.rounds; ; rounds = Math.ceil(rounds / 2)) {
    try {
      const effect = effectOnMoney(economy, after, participation, { ...options, rounds });
      return rounds === options.rounds ? effect : { ...effect, assumptions: [...effect.assumptions, "The time was shortened: further on, there are too many tokens or too many rounds to reckon with."] };
    } catch (error) {
      if (rounds === 1 || !(error instanceof LpctlError) || error.code !== "LPCTL_PROJECTION_TOO_FAR") throw error;
    }
  }
}

/**
 * @param after undefined where nothing changes
 * @throws LPCTL_PROJECTION_TOO_FAR
 */
export function effectOnMoney(economy: Economy, after: MonetaryPolicy | undefined, participation: Participation, options: OutlookOptions): MoneyEffect {
  requireFewSteps(economy, after, options);
  const before = projectOutlook(economy, economy.policy, participation, options);
  const then = after === undefined ? undefined : projectOutlook(economy, after, participation, options);
  const { roundLengthBlocks } = economy.policy;
  return {
    start: {
      round: economy.round,
      supplyWei: economy.supplyWei,
      bondedWei: economy.bondedWei,
      bondingRatePpb: economy.supplyWei === 0n ? 0n : percPoints(economy.bondedWei, economy.supplyWei, BILLION),
      inflationPpb: (economy.inflation * BILLION) / economy.divisor,
      treasuryWei: economy.treasuryWei,
    },
    horizon: { rounds: options.rounds, roundLengthBlocks, blockMilliseconds: options.blockMilliseconds, seconds: (BigInt(options.rounds) * roundLengthBlocks * options.blockMilliseconds) / 1_000n },
    chance: { seed: options.seed, paths: options.paths },
    before,
    ...(then === undefined ? {} : { after: then }),
    holders: compareHolders(economy, before, then),
    sensitivity: senseParticipation(economy, economy.policy, after, participation, options),
    assumptions: moneyAssumptions(economy, after, participation, options),
  };
}

export function effectOnVerification(before: VerificationTerms, after: VerificationTerms | undefined, assumed: CheatingAssumptions): VerificationEffect {
  const weigh = (terms: VerificationTerms): Weighed => ({ terms, deterrence: weighCheating(terms, assumed) });
  return {
    before: weigh(before),
    ...(after === undefined ? {} : { after: weigh(after) }),
    assumed,
    assumptions: [
      "Every missed verification is reported in time, and solvers judge rightly.",
      "A claim that is found out brings nothing; the fees of other claims of the same job, which are lost as well, are not counted.",
      "Penalties are parts of the transcoder's own stake: its delegators lose nothing, and stake that is not its own deters nobody.",
      "Gas is what the calls took on the contracts of lpctl when they were measured; the price a verifier asks comes on top.",
    ],
  };
}

/** Short rounds are many. */
function requireFewSteps({ policy }: Economy, after: MonetaryPolicy | undefined, { rounds, paths }: OutlookOptions): void {
  const shortest = after === undefined || after.roundLengthBlocks > policy.roundLengthBlocks ? policy.roundLengthBlocks : after.roundLengthBlocks;
  const steps = ((BigInt(rounds) * policy.roundLengthBlocks) / shortest) * BigInt(Math.max(1, paths));
  if (steps <= MOST_STEPS) return;
  throw new LpctlError({
    code: "LPCTL_PROJECTION_TOO_FAR",
    exit: Exit.refused,
    message: `This would take ${steps} steps, more than ${MOST_STEPS}`,
    why: "Every path plays every round, and short rounds are many.",
    next: "Project fewer rounds, or fewer paths",
  });
}

function moneyAssumptions({ policy, hasTreasury }: Economy, after: MonetaryPolicy | undefined, participation: Participation, { blockMilliseconds, paths, seed }: OutlookOptions): string[] {
  const cut = after === undefined || after.rewardCut === policy.rewardCut ? percent(policy.rewardCut * 1_000n) : `${percent(policy.rewardCut * 1_000n)} before and ${percent(after.rewardCut * 1_000n)} after the change`;
  return [
    describeParticipation(participation),
    "Participation does not answer to the change: whoever expects people to bond more or less because of it must say so with another rate.",
    `A block takes ${seconds(blockMilliseconds)} seconds, and a year has 365.25 days; rates per year are not compounded.`,
    "Every round is begun, and every active transcoder calls for its reward in it: whatever is missed mints less.",
    `Transcoders keep ${cut} of rewards, and delegators leave theirs staked; nobody comes to hold more than all that is bonded.`,
    ...(hasTreasury ? ["The treasury spends nothing, and nobody sets its part again after the ceiling has stopped it."] : []),
    "No penalties burn tokens. Fees are in ether, and are no part of this.",
    ...(paths === 0 || participation.kind === "fixed" ? [] : ["With chance, participation crosses the target; without, it stays on one side for ever: near the target the two end far apart."]),
    ...(paths === 0 ? [] : [`Bands are quantiles of ${paths} paths drawn with seed ${seed}: the same seed gives the same numbers on every machine.`]),
  ];
}

function describeParticipation(participation: Participation): string {
  switch (participation.kind) {
    case "fixed":
      return `${percent(participation.ratePpb)} of the supply are bonded in every round.`;
    case "mean-reverting":
      return `Bonding begins at ${percent(participation.startPpb)} of the supply; each round it goes ${percent(participation.reversionPpb)} of the way to ${percent(participation.meanPpb)}, and chance adds ${percent(participation.noisePpb)} (one standard deviation) up or down.`;
    case "history":
      return `Bonding goes on as in the last ${participation.observedRounds} rounds: from ${percent(participation.startPpb)} of the supply it goes ${percent(participation.reversionPpb)} of the way to ${percent(participation.meanPpb)} each round, and one of the surprises of those rounds is added, drawn by chance.`;
  }
}

function seconds(milliseconds: bigint): string {
  return `${milliseconds / 1_000n}.${(milliseconds % 1_000n).toString().padStart(3, "0")}`.replace(/\.?0+$/, "");
}

/** Parts of 1e9 as a percentage of at most four decimals, rounded down. */
function percent(ppb: bigint): string {
  return formatHuman(ppb - (ppb % 1_000n), "percent-1e9");
}
