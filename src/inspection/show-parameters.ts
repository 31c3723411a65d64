import type { Address } from "../protocol/hex.ts";
import type { Parameter } from "../protocol/parameter.ts";
import { describeUnit, formatHuman, formatRaw, type ParameterValue } from "../protocol/units.ts";
import { findParameter } from "./find-parameter.ts";
import { requireController, type Project } from "./project.ts";
import { readParameters } from "./read-parameters.ts";

export interface ParameterRow {
  id: string;
  target: Address;
  /** `1 in 1000`; null for parameters with keys, whose values are read one by one. */
  human: string | null;
  raw: string | null;
  unit: string;
  bounds: string | null;
  setBy: string;
  setter: string | null;
  effect: string;
  /** False when the scale rests on an assumption. */
  certain: boolean;
}

export async function listParameters(project: Project): Promise<ParameterRow[]> {
  requireController(project);
  const { live } = await readParameters(project);
  return live
    .map(({ parameter, target, value, certain }) => ({ ...row(parameter, target, value), certain }))
    .toSorted((left, right) => left.id.localeCompare(right.id, "en"));
}

export async function showParameter(
  project: Project,
  typed: string,
): Promise<{ result: ParameterRow & { meaning: string; hazards: readonly string[] }; text: string; next: string | undefined }> {
  const { live } = await readParameters(project);
  const { parameter, target, value } = await findParameter(project, live, typed);
  const certain = live.find((candidate) => candidate.parameter === parameter)?.certain ?? true;
  const one = { ...row(parameter, target, value), certain };
  const lines = [
    `${typed === parameter.name ? parameter.id : typed}  ${one.human ?? "(give a key)"}`,
    "",
    parameter.meaning,
    "",
    `raw value   ${one.raw ?? ""}`,
    `unit        ${describeUnit(parameter.unit)}`,
    `bounds      ${one.bounds ?? "none"}`,
    `contract    ${target}`,
    `setter      ${parameter.setter ?? `none; ${parameter.instead ?? ""}`}`,
    `set by      ${one.setBy}`,
    `effect      ${parameter.effect}`,
    ...parameter.rules.map((rule) => `rule        ${rule.words}`),
    ...parameter.hazards.map((hazard) => `hazard      ${hazard}`),
  ];
  return {
    result: { ...one, meaning: parameter.meaning, hazards: parameter.hazards },
    text: lines.join("\n"),
    next: parameter.setter === null ? undefined : `lpctl params set ${parameter.name} VALUE`,
  };
}

const SET_BY: Record<Parameter["access"], string> = {
  "controller-owner": "owner of the Controller",
  "governance-only": "a vote of the governor itself",
  "self-only": "the contract itself",
  none: "nobody",
};

function row(parameter: Parameter, target: Address, value: ParameterValue | undefined): Omit<ParameterRow, "certain"> {
  const { bounds, unit } = parameter;
  return {
    id: parameter.id,
    target,
    human: value === undefined ? null : formatHuman(value, unit),
    raw: value === undefined ? null : formatRaw(value),
    unit: describeUnit(unit),
    bounds: bounds === null ? null : `${shortNumber(bounds.min, unit)} to ${shortNumber(bounds.max, unit)}`,
    setBy: SET_BY[parameter.access],
    setter: parameter.setter,
    effect: parameter.effect,
  };
}

/** The largest uint64 and uint256 are no bounds anybody thinks in. */
function shortNumber(value: bigint, unit: Parameter["unit"]): string {
  for (const bits of [256n, 64n]) if (value === 2n ** bits - 1n) return `2^${bits}-1`;
  return formatHuman(value, unit);
}
