import { rm } from "node:fs/promises";
import { Interface } from "ethers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { governorInterface, hashUpdate, updateOf } from "../../src/authority/governor.ts";
import { createProposal } from "../../src/lifecycle/create-proposal.ts";
import { propose } from "../../src/lifecycle/propose.ts";
import { proposeUpgrade } from "../../src/lifecycle/propose-upgrade.ts";
import { simulateQueue } from "../../src/lifecycle/simulate-queue.ts";
import { saveProposal } from "../../src/proposal/store.ts";
import { safeAbi } from "../../src/protocol/abi/safe.ts";
import type { Hex } from "../../src/protocol/hex.ts";
import { PROPOSE, sendAs } from "./local-project.ts";
import { setRate, startSuite, upgradeTo, V2, type Suite } from "./suite-project.ts";

describe("everything that is pending, run in order", () => {
  let suite: Suite;
  let reset: () => Promise<void>;
  const DELAY = { delayBlocks: 10n, delaySeconds: 0n };

  beforeAll(async () => {
    suite = await startSuite("governor");
    reset = await suite.checkpoint();
  });
  beforeEach(() => reset());
  afterAll(() => suite.stop());

  const proposePause = () => propose(suite.project, { title: "Pause", intents: [{ kind: "pause", controller: suite.controller }], code: [], ...DELAY }, PROPOSE);

  test("independent changes come out as they do alone, each after its own delay", async () => {
    await proposeUpgrade(suite.project, upgradeTo(V2), PROPOSE, async () => suite.signers.deployer);
    await setRate(suite, "1 in 500");
    const outcome = await simulateQueue(suite.project);
    expect(outcome.items.map(({ safeNonce, outcome: how, alone, unmet, differences }) => ({ safeNonce, how, alone, unmet, differences }))).toEqual([
      { safeNonce: 0n, how: "success", alone: "success", unmet: [], differences: [] },
      { safeNonce: 1n, how: "success", alone: "success", unmet: [], differences: [] },
    ]);
    expect(outcome).toMatchObject({ conflicts: [], firstFailing: undefined, stuck: [], gaps: [] });
  });

  test("two values for one parameter are a conflict, and the second rests on a value that is gone by then", async () => {
    const { stored: first } = await setRate(suite, "1 in 500");
    const { stored: second } = await setRate(suite, "1 in 250");
    const outcome = await simulateQueue(suite.project);
    expect(outcome.conflicts).toEqual([
      { contract: "JobsManager", path: "verificationRate", writers: [{ name: first.name, after: expect.stringContaining("500") }, { name: second.name, after: expect.stringContaining("250") }] },
    ]);
    expect(outcome.items.map(({ unmet }) => unmet.length)).toEqual([0, 1]);
  });

  test("tells what fails only because of what comes before it", async () => {
    const { stored: first } = await proposePause();
    const { stored: second } = await proposeUpgrade(suite.project, upgradeTo(V2, { whilePaused: true }), PROPOSE, async () => suite.signers.deployer);
    const outcome = await simulateQueue(suite.project);
    expect(outcome.firstFailing).toBe(second.name);
    expect(outcome.items).toMatchObject([
      { name: first.name, outcome: "success" },
      { name: second.name, outcome: "reverted", alone: "success", revertReason: expect.stringContaining("ControllerPaused") },
    ]);
  });

  test("two other owners for one Safe are a conflict, and what the Safe counts is none", async () => {
    const governor = (await createProposal(suite.project, { title: "Pause", intents: [{ kind: "pause", controller: suite.controller }], code: [], ...DELAY })).authorities;
    const safe = governor.find(({ kind }) => kind === "safe")?.address ?? "0x";
    for (const owner of [suite.accounts.operator, suite.accounts.broadcaster]) {
      const data = new Interface(safeAbi).encodeFunctionData("addOwnerWithThreshold", [owner, 2n]) as Hex;
      const request = { title: `Add ${owner}`, intents: [{ kind: "calls" as const, calls: [{ to: safe, valueWei: 0n, data }] }], code: [], ...DELAY };
      await saveProposal(suite.project.folder, await createProposal(suite.project, request));
    }
    const outcome = await simulateQueue(suite.project);
    expect(outcome.items.map(({ outcome: how }) => how)).toEqual(["success", "success"]);
    expect(outcome.conflicts.map(({ path }) => path).toSorted()).toEqual(["ownerCount", expect.stringMatching(/^owners\[0x0{39}1\]$/)]);
    expect(outcome.items[1]?.differences.map(({ path }) => path)).toContain("ownerCount");
  });

  test("sees what somebody else staged, and nonces that nobody here knows", async () => {
    const { stored: gone } = await proposePause();
    const { stored: kept } = await setRate(suite, "1 in 500");
    const [governor, safe] = gone.proposal.authorities.map(({ address }) => address);
    if (governor === undefined || safe === undefined) throw new Error("the suite's Governor belongs to a Safe");
    const update = updateOf(gone.proposal.calls, gone.proposal.route.salt);
    await sendAs(suite.rpc, safe, governor, governorInterface.getFunction("stage")?.format("full") ?? "", [update, 10n]);
    await rm(gone.folder, { recursive: true });

    const outcome = await simulateQueue(suite.project);
    expect(outcome.items).toMatchObject([
      { name: kept.name, source: "proposal", safeNonce: 1n, outcome: "success" },
      { name: hashUpdate(update), source: "staged-update", outcome: "success" },
    ]);
    expect(outcome.gaps).toEqual([{ safe, nonce: 0n }]);
  });
});
