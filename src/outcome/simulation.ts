/** What a simulation yields: plain data for checks, reports and the comparison after execution. */
import type { DecodedArgument } from "../protocol/decoded-argument.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { ChangeClass } from "./change-class.ts";

export interface CallNode {
  type: "CALL" | "DELEGATECALL" | "STATICCALL" | "CALLCODE" | "CREATE" | "CREATE2" | "SELFDESTRUCT";
  from: Address;
  to: Address;
  /** The contract's name, when its code or registry entry tells it. */
  toName?: string | undefined;
  valueWei: bigint;
  input: Hex;
  output: Hex;
  gasUsed: bigint;
  /** Canonical signature, `setVerificationRate(uint64)`, when the ABI is known. */
  signature?: string | undefined;
  args?: DecodedArgument[] | undefined;
  error?: string | undefined;
  children: CallNode[];
}

export interface DecodedEvent {
  address: Address;
  addressName?: string | undefined;
  signature?: string | undefined;
  args?: DecodedArgument[] | undefined;
  topics: Hex[];
  data: Hex;
}

/** One changed variable (or balance, code). Several packed variables of one slot give several changes. */
export interface StateChange {
  address: Address;
  /** The contract's name, e.g. `Controller`. */
  contract?: string | undefined;
  kind: "storage" | "balance" | "nonce" | "code";
  slot?: Hex | undefined;
  /** `registry[JobsManagerTarget].contractAddress`; undefined when no layout explains the slot. */
  path?: string | undefined;
  /** Solidity type of the variable. */
  type?: string | undefined;
  /** The raw word (storage), or quantity as hex. */
  before: Hex;
  after: Hex;
  beforeText?: string | undefined;
  afterText?: string | undefined;
  /** The name comes from a layout recovered from bytecode: position and shape are known, the variable's own name is not. */
  recovered?: true | undefined;
  /** Undefined until the changes of a whole proposal are classified; those of a single step never are. */
  class?: ChangeClass | undefined;
  /** Which intent, rule or control run explains it; why nothing does. */
  why?: string | undefined;
}

export interface EnvironmentRead {
  /** Whose storage the code works on: behind a proxy, the proxy's. */
  address: Address;
  /** In the words of Solidity: `tx.gasprice`. */
  what: string;
}

export interface SimulatedStep {
  title: string;
  from: Address;
  to: Address;
  valueWei: bigint;
  data: Hex;
  outcome: "success" | "reverted";
  /** The innermost reason, decoded through every layer that wrapped it. */
  revertReason?: string | undefined;
  gasUsed: bigint;
  calls: CallNode;
  events: DecodedEvent[];
  changes: StateChange[];
  /** What its code asked of the block and the transaction around it; left out where that is nothing. */
  environment?: EnvironmentRead[] | undefined;
}

/** Whether the state that a simulation ran on is that of its block, by proofs against the block's state root. */
export type StateEvidence = { proof: "proven"; stateRoot: Hex } | { proof: "unproven"; why: string };

/** What the control runs showed; kept with the simulation, so that what is mined later can be classified alike. */
export interface ControlRecord {
  /**
   * What changes with time and without the proposal. In an open path `[*]` stands for any whole number but those of `except`,
   * which do not move with time, or not alike.
   */
  driven: { address: Address; path: string; why: string; except?: string[] | undefined }[];
  /** Which runs were made and what they showed, in words. */
  ran: string[];
  /** What these runs cannot see, in words. */
  blind: string[];
}

export interface SimulationResult {
  proposalId: Hex;
  chainId: bigint;
  block: { number: bigint; hash: Hex; timestampSeconds: bigint };
  engine: string;
  steps: SimulatedStep[];
  /** Net storage and balance changes over the whole route: first before, last after. */
  changes: StateChange[];
  /** Of what the proposal changes, by name; independent of block and time. See `hashEffects`. */
  effectsHash: Hex;
  /** What was run beside the proposal to tell its own changes from those of time; undefined where nothing was classified. */
  control?: ControlRecord | undefined;
  /** Whether the state it ran on was proven against the block's state root. */
  state: StateEvidence;
  /** Every override and shortcut used, in words. */
  assumptions: string[];
}
