import { Interface } from "ethers/abi";
import { describe, expect, test } from "vitest";
import { formatCalls } from "../../../src/cli/format-bundle.ts";
import type { SafeChangeFacts, SafeFindingFacts } from "../../../src/checks/check.ts";
import type { SimulatedStep } from "../../../src/outcome/simulation.ts";
import { ZERO_ADDRESS, type Hex } from "../../../src/protocol/hex.ts";
import { address, CONTROLLER, exampleProposal, PROXY, SAFE } from "../proposal/example-proposal.ts";
import { found, step } from "./check-fixtures.ts";

const SET_RATE = new Interface(["function setVerificationRate(uint64)"]).encodeFunctionData("setVerificationRate", [500n]) as Hex;

/** What is found about one call that was made in the simulation, and decoded there or not. */
function ofCall(data: Hex, signature?: string): string[] {
  const made = { ...step.calls, type: "CALL" as const, from: SAFE, to: CONTROLLER, input: data, ...(signature === undefined ? {} : { signature }) };
  const steps: SimulatedStep[] = [{ ...step, calls: { ...step.calls, children: [made] } }];
  return found({ steps, proposal: exampleProposal([{ kind: "calls", calls: [{ to: CONTROLLER, valueWei: 0n, data }] }]) });
}

describe("calldata", () => {
  test("that a known ABI explains is fine, also where only the contract's own source has it", () => {
    expect(ofCall(SET_RATE, "setVerificationRate(uint64)")).toEqual([]);
    expect(ofCall("0x12345678", "custom()")).toEqual([]);
    expect(ofCall("0x")).toEqual([]);
  });

  test("that no known ABI explains is told of", () => {
    expect(ofCall("0x12345678")).toEqual(["warning call-undecoded"]);
  });

  test("that has a known function's selector and is not what its ABI writes is told of as that", () => {
    expect(ofCall(`${SET_RATE}00`)).toEqual(["warning calldata-inexact"]);
    expect(ofCall(SET_RATE.slice(0, -2) as Hex)).toEqual(["warning calldata-inexact"]);
    // More than a uint64 holds.
    expect(ofCall(`${SET_RATE.slice(0, 10)}${"ff".repeat(32)}` as Hex)).toEqual(["warning calldata-inexact"]);
  });

  test("that is shown without a chain is never shown as a call that it is not", () => {
    const shown = (data: Hex): string => formatCalls([{ to: CONTROLLER, valueWei: 0n, data }]);
    expect(shown(SET_RATE)).toContain("    setVerificationRate(uint64)");
    expect(shown(`${SET_RATE}00`)).toContain("WARNING: calldata that begins like setVerificationRate(uint64) and is not what its ABI writes");
    expect(shown("0x12345678")).toContain("unknown calldata 0x12345678");
    expect(shown("0x")).toContain("nothing (no calldata)");
  });

  test("that is longer than nodes pass on is refused, and than Arbitrum's sequencer takes told of", () => {
    const long = (bytes: number): string[] => found({ steps: [{ ...step, data: `0x${"00".repeat(bytes)}` }] });
    expect(long(95_000)).toEqual([]);
    expect(long(95_001)).toEqual(["warning calldata-near-limit"]);
    expect(long(131_072)).toEqual(["refuse calldata-over-limit"]);
  });
});

describe("a Safe that changes itself", () => {
  const owners = [address("a1"), address("a2"), address("a3")];
  const settings = { owners, threshold: 2n, modules: [] };
  const of = (more: Partial<SafeChangeFacts>, facts: Partial<SafeFindingFacts> = {}): string[] => {
    const safe: SafeFindingFacts = { ...FACTS, owners: owners.map((owner) => ({ address: owner, kind: "key", isDead: false })), ...facts };
    return found({ context: { safeChanges: [{ safe: SAFE, before: settings, after: settings, parts: [], stuck: undefined, ...more }], safeFacts: [safe] } });
  };

  test("is refused a threshold that those who can sign do not reach", () => {
    expect(of({ after: { ...settings, threshold: 3n } })).toEqual([]);
    const dead = [...owners.slice(0, 2), ZERO_ADDRESS];
    expect(of({ before: { ...settings, owners: dead }, after: { ...settings, owners: dead, threshold: 3n } })).toEqual(["refuse safe-threshold-unreachable"]);
  });

  test("is told of when an owner leaves through whom others act", () => {
    const after = { ...settings, owners: owners.slice(1) };
    expect(of({ after })).toEqual([]);
    const kinds = (kind: "safe" | "other") => ({ owners: owners.map((owner, index) => ({ address: owner, kind: index === 0 ? kind : ("key" as const), isDead: false })) });
    expect(of({ after }, kinds("safe"))).toEqual(["warning safe-owner-contract-removed"]);
    expect(of({ after }, kinds("other"))).toEqual(["warning safe-owner-contract-removed", "warning safe-owner-unknown"]);
  });

  test("is refused a guard that does not say that it is one", () => {
    const part = { what: "guard" as const, address: PROXY, hasCode: true, isSameCode: true, isOfficial: false, isGuard: false };
    expect(of({ parts: [part] })).toEqual(["refuse safe-guard-unfit", "warning safe-guard-added"]);
  });
});

const FACTS: SafeFindingFacts = { address: SAFE, version: "1.4.1", threshold: 2, owners: [], repeated: [], modules: [], guard: undefined, foreignHandler: undefined };
