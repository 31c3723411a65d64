/** What a governable parameter is. The catalogue itself: parameters-launch.ts, parameters-current.ts. */
import type { ParameterValue, Unit } from "./units.ts";

/**
 * - `launch`: the suite of 2018-05-01 on Ethereum
 * - `streamflow`: Ethereum from 2020-01-13 to 2022-02
 * - `current`: Arbitrum since 2022-02
 */
export type Deployment = "launch" | "streamflow" | "current";

/**
 * Who may call the setter:
 * - `controller-owner`: whoever owns the Controller at the time of the call
 * - `governance-only`: a vote of the governor whose parameter it is, through its timelock
 * - `self-only`: the contract itself, as one call of what it executes
 * - `none`: nobody; see `instead`
 */
export type ParameterAccess = "controller-owner" | "governance-only" | "self-only" | "none";

/** Current values by `parameterKey`; a parameter that could not be read is absent. */
export type CurrentValues = Readonly<Record<string, ParameterValue | undefined>>;

/** A condition on the new value that needs other values, or that is legal and still dangerous. */
export interface ParameterRule {
  /** Stable, kebab-case. */
  id: string;
  /** `refuse`: the chain would revert, or no sane proposal does this. `warning`: legal, and a signer must know. */
  severity: "refuse" | "warning";
  /** The rule in one sentence. */
  words: string;
  /** Ids of the parameters whose current values it reads (its own included where it does). */
  reads: readonly string[];
  /** What is broken, or undefined when all is well. Called only when every value of `reads` is known. */
  broken: (value: bigint, current: (id: string) => bigint) => string | undefined;
}

export interface ParameterKeyArgument {
  name: string;
  type: "uint256" | "address" | "bytes32";
}

export interface Parameter {
  /** `JobsManager.verificationRate` */
  id: string;
  /** The name under which the contract is registered: `JobsManager`. */
  contract: string;
  /** False for contracts that no Controller registers (the Governor): found on chain as an owner instead. */
  registered: boolean;
  /** `verificationRate` */
  name: string;
  /** What it governs, one sentence. */
  meaning: string;
  deployments: readonly Deployment[];
  /** `function verificationRate() view returns (uint64)` */
  getter: string;
  /** Arguments of the getter that are always the same. */
  getterArgs: readonly bigint[];
  /** Where the new value shows up at once, when the getter tells it only later. */
  pendingGetter: string | undefined;
  /** Leading arguments of both getter and setter that select an entry: a LIP number, a snapshot id. */
  keys: readonly ParameterKeyArgument[];
  /** `function setVerificationRate(uint64 verificationRate)`; null when there is none: then `instead` says what to do. */
  setter: string | null;
  instead: string | undefined;
  access: ParameterAccess;
  unit: Unit;
  /** Type of the stored value. */
  solidityType: string;
  /** Inclusive; null for values that are no numbers. */
  bounds: { min: bigint; max: bigint } | null;
  rules: readonly ParameterRule[];
  defaults: Readonly<Partial<Record<Deployment, ParameterValue>>>;
  /** When and how a new value takes effect. */
  effect: string;
  /** The name that `ParameterUpdate(string)` carries; null when the setter emits none. */
  event: string | null;
  hazards: readonly string[];
  /** `Contract.function()` that must answer for this variant to be the one on chain. */
  needs: readonly string[];
  /** `Contract.function()` that must not answer. */
  excludes: readonly string[];
}

type Optional =
  | "registered" | "getterArgs" | "pendingGetter" | "keys" | "instead" | "access" | "rules" | "hazards" | "needs" | "excludes" | "effect" | "event";

/** Fills in what most parameters have in common: set by the Controller's owner, at once, with a ParameterUpdate of its own name. */
export function parameter(parts: Omit<Parameter, Optional | "contract" | "name"> & Partial<Pick<Parameter, Optional>>): Parameter {
  const dot = parts.id.indexOf(".");
  const name = parts.id.slice(dot + 1);
  return {
    contract: parts.id.slice(0, dot),
    name,
    registered: true,
    getterArgs: [],
    pendingGetter: undefined,
    keys: [],
    instead: undefined,
    access: parts.setter === null ? "none" : "controller-owner",
    rules: [],
    effect: parts.setter === null ? "fixed" : "at once",
    event: parts.setter === null ? null : name,
    hazards: [],
    needs: [],
    excludes: [],
    ...parts,
  };
}

export const UINT64_MAX = 2n ** 64n - 1n;
export const UINT256_MAX = 2n ** 256n - 1n;
