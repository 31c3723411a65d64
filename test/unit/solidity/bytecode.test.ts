import { AbiCoder, getAddress } from "ethers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Address, Hex } from "../../../src/protocol/hex.ts";
import type { Artifact } from "../../../src/solidity/artifact.ts";
import { compileContracts } from "../../../src/solidity/compile.ts";
import { encodeDeployment } from "../../../src/solidity/encode-deployment.ts";
import { matchRuntimeBytecode } from "../../../src/solidity/match-bytecode.ts";
import { createSolidityProject, type SolidityProject } from "./solidity-project.ts";

const SOURCE = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.0;
library Sum { function twice(uint256 x) public pure returns (uint256) { return 2 * x; } }
contract Logic {
    address public immutable controller;
    uint64 public immutable limit;
    constructor(address _controller, uint64 _limit) { controller = _controller; limit = _limit; }
    function f(uint256 x) external view returns (uint256) { return Sum.twice(x) + Sum.twice(limit); }
}
abstract contract Half { function g() external virtual; }`;
const CONTROLLER = getAddress("0xd8e8328501e9645d16cf49539efc04f734606ee4") as Address;
const LIBRARY = getAddress("0x5fbdb2315678afecb367f032d93f642f64180aa3") as Address;

let project: SolidityProject;
let logic: Artifact;
let sum: Artifact;
let half: Artifact;
/** The same code with other comments: other metadata. */
let reworded: Artifact;

function must(artifact: Artifact | undefined): Artifact {
  if (artifact === undefined) throw new Error("not compiled");
  return artifact;
}

/** What the chain holds after construction and linking. */
function deployed(artifact: Artifact, values: Record<string, string>, library: string): Buffer {
  const code = Buffer.from(artifact.runtimeBytecode.slice(2), "hex");
  for (const [name, places] of Object.entries(artifact.immutableReferences)) {
    for (const { start } of places) Buffer.from((values[name] ?? "").padStart(64, "0"), "hex").copy(code, start);
  }
  for (const libraries of Object.values(artifact.linkReferences.runtime)) {
    for (const places of Object.values(libraries)) for (const { start } of places) Buffer.from(library.slice(2), "hex").copy(code, start);
  }
  return code;
}
const hex = (code: Buffer): Hex => `0x${code.toString("hex")}`;
const VALUES = { controller: CONTROLLER.slice(2).toLowerCase(), limit: "2a" };

beforeAll(async () => {
  project = await createSolidityProject({ "A.sol": SOURCE, "B.sol": `// other words\n${SOURCE}` });
  const contracts = ["Logic", "Sum", "Half"].map((contract) => ({ source: "A.sol", contract }));
  const artifacts = await compileContracts({ root: project.root, targets: [...contracts, { source: "B.sol", contract: "Logic" }] });
  [logic, sum, half, reworded] = [must(artifacts[0]), must(artifacts[1]), must(artifacts[2]), must(artifacts[3])];
});
afterAll(() => project.remove());

describe("code on chain", () => {
  test("matches exactly, and yields the immutables and library addresses in it", () => {
    const result = matchRuntimeBytecode(hex(deployed(logic, VALUES, LIBRARY)), logic);
    expect(result).toEqual({
      match: "exact",
      immutables: { controller: `0x${VALUES.controller.padStart(64, "0")}`, limit: `0x${"2a".padStart(64, "0")}` },
      libraries: { Sum: LIBRARY },
    });
  });

  test("matches but for metadata when only comments differ", () => {
    const result = matchRuntimeBytecode(hex(deployed(reworded, VALUES, LIBRARY)), logic);
    expect(result.match).toBe("modulo-metadata");
    expect(result.libraries).toEqual({ Sum: LIBRARY });
  });

  test("does not match when one instruction differs, or one place of an immutable", () => {
    const code = deployed(logic, VALUES, LIBRARY);
    for (const at of [0, 60, 100]) {
      const changed = Buffer.from(code);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(matchRuntimeBytecode(hex(changed), logic).match).toBe("none");
    }
    const places = Object.values(logic.linkReferences.runtime["A.sol"] ?? {})[0] ?? [];
    expect(places.length).toBeGreaterThan(1);
    const torn = Buffer.from(code);
    torn[places[1]?.start ?? 0] = (torn[places[1]?.start ?? 0] ?? 0) ^ 1;
    expect(matchRuntimeBytecode(hex(torn), logic).match).toBe("none");
  });

  test("does not match when it is absent, cut short or another contract's", () => {
    const code = deployed(logic, VALUES, LIBRARY);
    for (const other of [Buffer.alloc(0), code.subarray(0, -1), code.subarray(0, 40), deployed(sum, {}, LIBRARY)]) {
      expect(matchRuntimeBytecode(hex(other), logic).match).toBe("none");
    }
    expect(matchRuntimeBytecode("0x00", half).match).toBe("none");
  });

  test("of a library matches whatever address it carries in its first instruction", () => {
    const code = Buffer.from(sum.runtimeBytecode.slice(2), "hex");
    Buffer.from(LIBRARY.slice(2), "hex").copy(code, 1);
    expect(matchRuntimeBytecode(hex(code), sum).match).toBe("exact");
  });
});

describe("a deployment", () => {
  test("is the linked creation code and the encoded arguments", () => {
    const data = encodeDeployment(logic, [CONTROLLER, 42n], { Sum: LIBRARY });
    expect(data).toMatch(/^0x[0-9a-f]+$/);
    expect(data).toContain(LIBRARY.slice(2).toLowerCase());
    expect(data.endsWith(AbiCoder.defaultAbiCoder().encode(["address", "uint64"], [CONTROLLER, 42n]).slice(2))).toBe(true);
  });

  const code = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      return (error as { code: string }).code;
    }
    return "done";
  };

  test("is refused while a library has no address", () => {
    expect(code(() => encodeDeployment(logic, [CONTROLLER, 42n]))).toBe("LPCTL_SOLIDITY_UNLINKED");
    expect(code(() => encodeDeployment(logic, [CONTROLLER, 42n], { Sum: "0x12" }))).toBe("LPCTL_SOLIDITY_UNLINKED");
  });

  test("is refused when the arguments do not fit", () => {
    for (const args of [[], [CONTROLLER], [CONTROLLER, 1n, 2n], ["nobody", 1n], [CONTROLLER, 2n ** 64n]]) {
      expect(code(() => encodeDeployment(logic, args, { Sum: LIBRARY }))).toBe("LPCTL_SOLIDITY_CONSTRUCTOR_ARGUMENTS");
    }
  });

  test("is refused for an abstract contract", () => {
    expect(code(() => encodeDeployment(half))).toBe("LPCTL_SOLIDITY_NOT_DEPLOYABLE");
  });
});
