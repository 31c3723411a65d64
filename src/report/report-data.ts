/** What a report is made of: plain data, gathered by the caller. Every renderer shows the same. */
import type { Finding } from "../finding.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { EconomicEffect } from "../economics/effect.ts";
import type { DecodedArgument } from "../protocol/decoded-argument.ts";
import type { Aftermath } from "../outcome/aftermath.ts";
import type { Movement, PowerChange } from "../outcome/movement.ts";
import type { SimulationResult } from "../outcome/simulation.ts";
import type { TrafficOutcome } from "../outcome/traffic.ts";

export interface ReportData {
  /** Of this shape. */
  schema: 1;
  /** Of the proposal's file, and the name of its folder. */
  proposal: { id: Hex; name: string };
  title: string;
  /** `addressUrlPrefix`: https, the address follows it. */
  network: { name: string; chainId: bigint; explorer?: { name: string; addressUrlPrefix: string } | undefined };
  verdict: ReportVerdict;
  /** What a signer compares with the device, in the order in which to compare. */
  compare: CompareItem[];
  /** What is wanted, in the order of the proposal. */
  intents: IntentCard[];
  calls: ReportCall[];
  upgrades: UpgradeCard[];
  parameters: ParameterCard[];
  /** What the parameters that are set do to supply, holders and cheaters. */
  economics?: EconomicEffect | undefined;
  route: RouteCard[];
  findings: Finding[];
  /** Every check that ran, those without a finding too. */
  checks?: CheckCard[] | undefined;
  simulation?: SimulationResult | undefined;
  /** How the simulation's changes are sorted; see group-changes.ts. */
  expectation?: ChangeExpectation | undefined;
  /** Ether and tokens that go from one account to another, in order. */
  movements?: Movement[] | undefined;
  /** Owners, roles, allowances: who may do what from now on. */
  powerChanges?: PowerChange[] | undefined;
  /** Invariants, two rounds of life and the way back, tried on the fork after the last step. */
  aftermath?: Aftermath | undefined;
  /** Mined transactions run again on the new code. */
  traffic?: TrafficOutcome[] | undefined;
  /** What lies beside the proposal for running all this again without a network. */
  evidence?: { file: string; hash: Hex } | undefined;
  /** What was taken for granted, beyond what the simulation lists itself. */
  assumptions: string[];
  /** What nobody checked. */
  notChecked: string[];
  reproduce: ReproduceCommand[];
  /** `lpctl 0.1.0` */
  producedBy: string;
}

/** Whether owners of a Safe sign on the way; a key alone only sends. */
export function isSigned({ route }: Pick<ReportData, "route">): boolean {
  return route.some(({ approvals }) => approvals !== undefined);
}

export interface ReportVerdict {
  outcome: "ready" | "refused";
  /** `high`: ownership, pause, funds or any refusal; `medium`: code or warnings; `low`: neither. */
  risk: "low" | "medium" | "high";
  /** One line, `ready to sign: one upgrade, simulated without a finding`; `ready to execute` where nothing is signed in a Safe. */
  summary: string;
  /** Why it is refused, or why the risk is what it is. */
  reasons: string[];
}

/** One thing that is asked for, beside what came of it on the fork. */
export interface IntentCard {
  /** One sentence in the words of the people who decide. */
  text: string;
  /** Places in `simulation.changes` of the changes that it accounts for. */
  effects: number[];
}

export interface CheckCard {
  /** Kebab-case, as `proposal check --explain` takes it. */
  check: string;
  verdict: "passed" | "warned" | "refused";
  /** What it protects from. */
  explains?: string | undefined;
  findings: Finding[];
}

export interface CompareItem {
  /** `Safe transaction hash` */
  label: string;
  value: string;
  /** Where it is seen: `on the device`, `printed by lpctl proposal show`. */
  where?: string | undefined;
}

export interface ReportCall {
  target: { address: Address; name?: string | undefined; /** `registered as JobsManagerTarget in the Controller` */ provenBy?: string | undefined };
  valueWei: bigint;
  data: Hex;
  /** Canonical; undefined when no ABI explains the calldata. */
  signature?: string | undefined;
  args?: DecodedArgument[] | undefined;
  /** Which intent it serves, in words. */
  purpose?: string | undefined;
}

export interface UpgradeCard {
  contract: string;
  proxy: Address;
  oldImplementation: CodeIdentity;
  newImplementation: CodeIdentity;
  /** Of the new code on chain with the source compiled here. */
  bytecode: { match: "exact" | "modulo-metadata" | "none" | "not-compared"; immutables?: Record<string, string> | undefined; libraries?: Record<string, Address> | undefined };
  storage: {
    verdict: "compatible" | "broken" | "not-compared";
    /** Of the new layout, in the order of the slots. */
    slots: SlotRow[];
    /** All variables of the old layout, in the order of the slots. */
    previous?: SlotVariable[] | undefined;
  };
  interface?: InterfaceChange[] | undefined;
  sourceDiff?: SourceDiff | undefined;
}

/** One difference between the old ABI and the new one. */
export interface InterfaceChange {
  kind: "function" | "event" | "error";
  change: "added" | "removed" | "changed";
  /** With outputs and mutability, or indexed marks. */
  before?: string | undefined;
  after?: string | undefined;
}

/** The text of the old code's sources against the text of the new code's. */
export interface SourceDiff {
  /** What the texts are: `contracts/A.sol:A, whose code runs now`. */
  from: string;
  to: string;
  files: SourceFileDiff[];
  unchangedFiles: number;
}

export interface SourceFileDiff {
  path: string;
  /** Where the old text stood, when its file is called otherwise now. */
  oldPath?: string | undefined;
  change: "added" | "removed" | "changed";
  addedLines: number;
  removedLines: number;
  /** Unified hunks, without file headers; lines end in a line feed. */
  hunks: string;
}

export interface CodeIdentity {
  address: Address;
  /** `contracts/jobs/JobsManager.sol:JobsManager` */
  source?: string | undefined;
  gitCommit?: string | undefined;
  codeHash?: Hex | undefined;
  compiler?: string | undefined;
}

/** Where a variable lies: decimal slot, and offset in bytes from the slot's low end. */
export interface SlotVariable {
  slot: string;
  offsetBytes: number;
  sizeBytes: number;
  label: string;
  type: string;
}

/** One variable of the new layout; the shape in which the storage comparison gives it. */
export interface SlotRow extends SlotVariable {
  state: "kept" | "new" | "renamed" | "deprecated" | "changed";
  before?: { label: string; type: string; slot?: string | undefined; offsetBytes?: number | undefined } | undefined;
}

export interface ParameterCard {
  id: string;
  meaning: string;
  /** `1 in 1000`; undefined when it could not be read. */
  before?: { human: string; raw: string } | undefined;
  after: { human: string; raw: string };
  unit: string;
  effect: string;
  bounds?: string | undefined;
  hazards: string[];
}

export interface RouteCard {
  title: string;
  by: { who: string; address?: Address | undefined };
  /** What has to pass before this step can be taken: `100 blocks after staging`. */
  waits?: string | undefined;
  /** How long that takes, as far as anybody can know: `20 minutes`. */
  about?: string | undefined;
  /** When it can be taken at the earliest, as far as anybody can know. */
  earliest?: { block?: bigint | undefined; timeSeconds?: bigint | undefined } | undefined;
  /** Whose signatures it takes. */
  approvals?: { threshold: number; owners: Approver[] } | undefined;
  /** What there is to know about it, a line each: the rules of a vote. */
  notes?: { label: string; text: string }[] | undefined;
  /** The most important of it, in a few words: `quorum 33.33%`. */
  brief?: string | undefined;
  state?: { is: "done" | "ready" | "waiting" | "blocked"; detail?: string | undefined } | undefined;
}

export interface Approver {
  address: Address;
  name?: string | undefined;
  signed: boolean;
}

export interface ChangeExpectation {
  /** Changes that the intents ask for, by address and slot. */
  intended: { address: Address; slot: Hex }[];
  /** Authorities on the route: their nonces, approvals and queues are bookkeeping. */
  authorities: Address[];
}

export interface ReproduceCommand {
  what: string;
  command: string;
}
