import type { Finding } from "../../finding.ts";
import { canonicalHash } from "../../proposal/canonical.ts";
import type { Intent, SetParameterIntent, UpgradeIntent } from "../../proposal/intent.ts";
import type { Proposal } from "../../proposal/proposal.ts";
import { checkParameterValue } from "../../protocol/check-parameter-value.ts";
import { parameterKey } from "../../protocol/parameters.ts";
import { parseHuman } from "../../protocol/units.ts";
import { findContract } from "../../inspection/contract.ts";
import { proxiesOf } from "../create-proposal.ts";
import { foreseeRounds } from "./foresee-rounds.ts";
import { findIntentParameter } from "../../inspection/find-parameter.ts";
import { intentOf } from "../prepare-parameter.ts";
import type { Project } from "../../inspection/project.ts";
import { readParameters } from "../../inspection/read-parameters.ts";

/**
 * Whether each intent does what it says. Calls follow from intents, but a file made by hand may call one thing by the
 * name of another: the names are looked up again, and everything else in the intent must be what the name leads to.
 */
export async function checkIntents(project: Project, proposal: Proposal): Promise<Finding[]> {
  const [named, values, rounds] = await Promise.all([
    Promise.all(proposal.intents.map((intent) => checkNames(project, intent))),
    checkValues(project, proposal),
    foreseeRounds(project.rpc, proposal),
  ]);
  return [...named.flat(), ...values, ...rounds];
}

async function checkNames(project: Project, intent: Intent): Promise<Finding[]> {
  switch (intent.kind) {
    case "upgrade":
      return checkUpgrade(project, intent);
    case "transfer-ownership":
    case "grant-role":
    case "revoke-role": {
      const { address } = await findContract(project, intent.contract);
      const about = intent.kind === "transfer-ownership" ? "hands over" : "is about";
      return address === intent.target ? [] : [misleading(`${intent.contract} is ${address}`, `the intent ${about} ${intent.target}`)];
    }
    case "migrate-minter": {
      const [minter, token] = await Promise.all([findContract(project, "Minter"), findContract(project, "LivepeerToken")]);
      return minter.address === intent.minter && token.address === intent.token
        ? []
        : [misleading(`The Minter is ${minter.address} and the token ${token.address}`, `the intent empties ${intent.minter} of ${intent.token}`)];
    }
    case "register":
    case "pause":
    case "unpause":
      return intent.controller === project.controller
        ? []
        : [misleading(`The Controller is ${project.controller ?? "not known"}`, `the intent is to ${intent.kind} at ${intent.controller}`)];
    case "change-safe":
    case "set-parameter":
    case "calls":
      return [];
  }
}

async function checkUpgrade(project: Project, { contract, proxy }: UpgradeIntent): Promise<Finding[]> {
  const found = await findContract(project, contract);
  if (found.proxy !== undefined && canonicalHash(found.proxy) === canonicalHash(proxy)) return [];
  return [misleading(`${contract} is not the proxy this intent upgrades`, `${JSON.stringify(found.proxy ?? found.address)} here, ${JSON.stringify(proxy)} in the intent`)];
}

async function checkValues(project: Project, { intents }: Proposal): Promise<Finding[]> {
  const settings = intents.filter((intent) => intent.kind === "set-parameter");
  if (settings.length === 0) return [];
  const { live, current } = await readParameters(project);
  const values = { ...current };
  const findings: Finding[] = [];
  for (const intent of settings) {
    const found = await findIntentParameter(project, live, intent, proxiesOf(intents));
    const { parameter, keys } = found;
    const { value } = parseHuman(intent.value, parameter.unit);
    // The value was typed by whoever prepared the proposal, so its form is not known here.
    findings.push(
      ...checkParameterValue(parameter, value, values, { keys }).filter(({ code }) => code !== "parameter-unchanged"),
      ...(parameter.setter === null ? [] : checkSetting(intent, intentOf(found, value))),
    );
    values[parameterKey(parameter, keys)] = value;
  }
  return findings;
}

function checkSetting(intent: SetParameterIntent, expected: SetParameterIntent): Finding[] {
  const differs = (["parameter", "target", "getter", "getterArgs", "setter", "setterArgs", "value"] as const).filter(
    (field) => canonicalHash(intent[field]) !== canonicalHash(expected[field]),
  );
  return differs.map((field) =>
    misleading(`This is not how ${expected.parameter} is set`, `${field}: ${String(intent[field])} instead of ${String(expected[field])}`),
  );
}

function misleading(title: string, detail: string): Finding {
  return { severity: "refuse", code: "intent-misleads", title, detail };
}
