/** The parameter catalogue and its look-ups. */
import { FunctionFragment, Interface } from "ethers/abi";
import { Exit, LpctlError } from "../errors.ts";
import type { Hex } from "./hex.ts";
import { nearestName } from "./nearest-name.ts";
import type { Parameter } from "./parameter.ts";
import { CURRENT_PARAMETERS } from "./parameters-current.ts";
import { LAUNCH_PARAMETERS } from "./parameters-launch.ts";
import { STAKE_PARAMETERS } from "./parameters-stake.ts";
import { TREASURY_PARAMETERS } from "./parameters-treasury.ts";
import { printable } from "./printable.ts";
import { parseHuman } from "./units.ts";
import type { ParameterValue } from "./units.ts";

/** Every variant of every parameter. Variants of one parameter share their id. */
export const PARAMETERS: readonly Parameter[] = [...LAUNCH_PARAMETERS, ...CURRENT_PARAMETERS, ...TREASURY_PARAMETERS, ...STAKE_PARAMETERS];

/** Every id, each once, in catalogue order. */
export function parameterIds(): string[] {
  return [...new Set(PARAMETERS.map((parameter) => parameter.id))];
}

/**
 * All variants of the parameter that `typed` names: a full id (`JobsManager.verificationRate`), or a bare name
 * (`verificationRate`) that only one contract has. Case counts only where it tells two apart. Throws LpctlError (exit usage)
 * LPCTL_PARAMETER_UNKNOWN with the nearest name, or LPCTL_PARAMETER_AMBIGUOUS.
 * @param isHere whether a deployment has the parameter, by id: of several with a name, the only one there is meant
 */
export function variantsOf(typed: string, isHere: (id: string) => boolean = () => false): readonly Parameter[] {
  const wanted = typed.trim();
  const named = (same: (name: string) => boolean): Parameter[] => PARAMETERS.filter((parameter) => same(parameter.id) || same(parameter.name));
  const exact = named((name) => name === wanted);
  const found = exact.length > 0 ? exact : named((name) => name.toLowerCase() === wanted.toLowerCase());
  const ids = [...new Set(found.map((parameter) => parameter.id))];
  const here = ids.filter(isHere);
  if (ids.length > 1 && here.length === 1) return found.filter((parameter) => parameter.id === here[0]);
  if (ids.length > 1) {
    throw new LpctlError({
      code: "LPCTL_PARAMETER_AMBIGUOUS",
      exit: Exit.usage,
      message: `${printable(typed)} is a parameter of more than one contract.`,
      why: ids.join(", "),
      next: `Name the contract: ${ids[0] ?? ""}`,
    });
  }
  if (ids.length === 0) throw unknownParameter(typed);
  return found;
}

function unknownParameter(typed: string): LpctlError {
  const near = nearestName(typed, parameterIds());
  return new LpctlError({
    code: "LPCTL_PARAMETER_UNKNOWN",
    exit: Exit.usage,
    message: `There is no parameter ${printable(typed)}.`,
    ...(near === undefined ? {} : { why: `The nearest name is ${near}.` }),
    next: near === undefined ? "List them: lpctl params list" : `Did you mean ${near}? All of them: lpctl params list`,
    details: { typed: printable(typed), nearest: near ?? null },
  });
}

/** Under which key a value stands among the current values: the id, with its keys where it has any. */
export function parameterKey(parameter: Pick<Parameter, "id">, keys: readonly (bigint | string)[] = []): string {
  return keys.length === 0 ? parameter.id : `${parameter.id}(${keys.join(",")})`;
}

/** `JobsManager.verificationRate()`: how `needs`, `excludes` and the facts of choose-variant.ts name a function. */
export function functionKey(contract: string, signature: string): string {
  let sighash = sighashes.get(signature);
  if (sighash === undefined) sighashes.set(signature, (sighash = FunctionFragment.from(signature).format("sighash")));
  return `${contract}.${sighash}`;
}

/** Parsing a signature costs more than all else one look-up in the catalogue does, and every look-up asks for a few hundred. */
const sighashes = new Map<string, string>();

/**
 * Calldata of the setter. Throws LpctlError (exit refused) LPCTL_PARAMETER_NO_SETTER when there is none, and
 * LPCTL_PARAMETER_KEYS_MISSING (exit usage) when the number of keys is not the parameter's.
 */
export function encodeParameterSetter(parameter: Parameter, value: ParameterValue, keys: readonly (bigint | string)[] = []): Hex {
  if (parameter.setter === null) {
    throw new LpctlError({
      code: "LPCTL_PARAMETER_NO_SETTER",
      exit: Exit.refused,
      message: `${parameter.id} cannot be set by a call.`,
      why: "The contract has no setter for it.",
      next: parameter.instead,
    });
  }
  requireKeys(parameter, keys.length);
  const fragment = FunctionFragment.from(parameter.setter);
  return new Interface([fragment]).encodeFunctionData(fragment, [...keys, value]) as Hex;
}

/** `lipUpgradeRound(36)` or `RoundsManager.lipUpgradeRound(36)` into name and keys; a bare name has no keys. */
export function splitKeys(typed: string): { name: string; keys: string[] } {
  const match = /^([^()]+)\(([^()]*)\)$/.exec(typed.trim());
  if (match?.[1] === undefined) return { name: typed.trim(), keys: [] };
  const keys = (match[2] ?? "").split(",").map((key) => key.trim());
  return { name: match[1].trim(), keys: keys.length === 1 && keys[0] === "" ? [] : keys };
}

/**
 * The typed keys of a parameter as values: a LIP number as bigint, an id in lower case. Throws LpctlError
 * (exit usage) LPCTL_PARAMETER_KEYS_MISSING, or what `parseHuman` throws.
 */
export function parseParameterKeys(parameter: Parameter, keys: readonly string[]): ParameterValue[] {
  requireKeys(parameter, keys.length);
  return parameter.keys.map((key, index) => parseHuman(keys[index] ?? "", key.type === "uint256" ? "count" : key.type).value);
}

function requireKeys(parameter: Parameter, given: number): void {
  if (given === parameter.keys.length) return;
  const names = parameter.keys.map((key) => key.name);
  throw new LpctlError({
    code: "LPCTL_PARAMETER_KEYS_MISSING",
    exit: Exit.usage,
    message: names.length === 0 ? `${parameter.id} has no entries to choose from.` : `${parameter.id} needs: ${names.join(", ")}.`,
    why: `${given} given.`,
    next: names.length === 0 ? `lpctl params set ${parameter.id} VALUE` : `lpctl params set '${parameter.id}(${names.join(",").toUpperCase()})' VALUE`,
  });
}
