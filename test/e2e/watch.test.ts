import { Interface } from "ethers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { assessProposal } from "../../src/lifecycle/assess-proposal.ts";
import { createProposal } from "../../src/lifecycle/create-proposal.ts";
import { propose } from "../../src/lifecycle/propose.ts";
import { saveFullSimulation } from "../../src/lifecycle/records.ts";
import { watchProposal, type WatchEvent } from "../../src/lifecycle/status/watch-proposal.ts";
import { saveProposal } from "../../src/proposal/store.ts";
import { safeAbi } from "../../src/protocol/abi/safe.ts";
import type { Hex } from "../../src/protocol/hex.ts";
import { carryOut, mine, NO_DELAY, PROPOSE, sendAs } from "./local-project.ts";
import { startSuite, type Suite } from "./suite-project.ts";

const SETTER = "function setVerificationRate(uint64 rate)";
let suite: Suite;

beforeAll(async () => {
  suite = await startSuite("governor");
});
afterAll(() => suite.stop());

/** Gives the next event that `wanted` accepts, of those still to come. */
function eventStream(): { onEvent: (event: WatchEvent) => void; next: (wanted: (event: WatchEvent) => boolean) => Promise<WatchEvent> } {
  const waiting: { wanted: (event: WatchEvent) => boolean; resolve: (event: WatchEvent) => void }[] = [];
  return {
    onEvent: (event) => waiting.splice(0).forEach((one) => (one.wanted(event) ? one.resolve(event) : waiting.push(one))),
    next: (wanted) => new Promise((resolve) => waiting.push({ wanted, resolve })),
  };
}

test("a watched proposal tells what drifts from block to block, and its end", async () => {
  const data = new Interface([SETTER]).encodeFunctionData("setVerificationRate", [500n]) as Hex;
  const intents = [{ kind: "calls" as const, calls: [{ to: suite.jobsManager, valueWei: 0n, data }] }];
  const { stored } = await propose(suite.project, { title: "Set the rate", intents, code: [], delayBlocks: 10n, delaySeconds: 0n }, PROPOSE);
  const governor = stored.proposal.authorities[0]?.address ?? "0x";

  const looked = await watchProposal(suite.project, stored, { everyBlocks: 1n, once: true });
  expect(looked).toMatchObject({ ended: "looked-once", drifted: false });

  const stream = eventStream();
  const begun = stream.next(({ state }) => state !== undefined);
  const watching = watchProposal(suite.project, stored, { everyBlocks: 1n, once: false, onEvent: stream.onEvent });
  await begun;
  const drifted = stream.next(({ drift }) => drift.length > 0);
  await sendAs(suite.rpc, governor, suite.jobsManager, SETTER, [700n]);
  expect((await drifted).drift).toEqual([expect.stringMatching(/^JobsManager\.verificationRate is .*700.* now, was .*1000/)]);

  // What was agreed on holds no longer, and nobody can go on until it does.
  const back = stream.next(({ drift }) => drift.length > 0);
  await sendAs(suite.rpc, governor, suite.jobsManager, SETTER, [1000n]);
  expect((await back).findings).toContainEqual(expect.stringMatching(/^gone: refuse: /));
  await carryOut(suite, stored, { passDelay: () => mine(suite.rpc, 10n) });
  await mine(suite.rpc, 1n);
  expect(await watching).toMatchObject({ ended: "executed", state: "done", drifted: true });
});

test("a watched proposal that changes a Safe's threshold drifts when somebody else changes it first", async () => {
  const pause = await createProposal(suite.project, { title: "Pause", intents: [{ kind: "pause", controller: suite.controller }], code: [], ...NO_DELAY });
  const safe = pause.authorities.find(({ kind }) => kind === "safe")?.address ?? "0x";
  const data = new Interface(safeAbi).encodeFunctionData("changeThreshold", [3n]) as Hex;
  const proposal = await createProposal(suite.project, { title: "All three sign", intents: [{ kind: "calls", calls: [{ to: safe, valueWei: 0n, data }] }], code: [], ...NO_DELAY });
  const stored = await saveProposal(suite.project.folder, proposal);
  await saveFullSimulation(stored, (await assessProposal(suite.project, proposal)).simulation);

  const look = () => watchProposal(suite.project, stored, { everyBlocks: 1n, once: true });
  expect(await look()).toMatchObject({ drifted: false });
  await sendAs(suite.rpc, safe, safe, "function changeThreshold(uint256 threshold)", [1n]);
  expect((await look()).events[0]?.drift).toEqual([expect.stringMatching(/threshold is 1 now, was 2$/)]);
});
