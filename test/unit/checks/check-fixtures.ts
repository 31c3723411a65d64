import { runChecks } from "../../../src/checks/all-checks.ts";
import type { CheckContext } from "../../../src/checks/check.ts";
import type { Proposal } from "../../../src/proposal/proposal.ts";
import type { Address, Hex } from "../../../src/protocol/hex.ts";
import type { SimulatedStep, SimulationResult, StateChange } from "../../../src/outcome/simulation.ts";
import { address, CONTROLLER, exampleProposal, PROXY, SAFE } from "../proposal/example-proposal.ts";

export const word = (digits: string): Hex => `0x${digits.padStart(64, "0")}`;
export const holding = (account: Address): Hex => word(account.slice(2).toLowerCase());
export const proposal = exampleProposal();

export const context: CheckContext = {
  accountsWithCode: new Set([CONTROLLER, PROXY]),
  preconditions: [],
  postconditions: [],
  safes: new Set([SAFE]),
  newDependencies: new Map(),
  upgrades: new Map(),
  registry: new Map(),
  gasCaps: { block: 30_000_000n, transaction: { gas: 16_777_216n, isEnforced: true } },
  protocol: undefined,
  openInitializers: [],
  callersOfChanged: [],
  proxiesAsCode: new Map(),
  delegatedAccounts: new Set(),
  updates: [],
  safeLibraries: new Set([address("9999")]),
  safeFacts: [],
  safeChanges: [],
  commits: [],
  ageSeconds: 60n,
  minimumDelayBlocks: undefined,
  prepared: [],
};

export const step: SimulatedStep = {
  title: "The Safe signs and executes",
  from: address("a1"),
  to: SAFE,
  valueWei: 0n,
  data: "0x",
  outcome: "success",
  gasUsed: 1n,
  calls: { type: "CALL", from: address("a1"), to: SAFE, valueWei: 0n, input: "0x", output: "0x", gasUsed: 1n, children: [] },
  events: [],
  changes: [],
};

export function simulation(changes: Partial<StateChange>[] = [], steps: SimulatedStep[] = [step]): SimulationResult {
  return {
    proposalId: proposal.id,
    chainId: 31337n,
    block: { number: 1n, hash: word("1"), timestampSeconds: 1n },
    engine: "anvil",
    steps,
    changes: changes.map((change) => ({ address: PROXY, kind: "storage", slot: word("2"), path: "verificationRate", before: word("1"), after: word("2"), ...change })),
    effectsHash: word("e"),
    state: { proof: "proven", stateRoot: word("f") },
    assumptions: [],
  };
}

/** Told of every proposal of these tests: they do not say what they may change, and no traffic was replayed for them. */
const NOTES = ["effects-not-pinned", "traffic-not-replayed"];

/** `severity code` of what the checks find, worst first. */
export function found(parts: { proposal?: Proposal; changes?: Partial<StateChange>[]; steps?: SimulatedStep[]; context?: Partial<CheckContext> }): string[] {
  const findings = runChecks(parts.proposal ?? proposal, simulation(parts.changes, parts.steps), { ...context, ...parts.context });
  return findings.filter(({ code }) => !NOTES.includes(code)).map(({ severity, code }) => `${severity} ${code}`);
}
