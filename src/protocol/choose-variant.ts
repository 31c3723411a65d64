/**
 * One name, several meanings: which variant of a parameter is the one on this chain. `Minter.inflation` was
 * in parts of 10^6 until August 2020 and is in parts of 10^9 since then, behind the same getter.
 */
import { Exit, LpctlError } from "../errors.ts";
import type { CurrentValues, Deployment, Parameter } from "./parameter.ts";
import { functionKey } from "./parameters.ts";
import { percentDivisor } from "./units.ts";

/** What the chain and the network file say. */
export interface VariantFacts {
  /** Functions that answered when probed, as `functionKey` names them; see `functionsToProbe`. */
  answering: ReadonlySet<string>;
  /** Raw values read so far, by `parameterKey`. */
  values?: CurrentValues;
  /** What `Minter.PERC_DIVISOR()` answers: what 100% is in its rates. The published Minters have no such function. */
  minterScale?: bigint | undefined;
  /** The suite that the network file names. A hint: what the chain answers is stronger. */
  suite?: Deployment;
}

export interface ChosenVariant {
  parameter: Parameter;
  /** False when the chain gave no proof and the choice rests on a default or on the network file alone. */
  certain: boolean;
  /** Why this one, for the report. */
  why: string;
}

/** What 100% is in the rates of a Minter: answers with the Minters that lpctl carries. */
export const MINTER_SCALE = "Minter.PERC_DIVISOR()";
/** Answers only on a Minter in parts of 10^9 (Arbitrum). */
const GLOBAL_SUPPLY = "Minter.getGlobalTotalSupply()";
/** Answers only while the launch suite's JobsManager is registered: before Streamflow, hence before LIP-40. */
const VERIFICATION_RATE = "JobsManager.verificationRate()";
/** Values of the Minter which are percentages: one above a million cannot be in parts of a million. */
const MINTER_PERCENTAGES = ["Minter.inflation", "Minter.inflationChange", "Minter.targetBondingRate"];

/** Functions to probe so that `chooseVariant` can decide, beyond the getters of the catalogue. */
export const FUNCTIONS_TO_PROBE: readonly { contract: string; signature: string }[] = [
  { contract: "Minter", signature: "function PERC_DIVISOR() view returns (uint256)" },
  { contract: "Minter", signature: "function getGlobalTotalSupply() view returns (uint256)" },
  { contract: "BondingManager", signature: "function numActiveTranscoders() view returns (uint256)" },
];

/**
 * Of the variants of one parameter, the one that this chain has; undefined when it has none of them.
 * Throws LpctlError (exit refused) LPCTL_PARAMETER_SCALE_CONTRADICTION when facts contradict each other.
 */
export function chooseVariant(variants: readonly Parameter[], facts: VariantFacts): ChosenVariant | undefined {
  const present = variants.filter(
    (variant) =>
      facts.answering.has(functionKey(variant.contract, variant.getter)) &&
      variant.needs.every((name) => facts.answering.has(name)) &&
      variant.excludes.every((name) => !facts.answering.has(name)),
  );
  const [first, second] = present;
  if (first === undefined) return undefined;
  if (second === undefined) return { parameter: first, certain: true, why: `${first.contract} answers ${first.getter.replace(/^function /, "")}` };
  return first.contract === "Minter" ? byMinterScale(present, facts) : bySuite(present, facts);
}

function byMinterScale(variants: readonly Parameter[], facts: VariantFacts): ChosenVariant | undefined {
  const parts6 = variants.find((variant) => percentDivisor(variant.unit) === 10n ** 6n);
  const parts9 = variants.find((variant) => percentDivisor(variant.unit) === 10n ** 9n);
  if (parts6 === undefined || parts9 === undefined) return bySuite(variants, facts);
  const tooGreat = MINTER_PERCENTAGES.find((id) => {
    const value = facts.values?.[id];
    return typeof value === "bigint" && value > 10n ** 6n;
  });
  const says9 = facts.answering.has(GLOBAL_SUPPLY)
    ? "the Minter answers getGlobalTotalSupply(), which only a Minter in parts of 10^9 has"
    : tooGreat === undefined ? undefined : `${tooGreat} is greater than 10^6, so the scale is 10^9`;
  const says6 = facts.answering.has(VERIFICATION_RATE) ? "the launch suite's JobsManager is registered, and Minters of that time count in parts of 10^6" : undefined;
  const { minterScale } = facts;
  if (minterScale !== undefined) {
    const parameter = minterScale === 10n ** 6n ? parts6 : minterScale === 10n ** 9n ? parts9 : undefined;
    const itself = `the Minter answers PERC_DIVISOR() with ${minterScale}`;
    if (parameter === undefined) throw contradiction(parts6, `${itself}, which is neither 10^6 nor 10^9.`);
    // Whether a JobsManager is registered tells when a Minter was made: less than what it says itself.
    if (parameter === parts6 && says9 !== undefined) throw contradiction(parts6, `${says9}; yet ${itself}.`);
    return { parameter, certain: true, why: itself };
  }
  if (says6 !== undefined && says9 !== undefined) throw contradiction(parts6, `${says9}; yet ${says6}.`);
  if (says9 !== undefined) return { parameter: parts9, certain: true, why: says9 };
  if (says6 !== undefined) return { parameter: parts6, certain: true, why: says6 };
  return bySuite(variants, facts);
}

function contradiction({ id }: Parameter, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_PARAMETER_SCALE_CONTRADICTION",
    exit: Exit.refused,
    message: `The scale of ${id} cannot be told.`,
    why,
    next: "Read the Minter's source before anything is proposed; set its values with plain calls if need be.",
  });
}

function bySuite(variants: readonly Parameter[], facts: VariantFacts): ChosenVariant | undefined {
  const { suite } = facts;
  const named = suite === undefined ? undefined : variants.find((variant) => variant.deployments.includes(suite));
  if (named !== undefined) return { parameter: named, certain: false, why: `the network file says that this is the ${suite} suite` };
  const [first] = variants;
  return first === undefined ? undefined : { parameter: first, certain: false, why: "nothing on the chain tells; the oldest meaning is assumed" };
}
