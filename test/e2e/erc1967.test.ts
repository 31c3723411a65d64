import { Interface } from "ethers";
import { z } from "zod";
import { readdirSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readErc1967Proxy } from "../../src/chain/proxies.ts";
import { Exit } from "../../src/errors.ts";
import { findContract } from "../../src/inspection/contract.ts";
import { proposeParameters } from "../../src/lifecycle/propose-parameters.ts";
import { proposeUpgrade, type UpgradeProposalRequest } from "../../src/lifecycle/propose-upgrade.ts";
import { showAuthority } from "../../src/inspection/show-authority.ts";
import { listParameters } from "../../src/inspection/show-parameters.ts";
import { createLocalSafe } from "../../src/node/create-local-safe.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";
import { carryOut, changedPaths, compileArtifacts, deploy, failureOf, NO_DELAY, PROPOSE, read, sendAs, startLocalProject, type LocalProject } from "./local-project.ts";

const FOLDER = "test/fixtures/contracts/erc1967";
const OPEN_ZEPPELIN = "@openzeppelin/contracts/proxy";
const VAULT = `${FOLDER}/Vault.sol:Vault`;
const VAULT_V2 = `${FOLDER}/Vault.sol:VaultV2`;
const UUPS = `${FOLDER}/VaultUUPS.sol:VaultUUPS`;
const UUPS_V2 = `${FOLDER}/VaultUUPS.sol:VaultUUPSV2`;
const CAP = 5n * 10n ** 18n;
const vault = new Interface(["function initialize(address keeper, uint256 cap)", "function count(address account)"]);

const KINDS = ["transparent", "uups", "beacon"] as const;
type Kind = (typeof KINDS)[number];
const CONTRACT_OF_CHANGE: Record<Kind, string> = { transparent: "erc1967.implementation", uups: "erc1967.implementation", beacon: "implementation" };

describe("ERC-1967 proxies on a network without a Controller", () => {
  let local: LocalProject;
  let safe: Address;
  let proxies: Record<Kind, Address>;
  let reset: () => Promise<void>;

  beforeAll(async () => {
    const references = [
      VAULT,
      UUPS,
      `${OPEN_ZEPPELIN}/transparent/TransparentUpgradeableProxy.sol:TransparentUpgradeableProxy`,
      `${OPEN_ZEPPELIN}/ERC1967/ERC1967Proxy.sol:ERC1967Proxy`,
      `${OPEN_ZEPPELIN}/beacon/BeaconProxy.sol:BeaconProxy`,
      `${OPEN_ZEPPELIN}/beacon/UpgradeableBeacon.sol:UpgradeableBeacon`,
    ];
    const [started, artifactOf] = await Promise.all([startLocalProject({ sources: [VAULT, UUPS] }), compileArtifacts(references)]);
    local = started;
    const { rpc, accounts } = local;
    const { deployer } = accounts;
    const make = (name: string, args: unknown[] = []): Promise<Address> => deploy(rpc, deployer, artifactOf(name), args);
    safe = await createLocalSafe(rpc);
    const logic = await make("Vault");
    const uupsLogic = await make("VaultUUPS");
    const initializer = vault.encodeFunctionData("initialize", [deployer, CAP]);
    const transparent = await make("TransparentUpgradeableProxy", [logic, deployer, initializer]);
    const uups = await make("ERC1967Proxy", [uupsLogic, initializer]);
    const beacon = await make("UpgradeableBeacon", [logic, deployer]);
    proxies = { transparent, uups, beacon: await make("BeaconProxy", [beacon, initializer]) };
    for (const proxy of Object.values(proxies)) await sendAs(rpc, accounts.delegator, proxy, "function put() payable", [], 10n ** 18n);
    reset = await local.checkpoint();
  });
  beforeEach(() => reset());
  afterAll(() => local.stop());

  const propose = (kind: Kind, more: Partial<UpgradeProposalRequest> = {}) =>
    proposeUpgrade(
      local.project,
      { contract: proxies[kind], to: kind === "uups" ? UUPS_V2 : VAULT_V2, ...NO_DELAY, ...more },
      PROPOSE,
      async () => local.signers.deployer,
    );

  /** Hands the power over the proxy to the Safe, by whatever holds it. */
  const giveToSafe = async (kind: Kind): Promise<void> => {
    const { rpc, accounts } = local;
    const proxy = await readErc1967Proxy(rpc, proxies[kind]);
    const owned = proxy?.kind === "transparent" ? proxy.admin : proxy?.kind === "beacon" ? proxy.beacon : undefined;
    if (owned === undefined) await setSlot(rpc, proxies[kind], 0n, safe);
    else await sendAs(rpc, accounts.deployer, owned, "function transferOwnership(address newOwner)", [safe]);
  };

  const expectUpgraded = async (kind: Kind): Promise<void> => {
    const { rpc, accounts } = local;
    const proxy = proxies[kind];
    expect(await read(rpc, proxy, "function version() view returns (uint256)")).toBe(2n);
    expect(await read(rpc, proxy, "function cap() view returns (uint256)")).toBe(CAP);
    expect(await read(rpc, proxy, "function balances(address) view returns (uint256)", [accounts.delegator])).toBe(10n ** 18n);
  };

  test.each(KINDS)("tells a %s proxy, its code and its owner by address alone", async (kind) => {
    const contract = await findContract(local.project, proxies[kind]);
    expect(contract.proxy?.kind).toBe(kind);
    expect((await showAuthority(local.project, proxies[kind].toLowerCase())).result.people).toEqual([local.accounts.deployer]);
  });

  test.each(KINDS)("upgrades a %s proxy by the key that owns it", async (kind) => {
    const { stored } = await propose(kind);
    const { assessment, verification } = await carryOut(local, stored, { sender: "deployer" });
    expect(verification).toMatchObject({ equal: true, effectsHash: assessment.simulation.effectsHash });
    expect(assessment.findings.filter(({ severity }) => severity === "warning")).toEqual([]);
    expect(changedPaths(assessment)).toEqual([expect.stringContaining(CONTRACT_OF_CHANGE[kind])]);
    await expectUpgraded(kind);
  });

  test.each(KINDS)("upgrades a %s proxy by the Safe that owns it", async (kind) => {
    await giveToSafe(kind);
    const { stored } = await propose(kind);
    const { assessment, verification, route } = await carryOut(local, stored);
    expect(route).toEqual(["safe"]);
    expect(verification.equal).toBe(true);
    expect(changedPaths(assessment)).toContainEqual(expect.stringContaining(CONTRACT_OF_CHANGE[kind]));
    await expectUpgraded(kind);
  });

  test("calls the initializer in the transaction of the upgrade", async () => {
    const initializer = vault.encodeFunctionData("count", [local.accounts.delegator]) as Hex;
    const { stored } = await propose("transparent", { initializer });
    const { assessment, verification } = await carryOut(local, stored, { sender: "deployer" });
    expect(verification.equal).toBe(true);
    expect(changedPaths(assessment)).toContainEqual(expect.stringMatching(/\.total$/));
    expect(await read(local.rpc, proxies.transparent, "function total() view returns (uint256)")).toBe(10n ** 18n);
  });

  test("refuses an initializer for a beacon, which would silently not run", async () => {
    const initializer = vault.encodeFunctionData("count", [local.accounts.delegator]) as Hex;
    const failure = await failureOf(propose("beacon", { initializer }));
    expect(failure).toMatchObject({ code: "LPCTL_UPGRADE_NO_INITIALIZER", exit: Exit.usage });
    expect(readdirSync(local.project.folder)).toEqual([]);
  });

  test("has no protocol around it that could be paused", async () => {
    const failure = await failureOf(propose("transparent", { whilePaused: true }));
    expect(failure).toMatchObject({ code: "LPCTL_UPGRADE_NO_PAUSE", exit: Exit.usage });
    expect(readdirSync(local.project.folder)).toEqual([]);
  });

  test("refuses to end the upgradeability of a UUPS proxy", async () => {
    const failure = await failureOf(propose("uups", { to: VAULT_V2 }));
    expect([failure.exit, failure.code]).toEqual([Exit.refused, "LPCTL_UPGRADE_REFUSED"]);
    expect(readdirSync(local.project.folder)).toEqual([]);
  });

  test("refuses two variables that change places", async () => {
    const failure = await failureOf(propose("transparent", { to: `${FOLDER}/Vault.sol:VaultBroken` }));
    expect(failure).toMatchObject({ code: "LPCTL_UPGRADE_REFUSED", exit: Exit.refused });
    expect(`${failure.message} ${failure.why ?? ""}`).toContain("keeper");
  });

  test("sets a parameter of a contract known by address only", async () => {
    const name = `${proxies.uups}.cap`;
    const { stored } = await proposeParameters(local.project, [{ name, value: "7", acceptRaw: false }], { ...PROPOSE, ...NO_DELAY });
    const { verification } = await carryOut(local, stored, { sender: "deployer" });
    expect(verification.equal).toBe(true);
    expect(await read(local.rpc, proxies.uups, "function cap() view returns (uint256)")).toBe(7n);
  });

  test.each([
    ["a registered name", () => findContract(local.project, "JobsManager")],
    ["the list of parameters", () => listParameters(local.project)],
  ])("says that %s needs a Controller", async (_what, ask) => {
    expect(await failureOf(ask())).toMatchObject({ code: "LPCTL_NETWORK_INCOMPLETE", exit: Exit.usage, next: expect.stringContaining("networks.local.controller") });
  });

  test("says that an address without code is no contract", async () => {
    const nobody: Address = "0x000000000000000000000000000000000000bEEF";
    expect(await failureOf(findContract(local.project, nobody))).toMatchObject({ code: "LPCTL_CONTRACT_WITHOUT_CODE" });
  });

  test("says that a contract which is no proxy cannot be upgraded", async () => {
    const { implementation } = await findContract(local.project, proxies.transparent);
    const failure = await failureOf(proposeUpgrade(local.project, { contract: implementation, to: VAULT_V2, ...NO_DELAY }, PROPOSE, async () => local.signers.deployer));
    expect(failure).toMatchObject({ code: "LPCTL_CONTRACT_NOT_UPGRADEABLE", exit: Exit.usage });
  });
});

async function setSlot(rpc: LocalProject["rpc"], address: Address, slot: bigint, value: Address): Promise<void> {
  const word = (hex: string) => `0x${hex.padStart(64, "0")}`;
  await rpc.request("anvil_setStorageAt", [address, word(slot.toString(16)), word(value.slice(2).toLowerCase())], z.unknown());
}
