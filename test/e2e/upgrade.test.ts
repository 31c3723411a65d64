import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { sendOperations } from "../../src/chain/sender.ts";
import { readFunction } from "../../src/chain/read-function.ts";
import { Exit } from "../../src/errors.ts";
import { cancelProposal } from "../../src/lifecycle/cancel-proposal.ts";
import { compareUpgrade } from "../../src/lifecycle/compare-upgrade.ts";
import { createProposal } from "../../src/lifecycle/create-proposal.ts";
import { executeBundle } from "../../src/lifecycle/execute-bundle.ts";
import { executeProposal } from "../../src/lifecycle/execute-proposal.ts";
import { planStored } from "../../src/lifecycle/plan.ts";
import { propose } from "../../src/lifecycle/propose.ts";
import { readStatus } from "../../src/lifecycle/proposal-status.ts";
import { proposeParameters } from "../../src/lifecycle/propose-parameters.ts";
import { proposeUpgrade, type UpgradeProposalRequest } from "../../src/lifecycle/propose-upgrade.ts";
import { reviewForSigning, signReviewed } from "../../src/lifecycle/sign-proposal.ts";
import { signBundle } from "../../src/lifecycle/safe-bundle.ts";
import { loadBundle } from "../../src/safe/bundle-file.ts";
import { verifyProposal } from "../../src/lifecycle/verify-proposal.ts";
import type { Signer } from "../../src/keys/signer.ts";
import { deploySuite, suiteTargets, type LocalProtocol } from "../../src/node/deploy-suite.ts";
import { writeLiveState } from "../../src/node/live-state.ts";
import type { Phase } from "../../src/node/phase.ts";
import { readsToPin } from "../../src/proposal/conditions.ts";
import type { Intent } from "../../src/proposal/intent.ts";
import { makeProposal, type Proposal } from "../../src/proposal/proposal.ts";
import { loadProposal, saveProposal } from "../../src/proposal/store.ts";
import { contractId } from "../../src/protocol/contract-id.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";
import { carryOut, changedPaths, compileArtifacts, deploy, failureOf, mine, NO_DELAY, PROPOSE, read, sendAs, startLocalProject, type LocalProject } from "./local-project.ts";

const GIT_COMMIT: Hex = `0x${"22".repeat(20)}`;
const V2 = "contracts/jobs/JobsManagerV2.sol:JobsManagerV2";

async function startSuite(phase: Phase): Promise<LocalProject & { protocol: LocalProtocol; jobsManager: Address; controller: Address }> {
  const targets = suiteTargets().map(({ source, contract }) => `${source}:${contract}`);
  const [local, artifactOf] = await Promise.all([startLocalProject(), compileArtifacts(targets)]);
  const artifacts = suiteTargets().map(({ contract }) => artifactOf(contract));
  const protocol = await deploySuite(local.rpc, artifacts, phase, `0x${"11".repeat(20)}`);
  await writeLiveState(local.rpc, protocol);
  local.project.controller = protocol.controller;
  const jobsManager = protocol.contracts["JobsManager"];
  if (jobsManager === undefined) throw new Error("no JobsManager");
  return { ...local, protocol, jobsManager, controller: protocol.controller };
}

type Suite = Awaited<ReturnType<typeof startSuite>>;

function upgradeTo(source: string, more: Partial<UpgradeProposalRequest> = {}): UpgradeProposalRequest {
  return { contract: "JobsManager", to: source, gitCommit: GIT_COMMIT, delayBlocks: 10n, delaySeconds: 0n, ...more };
}

/** What an upgrade must keep, read through the proxy. */
async function readState({ rpc, jobsManager, accounts }: Suite): Promise<unknown[]> {
  return Promise.all([
    read(rpc, jobsManager, "function broadcasters(address) view returns (uint256 deposit, uint256 withdrawBlock)", [accounts.broadcaster]),
    read(rpc, jobsManager, "function numJobs() view returns (uint256)"),
    read(rpc, jobsManager, "function verificationRate() view returns (uint64)"),
    read(rpc, jobsManager, "function verificationPeriod() view returns (uint256)"),
    read(rpc, jobsManager, "function controller() view returns (address)"),
    rpc.balanceWei(jobsManager),
  ]);
}

const setRate = (suite: Suite, value: string) =>
  proposeParameters(suite.project, [{ name: "verificationRate", value, acceptRaw: false }], { ...PROPOSE, delayBlocks: 10n, delaySeconds: 0n });

const readRate = ({ rpc, jobsManager }: Suite) => read(rpc, jobsManager, "function verificationRate() view returns (uint64)");

describe("a protocol that a Governor owns, which a Safe owns", () => {
  let suite: Suite;
  let reset: () => Promise<void>;
  const passDelay = () => mine(suite.rpc, 10n);

  beforeAll(async () => {
    suite = await startSuite("governor");
    reset = await suite.checkpoint();
  });
  beforeEach(() => reset());
  afterAll(() => suite.stop());

  test("gets new code and then a new value, and keeps all its state", async () => {
    const before = await readState(suite);
    const { stored } = await proposeUpgrade(suite.project, upgradeTo(V2), PROPOSE, async () => suite.signers.deployer);
    const upgraded = await carryOut(suite, stored, { passDelay });
    expect(upgraded.route).toEqual(["safe", "governor-execute"]);
    expect(upgraded.verification).toMatchObject({ equal: true, effectsHash: upgraded.assessment.simulation.effectsHash });
    expect(upgraded.verification.transactions).toHaveLength(2);
    expect(changedPaths(upgraded.assessment)).toEqual([
      "Controller.registry[JobsManagerTarget].contractAddress",
      "Controller.registry[JobsManagerTarget].gitCommitHash",
      "Safe.nonce",
    ]);
    expect(await readState(suite)).toEqual(before);
    const [intent] = stored.proposal.intents;
    const entry = "function getContractInfo(bytes32) view returns (address, bytes20)";
    const registered = [...(await readFunction(suite.rpc, suite.controller, entry, [contractId("JobsManagerTarget")]))] as unknown[];
    expect(registered).toEqual([intent?.kind === "upgrade" ? intent.implementation : undefined, GIT_COMMIT]);
    expect(await read(suite.rpc, suite.jobsManager, "function maxSegmentsPerClaim() view returns (uint256)")).toBe(0n);

    const changed = await carryOut(suite, (await setRate(suite, "1 in 500")).stored, { passDelay });
    expect(changed.verification.equal).toBe(true);
    expect(changedPaths(changed.assessment).toSorted()).toEqual(["JobsManager.verificationRate", "Safe.nonce"]);
    expect(await readRate(suite)).toBe(500n);
  });

  test("takes new code and a value that only the new code has, in one transaction", async () => {
    const { proposal } = (await proposeUpgrade(suite.project, upgradeTo(V2), PROPOSE, async () => suite.signers.deployer)).stored;
    await suiteFolderEmptied(suite);
    const cap: Intent = {
      kind: "set-parameter",
      parameter: "JobsManager.maxSegmentsPerClaim",
      target: suite.jobsManager,
      getter: "function maxSegmentsPerClaim() view returns (uint256)",
      getterArgs: [],
      setter: "function setMaxSegmentsPerClaim(uint256 value)",
      setterArgs: [],
      value: "64",
    };
    const { stored } = await propose(suite.project, { title: "Cap claims", intents: [...proposal.intents, cap], code: proposal.code, delayBlocks: 10n, delaySeconds: 0n }, PROPOSE);
    const { verification, assessment } = await carryOut(suite, stored, { passDelay });
    expect(verification.equal).toBe(true);
    expect(changedPaths(assessment)).toContain("JobsManager.maxSegmentsPerClaim");
    expect(await read(suite.rpc, suite.jobsManager, "function maxSegmentsPerClaim() view returns (uint256)")).toBe(64n);
    const executed = await suite.rpc.receipt(verification.transactions[1] ?? "0x");
    expect(executed?.logs.map(({ address }) => address)).toEqual([suite.controller, suite.jobsManager, suite.protocol.governor]);
  });

  test("takes several values in one proposal, the second judged by what the first leaves", async () => {
    const requests = [
      { name: "verificationPeriod", value: "50 blocks", acceptRaw: false },
      { name: "verificationSlashingPeriod", value: "200 blocks", acceptRaw: false },
    ];
    const options = { ...PROPOSE, delayBlocks: 0n, delaySeconds: 0n };
    expect(await failureOf(proposeParameters(suite.project, requests.toReversed(), options))).toMatchObject({ code: "LPCTL_PARAMETER_CROSS_RULE", exit: Exit.refused });
    const { stored } = await proposeParameters(suite.project, requests, options);
    const { verification } = await carryOut(suite, stored, { passDelay });
    expect(verification.equal).toBe(true);
    expect(await read(suite.rpc, suite.jobsManager, "function verificationSlashingPeriod() view returns (uint256)")).toBe(200n);
  });

  test("gives the same stored proposal when the same change is prepared again", async () => {
    const first = await setRate(suite, "1 in 500");
    await mine(suite.rpc, 3n);
    const second = await setRate(suite, "500");
    expect(second.stored).toEqual(first.stored);
    expect(readdirSync(join(suite.project.folder, "proposals/local"))).toHaveLength(1);
  });

  test("makes a change anew that was made and undone, and leaves the first one done", async () => {
    const first = (await setRate(suite, "1 in 500")).stored;
    await carryOut(suite, first, { passDelay });
    await carryOut(suite, (await setRate(suite, "1 in 1000")).stored, { passDelay });
    const again = (await setRate(suite, "1 in 500")).stored;
    expect(again.name).not.toBe(first.name);
    for (const owner of ["owner-1", "owner-2"] as const) {
      await signReviewed(await reviewForSigning(suite.project, again, "test"), again, suite.signers[owner]);
    }
    await executeProposal(suite.project, again, { signer: suite.signers.operator });
    // Both carry the very same Governor update, and only the second one is staged.
    expect((await readStatus(suite.project, again)).steps.map(({ state }) => state.state)).toEqual(["done", "waiting"]);
    expect((await readStatus(suite.project, first)).summary).toBe("done");
  });

  test("has nothing to do when the value is set already", async () => {
    expect(await failureOf(setRate(suite, "1000"))).toMatchObject({ code: "LPCTL_PROPOSAL_NOTHING_TO_DO", exit: Exit.usage });
    expect(existsSync(join(suite.project.folder, "proposals"))).toBe(false);
  });

  test("refuses to go on when the Governor has another owner", async () => {
    const { stored } = await setRate(suite, "1 in 500");
    const governor = suite.protocol.governor as Address;
    await sendAs(suite.rpc, governor, governor, "function transferOwnership(address newOwner)", [suite.accounts["owner-2"]]);
    const before = await suite.rpc.blockNumber();
    const failure = await failureOf(executeProposal(suite.project, stored, { signer: suite.signers.operator }));
    expect(failure).toMatchObject({ code: "LPCTL_PROPOSAL_AUTHORITY_CHANGED", exit: Exit.refused });
    expect(await suite.rpc.blockNumber()).toBe(before);
  });
});

describe("a protocol that a Safe owns", () => {
  let suite: Suite;
  let safe: Address;
  let reset: () => Promise<void>;

  beforeAll(async () => {
    suite = await startSuite("safe");
    safe = suite.protocol.safe as Address;
    reset = await suite.checkpoint();
  });
  beforeEach(() => reset());
  afterAll(() => suite.stop());

  test("is upgraded by one Safe transaction", async () => {
    const before = await readState(suite);
    const { stored } = await proposeUpgrade(suite.project, upgradeTo(V2), PROPOSE, async () => suite.signers.deployer);
    const { verification, route } = await carryOut(suite, stored);
    expect(route).toEqual(["safe"]);
    expect(verification.equal).toBe(true);
    expect(verification.transactions).toHaveLength(1);
    expect(await readState(suite)).toEqual(before);
  });

  test("refuses a proposal whose value somebody else has changed meanwhile, and sends nothing", async () => {
    const { stored } = await setRate(suite, "1 in 500");
    for (const owner of ["owner-1", "owner-2"] as const) {
      await signReviewed(await reviewForSigning(suite.project, stored, "test"), stored, suite.signers[owner]);
    }
    await sendAs(suite.rpc, safe, suite.jobsManager, "function setVerificationRate(uint64 rate)", [250n]);
    const block = await suite.rpc.blockNumber();
    const nonce = await suite.rpc.nonce(suite.accounts.operator);
    const failure = await failureOf(executeProposal(suite.project, stored, { signer: suite.signers.operator }));
    expect(failure).toMatchObject({ code: "LPCTL_PROPOSAL_REFUSED", exit: Exit.refused });
    expect(failure.details?.["findings"]).toContainEqual(expect.objectContaining({ code: "stale-precondition" }));
    expect([await suite.rpc.blockNumber(), await suite.rpc.nonce(suite.accounts.operator)]).toEqual([block, nonce]);
    expect(await failureOf(reviewForSigning(suite.project, stored, "test"))).toMatchObject({ code: "LPCTL_PROPOSAL_REFUSED" });
  });

  test("offers a rejection while signatures are live, though somebody else has made the change", async () => {
    const { stored } = await setRate(suite, "1 in 500");
    await signReviewed(await reviewForSigning(suite.project, stored, "test"), stored, suite.signers["owner-1"]);
    await sendAs(suite.rpc, safe, suite.jobsManager, "function setVerificationRate(uint64 rate)", [500n]);
    expect((await readStatus(suite.project, stored)).summary).toBe("done");
    expect(await cancelProposal(suite.project, stored, "test")).toMatchObject({ kind: "rejection" });
  });

  test("executes a rejection once, and says so when asked again", async () => {
    const { stored } = await setRate(suite, "1 in 500");
    await signReviewed(await reviewForSigning(suite.project, stored, "test"), stored, suite.signers["owner-1"]);
    const cancelled = await cancelProposal(suite.project, stored, "test");
    if (cancelled.kind !== "rejection") throw new Error("a signed proposal is rejected by its nonce");
    let rejection = await loadBundle(cancelled.path);
    for (const owner of ["owner-1", "owner-2"] as const) rejection = await signBundle(rejection, undefined, suite.signers[owner]);
    const { hash } = await executeBundle(suite.project, rejection, suite.signers.operator);
    expect(hash).not.toBeNull();
    const nonce = await suite.rpc.nonce(suite.accounts.operator);
    expect(await executeBundle(suite.project, rejection, suite.signers.operator)).toEqual({ hash });
    expect(await suite.rpc.nonce(suite.accounts.operator)).toBe(nonce);
    expect((await readStatus(suite.project, stored)).summary).toMatch(/^blocked/);
  });

  test("refuses to go on when the Controller has another owner", async () => {
    const { stored } = await setRate(suite, "1 in 500");
    await sendAs(suite.rpc, safe, suite.controller, "function transferOwnership(address newOwner)", [suite.accounts["owner-2"]]);
    const failure = await failureOf(reviewForSigning(suite.project, stored, "test"));
    expect(failure).toMatchObject({ code: "LPCTL_PROPOSAL_AUTHORITY_CHANGED", exit: Exit.refused });
  });

  test("refuses code whose variables move, naming variable, slot and types, and deploys nothing", async () => {
    const nonce = await suite.rpc.nonce(suite.accounts.deployer);
    const broken = "test/fixtures/contracts/JobsManagerBroken.sol:JobsManagerBroken";
    const failure = await failureOf(proposeUpgrade(suite.project, upgradeTo(broken), PROPOSE, async () => suite.signers.deployer));
    expect(failure).toMatchObject({ code: "LPCTL_UPGRADE_REFUSED", exit: Exit.refused });
    const words = `${failure.message} ${failure.why ?? ""}`;
    for (const part of ["verificationRate", "slot 2", "uint64", "uint256", "maxSegmentsPerClaim"]) expect(words.toLowerCase()).toContain(part.toLowerCase());
    expect(await suite.rpc.nonce(suite.accounts.deployer)).toBe(nonce);
    expect(existsSync(join(suite.project.folder, "proposals"))).toBe(false);
  });

  test("compares with the code that runs where it is known, whatever source is named for it", async () => {
    const comparison = await compareUpgrade(suite.project, { contract: "JobsManager", to: V2, from: V2 });
    expect(comparison.from?.artifact.name).toBe("JobsManager");
    expect(comparison.findings.map(({ code }) => code)).toContain("current-code-known");
  });

  test("refuses code at an address that is not what its source compiles to", async () => {
    const artifactOf = await compileArtifacts(["contracts/jobs/JobsManager.sol:JobsManager"]);
    const other = await deploy(suite.rpc, suite.accounts.deployer, artifactOf("JobsManager"), [suite.controller]);
    const request = upgradeTo(V2, { implementation: other });
    expect(await failureOf(proposeUpgrade(suite.project, request, PROPOSE, async () => suite.signers.deployer))).toMatchObject({ code: "LPCTL_UPGRADE_CODE_DIFFERS", exit: Exit.refused });
  });

  test("leaves nothing behind after a dry run", async () => {
    const block = await suite.rpc.blockNumber();
    const never = () => Promise.reject(new Error("a dry run needs no key"));
    const proposed = await proposeUpgrade(suite.project, upgradeTo(V2), { ...PROPOSE, dryRun: true }, never);
    expect(proposed.assessment.simulation.steps.every(({ outcome }) => outcome === "success")).toBe(true);
    expect(await suite.rpc.blockNumber()).toBe(block);
    expect(readdirSync(suite.project.folder)).toEqual([]);
  });

  test("refuses a value out of bounds or in another scale before anything is written", async () => {
    for (const [name, value, code] of [
      ["verificationRate", "0", "LPCTL_PARAMETER_OUT_OF_BOUNDS"],
      ["failedVerificationSlashAmount", "5000000", "LPCTL_PARAMETER_WRONG_SCALE"],
      ["verificationRat", "5", "LPCTL_PARAMETER_UNKNOWN"],
      ["verificationPeriod", "250", "LPCTL_PARAMETER_CROSS_RULE"],
    ] as const) {
      expect([value, (await failureOf(proposeParameters(suite.project, [{ name, value, acceptRaw: false }], { ...PROPOSE, ...NO_DELAY }))).code]).toEqual([value, code]);
    }
    expect(readdirSync(suite.project.folder)).toEqual([]);
  });

  describe("with a proposal file made by hand", () => {
    let honest: Proposal;
    const remade = (change: (intent: Extract<Intent, { kind: "set-parameter" }>) => Partial<Intent>): Proposal => {
      const intents = honest.intents.map((intent) => (intent.kind === "set-parameter" ? ({ ...intent, ...change(intent) } as Intent) : intent));
      return forged(honest, intents);
    };
    const review = async (proposal: Proposal) => {
      const stored = await saveProposal(suite.project.folder, proposal);
      return failureOf(reviewForSigning(suite.project, await loadProposal(suite.project.folder, "local", stored.name), "test"));
    };
    beforeEach(async () => {
      honest = (await setRate(suite, "1 in 500")).stored.proposal;
    });

    test("refuses the setter of another parameter under the name of this one", async () => {
      const failure = await review(remade(() => ({ setter: "function setFinderFee(uint256 value)" })));
      expect(failure).toMatchObject({ code: "LPCTL_PROPOSAL_REFUSED", exit: Exit.refused });
      expect(failure.details?.["findings"]).toContainEqual(expect.objectContaining({ code: "intent-misleads" }));
    });

    test("refuses a setter that gives the contract away", async () => {
      const failure = await review(
        remade(() => ({ target: suite.controller, setter: "function transferOwnership(address owner)", getter: "function owner() view returns (address)", value: suite.accounts["owner-2"] })),
      );
      expect(failure.exit).not.toBe(Exit.done);
      expect(await read(suite.rpc, suite.controller, "function owner() view returns (address)")).toBe(safe);
    });

    test("refuses an upgrade whose source is left out or misdescribed", async () => {
      const { proposal } = (await proposeUpgrade(suite.project, upgradeTo(V2), PROPOSE, async () => suite.signers.deployer)).stored;
      const [evidence] = proposal.code;
      if (evidence === undefined) throw new Error("an upgrade has evidence");
      const without = await review(makeProposal({ ...draftOf(proposal), title: "No source", code: [] }));
      expect(without.details?.["findings"]).toContainEqual(expect.objectContaining({ code: "implementation-source-unknown", severity: "refuse" }));
      const misdescribed = await review(makeProposal({ ...draftOf(proposal), title: "Other layout", code: [{ ...evidence, layoutHash: `0x${"11".repeat(32)}` }] }));
      expect(misdescribed.details?.["findings"]).toContainEqual(expect.objectContaining({ code: "source-changed" }));
    });

    test("refuses a parameter of the new code under the name of another contract", async () => {
      const { proposal } = (await proposeUpgrade(suite.project, upgradeTo(V2), PROPOSE, async () => suite.signers.deployer)).stored;
      const setting: Intent = {
        kind: "set-parameter",
        parameter: "BondingManager.maxSegmentsPerClaim",
        target: suite.jobsManager,
        getter: "function maxSegmentsPerClaim() view returns (uint256)",
        getterArgs: [],
        setter: "function setMaxSegmentsPerClaim(uint256 value)",
        setterArgs: [],
        value: "64",
      };
      const intents = [...proposal.intents, setting];
      expect(await review(makeProposal({ ...draftOf(proposal), intents }))).toMatchObject({ code: "LPCTL_PARAMETER_UNKNOWN" });
    });

    test("refuses the proxy of another contract under the name of this one", async () => {
      const { proposal } = (await proposeUpgrade(suite.project, upgradeTo(V2), PROPOSE, async () => suite.signers.deployer)).stored;
      const intents = proposal.intents.map((intent): Intent =>
        intent.kind === "upgrade" && intent.proxy.kind === "controller-registry"
          ? { ...intent, proxy: { ...intent.proxy, targetId: contractId("BondingManagerTarget") } }
          : intent,
      );
      const failure = await review(forged(proposal, intents));
      expect(failure.details?.["findings"]).toContainEqual(expect.objectContaining({ code: "intent-misleads" }));
    });
  });
});

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

function draftOf({ id: _id, ...body }: Proposal): Omit<Proposal, "id"> {
  return body;
}

/** A proposal of other intents, as somebody would make it who computes the id anew. */
function forged({ id: _id, ...body }: Proposal, intents: Intent[]): Proposal {
  const preconditions = readsToPin(intents).map((read) => ({ read, expect: `0x${"11".repeat(32)}` as const }));
  return makeProposal({ ...body, preconditions, intents });
}

async function suiteFolderEmptied({ project }: Suite): Promise<void> {
  await rm(join(project.folder, "proposals"), { recursive: true, force: true });
}
