import type { ConditionOutcome } from "./condition-outcome.ts";
import type { Finding } from "../finding.ts";
import type { Proposal } from "../proposal/proposal.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { UpgradeTraits } from "../protocol/upgrade-traits.ts";
import type { PollCondition } from "./poll-condition.ts";
import type { ProtocolStates } from "./protocol-state.ts";
import type { Aftermath } from "../outcome/aftermath.ts";
import type { SimulationResult } from "../outcome/simulation.ts";
import type { TrafficOutcome } from "../outcome/traffic.ts";

/** Facts that checks need beside the proposal and its simulation. Read by the caller; checks read nothing. */
export interface CheckContext {
  /** Accounts among the calls' targets that hold code. */
  accountsWithCode: ReadonlySet<Address>;
  preconditions: readonly ConditionOutcome[];
  /** Postconditions as read on the fork after the last step. */
  postconditions: readonly ConditionOutcome[];
  /** Safes of the route, and every other one that is called in the simulation. */
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
  /** Undefined where there is no registry. */
  protocol: ProtocolStates | undefined;
  /** Initialising functions of new code that a stranger got through with after the last step. */
  openInitializers: readonly InitializerTrial[];
  /** Functions that an upgrade takes away or changes, as far as other contracts of the registry call them. */
  callersOfChanged: readonly CallersOfChanged[];
  /** New code that is itself a proxy, and of which kind, by its address. */
  proxiesAsCode: ReadonlyMap<Address, string>;
  /** Accounts among the calls' targets that only lend their code from another one (EIP-7702). */
  delegatedAccounts: ReadonlySet<Address>;
  /** Updates of LIP-25 Governors: the one of the route, and those that plain calls stage. */
  updates: readonly UpdateFacts[];
  /** What a Safe may delegate to: Safe's own MultiSend and SignMessageLib, wherever they are released. */
  safeLibraries: ReadonlySet<Address>;
  /** Safes of the route, as they are now. */
  safeFacts: readonly SafeFindingFacts[];
  /** Safes that the proposal has change themselves. */
  safeChanges: readonly SafeChangeFacts[];
  /** Of each commit that a registry is to record. */
  commits: readonly CommitFact[];
  /** From the block the proposal was prepared at to the simulated one; undefined when that block is not on the chain. */
  ageSeconds: bigint | undefined;
  /** What the project's policy asks of the Governor's delay. */
  minimumDelayBlocks: bigint | undefined;
  /** Polls about the proposal; undefined where the policy does not require one. */
  poll?: PollCondition | undefined;
  /**
   * How the proposal's effects differ from what people allow, in words, nothing where they do not; `unknown` where they differ from
   * those it was made with, and the file that would tell how is not at hand. Undefined where it does not say what it may change.
   */
  drift?: readonly string[] | "unknown" | undefined;
  /** Where people allow more than the one value that the simulation shows, in words. */
  widened?: readonly string[] | undefined;
  /** What came after the proposal on the fork. */
  aftermath?: Aftermath | undefined;
  /** Mined transactions on the new code; undefined when no replay of this very proposal is kept beside it. */
  traffic?: readonly TrafficOutcome[] | undefined;
  /** Why the one that is kept there does not count. */
  staleTraffic?: string | undefined;
  /** What comparing storage layouts, sources and values found while the proposal was prepared. */
  prepared: readonly Finding[];
}

/** A Safe that changes itself. */
export interface SafeChangeFacts {
  safe: Address;
  before: SafeSettings;
  /** On the fork after the last step; undefined when it is no Safe any more. */
  after: SafeSettings | undefined;
  /** Code that comes into it. */
  parts: readonly SafePart[];
  /** Why an empty transaction of it fails after the last step; undefined when it goes through. */
  stuck: string | undefined;
}

export interface SafeSettings {
  owners: readonly Address[];
  threshold: bigint;
  modules: readonly Address[];
}

export interface SafePart {
  what: "module" | "guard" | "fallback handler";
  address: Address;
  hasCode: boolean;
  /** As when the proposal was made. */
  isSameCode: boolean;
  /** A fallback handler that Safe released. */
  isOfficial: boolean;
  /** Says by ERC-165 that it is a guard; true for whatever is none. */
  isGuard: boolean;
}

export interface RegistryUse {
  /** Contracts whose code carries the name: they may ask the registry for it. */
  readers: readonly string[];
  /** Proxies that look their code up under this id. */
  proxies: readonly string[];
}

export interface InitializerTrial {
  contract: string;
  at: Address;
  /** Through the proxy; in the bare code behind it; or in a contract of its own. */
  where: "proxy" | "logic" | "contract";
  signature: string;
  selector: Hex;
  /** The same call went through before the first step. */
  wasOpen: boolean;
}

export interface CallersOfChanged {
  contract: string;
  signature: string;
  what: "removed" | "changed";
  /** Contracts whose code calls something by this selector. */
  callers: readonly string[];
}

export interface UpdateFacts {
  governor: Address;
  /** The proposal's own, or staged by one of its plain calls. */
  isOwn: boolean;
  lengths: { target: number; value: number; data: number };
  /** Targets that are called with data and hold no code. */
  withoutCode: readonly Address[];
  /** Nonces under which the same calls are staged already. */
  stagedNonces: readonly bigint[];
}

export interface SafeFindingFacts {
  address: Address;
  version: string;
  threshold: number;
  owners: readonly { address: Address; kind: "key" | "safe" | "other"; isDead: boolean }[];
  /** People who reach this Safe on more than one way, over Safes that own it. */
  repeated: readonly Address[];
  modules: readonly Address[];
  guard: Address | undefined;
  /** Undefined: none, or one that Safe released. */
  foreignHandler: Address | undefined;
}

/** What became of the claim that code was compiled from a commit. */
export interface CommitFact {
  contract: string;
  commit: Hex;
  /** `same`: what was compiled lies in it. `unchecked`: nothing here knows the commit or the source. */
  state: "same" | "differs" | "absent" | "unchecked" | "placeholder" | "missing";
  detail: string;
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
