import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Interface } from "ethers";
import { z } from "zod";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Rpc } from "../../src/chain/rpc.ts";
import { Exit } from "../../src/errors.ts";
import { assessProposal } from "../../src/lifecycle/assess-proposal.ts";
import { executeProposal } from "../../src/lifecycle/execute-proposal.ts";
import { propose, type ProposeOptions, type Proposed } from "../../src/lifecycle/propose.ts";
import { proposeParameters } from "../../src/lifecycle/propose-parameters.ts";
import { loadFullSimulation, loadProposalEffects } from "../../src/lifecycle/records.ts";
import { verifyProposal } from "../../src/lifecycle/verify-proposal.ts";
import { withEffectsHash } from "../../src/proposal/proposal.ts";
import { saveProposal, type StoredProposal } from "../../src/proposal/store.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";
import { hashOfEffects, type Effect } from "../../src/simulation/effects/effects.ts";
import { parseEffects } from "../../src/simulation/effects/effects-file.ts";
import { startHostileRpc } from "./hostile-rpc.ts";
import { carryOut, compileArtifacts, deploy, failureOf, mine, NO_DELAY, PROPOSE, read, sendAs } from "./local-project.ts";
import { startSuite, type Suite } from "./suite-project.ts";

const POOL = "test/fixtures/contracts/AccruingPool.sol";
const abi = new Interface(["function setFee(uint256)", "function setRatePerSecond(uint64)", "function initializeRound()"]);
const encode = (name: string, args: unknown[] = []): Hex => abi.encodeFunctionData(name, args) as Hex;

describe("what a proposal may change", () => {
  let suite: Suite;
  let pool: Address;
  let keeper: Address;
  let reset: () => Promise<void>;

  beforeAll(async () => {
    suite = await startSuite("eoa");
    suite.project.aftermath = false;
    suite.project.sources = [`${POOL}:AccruingPool`, `${POOL}:PoolKeeper`];
    const artifactOf = await compileArtifacts(suite.project.sources);
    pool = await deploy(suite.rpc, suite.accounts.deployer, artifactOf("AccruingPool"));
    keeper = await deploy(suite.rpc, suite.accounts.deployer, artifactOf("PoolKeeper"));
    reset = await suite.checkpoint();
  });
  beforeEach(() => reset());
  afterAll(() => suite.stop());

  const proposeCall = (to: Address, data: Hex, options: Partial<ProposeOptions> = {}): Promise<Proposed> =>
    propose(suite.project, { title: "Change the pool", intents: [{ kind: "calls", calls: [{ to, valueWei: 0n, data }] }], code: [], ...NO_DELAY }, { ...PROPOSE, ...options });
  const later = (seconds: bigint) => suite.rpc.request("evm_increaseTime", [`0x${seconds.toString(16)}`], z.unknown());
  const classesOf = ({ assessment }: Pick<Proposed, "assessment">): string[] =>
    assessment.simulation.changes.map(({ contract, path, class: sorted }) => `${contract ?? ""}.${path ?? ""} ${sorted ?? ""}`).toSorted();
  const verify = async (stored: StoredProposal) => {
    const simulation = await loadFullSimulation(stored);
    if (simulation === undefined) throw new Error("no simulation was kept");
    return verifyProposal(suite.project, stored, simulation);
  };
  const findingsOf = async (stored: StoredProposal) =>
    (await assessProposal(suite.project, stored.proposal, stored.name, await loadProposalEffects(stored))).findings;

  test("is written down by name, without what time changes, and holds when days pass before it is executed", async () => {
    const proposed = await proposeCall(pool, encode("setFee", [45n]));
    const { stored, assessment } = proposed;
    expect(proposed.report.verdict.summary).toMatch(/^ready to execute: one change, /);
    expect(proposed.report.calls[0]).toMatchObject({ signature: "setFee(uint256)", args: [{ value: "45" }] });
    expect(classesOf(proposed)).toEqual([
      "code of AccruingPool.accruedAt accrual",
      "code of AccruingPool.fee intended",
      "code of AccruingPool.index accrual",
      expect.stringMatching(/^code of AccruingPool\.seedOfDay\[\d+\] accrual$/),
      expect.stringMatching(/^code of AccruingPool\.settingsOfDay\[\d+\] accrual$/),
    ]);
    const effects = await loadProposalEffects(stored);
    expect(effects).toEqual([{ address: pool, contract: "code of AccruingPool", path: "fee", type: "uint256", before: "30", after: "45" }]);
    expect(stored.proposal.effectsHash).toBe(hashOfEffects(effects ?? []));
    expect(assessment.simulation).toMatchObject({ proposalId: stored.proposal.id, effectsHash: stored.proposal.effectsHash });

    await later(3n * 86_400n);
    await executeProposal(suite.project, stored, { signer: suite.signers.deployer });
    const verification = await verify(stored);
    expect(verification).toMatchObject({ equal: true, effectsHash: stored.proposal.effectsHash });
    expect(verification.accrual.map(({ path }) => (path ?? "").replace(/\d+/, "*")).toSorted()).toEqual(["accruedAt", "index", "seedOfDay[*]", "settingsOfDay[*]"]);
  });

  test("is refused when it has drifted, naming what, and nothing is sent", async () => {
    const { stored } = await proposeCall(pool, encode("setFee", [45n]));
    await sendAs(suite.rpc, suite.accounts.broadcaster, pool, "function setBonus(bool)", [true]);
    const drift = (await findingsOf(stored)).find(({ code }) => code === "effects-drifted");
    expect(drift).toMatchObject({ severity: "refuse", detail: "code of AccruingPool.fee: 90 after, allowed 45" });
    const nonce = await suite.rpc.nonce(suite.accounts.deployer);
    expect(await failureOf(executeProposal(suite.project, stored, { signer: suite.signers.deployer }))).toMatchObject({ code: "LPCTL_PROPOSAL_REFUSED", exit: Exit.refused });
    expect(await suite.rpc.nonce(suite.accounts.deployer)).toBe(nonce);
  });

  test("is told from what happened, when somebody was quicker than the transaction", async () => {
    const { stored } = await proposeCall(pool, encode("setFee", [45n]));
    const stranger = await startHostileRpc(suite.rpc.url, {
      before: async ({ method }) => {
        if (method === "eth_sendRawTransaction") await sendAs(suite.rpc, suite.accounts.broadcaster, pool, "function setBonus(bool)", [true]);
      },
    });
    await executeProposal({ ...suite.project, rpc: new Rpc(stranger.url) }, stored, { signer: suite.signers.deployer });
    await stranger.stop();
    const { equal, comparison } = await verify(stored);
    expect(equal).toBe(false);
    expect(comparison).toMatchObject({ missing: [], different: [{ actual: { path: "fee", afterText: "90" } }], unexpected: [] });
  });

  test("can be widened by people before anybody signs, which makes another proposal", async () => {
    const { stored } = await proposeCall(pool, encode("setFee", [45n]));
    const path = join(stored.folder, "effects.json");
    const text = await readFile(path, "utf8");
    const allowed: Effect[] = parseEffects(text, path).map((effect) => ({ ...effect, after: { min: "45", max: "90" } }));
    await writeFile(path, JSON.stringify({ schema: 1, effects: allowed }));
    expect(await failureOf(findingsOf(stored))).toMatchObject({ code: "LPCTL_EFFECTS_EDITED", exit: Exit.refused, next: expect.stringContaining("--effects FILE") });
    await writeFile(path, text);

    const widened = await proposeCall(pool, encode("setFee", [45n]), { effects: allowed });
    expect(widened.stored.name).not.toBe(stored.name);
    expect(widened.stored.proposal.effectsHash).toBe(hashOfEffects(allowed));
    expect(widened.assessment.findings).toContainEqual(expect.objectContaining({ severity: "warning", code: "effects-widened", detail: "code of AccruingPool.fee from 30 to 45 to 90" }));
    await sendAs(suite.rpc, suite.accounts.broadcaster, pool, "function setBonus(bool)", [true]);
    await executeProposal(suite.project, widened.stored, { signer: suite.signers.deployer });
    expect(await verify(widened.stored)).toMatchObject({ equal: true });
    expect(await read(suite.rpc, pool, "function fee() view returns (uint256)")).toBe(90n);
  });

  test("needs a name for what happens in a contract that nobody called", async () => {
    const failure = await failureOf(proposeCall(keeper, encode("setFee", [45n])));
    expect(failure).toMatchObject({ code: "LPCTL_PROPOSAL_REFUSED", exit: Exit.refused, message: "Nothing explains why the fee of code of AccruingPool changes" });
    const { effects } = z.object({ effects: z.object({ schema: z.literal(1), effects: z.array(z.unknown()) }) }).parse(failure.details);
    const { stored, assessment } = await proposeCall(keeper, encode("setFee", [45n]), { effects: parseEffects(JSON.stringify(effects), "details") });
    expect(assessment.simulation.changes.find(({ path }) => path === "fee")).toMatchObject({ class: "intended", why: "named in the proposal's effects" });
    expect(assessment.findings).toContainEqual(expect.objectContaining({ severity: "warning", code: "effects-named", detail: "code of AccruingPool.fee: 30 becomes 45" }));
    await executeProposal(suite.project, stored, { signer: suite.signers.deployer });
    expect(await verify(stored)).toMatchObject({ equal: true });
  });

  test("is not asked of proposals made before, which only say so", async () => {
    const { stored } = await proposeCall(pool, encode("setFee", [45n]));
    await rm(stored.folder, { recursive: true });
    const old = await saveProposal(suite.project.folder, withEffectsHash(stored.proposal));
    const { assessment, verification } = await carryOut(suite, old, { sender: "deployer" });
    expect(assessment.findings.find(({ code }) => code === "effects-not-pinned")?.severity).toBe("info");
    expect(verification.equal).toBe(true);
    const changes = assessment.simulation.changes.map(({ class: _class, why: _why, ...change }) => change);
    expect(await verifyProposal(suite.project, old, { ...assessment.simulation, changes })).toMatchObject({ equal: true });
  });

  test("cannot be lost without a trace", async () => {
    const { stored } = await proposeCall(pool, encode("setFee", [45n]));
    await rm(join(stored.folder, "effects.json"));
    expect((await findingsOf(stored)).filter(({ code }) => code.startsWith("effects-"))).toEqual([]);
    await executeProposal(suite.project, stored, { signer: suite.signers.deployer });
    expect(await verify(stored)).toMatchObject({ equal: true });
    const other = { ...stored, proposal: withEffectsHash(stored.proposal, stored.proposal.genesisHash) };
    const simulation = await loadFullSimulation(stored);
    if (simulation === undefined) throw new Error("no simulation was kept");
    expect(await failureOf(verifyProposal(suite.project, other, simulation))).toMatchObject({ code: "LPCTL_EFFECTS_MISSING" });
  });

  test("leaves rounds alone, which begin with a proposal or without", async () => {
    const { stored, assessment } = await proposeParameters(suite.project, [{ name: "roundLength", value: "60", acceptRaw: true }], { ...PROPOSE, ...NO_DELAY });
    const classes = Object.fromEntries(assessment.simulation.changes.map(({ path, class: sorted }) => [path, sorted]));
    expect(classes).toEqual({ roundLength: "intended", lastRoundLengthUpdateRound: "accrual", lastRoundLengthUpdateStartBlock: "accrual" });
    await mine(suite.rpc, 200n);
    await executeProposal(suite.project, stored, { signer: suite.signers.deployer });
    const verification = await verify(stored);
    expect(verification).toMatchObject({ equal: true });
    expect(verification.accrual).toHaveLength(2);
  });

  test("is nothing where a batch only begins a round", async () => {
    const rounds = suite.protocol.contracts["RoundsManager"];
    if (rounds === undefined) throw new Error("no RoundsManager");
    await mine(suite.rpc, 200n);
    const proposed = await proposeCall(rounds, encode("initializeRound"));
    expect(new Set(proposed.assessment.simulation.changes.map(({ class: sorted }) => sorted))).toEqual(new Set(["accrual"]));
    expect(await loadProposalEffects(proposed.stored)).toEqual([]);
  });
});
