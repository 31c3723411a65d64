import type { Address, Hex } from "../protocol/hex.ts";
import type { Parameter } from "../protocol/parameter.ts";
import type { ParameterValue } from "../protocol/units.ts";

/** A registry protocol at one moment, as far as checks compare it with another. */
export interface ProtocolState {
  controller: Address;
  /** Undefined where the Controller does not say. */
  isPaused: boolean | undefined;
  entries: RegistryEntryState[];
  parameters: ParameterState[];
}

export interface RegistryEntryState {
  id: Hex;
  /** Undefined when no known name hashes to the id. */
  name: string | undefined;
  address: Address;
  hasCode: boolean;
  /** Of a registry proxy: whom it asks for its code, and under which id. */
  proxy: { controller: Address | undefined; targetId: Hex } | undefined;
}

export interface ParameterState {
  parameter: Parameter;
  target: Address;
  /** Undefined for parameters with keys. */
  value: ParameterValue | undefined;
}

/** The protocol before the first step, and after the last one on the fork. */
export interface ProtocolStates {
  before: ProtocolState;
  after: ProtocolState;
}
