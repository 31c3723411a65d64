import { Exit, LpctlError } from "../errors.ts";
import type { ErrorCode } from "../errors.ts";
import type { Finding } from "../finding.ts";
import type { CurrentValues, Parameter, ParameterRule } from "./parameter.ts";
import { parameterKey } from "./parameters.ts";
import { describeMeaning, probableMeaning } from "./probable-meaning.ts";
import { describeUnit, formatHuman, isNumeric } from "./units.ts";
import type { ParameterValue, ValueForm } from "./units.ts";

export interface ValueCheckOptions {
  /**
   * How the value was written. A `raw` integer that looks like another scale is refused, a `human` one is
   * never suspected, and where the form is not known (a proposal read back) suspicion is a warning.
   */
  form?: ValueForm | undefined;
  /** The writer confirmed the raw integer (`--raw`): suspicion becomes a warning. */
  acceptRaw?: boolean | undefined;
  /** Keys of the entry, for parameters which have them. */
  keys?: readonly (bigint | string)[] | undefined;
}

/**
 * Everything that speaks against a new value, worst first; empty when nothing does. Codes:
 * `parameter-no-setter`, `parameter-out-of-bounds`, `parameter-wrong-scale`, `parameter-cross-rule` (all
 * refuse), `parameter-cross-rule-unchecked`, `parameter-hazard`, `parameter-unchanged` (all warning).
 */
export function checkParameterValue(
  parameter: Parameter,
  value: ParameterValue,
  currentValues: CurrentValues,
  options: ValueCheckOptions = {},
): Finding[] {
  const findings: Finding[] = [];
  const current = currentValues[parameterKey(parameter, options.keys)];
  if (parameter.setter === null) {
    findings.push({ severity: "refuse", code: "parameter-no-setter", title: `${parameter.id} has no setter.`, detail: parameter.instead });
  }
  if (typeof value === "bigint" && isNumeric(parameter.unit)) {
    const scale = scaleFinding(parameter, value, current, currentValues, options);
    if (scale !== undefined) findings.push(scale);
    const bounds = boundsFinding(parameter, value);
    if (bounds !== undefined) findings.push(bounds);
    for (const rule of parameter.rules) {
      const finding = ruleFinding(parameter, rule, value, currentValues, options);
      if (finding !== undefined) findings.push(finding);
    }
  }
  if (current !== undefined && sameValue(current, value)) {
    findings.push({
      severity: "warning",
      code: "parameter-unchanged",
      title: `${parameter.id} is ${formatHuman(current, parameter.unit)} already.`,
      detail: "The call would change nothing.",
    });
  }
  return [...findings.filter(isRefusal), ...findings.filter((finding) => !isRefusal(finding))];
}

/**
 * Throws the first refusal among `findings` as LpctlError (exit refused): LPCTL_PARAMETER_OUT_OF_BOUNDS,
 * _WRONG_SCALE, _CROSS_RULE or _NO_SETTER. Does nothing when none refuses.
 */
export function refuseParameterValue(parameter: Parameter, findings: readonly Finding[]): void {
  const refusal = findings.find(isRefusal);
  if (refusal === undefined) return;
  throw new LpctlError({
    code: `LPCTL_${refusal.code.replaceAll("-", "_").toUpperCase()}` as ErrorCode,
    exit: Exit.refused,
    message: refusal.title,
    why: refusal.detail,
    next: nextFor(parameter, refusal),
    details: { parameter: parameter.id, findings },
  });
}

function nextFor(parameter: Parameter, refusal: Finding): string {
  switch (refusal.code) {
    case "parameter-wrong-scale":
      return "Write the value with its unit, or add --raw to confirm the integer as it is.";
    case "parameter-no-setter":
      return parameter.instead ?? "lpctl params list";
    case "parameter-cross-rule":
      return "Change the value, or set both parameters in one batch, the one that makes room first.";
    default:
      return `See the bounds: lpctl params get ${parameter.id}`;
  }
}

function scaleFinding(
  parameter: Parameter,
  value: bigint,
  current: ParameterValue | undefined,
  currentValues: CurrentValues,
  options: ValueCheckOptions,
): Finding | undefined {
  if (options.form === "human") return undefined;
  const reference = referenceOf(parameter, current);
  const roundLength = currentValues["RoundsManager.roundLength"];
  const meaning = probableMeaning(value, parameter.unit, { reference, roundLengthBlocks: typeof roundLength === "bigint" ? roundLength : undefined });
  if (meaning === undefined) return undefined;
  const meant = meaning.value === undefined ? `a number of ${meaning.scale}` : describeMeaning(meaning.value, parameter.unit);
  const outOfBounds = boundsFinding(parameter, value) !== undefined;
  const compared = reference === undefined ? "" : ` It is ${formatHuman(reference, parameter.unit)} ${current === reference ? "now" : "by default"}.`;
  return {
    severity: outOfBounds || (options.form === "raw" && options.acceptRaw !== true) ? "refuse" : "warning",
    code: "parameter-wrong-scale",
    title: `${value} is ${formatHuman(value, parameter.unit)} for ${parameter.id}; ${meant} was probably meant.`,
    detail: `${parameter.id} is in ${describeUnit(parameter.unit)}. ${value} looks like ${meaning.scale}.${compared}${
      outOfBounds || meaning.value === undefined ? "" : ` Write “${formatHuman(meaning.value, parameter.unit)}”, or confirm ${value} with --raw.`
    }`,
  };
}

function boundsFinding(parameter: Parameter, value: bigint): Finding | undefined {
  const { bounds, unit } = parameter;
  if (bounds === null || (value >= bounds.min && value <= bounds.max)) return undefined;
  const limits = value < bounds.min ? `at least ${formatHuman(bounds.min, unit)} (raw ${bounds.min})` : `at most ${formatHuman(bounds.max, unit)} (raw ${bounds.max})`;
  return {
    severity: "refuse",
    code: "parameter-out-of-bounds",
    title: `${formatHuman(value, unit)} is out of bounds for ${parameter.id}: ${limits}.`,
    detail: `Given raw value ${value}; the contract accepts ${bounds.min} to ${bounds.max}.`,
  };
}

function ruleFinding(
  parameter: Parameter,
  rule: ParameterRule,
  value: bigint,
  currentValues: CurrentValues,
  options: ValueCheckOptions,
): Finding | undefined {
  const read = (id: string): ParameterValue | undefined => currentValues[id === parameter.id ? parameterKey(parameter, options.keys) : id];
  const unknown = rule.reads.filter((id) => typeof read(id) !== "bigint");
  if (unknown.length > 0) {
    return {
      severity: "warning",
      code: "parameter-cross-rule-unchecked",
      title: `Not checked: ${rule.words}.`,
      detail: `${unknown.join(", ")} could not be read.`,
    };
  }
  const broken = rule.broken(value, (id) => {
    const known = read(id);
    // Checked above: every value a rule reads is known. A rule that reads more than it declares is a mistake in the catalogue.
    if (typeof known !== "bigint") throw new TypeError(`rule ${rule.id} reads ${id} without declaring it`);
    return known;
  });
  if (broken === undefined) return undefined;
  return {
    severity: rule.severity,
    code: rule.severity === "refuse" ? "parameter-cross-rule" : "parameter-hazard",
    title: rule.severity === "refuse" ? `${formatHuman(value, parameter.unit)} for ${parameter.id} breaks a rule: ${rule.words}.` : `${parameter.id}: ${broken}.`,
    detail: rule.severity === "refuse" ? `${broken}.` : `Recommended: ${rule.words}.`,
  };
}

function referenceOf(parameter: Parameter, current: ParameterValue | undefined): bigint | undefined {
  if (typeof current === "bigint" && current !== 0n) return current;
  const { current: arbitrum, streamflow, launch } = parameter.defaults;
  const byDefault = arbitrum ?? streamflow ?? launch;
  return typeof byDefault === "bigint" && byDefault !== 0n ? byDefault : undefined;
}

function sameValue(left: ParameterValue, right: ParameterValue): boolean {
  // Hex means the same in either case; an IPFS hash does not.
  const plain = (value: ParameterValue): string => (/^0x/i.test(String(value)) ? String(value).toLowerCase() : String(value));
  return plain(left) === plain(right);
}

function isRefusal(finding: Finding): boolean {
  return finding.severity === "refuse";
}
