/** What comes after proposals: invariants, rounds with actors and the way back, with sound and with faulty code. */
import { keccak256 } from "ethers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Project } from "../../src/inspection/project.ts";
import { compareUpgrade } from "../../src/lifecycle/compare-upgrade.ts";
import { createProposal } from "../../src/lifecycle/create-proposal.ts";
import { readCodeEvidence } from "../../src/lifecycle/deploy-implementation.ts";
import { simulateProposal } from "../../src/lifecycle/simulate-proposal.ts";
import { requireProxy } from "../../src/inspection/contract.ts";
import { deploySuite, suiteTargets } from "../../src/node/deploy-suite.ts";
import { writeLiveState } from "../../src/node/live-state.ts";
import { toPlainJson } from "../../src/proposal/canonical.ts";
import type { Intent, UpgradeIntent } from "../../src/proposal/intent.ts";
import type { Proposal } from "../../src/proposal/proposal.ts";
import { ZERO_ADDRESS, type Address, type Hex } from "../../src/protocol/hex.ts";
import type { Aftermath } from "../../src/outcome/aftermath.ts";
import { compileArtifacts, deploy, NO_DELAY, sendAs, startLocalProject, type LocalProject } from "./local-project.ts";
import { GIT_COMMIT, startSuite, V2, type Suite } from "./suite-project.ts";

const HISTORIC = "contracts/historic";
/** Behind a proxy without a registry. */
const TILLS = "test/fixtures/contracts/WaysBack.sol";

// All at once: where nothing is compiled yet, one after the other takes most of the time.
beforeAll(() =>
  compileArtifacts([
    V2,
    ...["JobsManagerDoubleClaim2019", "BondingManagerZeroStartFactors2021", "BondingManagerClaimOrder2018"].map((name) => `${HISTORIC}/${name}.sol:${name}`),
    "test/fixtures/contracts/JobsManagerHole.sol:JobsManagerHole",
    ...["Till", "TillSound", "TillScaled", "TillPacked", "TillRenumbered", "TillFinal"].map((name) => `${TILLS}:${name}`),
  ]).then(() => undefined),
);

/** An upgrade that no check has looked at yet, to code deployed here. */
async function upgrade(local: LocalProject, contract: string, to: string, args: unknown[], initializer: Hex = "0x"): Promise<Proposal> {
  const { project, rpc, accounts } = local;
  const comparison = await compareUpgrade(project, { contract, to });
  const name = to.split(":")[1] ?? "";
  const implementation = await deploy(rpc, accounts.deployer, (await compileArtifacts([to]))(name), args);
  const proxy = requireProxy(comparison.contract);
  const intent: UpgradeIntent = {
    kind: "upgrade",
    contract,
    proxy,
    implementation,
    implementationCodeHash: keccak256(await rpc.code(implementation)) as Hex,
    gitCommitHash: proxy.kind === "controller-registry" ? GIT_COMMIT : `0x${"0".repeat(40)}`,
    initializer,
  };
  return createProposal(project, { title: name, intents: [intent], code: [await readCodeEvidence(project, comparison, implementation)], ...NO_DELAY });
}

async function aftermathOf(project: Project, proposal: Proposal): Promise<Aftermath> {
  const { aftermath, simulation } = await simulateProposal(project, proposal, []);
  expect(simulation.steps.map(({ revertReason }) => revertReason)).toEqual(simulation.steps.map(() => undefined));
  return aftermath;
}

/** What broke by the proposal. */
function brokenIn({ invariants }: Aftermath): string[] {
  return invariants.filter(({ before, after, later, laterWithout }) => before.holds && (!after.holds || (later?.holds === false && laterWithout?.holds !== false))).map(({ name }) => name);
}

describe("the protocol of the launch, owned by a Safe", () => {
  let suite: Suite;
  const to = (contract: string, source: string): Promise<Proposal> => upgrade(suite, contract, source, [suite.controller]);
  const register = (intents: Intent[]): Promise<Proposal> => createProposal(suite.project, { title: "x", intents, code: [], ...NO_DELAY });

  beforeAll(async () => {
    suite = await startSuite("safe");
    suite.project.aftermath = true;
  });
  afterAll(() => suite.stop());

  test("goes on after a sound upgrade, and finds its way back; the same every time", async () => {
    const proposal = await to("JobsManager", V2);
    const aftermath = await aftermathOf(suite.project, proposal);
    expect(brokenIn(aftermath)).toEqual([]);
    expect(aftermath.invariants.length).toBeGreaterThan(20);
    expect(aftermath.life).toMatchObject({ rounds: 3, failed: [] });
    expect(aftermath.rollbacks).toMatchObject([{ contract: "JobsManager", holds: true, differences: [] }]);
    expect(aftermath.notRun).toBeUndefined();
    const again = await aftermathOf(suite.project, proposal);
    expect(JSON.stringify(toPlainJson(again))).toBe(JSON.stringify(toPlainJson(aftermath)));
  });

  test("lets anybody slash an honest transcoder after the fault of July 2019", async () => {
    const { life } = await aftermathOf(suite.project, await to("JobsManager", `${HISTORIC}/JobsManagerDoubleClaim2019.sol:JobsManagerDoubleClaim2019`));
    expect(life.failed).toContainEqual("a stranger has a claim slashed as the double of itself, round 2: it must fail, and succeeds");
  });

  test("promises stake twice after the fault of January 2021", async () => {
    const aftermath = await aftermathOf(suite.project, await to("BondingManager", `${HISTORIC}/BondingManagerZeroStartFactors2021.sol:BondingManagerZeroStartFactors2021`));
    expect(brokenIn(aftermath)).toEqual(["vault-covers-stake", "stake-promised-once"]);
  });

  test("loses stake after the fault of August 2018", async () => {
    const aftermath = await aftermathOf(suite.project, await to("BondingManager", `${HISTORIC}/BondingManagerClaimOrder2018.sol:BondingManagerClaimOrder2018`));
    expect(brokenIn(aftermath)).toContain("stake-not-lost");
    expect(brokenIn(aftermath)).not.toContain("stake-promised-once");
  });

  test("has no way back once the new code writes beside an old variable", async () => {
    const { rollbacks, life } = await aftermathOf(suite.project, await to("JobsManager", "test/fixtures/contracts/JobsManagerHole.sol:JobsManagerHole"));
    expect(life.failed).toEqual([]);
    expect(rollbacks).toMatchObject([{ holds: false, differences: [expect.stringMatching(/^slot 2 holds /)] }]);
  });

  test("stops when its rounds lead nowhere", async () => {
    const aftermath = await aftermathOf(
      suite.project,
      await register([{ kind: "register", contract: "RoundsManagerTarget", controller: suite.controller, address: ZERO_ADDRESS, codeHash: keccak256("0x") as Hex, gitCommitHash: GIT_COMMIT }]),
    );
    expect(brokenIn(aftermath)).toContain("rounds-continuous");
    expect(aftermath.life.failed.find((line) => line.startsWith("initializeRound, round 1"))).toBeDefined();
  });

  test("says that it was paused, and what it left out when told to", async () => {
    const back = await suite.checkpoint();
    await sendAs(suite.rpc, suite.protocol.safe as Address, suite.controller, "function pause()");
    const proposal = await to("JobsManager", V2);
    const { assumptions, life } = await aftermathOf(suite.project, proposal);
    expect(assumptions).toEqual([expect.stringContaining("pause")]);
    expect(life.failed).toEqual([]);
    const { notRun, invariants } = await aftermathOf({ ...suite.project, aftermath: false }, proposal);
    expect([notRun, invariants]).toEqual([expect.stringContaining("--no-aftermath"), []]);
    await back();
  });
});

describe("the protocol of today, owned by a key", () => {
  let local: LocalProject;
  let controller: Address;

  beforeAll(async () => {
    const targets = suiteTargets("current");
    const [started, artifactOf] = await Promise.all([startLocalProject({ aftermath: true }), compileArtifacts(targets.map(({ source, contract }) => `${source}:${contract}`))]);
    local = started;
    const protocol = await deploySuite(local.rpc, targets.map(({ contract }) => artifactOf(contract)), { profile: "current", phase: "eoa", gitCommitHash: GIT_COMMIT });
    await writeLiveState(local.rpc, protocol);
    controller = protocol.controller;
    local.project.controller = controller;
  });
  afterAll(() => local.stop());

  test("redeems tickets and counts votes as before", async () => {
    const aftermath = await aftermathOf(local.project, await upgrade(local, "TicketBroker", "contracts/payments/TicketBroker.sol:TicketBroker", [controller]));
    expect(brokenIn(aftermath)).toEqual([]);
    expect(aftermath.life.failed).toEqual([]);
    expect(aftermath.invariants.map(({ name }) => name)).toContain("votes-follow-stake");
    expect(aftermath.rollbacks).toMatchObject([{ holds: true, differences: [] }]);
  });
});

describe("a contract behind a UUPS proxy, without a registry", () => {
  let local: LocalProject;
  let proxy: Address;

  beforeAll(async () => {
    const source = "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol:ERC1967Proxy";
    const [started, artifactOf] = await Promise.all([startLocalProject({ sources: [`${TILLS}:Till`], aftermath: true }), compileArtifacts([`${TILLS}:Till`, source])]);
    local = started;
    const { rpc, accounts } = local;
    const till = await deploy(rpc, accounts.deployer, artifactOf("Till"));
    // initialize()
    proxy = await deploy(rpc, accounts.deployer, artifactOf("ERC1967Proxy"), [till, "0x8129fc1c"]);
  });
  afterAll(() => local.stop());

  // migrate()
  const after = async (name: string): Promise<Aftermath> => aftermathOf(local.project, await upgrade(local, proxy, `${TILLS}:${name}`, [], "0x8fd3ab80"));

  test("finds its way back from code that only adds", async () => {
    const { rollbacks, invariants, notRun } = await after("TillSound");
    expect(rollbacks).toMatchObject([{ holds: true, differences: [] }]);
    expect(invariants).toMatchObject([{ name: "reads-kept", after: { holds: true } }]);
    expect(notRun).toContain("no registry");
  });

  test.each([
    ["TillScaled", ["rate() is 25000000 instead of 25000"]],
    ["TillPacked", ["openedAt holds 99 instead of 0"]],
    ["TillRenumbered", [".state() is unreadable instead of 1"]],
  ])("does not find it from %s", async (name, words) => {
    const { rollbacks } = await after(name);
    expect(rollbacks[0]?.holds).toBe(false);
    for (const word of words) expect(rollbacks[0]?.differences.join("\n")).toContain(word);
  });

  test("has none where the new code cannot be replaced", async () => {
    const { rollbacks } = await after("TillFinal");
    expect(rollbacks).toMatchObject([{ holds: false, detail: expect.stringContaining("Till: final") as string }]);
  });
});
