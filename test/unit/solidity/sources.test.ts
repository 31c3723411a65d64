import { execFileSync } from "node:child_process";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isDeprecationOf } from "../../../src/solidity/deprecated-names.ts";
import { readGitCommit } from "../../../src/solidity/git-commit.ts";
import { repairAstIds } from "../../../src/solidity/repair-ast-ids.ts";
import { scanSource } from "../../../src/solidity/scan-source.ts";
import { parseSourceReference } from "../../../src/solidity/source-reference.ts";
import { createSolidityProject } from "./solidity-project.ts";

describe("scanning a source", () => {
  test("reads every form of import with its line, and nothing from comments and strings", () => {
    const scanned = scanSource(`pragma solidity ^0.8.9;
// import "./comment.sol";
import "./a.sol";
import {A as B, C} from './b.sol'; import * as D from "@x/y/c.sol";
/* import "./block.sol"; */
import "./d.sol" as E;
contract One { string s = "import './string.sol'; contract Two {}"; function f() external {} }
abstract contract Three is One {}
library Four { struct contractor { uint256 x; } }
interface Five {}`);
    expect(scanned.imports).toEqual([
      { path: "./a.sol", line: 3 },
      { path: "./b.sol", line: 4 },
      { path: "@x/y/c.sol", line: 4 },
      { path: "./d.sol", line: 6 },
    ]);
    expect(scanned.contracts).toEqual([
      { name: "One", kind: "contract" },
      { name: "Three", kind: "abstract" },
      { name: "Four", kind: "library" },
      { name: "Five", kind: "interface" },
    ]);
    expect(scanned.pragmas).toEqual([{ range: "^0.8.9", line: 1 }]);
  });

  test("never fails and always ends, whatever the text", () => {
    const pieces = fc.constantFrom("import", '"', "'", "//", "/*", "*/", "\n", "{", "}", ";", "contract ", "A", "\\", "é", "pragma solidity", " ");
    fc.assert(fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => void scanSource(parts.join(""))));
  });
});

describe("a reference to a source", () => {
  test("names a file, and a contract where there are several", () => {
    expect(parseSourceReference("contracts/a.sol:Name")).toEqual({ source: "contracts/a.sol", contract: "Name" });
    expect(parseSourceReference("contracts/a.sol")).toEqual({ source: "contracts/a.sol" });
  });

  test.each(["", "a", "a.sol:", "a.sol:1x", "a.sol:A:B", ":A", "a.ts:A"])("is refused when it is %j", (text) => {
    expect(() => parseSourceReference(text)).toThrow(/does not name a contract/);
  });
});

test("tree ids that wrapped around become negative again, and no other number changes", () => {
  const tree = { id: 7, nodes: [{ referencedDeclaration: 4294967266, overloadedDeclarations: [4294967295, 12] }], src: "0:4294967266:0" };
  repairAstIds(tree);
  expect(tree).toEqual({ id: 7, nodes: [{ referencedDeclaration: -30, overloadedDeclarations: [-1, 12] }], src: "0:4294967266:0" });
});

test("a name is a deprecation only of the name it contains", () => {
  for (const name of ["aDEPRECATED", "a_DEPRECATED", "__DEPRECATED_a", "DEPRECATED_a", "a_deprecated", "deprecatedA", "_aDEPRECATED"]) {
    expect(isDeprecationOf(name, "a")).toBe(true);
  }
  for (const name of ["a", "bDEPRECATED", "DEPRECATED", "aDEPRECATED2", "a2"]) expect(isDeprecationOf(name, "a")).toBe(false);
  expect(isDeprecationOf("aDEPRECATED", "aDEPRECATED")).toBe(false);
});

describe("the git commit of a project", () => {
  test("is HEAD, and the files that differ from it", async () => {
    const project = await createSolidityProject({ "sub/contracts/A.sol": "contract A {}", "sub/contracts/B.sol": "contract B {}" });
    const git = (...args: string[]) => execFileSync("git", ["-C", project.root, "-c", "user.name=t", "-c", "user.email=t@t", ...args], { encoding: "utf8", stdio: "pipe" });
    const root = join(project.root, "sub");
    try {
      expect(await readGitCommit(root)).toBeUndefined();
      git("init", "-q");
      git("add", ".");
      git("commit", "-q", "-m", "one");
      expect(await readGitCommit(root, ["contracts/A.sol"])).toEqual({ hash: `0x${git("rev-parse", "HEAD").trim()}`, changed: [] });
      await project.write("sub/contracts/A.sol", "contract A2 {}");
      await project.write("sub/contracts/C.sol", "contract C {}");
      expect((await readGitCommit(root, ["contracts/A.sol", "contracts/B.sol"]))?.changed).toEqual(["contracts/A.sol"]);
      expect((await readGitCommit(root))?.changed).toEqual(["contracts/A.sol", "contracts/C.sol"]);
    } finally {
      await project.remove();
    }
  });

  test("is absent where there is no repository", async () => {
    expect(await readGitCommit("/nowhere/at/all")).toBeUndefined();
  });
});
