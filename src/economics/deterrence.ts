/** Whether cheating pays under the verification of the 2018 launch, and what verification costs those who are honest. */
import { MILLION, percOf } from "./scale.ts";

/** What governance decides. Penalties in parts per million of the transcoder's own stake. */
export interface VerificationTerms {
  /** One segment in so many is challenged. */
  verificationRate: bigint;
  failedSlashPpm: bigint;
  missedSlashPpm: bigint;
  doubleClaimSlashPpm: bigint;
  /** The finder's part of a penalty, parts per million. */
  finderFeePpm: bigint;
}

/** What nobody decides, and has to be assumed. */
export interface CheatingAssumptions {
  /** The transcoder's own stake, which penalties are a part of. */
  stakeWei: bigint;
  segmentsPerClaim: bigint;
  /** How many of them are not done as promised. */
  cheatedSegments: bigint;
  /** What a segment that is not done brings: its price and the work saved. Undefined: not known. */
  gainPerSegmentEthWei?: bigint | undefined;
  /** Of one LPT, in wei of ether. */
  lptPriceEthWei?: bigint | undefined;
  gasPriceWei?: bigint | undefined;
}

/** What the calls of a transcoder take, transaction included: measured on the contracts of this repository, .gas-snapshot. */
export const GAS = { verify: 161_000n, claimWork: 292_000n, distributeFees: 314_000n } as const;

export interface Deterrence {
  /** Chance that at least one of the cheated segments is challenged, in parts of 1e9. */
  caughtPpb: bigint;
  /** What a cheater who is caught chooses: to stay silent, or to send in what fails, whichever is cheaper. */
  choice: "silent" | "failing";
  /** In units of 1e-18 LPT. */
  penaltyWei: bigint;
  doubleClaimPenaltyWei: bigint;
  /** What the finder of a missed verification gets. */
  finderRewardWei: bigint;
  /** Expected penalty of one claim, in units of 1e-18 LPT. */
  expectedPenaltyWei: bigint;
  /** What a cheated segment may bring at most before cheating pays, in units of 1e-18 LPT; undefined: it never pays. */
  breakEvenGainWei?: bigint | undefined;
  /** The same in wei of ether, where the price of LPT is known. */
  breakEvenGainEthWei?: bigint | undefined;
  /** The greatest verificationRate at which cheating does not pay; undefined where the gain is not known, or no rate is enough. */
  breakEvenRate?: bigint | undefined;
  /** Undefined where gain or price is not known. */
  pays?: boolean | undefined;
  /** Gas of verification for each segment of a claim, on average. */
  verificationGasPerSegment: bigint;
  /** Gas of everything a claim takes, for each of its segments. */
  totalGasPerSegment: bigint;
  /** In wei of ether, where the price of gas is known. */
  verificationCostEthWei?: bigint | undefined;
  totalCostEthWei?: bigint | undefined;
}

const FINE = 10n ** 18n;
const UINT64_MAX = 2n ** 64n - 1n;

/** Every claim is looked at by itself, and every challenge that is missed is reported. */
export function weighCheating(terms: VerificationTerms, assumed: CheatingAssumptions): Deterrence {
  const { stakeWei, segmentsPerClaim, cheatedSegments, gainPerSegmentEthWei: gain, lptPriceEthWei: price, gasPriceWei } = assumed;
  const escaped = escapeChance(terms.verificationRate, cheatedSegments);
  const caught = FINE - escaped;
  const [missed, failed] = [percOf(stakeWei, terms.missedSlashPpm, MILLION), percOf(stakeWei, terms.failedSlashPpm, MILLION)];
  const choice = failed < missed ? "failing" : "silent";
  const penaltyWei = choice === "failing" ? failed : missed;
  // What a claim brings is only paid when nothing is found.
  const breakEvenGainWei = escaped === 0n ? undefined : (caught * penaltyWei) / (escaped * cheatedSegments);
  const breakEvenGainEthWei = breakEvenGainWei === undefined || price === undefined ? undefined : (breakEvenGainWei * price) / FINE;
  const isKnown = gain !== undefined && price !== undefined;
  const penaltyEthWei = price === undefined ? undefined : (penaltyWei * price) / FINE;
  const breakEvenRate = isKnown && penaltyEthWei !== undefined ? greatestRate(penaltyEthWei, gain, cheatedSegments) : undefined;
  const verificationGasPerSegment = GAS.verify / terms.verificationRate;
  const totalGasPerSegment = (GAS.verify * segmentsPerClaim + (GAS.claimWork + GAS.distributeFees) * terms.verificationRate) / (terms.verificationRate * segmentsPerClaim);
  return {
    caughtPpb: caught / 10n ** 9n,
    choice,
    penaltyWei,
    doubleClaimPenaltyWei: percOf(stakeWei, terms.doubleClaimSlashPpm, MILLION),
    finderRewardWei: percOf(missed, terms.finderFeePpm, MILLION),
    expectedPenaltyWei: (caught * penaltyWei) / FINE,
    ...(breakEvenGainWei === undefined ? {} : { breakEvenGainWei }),
    ...(breakEvenGainEthWei === undefined ? {} : { breakEvenGainEthWei }),
    ...(breakEvenRate === undefined ? {} : { breakEvenRate }),
    ...(isKnown ? { pays: breakEvenGainEthWei !== undefined && gain > breakEvenGainEthWei } : {}),
    verificationGasPerSegment,
    totalGasPerSegment,
    ...(gasPriceWei === undefined
      ? {}
      : { verificationCostEthWei: (GAS.verify * gasPriceWei) / terms.verificationRate, totalCostEthWei: (GAS.verify * gasPriceWei) / terms.verificationRate + ((GAS.claimWork + GAS.distributeFees) * gasPriceWei) / segmentsPerClaim }),
  };
}

/** Chance that none of so many segments is challenged when one in `rate` is, in parts of 1e18. */
export function escapeChance(rate: bigint, segments: bigint): bigint {
  let [result, factor] = [FINE, ((rate - 1n) * FINE) / rate];
  for (let left = segments; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * factor) / FINE;
    factor = (factor * factor) / FINE;
  }
  return result;
}

/** The greatest rate at which the expected penalty is not less than the expected gain; undefined where even 1 in 1 has none. */
function greatestRate(penaltyEthWei: bigint, gainEthWei: bigint, segments: bigint): bigint | undefined {
  if (gainEthWei === 0n) return UINT64_MAX;
  const deters = (rate: bigint): boolean => {
    const escaped = escapeChance(rate, segments);
    return (FINE - escaped) * penaltyEthWei >= escaped * segments * gainEthWei;
  };
  if (!deters(1n)) return undefined;
  let [enough, tooRare] = [1n, 2n];
  while (tooRare < UINT64_MAX && deters(tooRare)) [enough, tooRare] = [tooRare, tooRare * 2n];
  while (tooRare - enough > 1n) {
    const middle = (enough + tooRare) / 2n;
    if (deters(middle)) enough = middle;
    else tooRare = middle;
  }
  return enough;
}
