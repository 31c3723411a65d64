import { dirname } from "node:path";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { Interface, getCreateAddress, type InterfaceAbi } from "ethers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contractId } from "../../src/protocol/contract-id.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";
import type { Artifact } from "../../src/solidity/artifact.ts";
import { compileContracts } from "../../src/solidity/compile.ts";
import { type Account, ContractsChain, type Deployed, ETH, GIT_HASH } from "./contracts-chain.ts";
import { COMPILE_CACHES } from "./local-project.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FIXTURES = "test/fixtures/contracts";
const SOLC_0_8_9 = dirname(createRequire(import.meta.url).resolve("solc-0.8.9/package.json"));
const OPENZEPPELIN = "@openzeppelin/contracts/proxy";

let chain: ContractsChain;
beforeAll(async () => {
  chain = await ContractsChain.start();
});
afterAll(() => chain.stop());

const owner = (): Account => chain.account(0);
const user = (): Account => chain.account(1);

async function compile(targets: [source: string, contract: string][], compilerPath?: string): Promise<(name: string) => Artifact> {
  const artifacts = await compileContracts({
    root: ROOT,
    targets: targets.map(([source, contract]) => ({ source, contract })),
    compilerPath,
    cacheFolders: COMPILE_CACHES,
  });
  return (name) => {
    const found = artifacts.find((artifact) => artifact.name === name);
    if (found === undefined) throw new Error(`${name} is not compiled here`);
    return found;
  };
}

function as(address: Address, artifact: Artifact): Deployed {
  return { address, abi: new Interface(artifact.abi as InterfaceAbi) };
}

function slotOf(artifact: Artifact, label: string): string | undefined {
  return artifact.storageLayout.storage.find((item) => item.label === label)?.slot;
}

describe("the fixtures of upgrades", () => {
  test("move every variable, keep every slot under a new name, or do not compile", async () => {
    const artifactOf = await compile([
      [`${FIXTURES}/JobsManagerBroken.sol`, "JobsManagerBroken"],
      [`${FIXTURES}/JobsManagerRenamed.sol`, "JobsManagerRenamed"],
    ]);
    expect(slotOf(artifactOf("JobsManagerBroken"), "maxSegmentsPerClaim")).toBe("2");
    expect(slotOf(artifactOf("JobsManagerBroken"), "verificationRate")).toBe("3");
    expect(slotOf(artifactOf("JobsManagerRenamed"), "finderFeeDEPRECATED")).toBe("8");
    expect(slotOf(artifactOf("JobsManagerRenamed"), "numJobs")).toBe("11");
    await expect(compile([[`${FIXTURES}/JobsManagerSyntaxError.sol`, "JobsManagerSyntaxError"]])).rejects.toMatchObject({
      code: "LPCTL_SOLIDITY_DOES_NOT_COMPILE",
    });
  });
});

describe("the foreign registry protocol, built by another compiler", () => {
  test("is upgraded by one registry write, and keeps its state", async () => {
    const artifactOf = await compile(
      ["Directory", "Forwarder", "StakingPool", "StakingPoolV2", "FeeSchedule"].map((name) => [`${FIXTURES}/foreign/${name}.sol`, name]),
      SOLC_0_8_9,
    );
    const directory = await chain.deployArtifact(owner(), artifactOf("Directory"));
    const register = (name: string, address: Address) =>
      chain.send(owner(), directory, "setContractInfo", [contractId(name), address, GIT_HASH]);
    const target = await chain.deployArtifact(owner(), artifactOf("StakingPool"), [directory.address]);
    const proxy = await chain.deployArtifact(owner(), artifactOf("Forwarder"), [directory.address, contractId("StakingPoolTarget")]);
    const schedule = await chain.deployArtifact(owner(), artifactOf("FeeSchedule"), [directory.address, 30n]);
    await register("StakingPoolTarget", target.address);
    await register("StakingPool", proxy.address);
    await register("FeeSchedule", schedule.address);

    const pool = as(proxy.address, artifactOf("StakingPool"));
    await chain.send(owner(), pool, "setMinimumStake", [3n]);
    await expect(chain.send(user(), pool, "stake", [], 2n)).rejects.toThrow();
    await chain.send(user(), pool, "stake", [], 5n);
    await register("StakingPoolTarget", (await chain.deployArtifact(owner(), artifactOf("StakingPoolV2"), [directory.address])).address);

    const upgraded = as(proxy.address, artifactOf("StakingPoolV2"));
    await chain.send(owner(), upgraded, "setMaximumStake", [12n]);
    expect(await chain.readNumber(upgraded, "room", [user().address])).toBe(7n);
    expect(await chain.readNumber(upgraded, "minimumStake")).toBe(3n);
  });
});

describe("the ERC-1967 vault", () => {
  let artifactOf: (name: string) => Artifact;
  beforeAll(async () => {
    artifactOf = await compile([
      [`${FIXTURES}/erc1967/Vault.sol`, "Vault"],
      [`${FIXTURES}/erc1967/Vault.sol`, "VaultV2"],
      [`${FIXTURES}/erc1967/VaultUUPS.sol`, "VaultUUPS"],
      [`${FIXTURES}/erc1967/VaultUUPS.sol`, "VaultUUPSV2"],
      [`${OPENZEPPELIN}/transparent/TransparentUpgradeableProxy.sol`, "TransparentUpgradeableProxy"],
      [`${OPENZEPPELIN}/transparent/ProxyAdmin.sol`, "ProxyAdmin"],
      [`${OPENZEPPELIN}/ERC1967/ERC1967Proxy.sol`, "ERC1967Proxy"],
      [`${OPENZEPPELIN}/beacon/UpgradeableBeacon.sol`, "UpgradeableBeacon"],
      [`${OPENZEPPELIN}/beacon/BeaconProxy.sol`, "BeaconProxy"],
    ]);
  });

  const deploy = (name: string, args: unknown[] = []) => chain.deployArtifact(owner(), artifactOf(name), args);
  const initialize = (): Hex => new Interface(artifactOf("Vault").abi as InterfaceAbi).encodeFunctionData("initialize", [owner().address, ETH]) as Hex;

  async function expectUpgraded(proxy: Address, upgrade: () => Promise<unknown>): Promise<void> {
    const vault = as(proxy, artifactOf("Vault"));
    await chain.send(user(), vault, "put", [], 5n);
    await expect(chain.send(user(), vault, "put", [], ETH)).rejects.toThrow();
    expect(await chain.readNumber(vault, "version")).toBe(1n);
    await upgrade();
    expect(await chain.readNumber(vault, "version")).toBe(2n);
    expect(await chain.readNumber(vault, "balances", [user().address])).toBe(5n);
    expect(await chain.read(vault, "keeper")).toBe(owner().address);
  }

  test("is upgraded behind a transparent proxy by its ProxyAdmin", async () => {
    const proxy = await deploy("TransparentUpgradeableProxy", [(await deploy("Vault")).address, owner().address, initialize()]);
    const admin = as(getCreateAddress({ from: proxy.address, nonce: 1 }) as Address, artifactOf("ProxyAdmin"));
    await expectUpgraded(proxy.address, async () =>
      chain.send(owner(), admin, "upgradeAndCall", [proxy.address, (await deploy("VaultV2")).address, "0x"]));
  });

  test("is upgraded as UUPS by its keeper alone", async () => {
    const proxy = await deploy("ERC1967Proxy", [(await deploy("VaultUUPS")).address, initialize()]);
    const vault = as(proxy.address, artifactOf("VaultUUPS"));
    const next = await deploy("VaultUUPSV2");
    await expect(chain.send(user(), vault, "upgradeToAndCall", [next.address, "0x"])).rejects.toThrow();
    await expectUpgraded(proxy.address, () => chain.send(owner(), vault, "upgradeToAndCall", [next.address, "0x"]));
  });

  test("is upgraded behind a beacon, every proxy of it at once", async () => {
    const beacon = await deploy("UpgradeableBeacon", [(await deploy("Vault")).address, owner().address]);
    const [first, second] = [await deploy("BeaconProxy", [beacon.address, initialize()]), await deploy("BeaconProxy", [beacon.address, initialize()])];
    await expectUpgraded(first.address, async () => chain.send(owner(), beacon, "upgradeTo", [(await deploy("VaultV2")).address]));
    expect(await chain.readNumber(as(second.address, artifactOf("Vault")), "version")).toBe(2n);
  });
});
