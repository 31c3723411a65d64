import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readFunction } from "../../src/chain/read-function.ts";
import { Exit } from "../../src/errors.ts";
import { cancelProposal } from "../../src/lifecycle/cancel-proposal.ts";
import { compareUpgrade } from "../../src/lifecycle/compare-upgrade.ts";
import { executeBundle } from "../../src/lifecycle/safe/execute-bundle.ts";
import { executeProposal } from "../../src/lifecycle/execute-proposal.ts";
import { propose } from "../../src/lifecycle/propose.ts";
import { readStatus } from "../../src/lifecycle/status/proposal-status.ts";
import { proposeParameters } from "../../src/lifecycle/propose-parameters.ts";
import { proposeUpgrade } from "../../src/lifecycle/propose-upgrade.ts";
import { reviewForSigning, signReviewed } from "../../src/lifecycle/sign-proposal.ts";
import { signBundle } from "../../src/lifecycle/safe/safe-bundle.ts";
import { loadBundle } from "../../src/safe/bundle-file.ts";
import type { Intent } from "../../src/proposal/intent.ts";
import { makeProposal, type Proposal } from "../../src/proposal/proposal.ts";
import { loadProposal, saveProposal } from "../../src/proposal/store.ts";
import { contractId } from "../../src/protocol/contract-id.ts";
import type { Address } from "../../src/protocol/hex.ts";
import { carryOut, changedPaths, compileArtifacts, deploy, failureOf, mine, NO_DELAY, PROPOSE, read, sendAs } from "./local-project.ts";
import { GIT_COMMIT, V2, startSuite, type Suite, upgradeTo, readState, setRate, readRate, draftOf, forged, suiteFolderEmptied } from "./suite-project.ts";

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
    const { findings } = upgraded.assessment;
    expect(findings.filter(({ severity }) => severity !== "info")).toEqual([]);
    expect(findings.find(({ code }) => code === "entry-has-readers")?.detail).toBe("BondingManager, Minter, Verifier");
    expect(findings.find(({ code }) => code === "variable-unset")?.title).toContain("maxSegmentsPerClaim");
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

  test("follows the project's policy: refuses what it raises, and allows one proposal what somebody answers for", async () => {
    const requests = [{ name: "verificationRate", value: "500", acceptRaw: false }];
    const strict = { ...suite.project, policy: { refuse: ["delay-given"], allow: [] } };
    const refusal = await failureOf(proposeParameters(strict, requests, { ...PROPOSE, ...NO_DELAY }));
    expect(refusal).toMatchObject({ code: "LPCTL_PROPOSAL_REFUSED", exit: Exit.refused, why: expect.stringContaining("policy") as string });
    expect(existsSync(join(suite.project.folder, "proposals"))).toBe(false);
    const reason = "an emergency, decided in a call";
    const allow = [{ finding: "no-delay", proposal: String(refusal.details?.["proposal"]), reason }];
    const { stored } = await proposeParameters({ ...strict, policy: { ...strict.policy, allow } }, requests, { ...PROPOSE, ...NO_DELAY });
    expect(stored.name).toBe(allow[0]?.proposal);
    expect(readFileSync(join(stored.folder, "report.md"), "utf8")).toContain(reason);
    expect(await failureOf(reviewForSigning(strict, stored, "test"))).toMatchObject({ code: "LPCTL_PROPOSAL_REFUSED" });
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
    for (const owner of ["owner-1", "owner-2"] as const) rejection = await signBundle(rejection, undefined, suite.signers[owner], { ledger: undefined });
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
