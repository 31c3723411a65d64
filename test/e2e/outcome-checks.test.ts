import { Interface } from "ethers";
import { z } from "zod";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { governorInterface, updateOf } from "../../src/authority/governor.ts";
import { readProxyShape } from "../../src/chain/proxy-shape.ts";
import type { Finding } from "../../src/finding.ts";
import { findContract, requireProxy } from "../../src/inspection/contract.ts";
import { compileReference } from "../../src/inspection/sources.ts";
import { compareUpgrade, type UpgradeComparison } from "../../src/lifecycle/compare-upgrade.ts";
import { findCallers } from "../../src/lifecycle/facts/find-callers.ts";
import { propose } from "../../src/lifecycle/propose.ts";
import { proposeUpgrade } from "../../src/lifecycle/propose-upgrade.ts";
import { readProtocolState } from "../../src/lifecycle/facts/read-protocol-state.ts";
import type { Intent } from "../../src/proposal/intent.ts";
import { contractId } from "../../src/protocol/contract-id.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";
import { ERC1967_SLOTS } from "../../src/protocol/storage-slots.ts";
import { compileArtifacts, deploy, failureOf, NO_DELAY, PROPOSE, sendAs, startLocalProject, type LocalProject } from "./local-project.ts";
import { startSuite, V2, type Suite, upgradeTo } from "./suite-project.ts";

const codesOf = (findings: unknown): string[] => (findings as Finding[]).filter(({ severity }) => severity !== "info").map(({ code }) => code);
const DRY = { ...PROPOSE, dryRun: true };

describe("the protocol as a proposal leaves it", () => {
  let suite: Suite;
  let reset: () => Promise<void>;
  const SAFE = "function enableModule(address module)";
  const CONTROLLER = new Interface(["function updateController(bytes32 id, address controller)", "function setContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash)", "function pause()"]);
  const MANAGER = new Interface(["function setVerificationRate(uint64 rate)"]);
  const call = (to: Address, abi: Interface, name: string, args: unknown[] = []) => ({ to, valueWei: 0n, data: abi.encodeFunctionData(name, args) as Hex });
  const byHand = (...calls: ReturnType<typeof call>[]): Intent[] => [{ kind: "calls", calls }];
  const request = (intents: Intent[]) => ({ title: "By hand", intents, code: [], delayBlocks: 10n, delaySeconds: 0n });

  beforeAll(async () => {
    suite = await startSuite("governor");
    reset = await suite.checkpoint();
  });
  beforeEach(() => reset());
  afterAll(() => suite.stop());

  test("is compared with what it was: entries, proxies, parameters and the pause", async () => {
    const { controller, jobsManager, accounts } = suite;
    const calls = byHand(
      call(jobsManager, MANAGER, "setVerificationRate", [400n]),
      call(controller, CONTROLLER, "setContractInfo", [contractId("Verifier"), accounts.operator, "0x5f0a1c3b7d9e24680ace13579bdf02468ace1357"]),
      call(controller, CONTROLLER, "pause"),
      call(controller, CONTROLLER, "updateController", [contractId("RoundsManager"), jobsManager]),
    );
    const failure = await failureOf(propose(suite.project, request(calls), PROPOSE));
    expect(failure).toMatchObject({ code: "LPCTL_PROPOSAL_REFUSED" });
    expect(codesOf(failure.details?.["findings"])).toEqual(expect.arrayContaining(["entry-lost-code", "proxy-lost-controller", "pause-changes"]));
  });

  test("has the parameters that intents name, and is told of those that plain calls set", async () => {
    const { assessment } = await propose(suite.project, request(byHand(call(suite.jobsManager, MANAGER, "setVerificationRate", [400n]))), DRY);
    expect(assessment.findings).toContainEqual(expect.objectContaining({ severity: "info", code: "parameter-changes-unasked", detail: expect.stringContaining("1 in 400") as string }));
  });

  test("is reached through Safes and Governors whose settings are told", async () => {
    const { rpc, protocol, accounts, jobsManager } = suite;
    const { safe, governor } = protocol;
    if (safe === undefined || governor === undefined) throw new Error("no Safe, or no Governor");
    await sendAs(rpc, safe, safe, SAFE, [accounts.broadcaster]);
    await sendAs(rpc, safe, safe, "function setFallbackHandler(address handler)", [jobsManager]);
    const intents = byHand(call(jobsManager, MANAGER, "setVerificationRate", [400n]));
    const twin = updateOf([call(jobsManager, MANAGER, "setVerificationRate", [400n])], 5n);
    await sendAs(rpc, safe, governor, `function ${governorInterface.getFunction("stage")?.format("full").replace("function ", "") ?? ""}`, [twin, 10n]);
    const { assessment } = await propose(suite.project, request(intents), DRY);
    expect(codesOf(assessment.findings)).toEqual(expect.arrayContaining(["safe-modules", "safe-handler-foreign", "update-staged-already"]));
    expect(assessment.findings.find(({ code }) => code === "update-staged-already")?.detail).toContain("nonce 5");
  });

  test("keeps what its contracts call of each other, and names the callers where not", async () => {
    const { project } = suite;
    const [protocol, contract, from, to, verifier] = await Promise.all([
      readProtocolState(project, { intents: byHand() }),
      findContract(project, "JobsManager"),
      compileReference(project, "contracts/jobs/JobsManager.sol:JobsManager"),
      compileReference(project, V2),
      compileReference(project, "contracts/rounds/RoundsManager.sol:RoundsManager"),
    ]);
    const callers = (unit: typeof from) => findCallers(new Map([[contract.address, { contract, from, to: unit } as UpgradeComparison]]), protocol);
    expect(callers(to)).toEqual([]);
    const broken = callers(verifier);
    expect(broken.map(({ signature, callers: names }) => `${signature} ${names.join(" ")}`)).toContainEqual(expect.stringMatching(/^receiveVerification\(.*\) Verifier$/));
    expect(broken.every(({ callers: names }) => names.every((name) => name !== "JobsManager"))).toBe(true);
  });

  test("takes a delay that the policy asks for, and no shorter one", async () => {
    const strict = { ...suite.project, policy: { refuse: [], allow: [], minimumDelayBlocks: 11n } };
    const failure = await failureOf(proposeUpgrade(strict, upgradeTo(V2), DRY, async () => suite.signers.deployer));
    expect(codesOf(failure.details?.["findings"])).toEqual(["delay-below-policy"]);
  });
});

describe("new code on an ERC-1967 proxy", () => {
  const FOLDER = "test/fixtures/contracts/erc1967";
  const VAULT = `${FOLDER}/Vault.sol:Vault`;
  let local: LocalProject;
  let proxy: Address;
  let logic: Address;

  beforeAll(async () => {
    const artifactOf = await compileArtifacts([VAULT, "@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol:TransparentUpgradeableProxy"]);
    local = await startLocalProject({ sources: [VAULT] });
    const { rpc, accounts } = local;
    logic = await deploy(rpc, accounts.deployer, artifactOf("Vault"));
    const initializer = new Interface(["function initialize(address keeper, uint256 cap)"]).encodeFunctionData("initialize", [accounts.deployer, 5n]);
    proxy = await deploy(rpc, accounts.deployer, artifactOf("TransparentUpgradeableProxy"), [logic, accounts.deployer, initializer]);
  });
  afterAll(() => local.stop());

  test("is refused when a stranger can set it up again, through the proxy and in the bare code", async () => {
    const failure = await failureOf(proposeUpgrade(local.project, { contract: proxy, to: `${FOLDER}/VaultReset.sol:VaultReset`, ...NO_DELAY }, DRY, async () => local.signers.deployer));
    const found = ((failure.details?.["findings"] ?? []) as Finding[]).filter(({ code }) => code === "initializer-runs");
    expect(found.map(({ title }) => title)).toEqual([
      expect.stringContaining(`called initialize(address,uint256,string) of ${proxy} on the fork`),
      expect.stringContaining(`called initializeCap(uint256) of ${proxy} on the fork`),
      expect.stringContaining(`called initialize(address,uint256,string) of the code of ${proxy} on the fork`),
      expect.stringContaining(`called initializeCap(uint256) of the code of ${proxy} on the fork`),
    ]);
  });

  test("is not accused when its initialisers are closed", async () => {
    const { assessment } = await proposeUpgrade(local.project, { contract: proxy, to: `${FOLDER}/Vault.sol:VaultV2`, ...NO_DELAY }, DRY, async () => local.signers.deployer);
    expect(assessment.openInitializers).toEqual([]);
    expect(codesOf(assessment.findings)).toEqual([]);
  });

  test("is told from a proxy of any kind", async () => {
    const { rpc } = local;
    const put = async (digits: string, code: Hex): Promise<Address> => {
      const address: Address = `0x${digits.padStart(40, "0")}`;
      await rpc.request("anvil_setCode", [address, code], z.unknown());
      return address;
    };
    const bare = logic.slice(2).toLowerCase();
    const clone = await put("c1", `0x363d3d373d3d3d363d73${bare}5af43d82803e903d91602b57fd5bf3`);
    // Answers facetAddresses() with one facet, and nothing else.
    const diamond = await put("c2", "0x5f3560e01c6352ef6b2c146011575f5ffd5b60205f526001602052600160405260605ff3");
    const lent = await put("c3", `0xef0100${bare}`);
    const shapes = await Promise.all([clone, diamond, lent, proxy, logic].map((address) => readProxyShape(rpc, address)));
    expect(shapes.map((shape) => shape?.kind)).toEqual(["clone", "diamond", "delegation", "erc1967", undefined]);
    expect(shapes[0]?.words).toContain(logic);
    await rpc.request("anvil_setStorageAt", [proxy, ERC1967_SLOTS.implementation, `0x${clone.slice(2).padStart(64, "0")}`], z.unknown());
    const { findings } = await compareUpgrade(local.project, { contract: proxy, to: `${FOLDER}/Vault.sol:VaultV2` });
    expect(findings).toContainEqual(expect.objectContaining({ severity: "refuse", code: "current-code-unknown", detail: expect.stringContaining("it is itself a clone") as string }));
    const contract = await findContract(local.project, clone);
    expect(() => requireProxy(contract)).toThrow(expect.objectContaining({ code: "LPCTL_CONTRACT_NOT_UPGRADEABLE", why: expect.stringContaining("a clone (ERC-1167)") as string }));
  });
});
