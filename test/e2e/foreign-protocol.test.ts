import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Exit } from "../../src/errors.ts";
import { findContract } from "../../src/inspection/contract.ts";
import type { Project } from "../../src/inspection/project.ts";
import { proposeParameters } from "../../src/lifecycle/propose-parameters.ts";
import { proposeUpgrade } from "../../src/lifecycle/propose-upgrade.ts";
import { showAuthority } from "../../src/inspection/show-authority.ts";
import { compareUpgrade } from "../../src/lifecycle/compare-upgrade.ts";
import { createLocalSafe } from "../../src/node/create-local-safe.ts";
import { contractId } from "../../src/protocol/contract-id.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";
import { carryOut, changedPaths, compileArtifacts, deploy, failureOf, NO_DELAY, OLD_COMPILER, PROPOSE, read, sendAs, startLocalProject, type LocalProject } from "./local-project.ts";

const FOLDER = "test/fixtures/contracts/foreign";
const POOL = `${FOLDER}/StakingPool.sol:StakingPool`;
const POOL_V2 = `${FOLDER}/StakingPoolV2.sol:StakingPoolV2`;
const NO_COMMIT: Hex = `0x${"00".repeat(20)}`;
/** Deliberately not the name of the proxy followed by `Target`. */
const CODE_ID = contractId("pool code, generation 1");
const ETHER = 10n ** 18n;

describe("a registry protocol of other authors, names and compiler", () => {
  let local: LocalProject;
  let directory: Address;
  let pool: Address;
  let poolCode: Address;
  let fees: Address;
  let reset: () => Promise<void>;

  beforeAll(async () => {
    const references = ["Directory", "Forwarder", "StakingPool", "FeeSchedule"].map((name) => `${FOLDER}/${name}.sol:${name}`);
    const [started, artifactOf] = await Promise.all([
      startLocalProject({ compilers: OLD_COMPILER, sources: [POOL, `${FOLDER}/FeeSchedule.sol:FeeSchedule`] }),
      compileArtifacts(references, OLD_COMPILER["0.8.9"]),
    ]);
    local = started;
    const { rpc, accounts, project } = local;
    const { deployer, delegator } = accounts;
    directory = await deploy(rpc, deployer, artifactOf("Directory"));
    const register = (id: Hex, address: Address) =>
      sendAs(rpc, deployer, directory, "function setContractInfo(bytes32 id, address location, bytes20 commit)", [id, address, `0x${"33".repeat(20)}`]);
    poolCode = await deploy(rpc, deployer, artifactOf("StakingPool"), [directory]);
    pool = await deploy(rpc, deployer, artifactOf("Forwarder"), [directory, CODE_ID]);
    fees = await deploy(rpc, deployer, artifactOf("FeeSchedule"), [directory, 250n]);
    await register(CODE_ID, poolCode);
    await register(contractId("StakingPool"), pool);
    await register(contractId("FeeSchedule"), fees);
    await sendAs(rpc, deployer, pool, "function setCooldownSeconds(uint128 value)", [3600n]);
    await sendAs(rpc, delegator, pool, "function stake() payable", [], 3n * ETHER);
    project.controller = directory;
    reset = await local.checkpoint();
  });
  beforeEach(() => reset());
  afterAll(() => local.stop());

  const upgrade = (project: Project, from?: string) =>
    proposeUpgrade(project, { contract: "StakingPool", to: POOL_V2, from, gitCommit: NO_COMMIT, ...NO_DELAY }, PROPOSE, async () => local.signers.deployer);

  const expectUpgraded = async () => {
    const { rpc, accounts } = local;
    expect(await read(rpc, pool, "function maximumStake() view returns (uint256)")).toBe(0n);
    expect(await read(rpc, pool, "function stakeOf(address) view returns (uint256)", [accounts.delegator])).toBe(3n * ETHER);
    expect(await read(rpc, pool, "function cooldownSeconds() view returns (uint128)")).toBe(3600n);
    expect(await rpc.balanceWei(pool)).toBe(3n * ETHER);
  };

  test("is discovered from an RPC URL and the registry's address alone", async () => {
    const bare = { ...local.project, sources: [], compilers: {} };
    expect(await findContract(bare, "StakingPool")).toEqual({
      name: "StakingPool",
      address: pool,
      proxy: { kind: "controller-registry", address: pool, controller: directory, targetId: CODE_ID },
      implementation: poolCode,
    });
    const { result } = await showAuthority(bare, "StakingPool");
    expect(result).toMatchObject({ obeys: local.accounts.deployer, people: [local.accounts.deployer] });
    expect((await showAuthority(bare, "FeeSchedule")).result.obeys).toBe(local.accounts.deployer);
  });

  test("suggests the nearest of the names its sources tell", async () => {
    expect(await failureOf(findContract(local.project, "StakingPol"))).toMatchObject({
      code: "LPCTL_CONTRACT_UNKNOWN",
      exit: Exit.usage,
      next: "Did you mean StakingPool?",
    });
  });

  test("is compared with the source of its own compiler, found by its bytecode", async () => {
    const comparison = await compareUpgrade(local.project, { contract: "StakingPool", to: POOL_V2 });
    expect(comparison.from?.artifact.name).toBe("StakingPool");
    expect(comparison.to.artifact.compiler).toContain("0.8.9");
    expect(comparison.findings.filter(({ severity }) => severity === "refuse")).toEqual([]);
  });

  test("is upgraded by the key that owns it", async () => {
    const { stored } = await upgrade(local.project);
    const { verification, assessment } = await carryOut(local, stored, { sender: "deployer" });
    expect(verification).toMatchObject({ equal: true, effectsHash: assessment.simulation.effectsHash });
    await expectUpgraded();
  });

  test("is upgraded by a Safe that owns it, with the old source named by hand", async () => {
    const safe = await createLocalSafe(local.rpc);
    await sendAs(local.rpc, local.accounts.deployer, directory, "function transferOwnership(address newOwner)", [safe]);
    const { stored } = await upgrade({ ...local.project, sources: [] }, POOL);
    const { verification, route } = await carryOut({ ...local, project: { ...local.project, sources: [] } }, stored);
    expect(route).toEqual(["safe"]);
    expect(verification.equal).toBe(true);
    await expectUpgraded();
  });

  test("has parameters that no catalogue describes, found in its code and set", async () => {
    const requests = [
      { name: "StakingPool.minimumStake", value: "1000", acceptRaw: false },
      { name: "FeeSchedule.feeBasisPoints", value: "300", acceptRaw: false },
    ];
    const { stored } = await proposeParameters(local.project, requests, { ...PROPOSE, ...NO_DELAY });
    const { verification, assessment } = await carryOut(local, stored, { sender: "deployer" });
    expect(changedPaths(assessment).toSorted()).toEqual(["FeeSchedule.feeBasisPoints", "StakingPool.minimumStake"]);
    expect(verification.equal).toBe(true);
    expect(await read(local.rpc, pool, "function minimumStake() view returns (uint128)")).toBe(1000n);
    expect(await read(local.rpc, fees, "function feeBasisPoints() view returns (uint16)")).toBe(300n);
  });

  test("refuses a value its contract rejects, with the contract's own reason", async () => {
    const requests = [{ name: "FeeSchedule.feeBasisPoints", value: "10001", acceptRaw: false }];
    const failure = await failureOf(proposeParameters(local.project, requests, { ...PROPOSE, ...NO_DELAY }));
    expect(failure).toMatchObject({ code: "LPCTL_PROPOSAL_REVERTS", exit: Exit.reverted, why: expect.stringContaining("FeeSchedule: more than everything") });
  });

  test("tells which contract lacks the parameter", async () => {
    const requests = [{ name: "StakingPool.nonsense", value: "1", acceptRaw: false }];
    expect(await failureOf(proposeParameters(local.project, requests, { ...PROPOSE, ...NO_DELAY }))).toMatchObject({ code: "LPCTL_PARAMETER_UNKNOWN", exit: Exit.usage });
  });
});
