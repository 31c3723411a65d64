import { id, Interface } from "ethers";
import { describe, expect, test } from "vitest";
import type { CommitFact, SafeFindingFacts, UpdateFacts } from "../../../src/checks/check.ts";
import { applyPolicy } from "../../../src/checks/apply-policy.ts";
import type { ProtocolState, RegistryEntryState } from "../../../src/checks/protocol-state.ts";
import type { Intent } from "../../../src/proposal/intent.ts";
import { contractId } from "../../../src/protocol/contract-id.ts";
import { ZERO_ADDRESS, ZERO_HASH, type Address, type Hex } from "../../../src/protocol/hex.ts";
import { variantsOf } from "../../../src/protocol/parameters.ts";
import type { ParameterValue } from "../../../src/protocol/units.ts";
import { actingSafes } from "../../../src/lifecycle/facts/acting-safes.ts";
import type { CallNode, SimulatedStep } from "../../../src/outcome/simulation.ts";
import { canonicalAddress } from "../../../src/safe/safe-contracts.ts";
import { address, CONTROLLER, exampleProposal, GOVERNOR, NEW_CODE, PROXY, SAFE, SET_RATE, UPGRADE } from "../proposal/example-proposal.ts";
import { stateProven } from "../../../src/checks/state-proven.ts";
import { context, found, holding, proposal, simulation, step, word } from "./check-fixtures.ts";

const MINTER = address("3147");
const CALL: Intent = { kind: "calls", calls: [{ to: CONTROLLER, valueWei: 0n, data: "0x12345678" }] };

const entry = (name: string, at: Address, more: Partial<RegistryEntryState> = {}): RegistryEntryState => ({ id: contractId(name), name, address: at, hasCode: true, proxy: undefined, ...more });
const ENTRIES = [
  entry("JobsManager", PROXY, { proxy: { controller: CONTROLLER, targetId: contractId("JobsManagerTarget") } }),
  entry("JobsManagerTarget", address("01d")),
  entry("Minter", MINTER),
];
const VALUES: Record<string, ParameterValue> = {
  "JobsManager.verificationRate": 1000n,
  "JobsManager.verificationPeriod": 100n,
  "JobsManager.verificationSlashingPeriod": 100n,
};

function state(values: Record<string, ParameterValue | undefined> = VALUES, more: Partial<ProtocolState> = {}): ProtocolState {
  const parameters = Object.entries(values).flatMap(([name, value]) => {
    const [parameter] = variantsOf(name);
    return parameter === undefined ? [] : [{ parameter, target: PROXY, value }];
  });
  return { controller: CONTROLLER, isPaused: false, entries: ENTRIES, parameters, ...more };
}
const after = (more: Partial<ProtocolState>, values: Record<string, ParameterValue | undefined> = VALUES) => ({ protocol: { before: state(), after: state(values, more) } });

describe("the protocol after the last step", () => {
  test("gives no finding where nothing but what is asked for has changed", () => {
    expect(found({ context: after({}) })).toEqual([]);
    expect(found({ context: after({}, { ...VALUES, "JobsManager.verificationRate": 500n }) })).toEqual([]);
  });

  test.each([
    ["an entry that leads nowhere", entry("Minter", address("dead"), { hasCode: false }), "refuse entry-lost-code"],
    ["a new entry that leads nowhere", entry("Treasury", address("dead"), { hasCode: false }), "refuse entry-lost-code"],
    ["a proxy of another Controller", { ...entry("JobsManager", PROXY), proxy: { controller: GOVERNOR, targetId: contractId("JobsManagerTarget") } }, "refuse proxy-lost-controller"],
    ["a proxy with another target id", { ...entry("JobsManager", PROXY), proxy: { controller: CONTROLLER, targetId: contractId("MinterTarget") } }, "refuse proxy-target-id-changed"],
    ["a proxy that no longer is one", entry("JobsManager", PROXY), "refuse proxy-lost-target"],
  ])("is refused with %s", (_what, changed, expected) => {
    const entries = [...ENTRIES.filter(({ name }) => name !== changed.name), changed];
    expect(found({ context: after({ entries }), proposal: exampleProposal([CALL]) })).toEqual([expected]);
  });

  test("leaves to other checks what an intent registers, and only tells what was dead before", () => {
    const dead = [...ENTRIES.slice(0, 1), entry("JobsManagerTarget", NEW_CODE, { hasCode: false })];
    expect(found({ context: after({ entries: dead }) })).toEqual([]);
    const entries = [...ENTRIES, entry("Verifier", address("dead"), { hasCode: false })];
    expect(found({ context: { protocol: { before: state(VALUES, { entries }), after: state(VALUES, { entries }) } } })).toEqual(["info entry-dead-before"]);
  });

  test("is not judged where the route reverts: it never came to that", () => {
    const steps: SimulatedStep[] = [{ ...step, outcome: "reverted" }];
    expect(found({ steps, context: after({ isPaused: true, entries: [] }, {}) })).toEqual(["refuse simulation-reverted"]);
  });

  test("tells of parameters that no intent names: changed, gone, out of bounds, against a rule", () => {
    const only = exampleProposal([UPGRADE]);
    const values = (more: Record<string, ParameterValue | undefined>): string[] => found({ proposal: only, context: after({}, { ...VALUES, ...more }) });
    expect(values({ "JobsManager.verificationRate": 500n })).toEqual(["warning parameter-changes-unasked"]);
    const byCall: Intent = { kind: "calls", calls: [{ to: PROXY, valueWei: 0n, data: new Interface(["function setVerificationRate(uint64)"]).encodeFunctionData("setVerificationRate", [500n]) as Hex }] };
    expect(found({ proposal: exampleProposal([byCall]), context: after({}, { ...VALUES, "JobsManager.verificationRate": 500n }) })).toEqual(["info parameter-changes-unasked"]);
    expect(values({ "JobsManager.verificationRate": undefined })).toEqual(["warning parameter-lost"]);
    expect(values({ "JobsManager.verificationRate": 0n })).toEqual(["refuse parameter-left-bounds", "warning parameter-changes-unasked"]);
  });

  test("tells of a rule that a value keeps no more because another value moved", () => {
    const slashing: Intent = { ...SET_RATE, parameter: "JobsManager.verificationPeriod", value: "250" };
    const moved = { ...VALUES, "JobsManager.verificationPeriod": 250n };
    expect(found({ proposal: exampleProposal([slashing]), context: after({}, moved) })).toEqual(["refuse parameter-rule-newly-broken"]);
    expect(found({ proposal: exampleProposal([slashing]), context: { protocol: { before: state(moved), after: state(moved) } } })).toEqual([]);
  });

  test("is paused only where an intent says so", () => {
    const pause = (kind: "pause" | "unpause"): Intent => ({ kind, controller: CONTROLLER });
    const byKey = { authorities: [{ kind: "eoa" as const, address: address("a1") }] };
    expect(found({ context: after({ isPaused: true }) })).toEqual(["refuse pause-changes"]);
    expect(found({ context: after({ isPaused: true }), proposal: exampleProposal([pause("pause")]) })).toEqual([]);
    expect(found({ context: after({ isPaused: true }), proposal: exampleProposal([pause("pause"), UPGRADE]) })).toEqual(["info pause-remains"]);
    expect(found({ context: after({}), proposal: exampleProposal([pause("pause"), UPGRADE, pause("unpause")]) })).toEqual([]);
    expect(found({ context: after({}), proposal: exampleProposal([pause("pause"), UPGRADE, pause("unpause"), SET_RATE], byKey) })).toContain("warning unpaused-before-the-end");
  });

  test("has made and lost no tokens or ether that nobody asked for", () => {
    const transfer = (from: Hex, to: Hex): SimulatedStep[] => [{ ...step, events: [{ address: address("10"), topics: [id("Transfer(address,address,uint256)") as Hex, from, to], data: word("5") }] }];
    const context = after({});
    expect(found({ context, steps: transfer(ZERO_HASH, holding(SAFE)) })).toEqual(["warning supply-changes"]);
    expect(found({ context, steps: transfer(holding(address("a9")), ZERO_HASH) })).toEqual(["warning supply-changes"]);
    expect(found({ context, steps: transfer(holding(MINTER), holding(address("a9"))) })).toEqual(["warning protocol-funds-leave"]);
    expect(found({ context, steps: transfer(holding(address("a9")), holding(MINTER)) })).toEqual([]);
    expect(found({ context, changes: [{ path: "_totalSupply" }] })).toEqual(["refuse supply-changes"]);
    const ether = { kind: "balance" as const, path: undefined, slot: undefined, before: word("5"), after: word("4") };
    expect(found({ context, changes: [{ ...ether, address: MINTER }] })).toEqual(["warning protocol-funds-leave"]);
    expect(found({ context, changes: [{ ...ether, address: MINTER, after: word("6") }] })).toEqual([]);
  });
});

describe("new code", () => {
  test("is refused where a stranger initialised it on the fork, unless the running code lets him too", () => {
    const trial = { contract: "JobsManager", at: PROXY, where: "proxy" as const, signature: "initialize(address)", selector: "0xaabbccdd" as const, wasOpen: false };
    const upgrades = new Map([[PROXY, { newVariables: [], initializers: [{ name: "initialize", selector: "0xaabbccdd" as const, isOld: true, guard: "once" as const }] }]]);
    expect(found({ context: { openInitializers: [trial] } })).toEqual(["refuse initializer-runs"]);
    expect(found({ context: { openInitializers: [{ ...trial, wasOpen: true }] } })).toEqual(["refuse initializer-runs"]);
    expect(found({ context: { openInitializers: [{ ...trial, wasOpen: true }], upgrades } })).toEqual(["warning initializer-runs"]);
    expect(found({ context: { openInitializers: [{ ...trial, wasOpen: true, at: NEW_CODE, where: "logic" }], upgrades } })).toEqual(["refuse initializer-runs"]);
  });

  test("is refused where it is itself a proxy, and told of where it is registered", () => {
    const proxiesAsCode = new Map([[NEW_CODE, "a clone (ERC-1167) of 0x00"]]);
    expect(found({ context: { proxiesAsCode } })).toEqual(["refuse implementation-is-proxy"]);
    const register: Intent = { kind: "register", contract: "Treasury", controller: CONTROLLER, address: NEW_CODE, codeHash: word("c"), gitCommitHash: UPGRADE.gitCommitHash };
    expect(found({ proposal: exampleProposal([register]), context: { proxiesAsCode } })).toContain("warning registered-is-proxy");
  });

  test("that answers callers otherwise is told of with the callers", () => {
    expect(found({ context: { callersOfChanged: [{ contract: "JobsManager", signature: "getJob(uint256)", what: "changed", callers: ["BondingManager"] }] } })).toEqual(["warning caller-breaks"]);
  });

  test.each([
    ["missing", "warning git-commit-missing"],
    ["placeholder", "warning git-commit-placeholder"],
    ["absent", "warning git-commit-unknown"],
    ["differs", "refuse git-commit-differs"],
    ["unchecked", "info git-commit-unchecked"],
    ["same", "info git-commit-holds"],
  ] as const)("comes from a commit that is %s", (commitState, expected) => {
    const fact: CommitFact = { contract: "JobsManager", commit: UPGRADE.gitCommitHash, state: commitState, detail: "" };
    expect(found({ context: { commits: [fact] } })).toEqual([expected]);
  });
});

describe("code on the way", () => {
  test("that is destroyed, tries to be, or is only lent is told of", () => {
    expect(found({ changes: [{ kind: "code", path: undefined, slot: undefined, before: "0x6001", after: "0x" }] })).toEqual(["refuse code-destroyed"]);
    expect(found({ changes: [{ kind: "code", path: undefined, slot: undefined, before: "0x", after: "0x6001" }] })).toEqual([]);
    const calls = { ...step.calls, children: [{ ...step.calls, type: "SELFDESTRUCT" as const }] };
    expect(found({ steps: [{ ...step, calls }] })).toEqual(["warning selfdestruct-runs"]);
    expect(found({ context: { delegatedAccounts: new Set([PROXY]) } })).toEqual(["warning target-delegated"]);
    expect(found({ context: { delegatedAccounts: new Set([NEW_CODE]) } })).toEqual([]);
  });
});

describe("the route", () => {
  const update: UpdateFacts = { governor: GOVERNOR, isOwn: true, lengths: { target: 2, value: 2, data: 2 }, withoutCode: [], stagedNonces: [] };
  const safe: SafeFindingFacts = {
    address: SAFE,
    version: "1.4.1",
    threshold: 2,
    owners: ["a1", "a2", "a3"].map((digits) => ({ address: address(digits), kind: "key" as const, isDead: false })),
    repeated: [],
    modules: [],
    guard: undefined,
    foreignHandler: undefined,
  };

  test("is refused with an update that no Governor can carry out, and told of with one staged twice", () => {
    const of = (more: Partial<UpdateFacts>): string[] => found({ context: { updates: [{ ...update, ...more }] } });
    expect(of({})).toEqual([]);
    expect(of({ lengths: { target: 2, value: 1, data: 2 } })).toEqual(["refuse update-lists-unequal"]);
    expect(of({ isOwn: false, withoutCode: [address("dead")] })).toEqual(["refuse update-target-without-code"]);
    expect(of({ stagedNonces: [0n] })).toEqual(["warning update-staged-already"]);
  });

  test("is told of with Safes that others can act for, or too few", () => {
    const of = (more: Partial<SafeFindingFacts>): string[] => found({ context: { safeFacts: [{ ...safe, ...more }] } });
    expect(of({})).toEqual([]);
    expect(of({ modules: [MINTER] })).toEqual(["warning safe-modules"]);
    expect(of({ foreignHandler: MINTER })).toEqual(["warning safe-handler-foreign"]);
    expect(of({ threshold: 1 })).toEqual(["warning safe-one-signature"]);
    expect(of({ repeated: [address("a1")] })).toEqual(["warning safe-owner-repeated"]);
    expect(of({ guard: MINTER })).toEqual(["info safe-guard"]);
    expect(of({ owners: safe.owners.map((owner, index) => ({ ...owner, isDead: index === 0 })) })).toEqual(["warning safe-owner-dead"]);
    expect(of({ owners: safe.owners.map((owner, index) => ({ ...owner, isDead: index < 2 })) })).toEqual(["refuse safe-owner-dead"]);
    expect(of({ owners: safe.owners.map((owner) => ({ ...owner, kind: "other" as const })) })).toEqual(["warning safe-owner-unknown"]);
  });

  test("is refused where a Safe delegates to a stranger, or sets gas fields, also inside a batch", () => {
    const abi = new Interface(["function execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)"]);
    const exec = (safeTxGas: bigint, refundReceiver: Address = ZERO_ADDRESS): Hex => abi.encodeFunctionData("execTransaction", [PROXY, 0n, "0x", 0, safeTxGas, 0n, 0n, ZERO_ADDRESS, refundReceiver, "0x"]) as Hex;
    const singleton = { ...step.calls, type: "DELEGATECALL" as const, from: SAFE, to: address("519"), input: exec(0n) };
    const route = (library: Address, input: Hex): SimulatedStep[] => {
      const forwarded = { ...singleton, input, children: [{ ...singleton, to: library, input: "0x8d80ff0a" as const }] };
      return [{ ...step, calls: { ...step.calls, to: SAFE, input, children: [forwarded] } }];
    };
    expect(found({ steps: route(address("9999"), exec(0n)) })).toEqual([]);
    expect(found({ steps: route(address("bad"), exec(0n)) })).toEqual(["refuse safe-delegatecall"]);
    expect(found({ steps: route(address("9999"), exec(1n)) })).toEqual(["refuse safe-gas-fields"]);
    expect(found({ steps: route(address("9999"), exec(0n, address("a1"))) })).toEqual(["refuse safe-gas-fields"]);
  });

  test("is told of with a hash that a call approves; what no call says is refused", () => {
    const hash = "ab".repeat(32);
    const agreeing = exampleProposal([{ kind: "calls", calls: [{ to: SAFE, valueWei: 0n, data: `0xd4d9bdcd${hash}` }] }]);
    const changed = (approved: string): Parameters<typeof found>[0] => ({ proposal: agreeing, context: { accountsWithCode: new Set([SAFE]) }, changes: [{ address: SAFE, path: `approvedHashes[${address("a1")}][0x${approved}]`, class: "intended" }] });
    expect(found(changed(hash))).toEqual(["refuse safe-hash-approved"]);
    expect(found(changed("cd".repeat(32)))).toEqual(["refuse safe-storage-changed", "refuse safe-hash-approved"]);
  });

  test("finds the Safes that are called, on the route or not, and none that is only made", () => {
    const pass = (safe: Address, code: Address): CallNode => ({ ...step.calls, to: safe, children: [{ ...step.calls, type: "DELEGATECALL", from: safe, to: code, children: [] }] });
    const singleton = canonicalAddress("SafeL2", "1.4.1");
    const steps = [{ ...step, calls: { ...step.calls, children: [pass(address("5afe1"), singleton), pass(address("bad"), address("519")), pass(address("5afe2"), singleton), { ...step.calls, type: "CREATE2" as const, to: address("5afe2"), children: [] }] } }];
    expect(actingSafes({ steps })).toEqual([address("5afe1")]);
  });

  test("is told of with a call made twice, and with data too short for a function", () => {
    const of = (...data: Hex[]): string[] => found({ proposal: exampleProposal([{ kind: "calls", calls: data.map((one) => ({ to: CONTROLLER, valueWei: 0n, data: one })) }]) });
    expect(of("0x12345678", "0x1234567800", "0x")).toEqual([]);
    expect(of("0x12345678", "0x12345678")).toEqual(["warning call-repeated"]);
    expect(of("0x1234")).toEqual(["warning calldata-too-short"]);
  });

  test("is refused below the delay that the policy asks for, until somebody answers for it", () => {
    const wanting = (minimumDelayBlocks: bigint | undefined): string[] => found({ context: { minimumDelayBlocks } });
    expect(wanting(undefined)).toEqual([]);
    expect(wanting(10n)).toEqual([]);
    expect(wanting(11n)).toEqual(["refuse delay-below-policy"]);
    const allow = [{ finding: "delay-below-policy", proposal: "007-fix", reason: "an emergency, decided in a call" }];
    const finding = { severity: "refuse" as const, code: "delay-below-policy", title: "" };
    expect(applyPolicy([finding], { refuse: [], allow }, { name: "007-fix", id: ZERO_HASH })).toMatchObject([{ severity: "warning", detail: expect.stringContaining("an emergency") as string }]);
    expect(found({ proposal: exampleProposal([CALL], { authorities: [{ kind: "eoa", address: address("a1") }] }), context: { minimumDelayBlocks: 11n } })).toEqual([]);
  });

  test("is told of when it was prepared long ago, or on another branch of the chain", () => {
    expect(found({ context: { ageSeconds: 29n * 86_400n } })).toEqual([]);
    expect(found({ context: { ageSeconds: 30n * 86_400n } })).toEqual(["warning proposal-old"]);
    expect(found({ context: { ageSeconds: undefined } })).toEqual(["warning proposal-block-unknown"]);
  });
});

describe("what the simulation stands on", () => {
  test("a public network that proves nothing is warned of, a local one is said, and code that asks where it runs is warned of", () => {
    const on = (chainId: bigint) => stateProven.find(proposal, { ...simulation(), chainId, state: { proof: "unproven", why: "the RPC gave no proof" } }, context).map(({ severity, code }) => `${severity} ${code}`);
    expect([on(1n), on(42161n), on(31337n)]).toEqual([["warning state-unproven"], ["warning state-unproven"], ["info state-local"]]);
    expect(stateProven.find(proposal, { ...simulation(), chainId: 1n }, context)).toEqual([]);
    expect(found({ steps: [{ ...step, environment: [{ address: address("7"), what: "tx.gasprice" }] }] })).toEqual(["warning environment-read"]);
  });
});
