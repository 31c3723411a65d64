/** The economic effect of a proposal, as `report.json` holds it. */
import { z } from "zod";
import type { EconomicEffect } from "../economics/effect.ts";
import { decimalSchema } from "../protocol/hex.ts";

const count = z.int().nonnegative();
const band = z.array(decimalSchema).length(5);

const policySchema = z.strictObject({
  inflationChange: decimalSchema,
  targetBondingRate: decimalSchema,
  treasuryCut: decimalSchema,
  treasuryCeilingWei: decimalSchema,
  rewardCut: decimalSchema,
  roundLengthBlocks: decimalSchema,
});

const pointSchema = z.strictObject({
  round: count,
  bondingRatePpb: decimalSchema,
  inflation: decimalSchema,
  annualInflationPpb: decimalSchema,
  annualYieldPpb: decimalSchema,
  supplyWei: decimalSchema,
  mintedWei: decimalSchema,
  treasuryWei: decimalSchema,
  stakeFactor: decimalSchema,
  commissionFactor: decimalSchema,
});

const outlookSchema = z.strictObject({
  policy: policySchema,
  rounds: count,
  points: z.array(pointSchema).min(1),
  ceilingRound: count.optional(),
  bands: z
    .strictObject({ annualInflationPpb: z.array(band), annualYieldPpb: z.array(band), supplyWei: z.array(band), treasuryIncomeWei: band, ceilingReachedPpm: decimalSchema })
    .optional(),
});

const holderEndSchema = z.strictObject({ endWei: decimalSchema, sharePpm: decimalSchema });
const sensitivityEndSchema = z.strictObject({ annualInflationPpb: decimalSchema, annualYieldPpb: decimalSchema, supplyWei: decimalSchema });

const moneySchema = z.strictObject({
  start: z.strictObject({ round: decimalSchema, supplyWei: decimalSchema, bondedWei: decimalSchema, bondingRatePpb: decimalSchema, inflationPpb: decimalSchema, treasuryWei: decimalSchema }),
  horizon: z.strictObject({ rounds: count, roundLengthBlocks: decimalSchema, blockMilliseconds: decimalSchema, seconds: decimalSchema }),
  chance: z.strictObject({ seed: decimalSchema, paths: count }),
  before: outlookSchema,
  after: outlookSchema.optional(),
  holders: z.array(z.strictObject({ id: z.enum(["unstaked", "delegator", "transcoder", "treasury"]), who: z.string(), startWei: decimalSchema, before: holderEndSchema, after: holderEndSchema.optional() })),
  sensitivity: z.array(z.strictObject({ shiftPpb: decimalSchema, before: sensitivityEndSchema, after: sensitivityEndSchema.optional() })),
  assumptions: z.array(z.string()),
});

const weighedSchema = z.strictObject({
  terms: z.strictObject({ verificationRate: decimalSchema, failedSlashPpm: decimalSchema, missedSlashPpm: decimalSchema, doubleClaimSlashPpm: decimalSchema, finderFeePpm: decimalSchema }),
  deterrence: z.strictObject({
    caughtPpb: decimalSchema,
    choice: z.enum(["silent", "failing"]),
    penaltyWei: decimalSchema,
    doubleClaimPenaltyWei: decimalSchema,
    finderRewardWei: decimalSchema,
    expectedPenaltyWei: decimalSchema,
    breakEvenGainWei: decimalSchema.optional(),
    breakEvenGainEthWei: decimalSchema.optional(),
    breakEvenRate: decimalSchema.optional(),
    pays: z.boolean().optional(),
    verificationGasPerSegment: decimalSchema,
    totalGasPerSegment: decimalSchema,
    verificationCostEthWei: decimalSchema.optional(),
    totalCostEthWei: decimalSchema.optional(),
  }),
});

const verificationSchema = z.strictObject({
  before: weighedSchema,
  after: weighedSchema.optional(),
  assumed: z.strictObject({ stakeWei: decimalSchema, segmentsPerClaim: decimalSchema, cheatedSegments: decimalSchema, gainPerSegmentEthWei: decimalSchema.optional(), lptPriceEthWei: decimalSchema.optional(), gasPriceWei: decimalSchema.optional() }),
  assumptions: z.array(z.string()),
});

export const economicEffectSchema: z.ZodType<EconomicEffect> = z.strictObject({ money: moneySchema.optional(), verification: verificationSchema.optional() });
