import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { compileContracts, compileUnits } from "../../../src/solidity/compile.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { createSolidityProject, type SolidityProject } from "./solidity-project.ts";

const HEAD = "// SPDX-License-Identifier: MIT\npragma solidity ^0.8.0;\n";
const BASE = `${HEAD}contract Base { uint256 public a; address internal immutable OWNER = msg.sender; function owner() public view returns (address) { return OWNER; } }`;
const TOP = `${HEAD}import {Base} from "./lib/Base.sol";\ncontract Top is Base { struct S { uint64 x; } mapping(address => S) public ss; }`;

const projects: SolidityProject[] = [];
async function project(files: Record<string, string>): Promise<SolidityProject> {
  const one = await createSolidityProject(files);
  projects.push(one);
  return one;
}
afterEach(async () => {
  await Promise.all(projects.splice(0).map((one) => one.remove()));
});

async function errorOf(promise: Promise<unknown>) {
  return promise.then(
    () => {
      throw new Error("it did not fail");
    },
    (error: unknown) => error as { code: string; exit: number; message: string; why?: string; next?: string },
  );
}

describe("compiling", () => {
  test("gives an artifact with layout, selectors and named immutables", async () => {
    const { root } = await project({ "src/Top.sol": TOP, "src/lib/Base.sol": BASE });
    const [top] = await compileContracts({ root, targets: [{ source: "src/Top.sol" }] });
    expect(top?.name).toBe("Top");
    expect(top?.sourceName).toBe("src/Top.sol");
    expect(top?.compiler).toMatch(/^0\.8\.37\+commit\.[0-9a-f]+$/);
    expect(top?.methodIdentifiers["owner()"]).toBe("8da5cb5b");
    expect(Object.keys(top?.immutableReferences ?? {})).toEqual(["OWNER"]);
    expect(top?.storageLayout.storage.map((item) => [item.label, item.slot])).toEqual([["a", "0"], ["ss", "1"]]);
    expect(top?.storageLayout.storage[1]?.type).toBe("t_mapping(t_address,t_struct(S)1_storage)");
    expect(Object.keys(top?.storageLayout.types ?? {})).toContain("t_struct(S)1_storage");
    expect(JSON.parse(top?.metadata ?? "{}").settings.evmVersion).toBe("cancun");
  });

  test("gives the same bytes whatever is compiled beside a contract and wherever the project lies", async () => {
    const files = { "src/Top.sol": TOP, "src/lib/Base.sol": BASE, "src/Zed.sol": `${HEAD}enum E { A, B } struct S { E e; } contract Zed { mapping(E => S) m; }` };
    const one = await project(files);
    const other = await project(files);
    const alone = await compileContracts({ root: one.root, targets: [{ source: "src/Top.sol" }] });
    const together = await compileContracts({ root: other.root, targets: [{ source: "src/Zed.sol" }, { source: "src/lib/Base.sol" }, { source: "src/Top.sol" }] });
    expect(together[2]).toEqual(alone[0]);
    expect(JSON.stringify(together)).not.toContain(other.root);
  });

  test("finds OpenZeppelin among its own packages when the project has none, and the project's own first", async () => {
    const source = `${HEAD.replace("^0.8.0", ">=0.8.0")}import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";\ncontract A { IERC20 token; }`;
    const { root, write } = await project({ "A.sol": source });
    const [bundled] = await compileContracts({ root, targets: [{ source: "A.sol" }] });
    await write("node_modules/@openzeppelin/contracts/token/ERC20/IERC20.sol", `${HEAD}interface IERC20 { function own() external; }`);
    const [own] = await compileContracts({ root, targets: [{ source: "A.sol" }] });
    expect(own?.inputHash).not.toBe(bundled?.inputHash);
  });

  test("follows the remappings of a Foundry project", async () => {
    const { root } = await project({
      "remappings.txt": "base/=vendor/base/src/\n",
      "A.sol": `${HEAD}import "base/Base.sol";\ncontract A is Base {}`,
      "vendor/base/src/Base.sol": BASE,
    });
    const [a] = await compileContracts({ root, targets: [{ source: "A.sol" }] });
    expect(a?.storageLayout.storage[0]?.label).toBe("a");
  });

  test("compiles with another compiler when its package is named", async () => {
    const { root } = await project({ "A.sol": `pragma solidity 0.8.9;\ncontract A { uint256 public a; }` });
    const [a] = await compileContracts({ root, targets: [{ source: "A.sol" }], compilerPath: join(packageRoot(), "node_modules/solc-0.8.9") });
    expect(a?.compiler).toMatch(/^0\.8\.9\+commit/);
    const [unit] = await compileUnits({ root, targets: [{ source: "A.sol" }], compilerPath: join(packageRoot(), "node_modules/solc-0.8.9/soljson.js") });
    expect(unit?.artifact.runtimeBytecode).toBe(a?.runtimeBytecode);
  });
});

describe("the cache", () => {
  test("answers a second time without compiling, also from a read-only seed", async () => {
    const { root, cache } = await project({ "Top.sol": TOP.replace("lib/", ""), "Base.sol": BASE });
    const cachedOf = async (cacheFolders: string[]): Promise<boolean[]> => {
      const seen: boolean[] = [];
      await compileContracts({ root, targets: [{ source: "Top.sol" }], cacheFolders, onProgress: (event) => seen.push(event.cached) });
      return seen;
    };
    expect(await cachedOf([cache])).toEqual([false]);
    expect(await cachedOf([cache])).toEqual([true]);
    expect(await cachedOf([cache, join(root, "user")])).toEqual([true]);
  });

  test("is not used when a source, the settings or the compiler differ", async () => {
    const { root, cache, write } = await project({ "A.sol": `${HEAD}contract A {}` });
    const hashes = new Set<string | undefined>();
    const compile = async (more: object) => hashes.add((await compileContracts({ root, targets: [{ source: "A.sol" }], cacheFolders: [cache], ...more }))[0]?.inputHash);
    await compile({});
    await compile({ settings: { optimizer: { enabled: true, runs: 1 } } });
    await compile({ compilerPath: join(packageRoot(), "node_modules/solc-0.8.9") });
    await write("A.sol", `${HEAD}contract A { }`);
    await compile({});
    expect(hashes.size).toBe(4);
    expect((await readdir(cache)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("never trusts a damaged entry", async () => {
    const { root, cache } = await project({ "A.sol": `${HEAD}contract A { function f() external pure returns (uint256) { return 4919; } }` });
    const compile = () => compileContracts({ root, targets: [{ source: "A.sol" }], cacheFolders: [cache] });
    const [good] = await compile();
    const [name = ""] = await readdir(cache);
    const text = await readFile(join(cache, name), "utf8");
    for (const damage of ["", "{", "{}", text.slice(0, -40), text.replace("611337", "611338"), text.replace("1337", "1338")]) {
      await writeFile(join(cache, name), damage);
      expect(await compile()).toEqual([good]);
    }
  });

  test("adds the facts of an upgrade to an artifact it already has", async () => {
    const { root, cache } = await project({ "A.sol": `${HEAD}contract A { uint256 a; constructor() { a = 1; } }` });
    const [artifact] = await compileContracts({ root, targets: [{ source: "A.sol" }], cacheFolders: [cache] });
    const [unit] = await compileUnits({ root, targets: [{ source: "A.sol" }], cacheFolders: [cache] });
    const [fresh] = await compileUnits({ root, targets: [{ source: "A.sol" }] });
    expect(unit?.artifact).toEqual(artifact);
    expect(unit).toEqual(fresh);
  });

  test("that cannot be written is no failure", async () => {
    const { root } = await project({ "A.sol": `${HEAD}contract A {}`, blocked: "a file where the folder should be" });
    const [artifact] = await compileContracts({ root, targets: [{ source: "A.sol" }], cacheFolders: [join(root, "blocked")] });
    expect(artifact?.name).toBe("A");
  });
});

describe("bad input", () => {
  test("a source that does not compile is told with file, line and the compiler's words", async () => {
    const { root } = await project({ "A.sol": `${HEAD}contract A {\n  uint256 x = "é";\n}` });
    const error = await errorOf(compileContracts({ root, targets: [{ source: "A.sol" }] }));
    expect(error.code).toBe("LPCTL_SOLIDITY_DOES_NOT_COMPILE");
    expect(error.exit).toBe(2);
    expect(error.message).toContain("A.sol:4");
    expect(error.why).toContain("uint256 x");
  });

  test("a terminal escape in a source never reaches the message", async () => {
    const { root } = await project({ "A.sol": `${HEAD}contract A { uint256 x = "\u001b]0;owned\u0007"; }` });
    const error = await errorOf(compileContracts({ root, targets: [{ source: "A.sol" }] }));
    expect(`${error.message}${error.why ?? ""}`).not.toContain("\u001b");
  });

  test("a pragma of another version names the compilers that are there", async () => {
    const { root } = await project({ "A.sol": "pragma solidity 0.8.9;\ncontract A {}" });
    const error = await errorOf(compileContracts({ root, targets: [{ source: "A.sol" }] }));
    expect(error.code).toBe("LPCTL_SOLIDITY_PRAGMA");
    expect(error.exit).toBe(2);
    expect(error.message).toContain("A.sol:1 asks for Solidity 0.8.9");
    expect(error.message).toContain("0.8.37");
    expect(error.next).toContain("solc-0.8.9");
  });

  test("a contract that is not in the file is answered with the nearest name", async () => {
    const { root } = await project({ "A.sol": `${HEAD}contract JobsManager {} /* contract Ghost {} */ contract Other {}` });
    const error = await errorOf(compileContracts({ root, targets: [{ source: "A.sol", contract: "JobManager" }] }));
    expect(error.code).toBe("LPCTL_SOLIDITY_NO_SUCH_CONTRACT");
    expect(error.next).toContain("A.sol:JobsManager");
    const which = await errorOf(compileContracts({ root, targets: [{ source: "A.sol" }] }));
    expect(which.code).toBe("LPCTL_SOLIDITY_WHICH_CONTRACT");
    expect(which.message).not.toContain("Ghost");
  });

  test("a file that is not there, or lies outside the project, is refused", async () => {
    const { root } = await project({ "A.sol": `${HEAD}contract A {}` });
    for (const source of ["B.sol", "../A.sol", "/etc/passwd"]) {
      expect((await errorOf(compileContracts({ root, targets: [{ source }] }))).code).toBe("LPCTL_SOLIDITY_NO_SUCH_FILE");
    }
  });

  test("an import that is not there is told with file and line", async () => {
    const { root } = await project({
      "A.sol": `${HEAD}\nimport {B} from\n  "./B.sol";\ncontract A {}`,
      "C.sol": `${HEAD}import "@nobody/nothing/X.sol";\ncontract C {}`,
      "D.sol": `${HEAD}import "../../outside.sol";\ncontract D {}`,
    });
    const relative = await errorOf(compileContracts({ root, targets: [{ source: "A.sol" }] }));
    expect(relative.code).toBe("LPCTL_SOLIDITY_IMPORT_NOT_FOUND");
    expect(relative.message).toContain("A.sol:4");
    const missing = await errorOf(compileContracts({ root, targets: [{ source: "C.sol" }] }));
    expect(missing.next).toContain("npm install @nobody/nothing");
    const outside = await errorOf(compileContracts({ root, targets: [{ source: "D.sol" }] }));
    expect(outside.code).toBe("LPCTL_SOLIDITY_IMPORT_NOT_FOUND");
  });

  test("a compiler that is not there is refused", async () => {
    const { root } = await project({ "A.sol": `${HEAD}contract A {}` });
    const error = await errorOf(compileContracts({ root, targets: [{ source: "A.sol" }], compilerPath: "node_modules/solc-0.4.0" }));
    expect(error.code).toBe("LPCTL_SOLIDITY_NO_SUCH_COMPILER");
  });

  test("storage that the rules cannot model is refused by the contract's name", async () => {
    const { root } = await project({
      "A.sol": `${HEAD}/// @custom:storage-location erc7201:x\nstruct S { uint256 a; }\ncontract A { S s; }`,
      "B.sol": `${HEAD}contract B {}`,
    });
    const error = await errorOf(compileUnits({ root, targets: [{ source: "B.sol" }, { source: "A.sol" }] }));
    expect(error.code).toBe("LPCTL_SOLIDITY_NOT_COMPARABLE");
    expect(error.exit).toBe(3);
    expect(error.message).toContain("A");
  });
});
