import type { ConditionOutcome } from "./condition-outcome.ts";
import type { Finding } from "../finding.ts";
import type { Proposal } from "../proposal/proposal.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { UpgradeTraits } from "../protocol/upgrade-traits.ts";
import type { SimulationResult } from "../simulation/result.ts";

/** Facts that checks need beside the proposal and its simulation. Read by the caller; checks read nothing. */
export interface CheckContext {
  /** Accounts among the calls' targets that hold code. */
  accountsWithCode: ReadonlySet<Address>;
  preconditions: readonly ConditionOutcome[];
  /** Postconditions as read on the fork after the last step. */
  postconditions: readonly ConditionOutcome[];
  safes: ReadonlySet<Address>;
  /**
   * Registry names that code which a call registers asks for, that the code it replaces did not ask for, and that lead
   * nowhere now; by the address of the new code.
   */
  newDependencies: ReadonlyMap<Address, readonly string[]>;
  /** What the sources of upgrades ask of the batch, by proxy. */
  upgrades: ReadonlyMap<Address, UpgradeTraits>;
  /** Who depends on the registry entries that the calls write, by id. */
  registry: ReadonlyMap<Hex, RegistryUse>;
  gasCaps: GasCaps;
  /** What comparing storage layouts, sources and values found while the proposal was prepared. */
  prepared: readonly Finding[];
}

export interface RegistryUse {
  /** Contracts whose code carries the name: they may ask the registry for it. */
  readers: readonly string[];
  /** Proxies that look their code up under this id. */
  proxies: readonly string[];
}

export interface GasCaps {
  block: bigint;
  /** What one transaction may use, where there is such a bound; `isEnforced`: by this very chain. */
  transaction: { gas: bigint; isEnforced: boolean } | undefined;
}

/** One question about a proposal. */
export interface Check {
  /** Kebab-case, as its file is called. */
  name: string;
  /** Codes of all findings it can give; no other check gives them. */
  codes: readonly string[];
  /** What it protects from, for people: in plain sentences, with a case from history where there is one. */
  explains: string;
  /** Pure: the same arguments give the same findings. */
  find: (proposal: Proposal, simulation: SimulationResult, context: CheckContext) => Finding[];
}
