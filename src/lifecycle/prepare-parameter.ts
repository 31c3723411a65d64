import { Exit, LpctlError } from "../errors.ts";
import type { Finding } from "../finding.ts";
import type { SetParameterIntent } from "../proposal/intent.ts";
import { checkParameterValue, refuseParameterValue } from "../protocol/check-parameter-value.ts";
import type { CurrentValues, Parameter } from "../protocol/parameter.ts";
import { parameterKey } from "../protocol/parameters.ts";
import { formatHuman, formatRaw, parseHuman, type ParameterValue, type ValueForm } from "../protocol/units.ts";
import { findParameter } from "../inspection/find-parameter.ts";
import type { Project } from "../inspection/project.ts";
import { readParameters, type FoundParameter } from "../inspection/read-parameters.ts";
import { findInNewCode, type UpgradedContract } from "../inspection/uncatalogued-parameter.ts";

export interface ParameterRequest {
  /** `verificationRate`, `JobsManager.verificationRate` or `lipUpgradeRound(36)`. */
  name: string;
  /** `1 in 500`, `0.5%`, `500`. */
  value: string;
  /** The raw integer is meant as it stands (`--raw`). */
  acceptRaw: boolean;
}

export interface PreparedParameter {
  intent: SetParameterIntent;
  parameter: Parameter;
  before: ParameterValue | undefined;
  after: ParameterValue;
  findings: Finding[];
}

/**
 * Several parameters of one batch, checked in their order: each is judged by the values that the ones before it leave.
 * @param upgraded the contract that gets new code earlier in the same batch; its new parameters can be set too
 * @throws LPCTL_PARAMETER_* and LPCTL_UNITS_*; nothing is sent
 */
export async function prepareParameters(
  project: Project,
  requests: readonly ParameterRequest[],
  upgraded?: UpgradedContract,
): Promise<PreparedParameter[]> {
  const { live, current } = await readParameters(project);
  const values: Record<string, ParameterValue | undefined> = { ...current };
  const prepared: PreparedParameter[] = [];
  for (const request of requests) {
    const found =
      (upgraded === undefined ? undefined : findInNewCode(upgraded, live, request.name)) ??
      (await findParameter(project, live, request.name));
    const one = prepareOne(found, request, values);
    values[parameterKey(one.parameter, found.keys)] = one.after;
    prepared.push(one);
  }
  return prepared;
}

function prepareOne(found: FoundParameter, request: ParameterRequest, current: CurrentValues): PreparedParameter {
  const { parameter: definition, keys } = found;
  const { value, form } = parseHuman(request.value, definition.unit);
  requireCertainScale(found, request, form);
  // The value of an entry with keys is in no list of current values; that of any other may be from earlier in the batch.
  const known = { [parameterKey(definition, keys)]: found.value, ...current };
  const findings = checkParameterValue(definition, value, known, { form, acceptRaw: request.acceptRaw, keys });
  refuseParameterValue(definition, findings);
  if (definition.setter === null) throw new Error("a parameter without setter was refused above");
  return {
    parameter: definition,
    before: found.value,
    after: value,
    findings,
    intent: intentOf(found, value),
  };
}

/** The one intent that sets a parameter to a value: everything in it but the value follows from the parameter. */
export function intentOf({ parameter: definition, target, keys }: FoundParameter, value: ParameterValue): SetParameterIntent {
  if (definition.setter === null) throw new Error(`${definition.id} has no setter`);
  return {
    kind: "set-parameter",
    parameter: parameterKey(definition, keys),
    target,
    getter: definition.pendingGetter ?? definition.getter,
    getterArgs: definition.pendingGetter === undefined ? [...definition.getterArgs.map(String), ...keys] : keys,
    setter: definition.setter,
    setterArgs: keys,
    value: formatRaw(value),
  };
}

/** `JobsManager.verificationRate: 1 in 1000 -> 1 in 500`. */
export function describeParameterChange(change: PreparedParameter): string {
  const { unit } = change.parameter;
  const before = change.before === undefined ? "unknown" : formatHuman(change.before, unit);
  return `${change.intent.parameter}: ${before} -> ${formatHuman(change.after, unit)}`;
}

/** One getter, two scales, and nothing on chain that tells which: then only the raw integer says what will be stored. */
function requireCertainScale({ parameter: { id, name }, doubt }: FoundParameter, request: ParameterRequest, form: ValueForm): void {
  if (doubt === undefined || (form === "raw" && request.acceptRaw)) return;
  throw new LpctlError({
    code: "LPCTL_PARAMETER_SCALE_UNCERTAIN",
    exit: Exit.refused,
    message: `The scale of ${id} is not certain: its getter does not tell in which parts it counts`,
    why: doubt,
    next: `Find out how the contract counts, then give the raw integer: lpctl params set ${name} INTEGER --raw`,
  });
}
