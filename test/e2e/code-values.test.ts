import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Finding } from "../../src/finding.ts";
import { compileReference } from "../../src/inspection/sources.ts";
import { checkController, checkLibraries } from "../../src/lifecycle/facts/check-code-values.ts";
import { ZERO_ADDRESS, type Address, type Hex } from "../../src/protocol/hex.ts";
import type { CompiledUnit } from "../../src/solidity/compiled-unit.ts";
import { encodeDeployment } from "../../src/solidity/encode-deployment.ts";
import { matchRuntimeBytecode } from "../../src/solidity/match-bytecode.ts";
import { valueFindings, type CodeValues } from "../../src/solidity/value-findings.ts";
import { sendUnlocked } from "../../src/node/setup-sender.ts";
import { startLocalProject, type LocalProject } from "./local-project.ts";

const SOURCE = "test/fixtures/contracts/LinkedLogic.sol";
const OTHER_CONTROLLER: Address = "0x00000000000000000000000000000000000000c2";

describe("values that construction and linking put into code", () => {
  let local: LocalProject;
  let logic: CompiledUnit;
  let library: Address;
  const codes = (findings: Finding[]): string[] => findings.map(({ severity, code }) => `${severity} ${code}`);

  const create = async (data: Hex): Promise<Address> => {
    const { rpc } = local.project;
    const { deployer } = local.accounts;
    const { contractAddress } = await sendUnlocked(rpc, deployer, await rpc.nonce(deployer), { to: null, data, valueWei: 0n });
    if (contractAddress === null) throw new Error("nothing was deployed");
    return contractAddress;
  };
  const deployLogic = async (linkedTo: Address, heir: Address): Promise<{ address: Address; values: CodeValues }> => {
    const { controller } = local.project;
    const address = await create(encodeDeployment(logic.artifact, [controller ?? OTHER_CONTROLLER, heir], { Ordering: linkedTo }));
    const match = matchRuntimeBytecode(await local.project.rpc.code(address), logic.artifact);
    expect(match.match).toBe("exact");
    return { address, values: { address, immutables: match.immutables, libraries: match.libraries } };
  };

  beforeAll(async () => {
    local = await startLocalProject({ sources: [] });
    const [unit, linked] = await Promise.all([compileReference(local.project, `${SOURCE}:LinkedLogic`), compileReference(local.project, `${SOURCE}:Ordering`)]);
    logic = unit;
    library = await create(encodeDeployment(linked.artifact));
  });
  afterAll(() => local.stop());

  test("are the same in code that is constructed and linked in the same way", async () => {
    const [first, second] = [await deployLogic(library, local.accounts.deployer), await deployLogic(library, local.accounts.deployer)];
    expect(valueFindings(first.values, second.values, logic)).toEqual([]);
    expect(codes(await checkLibraries(local.project, logic.artifact, second.values))).toEqual(["info library-code-known"]);
  });

  test("are told where an upgrade changes them, by name and in the words of their type", async () => {
    const again = await create(encodeDeployment((await compileReference(local.project, `${SOURCE}:Ordering`)).artifact));
    const [before, after] = [await deployLogic(library, local.accounts.deployer), await deployLogic(again, ZERO_ADDRESS)];
    const findings = valueFindings(before.values, after.values, logic);
    expect(codes(findings)).toEqual(["warning immutable-changed", "warning immutable-zero", "warning library-changed"]);
    expect(findings[0]?.detail).toContain(local.accounts.deployer.toLowerCase());
    expect(findings[2]?.detail).toContain(again);
  });

  test("are not told where they are the address of the code itself", async () => {
    const itself = (address: Address): CodeValues => ({ address, immutables: { heir: `0x${address.slice(2).toLowerCase().padStart(64, "0")}` }, libraries: {} });
    expect(valueFindings(itself(library), itself(OTHER_CONTROLLER), logic)).toEqual([]);
    expect(codes(valueFindings(itself(library), { ...itself(OTHER_CONTROLLER), address: library }, logic))).toEqual(["warning immutable-changed"]);
  });

  test("refuse a library without code, and one with other code than its source's", async () => {
    const nowhere = await deployLogic(OTHER_CONTROLLER, local.accounts.deployer);
    expect(codes(await checkLibraries(local.project, logic.artifact, nowhere.values))).toEqual(["refuse library-without-code"]);
    const elsewhere = await deployLogic(nowhere.address, local.accounts.deployer);
    expect(codes(await checkLibraries(local.project, logic.artifact, elsewhere.values))).toEqual(["refuse library-code-differs"]);
  });

  test("tell code that was constructed for another Controller: behind a proxy with a warning, alone with a refusal", async () => {
    const { address } = await deployLogic(library, local.accounts.deployer);
    const own = local.project.controller ?? OTHER_CONTROLLER;
    const check = (controller: Address, isBehindProxy: boolean, at = address) => checkController(local.project, { name: "Minter", address: at, controller, isBehindProxy });
    expect(await check(own, false)).toEqual([]);
    expect(codes(await check("0x00000000000000000000000000000000000000c3", false))).toEqual(["refuse controller-differs"]);
    expect(codes(await check("0x00000000000000000000000000000000000000c3", true))).toEqual(["warning controller-differs"]);
    expect(await check(own, false, library)).toEqual([]);
  });
});
