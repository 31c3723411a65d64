/** What a report is made of: plain data, gathered by the caller. Every renderer shows the same. */
import type { Finding } from "../finding.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { DecodedArgument } from "../protocol/decoded-argument.ts";
import type { SimulationResult } from "../simulation/result.ts";

export interface ReportData {
  title: string;
  network: { name: string; chainId: bigint; explorer?: { name: string; addressUrl: (address: Address) => string | undefined } | undefined };
  verdict: ReportVerdict;
  /** What a signer compares with the device, in the order in which to compare. */
  compare: CompareItem[];
  /** What is wanted, one sentence each. */
  intents: string[];
  calls: ReportCall[];
  upgrades: UpgradeCard[];
  parameters: ParameterCard[];
  route: RouteCard[];
  findings: Finding[];
  simulation?: SimulationResult | undefined;
  /** How the simulation's changes are sorted; see group-changes.ts. */
  expectation?: ChangeExpectation | undefined;
  /** What was taken for granted, beyond what the simulation lists itself. */
  assumptions: string[];
  /** What nobody checked. */
  notChecked: string[];
  reproduce: ReproduceCommand[];
  /** `lpctl 0.1.0` */
  producedBy: string;
}

export interface ReportVerdict {
  outcome: "ready" | "refused";
  /** `high`: ownership, pause, funds or any refusal; `medium`: code or warnings; `low`: neither. */
  risk: "low" | "medium" | "high";
  /** One line, `ready to sign: one upgrade, simulated without a finding`. */
  summary: string;
  /** Why it is refused, or why the risk is what it is. */
  reasons: string[];
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
  storage: { verdict: "compatible" | "broken" | "not-compared"; slots: SlotRow[] };
  addedFunctions?: string[] | undefined;
  removedFunctions?: string[] | undefined;
}

export interface CodeIdentity {
  address: Address;
  /** `contracts/jobs/JobsManager.sol:JobsManager` */
  source?: string | undefined;
  gitCommit?: string | undefined;
  codeHash?: Hex | undefined;
  compiler?: string | undefined;
}

/** One variable of the new layout; the shape in which the storage comparison gives it. */
export interface SlotRow {
  /** Decimal. */
  slot: string;
  offsetBytes: number;
  sizeBytes: number;
  label: string;
  type: string;
  state: "kept" | "new" | "renamed" | "deprecated" | "changed";
  before?: { label: string; type: string } | undefined;
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
  /** What has to pass before this step can be taken: `100 blocks, about 20 minutes`. */
  waits?: string | undefined;
  state?: { is: "done" | "ready" | "waiting" | "blocked"; detail?: string | undefined } | undefined;
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
