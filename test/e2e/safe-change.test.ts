import { Interface } from "ethers/abi";
import { z } from "zod";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Exit } from "../../src/errors.ts";
import { assessProposal } from "../../src/lifecycle/assess-proposal.ts";
import { createSafe } from "../../src/lifecycle/safe/create-safe.ts";
import { reanchorProposal } from "../../src/lifecycle/nonces/reanchor-proposal.ts";
import { proposeSafeChange, type SafeChangeRequest } from "../../src/lifecycle/safe/propose-safe-change.ts";
import { loadSafeBundle } from "../../src/lifecycle/safe/safe-bundle.ts";
import { reviewBundle } from "../../src/lifecycle/safe/review-bundle.ts";
import { ZERO_ADDRESS, type Address, type Hex } from "../../src/protocol/hex.ts";
import { createBundle } from "../../src/safe/bundle.ts";
import { packCalls } from "../../src/safe/multisend.ts";
import { planNewSafe, type NewSafe } from "../../src/safe/new-safe.ts";
import { readSafe } from "../../src/safe/read-safe.ts";
import { carryOut, failureOf, PROPOSE } from "./local-project.ts";
import { forged, setRate, startSuite, type Suite } from "./suite-project.ts";

const NOTHING: SafeChangeRequest = { addOwners: [], removeOwners: [], swapOwners: [], enableModules: [], disableModules: [] };
/** Says that it supports every interface, and reverts whatever else it is asked. */
const REVERTING_GUARD = "0x60003560e01c6301ffc9a71460145760006000fd5b600160005260206000f3";
const NOTHING_DONE = "0x00";
const GUARD: Address = "0x0000000000000000000000000000000000000911";
const MODULE: Address = "0x0000000000000000000000000000000000000912";
let suite: Suite;
let safe: Address;
let rewind: () => Promise<void>;

beforeAll(async () => {
  suite = await startSuite("safe");
  safe = suite.protocol.safe ?? ZERO_ADDRESS;
  await suite.rpc.request("anvil_setCode", [GUARD, REVERTING_GUARD], z.unknown());
  await suite.rpc.request("anvil_setCode", [MODULE, NOTHING_DONE], z.unknown());
  rewind = await suite.checkpoint();
});
afterAll(() => suite.stop());
beforeEach(() => rewind());

const change = (request: Partial<SafeChangeRequest>, more = {}) => proposeSafeChange(suite.project, safe, { ...NOTHING, ...request }, { ...PROPOSE, ...more });
const refusals = async (request: Partial<SafeChangeRequest>): Promise<unknown> => (await failureOf(change(request))).details;

describe("a Safe that changes itself", () => {
  test("gets new owners and another threshold by a proposal that is signed, executed and verified", async () => {
    const { accounts } = suite;
    const { stored, assessment, report } = await change({ addOwners: [accounts.operator], removeOwners: [accounts["owner-2"]], swapOwners: [{ owner: accounts["owner-1"], newOwner: accounts.broadcaster }], threshold: 3n });
    expect(assessment.findings.filter(({ severity }) => severity !== "info")).toEqual([]);
    expect(assessment.simulation.changes.map(({ class: kind }) => kind)).not.toContain("unexplained");
    expect(report.verdict.risk).toBe("high");
    expect(report.intents.map(({ text }) => text).join("\n")).toContain(`replace the owner ${accounts["owner-1"]} by ${accounts.broadcaster}`);
    const { verification } = await carryOut(suite, stored, { owners: ["owner-1", "owner-3"] });
    expect(verification.equal).toBe(true);
    const facts = await readSafe(suite.rpc, safe);
    expect(new Set(facts.owners)).toEqual(new Set([accounts.operator, accounts["owner-3"], accounts.broadcaster]));
    expect(facts.threshold).toBe(3n);
    // The same again is done already.
    expect(await failureOf(change({ threshold: 3n }))).toMatchObject({ code: "LPCTL_SAFE_CHANGE_EMPTY" });
  });

  test("is refused a guard that would stop whatever comes after it", async () => {
    expect(await refusals({ guard: GUARD })).toMatchObject({ findings: [expect.objectContaining({ code: "safe-stuck", severity: "refuse" })] });
    expect(await refusals({ guard: MODULE })).toMatchObject({ findings: expect.arrayContaining([expect.objectContaining({ code: "simulation-reverted" })]) });
  });

  test("is refused a fallback handler that Safe did not release, and code that is not there", async () => {
    expect(await refusals({ fallbackHandler: suite.protocol.contracts["LivepeerToken"] ?? ZERO_ADDRESS })).toMatchObject({ findings: [expect.objectContaining({ code: "safe-handler-added" })] });
    expect(await refusals({ enableModules: ["0x0000000000000000000000000000000000009999"] })).toMatchObject({ findings: [expect.objectContaining({ code: "safe-part-missing" })] });
  });

  test("is warned of a module and of a lower threshold", async () => {
    const { assessment, stored } = await change({ enableModules: [MODULE], threshold: 1n });
    expect(assessment.findings.filter(({ severity }) => severity === "warning").map(({ code }) => code)).toEqual(expect.arrayContaining(["safe-module-added", "safe-threshold-lowered", "safe-threshold-one"]));
    await carryOut(suite, stored);
    expect(await readSafe(suite.rpc, safe)).toMatchObject({ modules: [MODULE], threshold: 1n });
  });

  test("is not asked for what it would refuse", async () => {
    const { accounts } = suite;
    for (const request of [{ threshold: 4n }, { threshold: 0n }, { addOwners: [accounts["owner-1"]] }, { removeOwners: [accounts.operator] }, { addOwners: [safe] }, { addOwners: [ZERO_ADDRESS] }, { disableModules: [MODULE] }, { removeOwners: [accounts["owner-1"], accounts["owner-2"]] }]) {
      expect(await failureOf(change(request))).toMatchObject({ code: "LPCTL_SAFE_CHANGE_IMPOSSIBLE", exit: Exit.usage });
    }
    expect(await failureOf(change({}))).toMatchObject({ code: "LPCTL_SAFE_CHANGE_EMPTY", exit: Exit.usage });
  });

  test("cannot be made to do more than its intents say", async () => {
    const { accounts } = suite;
    const { stored } = await change({ addOwners: [accounts.operator] });
    const addTheirs = new Interface(["function addOwnerWithThreshold(address owner, uint256 threshold)"]).encodeFunctionData("addOwnerWithThreshold", [accounts.broadcaster, 2n]) as Hex;
    const more = forged(stored.proposal, [...stored.proposal.intents, { kind: "calls", calls: [{ to: safe, valueWei: 0n, data: addTheirs }] }]);
    const { findings } = await assessProposal(suite.project, more);
    expect(findings).toContainEqual(expect.objectContaining({ code: "safe-storage-changed", severity: "refuse" }));
    // Nor by a file alone.
    const facts = await readSafe(suite.rpc, safe);
    const bundle = createBundle({ chainId: 31337n, safe: facts, proposalId: null, transaction: packCalls([{ to: safe, valueWei: 0n, data: addTheirs }], facts) });
    expect(await failureOf(reviewBundle(suite.project, bundle, "test"))).toMatchObject({ code: "LPCTL_SAFE_SELF_CALL", exit: Exit.refused });
  });

  test("keeps its change when it gets another nonce", async () => {
    const { stored } = await change({ threshold: 3n });
    const { before, after } = await reanchorProposal(suite.project, stored, { nonce: 4n });
    expect(after.transaction).toEqual({ ...before.transaction, nonce: 4n });
  });

  test("does not go into one transaction with what others are asked", async () => {
    const { stored: rate } = await setRate(suite, "1 in 500");
    const { stored } = await change({ threshold: 3n });
    expect((await loadSafeBundle(stored))?.transaction.nonce).toBe(((await loadSafeBundle(rate))?.transaction.nonce ?? 0n) + 1n);
    const mixed = forged(stored.proposal, [...stored.proposal.intents, { kind: "change-safe", safe: suite.controller, change: { what: "change-threshold", threshold: 1n } }]);
    expect(await failureOf(assessProposal(suite.project, mixed))).toMatchObject({ code: expect.stringMatching(/LPCTL_(AUTHORITY_MIXED|SAFE_UNKNOWN_PROXY)/) });
  });
});

describe("a new Safe", () => {
  const wanted = (more: Partial<NewSafe> = {}): NewSafe => ({ version: "1.4.1", singleton: "SafeL2", owners: [suite.accounts["owner-1"], suite.accounts.operator], threshold: 2n, saltNonce: 7n, ...more });

  test("stands where it was said, is what was asked for, and is made once", async () => {
    const { address, exists } = await planNewSafe(suite.rpc, wanted());
    expect(exists).toBe(false);
    const { safe: made, transaction } = await createSafe(suite.project, wanted(), address, suite.signers.deployer);
    expect(made).toMatchObject({ address, version: "1.4.1", threshold: 2n, owners: wanted().owners, modules: [], guard: ZERO_ADDRESS });
    expect(transaction).not.toBeNull();
    expect(await createSafe(suite.project, wanted(), address, suite.signers.deployer)).toMatchObject({ transaction: null });
    expect((await planNewSafe(suite.rpc, wanted({ saltNonce: 8n }))).address).not.toBe(address);
  });

  test("is refused with owners nobody can sign for, and of a version that is not on the chain", async () => {
    for (const more of [{ owners: [ZERO_ADDRESS, suite.accounts.operator] }, { owners: [suite.accounts.operator, suite.accounts.operator] }, { threshold: 3n }, { threshold: 0n }, { owners: [] }]) {
      expect(await failureOf(planNewSafe(suite.rpc, wanted(more)))).toMatchObject({ code: "LPCTL_SAFE_BAD_OWNERS", exit: Exit.usage });
    }
    expect(await failureOf(planNewSafe(suite.rpc, wanted({ version: "1.5.0" })))).toMatchObject({ code: "LPCTL_SAFE_NOT_RELEASED_HERE", exit: Exit.refused });
  });
});
