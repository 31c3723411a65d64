import { tryReadFunction } from "../chain/read-function.ts";
import { findByName, type RegistryEntry } from "../chain/registry.ts";
import type { Rpc } from "../chain/rpc.ts";
import { FUNCTIONS_TO_PROBE, MINTER_SCALE, chooseVariant } from "../protocol/choose-variant.ts";
import { ZERO_ADDRESS, ZERO_HASH, type Address } from "../protocol/hex.ts";
import type { CurrentValues, Parameter } from "../protocol/parameter.ts";
import { PARAMETERS, functionKey, parameterIds, parameterKey } from "../protocol/parameters.ts";
import type { ParameterValue } from "../protocol/units.ts";
import type { Project } from "./project.ts";
import { readProjectRegistry } from "./read-registry.ts";

/** A parameter of the catalogue that this deployment has, and what it is now. */
export interface LiveParameter {
  parameter: Parameter;
  target: Address;
  /** Undefined for parameters with keys: their values are read one by one. */
  value: ParameterValue | undefined;
  /** False when the scale rests on an assumption; `why` says which. */
  certain: boolean;
  why: string;
}

/** One parameter that a person or an intent named. */
export interface FoundParameter {
  /** Why the scale of the value is only assumed; undefined when the chain proves it. */
  doubt?: string | undefined;
  parameter: Parameter;
  target: Address;
  keys: string[];
  value: ParameterValue | undefined;
}

export interface ProtocolParameters {
  live: LiveParameter[];
  current: CurrentValues;
}

/** What contracts answered, by `functionKey`. */
export type ParameterAnswers = ReadonlyMap<string, ParameterValue>;

/**
 * Which parameters of the catalogue a deployment has, found by asking its contracts, with their values at
 * the latest block; none where there is no Controller. One batch of reads for the registry, one for the values.
 */
export async function readParameters(project: Project): Promise<ProtocolParameters> {
  const { controller } = project;
  if (controller === undefined) return { live: [], current: {} };
  const registry = await readProjectRegistry(project);
  return assembleParameters(registry, controller, await readParameterAnswers(project.rpc, registry, controller));
}

/**
 * Asks the contracts of a registry for every parameter of the catalogue.
 * @param isAsked by a contract's name; all contracts by default
 */
export async function readParameterAnswers(
  rpc: Rpc,
  registry: RegistryEntry[],
  controller: Address,
  isAsked: (contract: string) => boolean = () => true,
): Promise<Map<string, ParameterValue>> {
  const getters = new Map<string, { contract: string; signature: string; args: readonly unknown[] }>();
  for (const { contract, getter, getterArgs, keys } of PARAMETERS) {
    // An entry of a mapping is asked for with an empty key: any answer shows that the contract has the function.
    const emptyKeys = keys.map(({ type }) => (type === "uint256" ? 0n : type === "address" ? ZERO_ADDRESS : ZERO_HASH));
    getters.set(functionKey(contract, getter), { contract, signature: getter, args: [...getterArgs, ...emptyKeys] });
  }
  for (const probe of FUNCTIONS_TO_PROBE) {
    getters.set(functionKey(probe.contract, probe.signature), { ...probe, args: [] });
  }
  const answers = new Map<string, ParameterValue>();
  await Promise.all(
    [...getters].map(async ([key, { contract, signature, args }]) => {
      const address = addressOf(registry, controller, contract);
      if (address === undefined || !isAsked(contract)) return;
      const answer = await tryReadFunction(rpc, address, signature, args);
      if (answer !== undefined) answers.set(key, answer[0] as ParameterValue);
    }),
  );
  return answers;
}

/** Which variant of each parameter a deployment has, told by what its contracts answer. */
export function assembleParameters(registry: RegistryEntry[], controller: Address, answers: ParameterAnswers): ProtocolParameters {
  const answerOf = ({ contract, getter, keys }: Parameter): ParameterValue | undefined =>
    keys.length > 0 ? undefined : answers.get(functionKey(contract, getter));
  const byId = new Map(parameterIds().map((id) => [id, PARAMETERS.filter((parameter) => parameter.id === id)]));
  const values: Record<string, ParameterValue> = {};
  for (const [id, variants] of byId) {
    const answer = variants.map(answerOf).find((value) => value !== undefined);
    if (answer !== undefined) values[id] = answer;
  }
  const scale = answers.get(MINTER_SCALE);
  const facts = { answering: new Set(answers.keys()), values, minterScale: typeof scale === "bigint" ? scale : undefined };
  const live: LiveParameter[] = [];
  for (const variants of byId.values()) {
    const chosen = chooseVariant(variants, facts);
    if (chosen === undefined) continue;
    const target = addressOf(registry, controller, chosen.parameter.contract);
    if (target === undefined) continue;
    const value = answerOf(chosen.parameter);
    if (value !== undefined) values[parameterKey(chosen.parameter)] = value;
    live.push({
      parameter: chosen.parameter,
      target,
      value,
      certain: chosen.certain,
      why: chosen.why,
    });
  }
  return { live, current: values };
}

function addressOf(registry: RegistryEntry[], controller: Address, contract: string): Address | undefined {
  return contract === "Controller" ? controller : findByName(registry, contract)?.address;
}
