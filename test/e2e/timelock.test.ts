import { Interface } from "ethers";
import { z } from "zod";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readErc1967Proxy } from "../../src/chain/proxies.ts";
import { Exit } from "../../src/errors.ts";
import { executeProposal } from "../../src/lifecycle/execute-proposal.ts";
import { proposeParameters } from "../../src/lifecycle/propose-parameters.ts";
import { proposeUpgrade } from "../../src/lifecycle/propose-upgrade.ts";
import { showAuthority } from "../../src/inspection/show-authority.ts";
import { reviewForSigning, signReviewed } from "../../src/lifecycle/sign-proposal.ts";
import { createLocalSafe } from "../../src/node/create-local-safe.ts";
import { contractId } from "../../src/protocol/contract-id.ts";
import { ZERO_ADDRESS, type Address } from "../../src/protocol/hex.ts";
import type { Artifact } from "../../src/solidity/artifact.ts";
import { carryOut, changedPaths, compileArtifacts, deploy, failureOf, NO_DELAY, OLD_COMPILER, PROPOSE, read, sendAs, startLocalProject, type LocalProject } from "./local-project.ts";

const OPEN_ZEPPELIN = "@openzeppelin/contracts";
const ERC1967 = "test/fixtures/contracts/erc1967";
const FOREIGN = "test/fixtures/contracts/foreign";
const MINIMUM_DELAY_SECONDS = 60n;
const vault = new Interface(["function initialize(address keeper, uint256 cap)"]);

describe("a timelock that a Safe proposes to", () => {
  let local: LocalProject;
  let timelockArtifact: Artifact;
  let safe: Address;
  let proxy: Address;
  let proxyAdmin: Address;
  let directory: Address;
  let fees: Address;
  let reset: () => Promise<void>;

  beforeAll(async () => {
    const vaultSource = `${ERC1967}/Vault.sol:Vault`;
    const [started, artifactOf, foreignArtifactOf] = await Promise.all([
      startLocalProject({ sources: [vaultSource, `${FOREIGN}/FeeSchedule.sol:FeeSchedule`], compilers: OLD_COMPILER }),
      compileArtifacts([
        vaultSource,
        `${OPEN_ZEPPELIN}/proxy/transparent/TransparentUpgradeableProxy.sol:TransparentUpgradeableProxy`,
        `${OPEN_ZEPPELIN}/governance/TimelockController.sol:TimelockController`,
      ]),
      compileArtifacts([`${FOREIGN}/Directory.sol:Directory`, `${FOREIGN}/FeeSchedule.sol:FeeSchedule`], OLD_COMPILER["0.8.9"]),
    ]);
    local = started;
    timelockArtifact = artifactOf("TimelockController");
    const { rpc, accounts } = local;
    const { deployer } = accounts;
    safe = await createLocalSafe(rpc);
    const logic = await deploy(rpc, deployer, artifactOf("Vault"));
    const initializer = vault.encodeFunctionData("initialize", [deployer, 5n]);
    proxy = await deploy(rpc, deployer, artifactOf("TransparentUpgradeableProxy"), [logic, deployer, initializer]);
    const found = await readErc1967Proxy(rpc, proxy);
    if (found?.kind !== "transparent") throw new Error("not a transparent proxy");
    proxyAdmin = found.admin;
    directory = await deploy(rpc, deployer, foreignArtifactOf("Directory"));
    fees = await deploy(rpc, deployer, foreignArtifactOf("FeeSchedule"), [directory, 250n]);
    await sendAs(rpc, deployer, directory, "function setContractInfo(bytes32 id, address location, bytes20 commit)", [contractId("FeeSchedule"), fees, `0x${"00".repeat(20)}`]);
    local.project.controller = directory;
    reset = await local.checkpoint();
  });
  beforeEach(() => reset());
  afterAll(() => local.stop());

  /** Deploys a timelock and hands it the ProxyAdmin and the registry. */
  const giveToTimelock = async (proposer: Address, executor: Address = ZERO_ADDRESS): Promise<Address> => {
    const { rpc, accounts } = local;
    const timelock = await deploy(rpc, accounts.deployer, timelockArtifact, [MINIMUM_DELAY_SECONDS, [proposer], [executor], ZERO_ADDRESS]);
    for (const owned of [proxyAdmin, directory]) {
      await sendAs(rpc, accounts.deployer, owned, "function transferOwnership(address newOwner)", [timelock]);
    }
    return timelock;
  };
  const pass = async (seconds: bigint): Promise<void> => {
    await local.rpc.request("evm_increaseTime", [`0x${seconds.toString(16)}`], z.unknown());
    await local.rpc.request("evm_mine", [], z.unknown());
  };
  const passDelay = () => pass(MINIMUM_DELAY_SECONDS);
  const upgrade = (delaySeconds = 0n) =>
    proposeUpgrade(local.project, { contract: proxy, to: `${ERC1967}/Vault.sol:VaultV2`, delayBlocks: 0n, delaySeconds }, PROPOSE, async () => local.signers.deployer);
  const setFees = (value: string) => proposeParameters(local.project, [{ name: "FeeSchedule.feeBasisPoints", value, acceptRaw: false }], { ...PROPOSE, ...NO_DELAY });
  const version = () => read(local.rpc, proxy, "function version() view returns (uint256)");

  test("is shown with its delay and the people behind the Safe", async () => {
    const timelock = await giveToTimelock(safe);
    const { result, text } = await showAuthority(local.project, proxy);
    expect(result.authority).toMatchObject({ kind: "timelock", address: timelock, minDelaySeconds: 60n, executors: "anyone" });
    expect(result.people).toHaveLength(3);
    expect(text).toContain("60 s delay");
  });

  test("schedules, waits and executes an upgrade, with the effects that were simulated", async () => {
    await giveToTimelock(safe);
    const { stored } = await upgrade();
    const { assessment, verification, route } = await carryOut(local, stored, { passDelay });
    expect(route).toEqual(["safe", "timelock-execute"]);
    expect(verification).toMatchObject({ equal: true, effectsHash: assessment.simulation.effectsHash });
    expect(verification.transactions).toHaveLength(2);
    expect(changedPaths(assessment).toSorted()).toEqual([`${proxy}.erc1967.implementation`, "Safe.nonce", expect.stringMatching(/^Timelock\.timestamps\[.+\]$/)]);
    expect(assessment.findings.filter(({ severity }) => severity !== "info")).toEqual([]);
    expect(await version()).toBe(2n);
  });

  test("governs a registry, and runs the same change twice under two salts", async () => {
    await giveToTimelock(safe);
    for (const [value, salt] of [["300", 0n], ["250", 0n], ["300", 1n]] as const) {
      const { stored } = await setFees(value);
      expect(stored.proposal.route.salt).toBe(salt);
      const { verification } = await carryOut(local, stored, { passDelay });
      expect(verification.equal).toBe(true);
      expect(await read(local.rpc, fees, "function feeBasisPoints() view returns (uint16)")).toBe(BigInt(value));
    }
  });

  test("does not execute before a delay longer than its minimum is over", async () => {
    await giveToTimelock(safe);
    const { stored } = await upgrade(3600n);
    for (const owner of ["owner-1", "owner-2"] as const) {
      await signReviewed(await reviewForSigning(local.project, stored, "test"), stored, local.signers[owner]);
    }
    await executeProposal(local.project, stored, { signer: local.signers.operator });
    await pass(3000n);
    const early = await executeProposal(local.project, stored, { signer: local.signers.operator });
    expect(early[1]).toMatchObject({ state: { state: "waiting", waitingFor: expect.stringMatching(/\d+ more seconds?$/) }, sent: [] });
    expect(await version()).toBe(1n);
    await pass(600n);
    const late = await executeProposal(local.project, stored, { signer: local.signers.operator });
    expect(late.map(({ state }) => state.state)).toEqual(["done", "done"]);
    expect(await version()).toBe(2n);
  });

  test("lets the key that is its only executor execute, and no other", async () => {
    await giveToTimelock(local.accounts["owner-2"], local.accounts.operator);
    const { stored } = await upgrade();
    const [scheduled] = await executeProposal(local.project, stored, { signer: local.signers["owner-2"] });
    expect(scheduled?.state.state).toBe("done");
    await passDelay();
    expect(await failureOf(executeProposal(local.project, stored, { signer: local.signers["owner-2"] }))).toMatchObject({ code: "LPCTL_STEP_WRONG_KEY", exit: Exit.usage });
    const steps = await executeProposal(local.project, stored, { signer: local.signers.operator });
    expect(steps.map(({ state }) => state.state)).toEqual(["done", "done"]);
    expect(await version()).toBe(2n);
  });

  test("refuses to go on when its proposer has changed", async () => {
    const timelock = await giveToTimelock(safe);
    const { stored } = await setFees("300");
    const role = await read(local.rpc, timelock, "function PROPOSER_ROLE() view returns (bytes32)");
    await sendAs(local.rpc, timelock, timelock, "function revokeRole(bytes32 role, address account)", [role, safe]);
    await sendAs(local.rpc, timelock, timelock, "function grantRole(bytes32 role, address account)", [role, local.accounts.operator]);
    expect(await failureOf(reviewForSigning(local.project, stored, "test"))).toMatchObject({ code: "LPCTL_PROPOSAL_AUTHORITY_CHANGED", exit: Exit.refused });
  });
});
