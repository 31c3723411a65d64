import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { sendOperations } from "../../src/chain/sender.ts";
import { Exit } from "../../src/errors.ts";
import { createProposal } from "../../src/lifecycle/create-proposal.ts";
import { executeProposal } from "../../src/lifecycle/execute-proposal.ts";
import { planStored } from "../../src/lifecycle/plan.ts";
import { readStatus } from "../../src/lifecycle/status/proposal-status.ts";
import { proposeParameters } from "../../src/lifecycle/propose-parameters.ts";
import { proposeUpgrade } from "../../src/lifecycle/propose-upgrade.ts";
import { verifyProposal } from "../../src/lifecycle/verify-proposal.ts";
import type { Signer } from "../../src/keys/signer.ts";
import type { Intent } from "../../src/proposal/intent.ts";
import type { Address } from "../../src/protocol/hex.ts";
import { carryOut, failureOf, NO_DELAY, PROPOSE } from "./local-project.ts";
import { V2, startSuite, type Suite, upgradeTo, readState, setRate, readRate } from "./suite-project.ts";

describe("a protocol that a key owns", () => {
  let suite: Suite;
  let reset: () => Promise<void>;

  beforeAll(async () => {
    suite = await startSuite("eoa");
    reset = await suite.checkpoint();
  });
  beforeEach(() => reset());
  afterAll(() => suite.stop());

  test("is upgraded by the key itself", async () => {
    const before = await readState(suite);
    const { stored } = await proposeUpgrade(suite.project, upgradeTo(V2), PROPOSE, async () => suite.signers.deployer);
    const { verification, route } = await carryOut(suite, stored, { sender: "deployer" });
    expect(route).toEqual(["send"]);
    expect(verification.equal).toBe(true);
    expect(await readState(suite)).toEqual(before);
  });

  test("takes no other key's transaction", async () => {
    const { stored } = await setRate(suite, "1 in 500");
    const failure = await failureOf(executeProposal(suite.project, stored, { signer: suite.signers.operator }));
    expect(failure).toMatchObject({ code: "LPCTL_STEP_WRONG_KEY", exit: Exit.usage });
    expect(await readRate(suite)).toBe(1000n);
  });

  test("sends nothing twice when a finished proposal is executed again", async () => {
    const { stored } = await setRate(suite, "1 in 500");
    await carryOut(suite, stored, { sender: "deployer" });
    const block = await suite.rpc.blockNumber();
    const again = await executeProposal(suite.project, stored, { signer: suite.signers.deployer });
    expect(again.map(({ state, sent }) => [state.state, sent])).toEqual([["done", []]]);
    expect(await suite.rpc.blockNumber()).toBe(block);
  });

  test("finishes what was half sent, and compares all of it", async () => {
    const requests = [
      { name: "verificationPeriod", value: "50 blocks", acceptRaw: false },
      { name: "verificationSlashingPeriod", value: "200 blocks", acceptRaw: false },
    ];
    const { stored, assessment } = await proposeParameters(suite.project, requests, { ...PROPOSE, ...NO_DELAY });
    const { deployer } = suite.signers;
    let left = 1;
    const failing: Signer = {
      kind: "memory",
      address: deployer.address,
      signTypedData: (...args) => deployer.signTypedData(...args),
      signTransaction: (transaction) => (left-- > 0 ? deployer.signTransaction(transaction) : Promise.reject(new Error("unplugged"))),
    };
    await expect(executeProposal(suite.project, stored, { signer: failing })).rejects.toThrow("unplugged");
    expect((await readStatus(suite.project, stored)).summary).toMatch(/^ready/);
    const nonce = await suite.rpc.nonce(deployer.address);
    expect((await executeProposal(suite.project, stored, { signer: deployer })).map(({ state }) => state.state)).toEqual(["done"]);
    expect(await suite.rpc.nonce(deployer.address)).toBe(nonce + 1n);
    expect(await verifyProposal(suite.project, stored, assessment.simulation)).toMatchObject({ equal: true });
  });

  test("believes no journal that the chain does not confirm", async () => {
    const first = (await setRate(suite, "1 in 500")).stored;
    await carryOut(suite, first, { sender: "deployer" });
    const journal = readFileSync(join(first.folder, "journal-1-send.ndjson"));
    // As if on a chain where none of it happened, and as if it were the journal of something else.
    for (const [value, back] of [["1 in 500", true], ["1 in 400", false]] as const) {
      if (back) await reset();
      const { stored } = await setRate(suite, value);
      writeFileSync(join(stored.folder, "journal-1-send.ndjson"), journal);
      expect((await readStatus(suite.project, stored)).summary).toMatch(/^ready/);
    }
  });

  test("gives up where the journal skips what the chain does not show", async () => {
    const { stored } = await setRate(suite, "1 in 500");
    const operations = (await planStored(suite.project.rpc, stored)).steps.flatMap(({ title, calls: [call] }) => (call === undefined ? [] : [{ id: "send-1", title, ...call, isDone: async () => true }]));
    await sendOperations({ rpc: suite.rpc, chainId: 31337n, signer: suite.signers.deployer, journalPath: join(stored.folder, "journal-1-send.ndjson"), operations });
    expect(await failureOf(executeProposal(suite.project, stored, { signer: suite.signers.deployer }))).toMatchObject({ code: "LPCTL_STEP_WITHOUT_EFFECT", exit: Exit.different });
  });

  test("keeps calls of two authorities apart", async () => {
    const token = suite.protocol.contracts["LivepeerToken"] as Address;
    const intents: Intent[] = [
      { kind: "transfer-ownership", contract: "LivepeerToken", target: token, newOwner: suite.accounts.operator },
      { kind: "pause", controller: suite.controller },
    ];
    expect(await failureOf(createProposal(suite.project, { title: "Both", intents, code: [], ...NO_DELAY }))).toMatchObject({ code: "LPCTL_AUTHORITY_MIXED" });
  });
});
