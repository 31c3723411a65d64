import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compileUnits } from "../../../src/solidity/compile.ts";
import type { CompiledUnit } from "../../../src/solidity/compiled-unit.ts";
import { checkStorageUpgrade } from "../../../src/solidity/upgrade-check.ts";
import { LAYOUT_PAIRS, logicSource } from "../../fixtures/layouts/layout-pairs.ts";
import { createSolidityProject, type SolidityProject } from "./solidity-project.ts";

const REGISTRY_CASES = {
  plain: logicSource("uint256 a;"),
  overriding: logicSource("uint256 a; function setController(address c) external override { a = uint160(c); }"),
  clashing: logicSource("uint256 a; function setController(uint256) external {} function many_msg_babbage(bytes1) external {}"),
  immutable: logicSource("uint256 a; uint256 public immutable limit = 5;"),
  writing: logicSource("uint256 a;").replace("Manager(_controller) {}", "Manager(_controller) { a = 7; }"),
  calling: logicSource("uint256 a; function _set(uint256 x) internal { a = x; }").replace("Manager(_controller) {}", "Manager(_controller) { _set(7); }"),
  guarded: `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;
import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
contract Logic is Initializable {
    uint256 a;
    constructor() { _disableInitializers(); }
    function initialize(uint256 x) external initializer { a = x; }
}`,
  guarded4: `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;
import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";
contract Logic is Initializable {
    uint256 a;
    constructor() { _disableInitializers(); }
    function initialize(uint256 x) external initializer { a = x; }
}`,
  linked: logicSource("uint256 a; function f(uint256 x) external pure returns (uint256) { return Sum.twice(x); }").concat(
    "library Sum { function twice(uint256 x) public pure returns (uint256) { return 2 * x; } }",
  ),
  late: `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;
contract Logic { uint256 a; address controller; bytes32 targetContractId; }`,
  swapped: `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;
contract Logic { bytes32 targetContractId; address controller; uint256 a; }`,
  uups: `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;
contract Logic { address admin; uint256 a; function upgradeToAndCall(address, bytes calldata) external payable {} }`,
  uupsLost: `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;
contract Logic { address admin; uint256 a; }`,
};

let project: SolidityProject;
const units = new Map<string, CompiledUnit>();

function unit(name: string): CompiledUnit {
  const found = units.get(name);
  if (found === undefined) throw new Error(`no unit ${name}`);
  return found;
}

beforeAll(async () => {
  const files: Record<string, string> = {};
  for (const [index, pair] of LAYOUT_PAIRS.entries()) {
    files[`pairs/before${index}.sol`] = logicSource(pair.before);
    files[`pairs/after${index}.sol`] = logicSource(pair.after);
  }
  for (const [name, text] of Object.entries(REGISTRY_CASES)) files[`registry/${name}.sol`] = text;
  project = await createSolidityProject(files);
  const targets = Object.keys(files).map((source) => ({ source, contract: "Logic" }));
  const compiled = await compileUnits({ root: project.root, targets });
  for (const [index, one] of compiled.entries()) units.set(targets[index]?.source ?? "", one);
});
afterAll(() => project.remove());

describe("the storage of two logics", () => {
  test.each(LAYOUT_PAIRS.map((pair, index) => ({ ...pair, index })))("$title", async (pair) => {
    const verdict = await checkStorageUpgrade({
      from: unit(`pairs/before${pair.index}.sol`),
      to: unit(`pairs/after${pair.index}.sol`),
      proxy: "controller-registry",
    });
    const refusals = verdict.findings.filter((finding) => finding.severity === "refuse");
    expect(verdict.ok).toBe(pair.refused === undefined);
    expect(refusals.length === 0).toBe(verdict.ok);
    if (pair.refused !== undefined) expect(refusals.map((finding) => finding.code)).toContain(pair.refused);
    const codes = verdict.findings.map((finding) => finding.code);
    for (const code of pair.finds ?? []) expect(codes).toContain(code);
    const text = refusals.map((finding) => `${finding.title} ${finding.detail ?? ""}`).join("\n");
    for (const word of pair.names ?? []) expect(text).toContain(word);
  });

  test("maps every variable of the new logic to its slot and to what was there", async () => {
    const index = LAYOUT_PAIRS.findIndex((pair) => pair.title === "a variable is deprecated by suffix");
    const { slots } = await checkStorageUpgrade({
      from: unit(`pairs/before${index}.sol`),
      to: unit(`pairs/after${index}.sol`),
      proxy: "controller-registry",
    });
    expect(slots.map((slot) => [slot.slot, slot.label, slot.type, slot.state])).toEqual([
      ["0", "controller", "address", "kept"],
      ["1", "targetContractId", "bytes32", "kept"],
      ["2", "aDEPRECATED", "uint256", "deprecated"],
      ["3", "b", "uint256", "kept"],
    ]);
    expect(slots[2]?.before?.label).toBe("a");
  });
});

describe("logic behind a registry proxy", () => {
  const check = async (to: keyof typeof REGISTRY_CASES, from: keyof typeof REGISTRY_CASES = "plain") =>
    checkStorageUpgrade({ from: unit(`registry/${from}.sol`), to: unit(`registry/${to}.sol`), proxy: "controller-registry" });

  test("is not refused for its constructor, which is reported", async () => {
    const verdict = await check("plain");
    expect(verdict.ok).toBe(true);
    expect(verdict.findings.find((finding) => finding.code === "constructor-in-logic")?.severity).toBe("info");
    expect(verdict.findings.every((finding) => finding.severity === "info")).toBe(true);
  });

  test("is not refused for linking a library, which is named", async () => {
    const verdict = await check("linked");
    expect(verdict.ok).toBe(true);
    expect(verdict.findings.find((finding) => finding.code === "library-linked")?.title).toContain("Sum");
  });

  test("may fix values at construction, with a word on where they come from", async () => {
    const verdict = await check("immutable");
    expect(verdict.ok).toBe(true);
    expect(verdict.findings.find((finding) => finding.code === "immutable-in-logic")?.title).toContain("limit");
  });

  test("is warned about when its constructor sets what the proxy never sees", async () => {
    const verdict = await check("writing");
    const finding = verdict.findings.find((one) => one.code === "constructor-writes-storage");
    expect(finding?.severity).toBe("warning");
    expect(finding?.title).toContain("`a`");
  });

  test("names the functions the proxy answers itself", async () => {
    const verdict = await check("plain");
    const finding = verdict.findings.find((one) => one.code === "proxy-functions-shadowed");
    expect(finding?.title).toContain("setController(address)");
    expect(finding?.title).toContain("targetContractId()");
  });

  test("is warned about when it gives a shadowed function a meaning of its own", async () => {
    const verdict = await check("overriding");
    const finding = verdict.findings.find((one) => one.code === "proxy-function-overridden");
    expect(finding?.severity).toBe("warning");
    expect(finding?.title).toContain("setController(address)");
  });

  test("is not warned about an overload, whose selector is another", async () => {
    const verdict = await check("clashing");
    expect(verdict.findings.map((finding) => finding.code)).not.toContain("proxy-selector-clash");
  });

  test("is warned about a function that shares a selector with one of the proxy's", async () => {
    const verdict = await checkStorageUpgrade({
      from: unit("registry/plain.sol"),
      to: unit("registry/clashing.sol"),
      proxy: "controller-registry",
      proxyFunctions: ["transfer(address,uint256)"],
    });
    const finding = verdict.findings.find((one) => one.code === "proxy-selector-clash");
    expect(finding?.title).toContain("many_msg_babbage(bytes1)");
  });

  test("is refused when it puts its own variable where the proxy keeps the controller", async () => {
    const verdict = await check("late", "plain");
    const refusal = verdict.findings.find((one) => one.code === "proxy-slot-overlapped");
    expect(verdict.ok).toBe(false);
    expect(refusal?.severity).toBe("refuse");
    expect(refusal?.title).toContain("`a`");
    expect(refusal?.title).toContain("slot 0");
  });

  test("is refused when controller and target id trade places", async () => {
    const verdict = await check("swapped", "plain");
    expect(verdict.findings.filter((one) => one.code === "proxy-slot-overlapped" && one.severity === "refuse").length).toBeGreaterThan(0);
  });

  test("is only warned about a place that the running logic uses in the same way", async () => {
    const verdict = await check("late", "late");
    expect(verdict.ok).toBe(true);
    expect(verdict.findings.filter((one) => one.code === "proxy-slot-overlapped").every((one) => one.severity === "warning")).toBe(true);
  });
});

describe("logic behind an ERC-1967 proxy", () => {
  const check = (from: string, to: string) =>
    checkStorageUpgrade({ from: unit(`registry/${from}.sol`), to: unit(`registry/${to}.sol`), proxy: "erc1967" });

  test("is refused when a constructor sets a stored variable, itself or through a function", async () => {
    for (const name of ["plain", "calling"]) {
      const verdict = await check("plain", name);
      expect(verdict.findings.find((finding) => finding.code === "constructor-writes-storage")?.severity).toBe("refuse");
    }
  });

  test.each(["guarded", "guarded4"])("is not refused for a constructor that only disables initializers (%s)", async (name) => {
    const verdict = await check(name, name);
    expect(verdict.ok).toBe(true);
    expect(verdict.findings.some((finding) => finding.code === "constructor-writes-storage")).toBe(false);
    expect(verdict.findings.find((finding) => finding.code === "constructor-in-logic")?.severity).toBe("info");
  });

  test("is warned about an immutable that is not annotated", async () => {
    const verdict = await check("plain", "immutable");
    expect(verdict.findings.find((finding) => finding.code === "immutable-in-logic")?.severity).toBe("warning");
  });

  test("may use slots 0 and 1 as it likes", async () => {
    const verdict = await check("late", "late");
    expect(verdict.findings.map((finding) => finding.code)).not.toContain("proxy-slot-overlapped");
  });

  test("is warned about functions that a transparent proxy keeps for its admin, unless the running logic has them", async () => {
    const shadowed = async (from: string, to: string, isTransparent: boolean) => {
      const { findings } = await checkStorageUpgrade({ from: unit(`registry/${from}.sol`), to: unit(`registry/${to}.sol`), proxy: "erc1967", isTransparent });
      return findings.filter(({ code }) => code === "proxy-admin-function-shadowed").map(({ severity }) => severity);
    };
    expect(await shadowed("uupsLost", "uups", true)).toEqual(["warning"]);
    expect(await shadowed("uups", "uups", true)).toEqual(["info"]);
    expect(await shadowed("uupsLost", "uups", false)).toEqual([]);
  });

  test("is refused when it would lose the upgrade function of a UUPS proxy", async () => {
    const verdict = await check("uups", "uupsLost");
    expect(verdict.ok).toBe(false);
    expect(verdict.findings.map((finding) => finding.code)).toContain("upgrade-function-missing");
  });
});
