import { FunctionFragment } from "ethers";
import type { Finding } from "../finding.ts";
import type { Proposal } from "../proposal/proposal.ts";
import type { CurrentValues } from "../protocol/parameter.ts";
import { parameterKey } from "../protocol/parameters.ts";
import { formatHuman, isNumeric, type ParameterValue } from "../protocol/units.ts";
import type { Check } from "./check.ts";
import { hasReverted } from "./has-reverted.ts";
import type { ParameterState, ProtocolState } from "./protocol-state.ts";

/** Every parameter of the catalogue after the last step, beside what it was before. */
export const parametersKept: Check = {
  name: "parameters-kept",
  codes: ["parameter-changes-unasked", "parameter-lost", "parameter-left-bounds", "parameter-rule-newly-broken"],
  explains:
    "Every parameter is read before the first step and after the last one: new code may keep the name of a parameter and " +
    "answer something else, and a value that nobody touched may break a rule because another one moved. In September " +
    "2021 proposal 062 of Compound brought code with one comparison wrong, and 80 million dollars of COMP could be " +
    "claimed; the fix had to wait for the delay of seven days. A change of Livepeer's " +
    "treasury cut was once prepared as 100000 where the contract counts in 27 digits (pull request 631).",
  find: (proposal, simulation, { protocol }) => {
    if (protocol === undefined || hasReverted(simulation)) return [];
    const { before, after } = protocol;
    const now = new Map(after.parameters.map((state) => [state.parameter.id, state]));
    const named = new Set(proposal.intents.flatMap((intent) => (intent.kind === "set-parameter" ? [plainId(intent.parameter)] : [])));
    const replaced = replacedContracts(proposal);
    return [
      ...before.parameters.flatMap((old) => changeFindings(old, now.get(old.parameter.id), proposal, { named, replaced })),
      ...after.parameters.flatMap((state) => soundnessFindings(state, { before, after, named })),
    ];
  },
};

function changeFindings(old: ParameterState, now: ParameterState | undefined, { calls }: Proposal, { named, replaced }: Record<"named" | "replaced", ReadonlySet<string>>): Finding[] {
  const { parameter, value, target } = old;
  if (value === undefined || replaced.has(parameter.contract)) return [];
  if (now?.value === undefined) {
    return [warning("parameter-lost", `${parameter.id} cannot be read any more afterwards`, `it was ${formatHuman(value, parameter.unit)}; ${parameter.getter} no longer answers`)];
  }
  if (now.value === value || named.has(parameter.id)) return [];
  const [from, to] = [describe(old, value), describe(now, now.value)];
  const selector = parameter.setter === null ? undefined : FunctionFragment.from(parameter.setter).selector;
  const isSetByCall = selector !== undefined && calls.some(({ to: called, data }) => called === target && data.startsWith(selector));
  return [
    isSetByCall
      ? { severity: "info", code: "parameter-changes-unasked", title: `${parameter.id} is set by a plain call`, detail: `${from} becomes ${to}` }
      : warning("parameter-changes-unasked", `${parameter.id} changes, and no intent names it`, `${from} becomes ${to}`),
  ];
}

/** Out of bounds, or against a rule, as it was not before. Values that an intent sets are judged by themselves. */
function soundnessFindings({ parameter, value }: ParameterState, { before, after, named }: { before: ProtocolState; after: ProtocolState; named: ReadonlySet<string> }): Finding[] {
  if (typeof value !== "bigint" || !isNumeric(parameter.unit) || named.has(parameter.id)) return [];
  const findings: Finding[] = [];
  const old = before.parameters.find((state) => state.parameter.id === parameter.id)?.value;
  const { bounds } = parameter;
  const isOutside = (one: ParameterValue | undefined): boolean => typeof one === "bigint" && bounds !== null && (one < bounds.min || one > bounds.max);
  if (isOutside(value) && !isOutside(old)) {
    findings.push(refusal("parameter-left-bounds", `${parameter.id} is out of its bounds afterwards`, `${formatHuman(value, parameter.unit)} (raw ${value})`));
  }
  const [valuesBefore, valuesAfter] = [valuesOf(before), valuesOf(after)];
  for (const rule of parameter.rules) {
    const broken = brokenBy(rule, value, valuesAfter);
    if (broken === undefined || (typeof old === "bigint" && brokenBy(rule, old, valuesBefore) !== undefined)) continue;
    findings.push({ severity: rule.severity, code: "parameter-rule-newly-broken", title: `${parameter.id} breaks a rule afterwards that it keeps now: ${rule.words}`, detail: broken });
  }
  return findings;
}

function brokenBy(rule: ParameterState["parameter"]["rules"][number], value: bigint, values: CurrentValues): string | undefined {
  const known = (id: string): bigint | undefined => {
    const read = values[id];
    return typeof read === "bigint" ? read : undefined;
  };
  if (rule.reads.some((id) => known(id) === undefined)) return undefined;
  return rule.broken(value, (id) => known(id) ?? 0n);
}

function valuesOf({ parameters }: ProtocolState): CurrentValues {
  return Object.fromEntries(parameters.map(({ parameter, value }) => [parameterKey(parameter), value]));
}

/** Contracts that give way to others: what those answer is a fresh start, and the registration of them is told. */
function replacedContracts({ intents }: Proposal): Set<string> {
  return new Set(intents.flatMap((intent) => (intent.kind === "register" ? [intent.contract] : [])));
}

/** `RoundsManager.lipUpgradeRound` of `RoundsManager.lipUpgradeRound(36)`. */
function plainId(id: string): string {
  return id.replace(/\(.*$/, "");
}

function describe({ parameter }: ParameterState, value: ParameterValue): string {
  return `${formatHuman(value, parameter.unit)} (raw ${String(value)})`;
}

function warning(code: string, title: string, detail: string): Finding {
  return { severity: "warning", code, title, detail };
}

function refusal(code: string, title: string, detail: string): Finding {
  return { severity: "refuse", code, title, detail };
}
