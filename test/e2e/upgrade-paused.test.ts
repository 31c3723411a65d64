import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Exit } from "../../src/errors.ts";
import { proposeUpgrade } from "../../src/lifecycle/propose-upgrade.ts";
import { reviewForSigning } from "../../src/lifecycle/sign-proposal.ts";
import type { Address } from "../../src/protocol/hex.ts";
import { carryOut, failureOf, NO_DELAY, PROPOSE, read, sendAs } from "./local-project.ts";
import { readState, startSuite, upgradeTo, V2, type Suite } from "./suite-project.ts";

let suite: Suite;
let reset: () => Promise<void>;
const paused = () => read(suite.rpc, suite.controller, "function paused() view returns (bool)");
const turn = (how: "pause" | "unpause") => sendAs(suite.rpc, suite.protocol.governor as Address, suite.controller, `function ${how}()`);
const proposeFix = () => proposeUpgrade(suite.project, upgradeTo(V2, { whilePaused: true, ...NO_DELAY }), PROPOSE, async () => suite.signers.deployer);

beforeAll(async () => {
  suite = await startSuite("governor");
  reset = await suite.checkpoint();
});
beforeEach(() => reset());
afterAll(() => suite.stop());

test("pauses, upgrades and unpauses in one transaction of the Safe", async () => {
  const before = await readState(suite);
  const { stored } = await proposeFix();
  expect(stored.proposal.intents.map(({ kind }) => kind)).toEqual(["pause", "upgrade", "unpause"]);
  const { verification, route } = await carryOut(suite, stored);
  expect(route).toEqual(["safe"]);
  expect(verification.equal).toBe(true);
  expect(verification.transactions).toHaveLength(1);
  expect(verification.postconditions).toContainEqual(expect.objectContaining({ label: "whether the Controller is paused", holds: true }));
  expect(await paused()).toBe(false);
  expect(await readState(suite)).toEqual(before);
});

test("ends the pause that somebody has called already", async () => {
  await turn("pause");
  const { stored } = await proposeFix();
  expect(stored.proposal.intents.map(({ kind }) => kind)).toEqual(["upgrade", "unpause"]);
  expect((await carryOut(suite, stored)).verification.equal).toBe(true);
  expect(await paused()).toBe(false);
});

test("is refused when the protocol was paused after it was prepared", async () => {
  const { stored } = await proposeFix();
  await turn("pause");
  const failure = await failureOf(reviewForSigning(suite.project, stored, "test"));
  expect(failure).toMatchObject({ code: "LPCTL_PROPOSAL_REVERTS", exit: Exit.reverted });
  expect(failure.details?.["findings"]).toContainEqual(expect.objectContaining({ code: "stale-precondition", title: expect.stringContaining("paused") }));
});
