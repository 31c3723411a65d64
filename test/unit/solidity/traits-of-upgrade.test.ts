import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { UpgradeTraits } from "../../../src/protocol/upgrade-traits.ts";
import { compileUnits } from "../../../src/solidity/compile.ts";
import { traitsOfUpgrade } from "../../../src/solidity/traits-of-upgrade.ts";
import { checkStorageUpgrade } from "../../../src/solidity/upgrade-check.ts";
import { logicSource } from "../../fixtures/layouts/layout-pairs.ts";
import { createSolidityProject, type SolidityProject } from "./solidity-project.ts";

const INITIALIZABLE = 'import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";\ncontract Logic is Initializable {';

const FILES = {
  "before.sol": logicSource("uint256 a;"),
  "after.sol": logicSource(`
    uint256 a;
    uint256 public rate;
    uint256 public cap;
    uint256 public floor;
    address public heir;
    mapping(address => uint256) public shares;
    uint256[3] public list;
    function setRate(uint256 newRate) external { _set(newRate); }
    function _set(uint256 x) internal { require(x < 100); rate = x; }
    function setCap(uint256 newCap) external { cap = newCap; }
    function setHeir(address newHeir) external { heir = newHeir; shares[newHeir] = 1; }
    function count(uint256 x) external { floor = floor + x; }
    function grow(uint8 x) external { a += x; floor += x; }
    function use(uint256 x) external view returns (bool) { uint256 max = cap; return (max > 0 && x > max) || heir == address(0); }`),
  "fresh.sol": `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;
${INITIALIZABLE}
    uint256 a;
    constructor() { _disableInitializers(); }
    function initialize(uint256 x) external initializer { a = x; }
}`,
  "again.sol": `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;
${INITIALIZABLE}
    uint256 a;
    address owner;
    modifier onlyOwner() { require(msg.sender == owner); _; }
    function initialize(uint256 x) external initializer { a = x; }
    function initializeV2(address o) external reinitializer(2) { owner = o; }
    function initializeV3(address o) external reinitializer(3) onlyOwner { owner = o; }
    function init(address o) external { owner = o; }
    function reinit(address o) external { require(msg.sender == owner); owner = o; }
    function initial() external view returns (uint256) { return a; }
}`,
};

let project: SolidityProject;
const traits = new Map<string, UpgradeTraits>();
const locked: boolean[] = [];

beforeAll(async () => {
  project = await createSolidityProject(FILES);
  const [before, after, fresh, again] = await compileUnits({ root: project.root, targets: Object.keys(FILES).map((source) => ({ source, contract: "Logic" })) });
  if (before === undefined || after === undefined || fresh === undefined || again === undefined) throw new Error("not compiled");
  for (const [name, from, to] of [["variables", before, after], ["none", before, before], ["initializers", fresh, again]] as const) {
    const { slots } = await checkStorageUpgrade({ from, to, proxy: "erc1967" });
    traits.set(name, traitsOfUpgrade(from, to, slots));
  }
  locked.push(fresh.facts.locksInitializers, again.facts.locksInitializers);
});
afterAll(() => project.remove());

describe("what an upgrade needs of its batch", () => {
  test("are the values that a setter of the new code sets from its argument, through other functions too", () => {
    const variables = traits.get("variables")?.newVariables ?? [];
    expect(variables.map(({ label, setters }) => [label, ...setters.map(({ name }) => name)])).toEqual([
      ["rate", "setRate"],
      ["cap", "setCap"],
      ["floor"],
      ["heir", "setHeir"],
    ]);
  });

  test("with a word on those that the code compares with zero, itself or in a local variable", () => {
    const aware = traits.get("variables")?.newVariables.filter(({ isZeroAware }) => isZeroAware);
    expect(aware?.map(({ label }) => label)).toEqual(["cap", "heir"]);
  });

  test("are the functions that initialise, with what keeps strangers from them", () => {
    expect(traits.get("initializers")?.initializers.map(({ name, isOld, guard }) => [name, isOld, guard])).toEqual([
      ["initialize", true, "once"],
      ["initializeV2", false, "once"],
      ["initializeV3", false, "restricted"],
      ["init", false, "open"],
      ["reinit", false, "restricted"],
    ]);
    expect(locked).toEqual([true, false]);
  });

  test("are nothing where nothing is new", () => {
    expect(traits.get("none")).toEqual({ newVariables: [], initializers: [] });
  });
});
