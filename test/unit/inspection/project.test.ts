import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Rpc } from "../../../src/chain/rpc.ts";
import { Exit } from "../../../src/errors.ts";
import { requireController, type Project } from "../../../src/inspection/project.ts";
import { compileReference } from "../../../src/inspection/sources.ts";
import { describeIntent } from "../../../src/lifecycle/describe-intent.ts";
import { pathToPeople } from "../../../src/authority/path-to-people.ts";
import { COMPILE_CACHES, OLD_COMPILER } from "../../e2e/local-project.ts";
import { address, SET_RATE, UPGRADE } from "../proposal/example-proposal.ts";

function projectWith(files: Record<string, string>, more: Partial<Project> = {}): Project {
  const folder = mkdtempSync(join(tmpdir(), "lpctl-sources-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const rpc = new Rpc("http://127.0.0.1:1");
  return { folder, network: "local", chainId: 31337n, controller: undefined, rpc, compilerCaches: COMPILE_CACHES, sources: [], compilers: {}, delayBlocks: 0n, ...more };
}

test("a source is compiled by the configured compiler that its pragma and those of its imports allow", async () => {
  const files = {
    "Base.sol": "// SPDX-License-Identifier: MIT\npragma solidity =0.8.9;\nabstract contract Base { uint256 public value; }\n",
    "Old.sol": '// SPDX-License-Identifier: MIT\npragma solidity ^0.8.0;\nimport "./Base.sol";\ncontract Old is Base {}\n',
    "New.sol": "// SPDX-License-Identifier: MIT\npragma solidity ^0.8.0;\ncontract New { uint256 public value; }\n",
  };
  const project = projectWith(files, { compilers: OLD_COMPILER });
  expect((await compileReference(project, "Old.sol:Old")).artifact.compiler).toContain("0.8.9");
  expect((await compileReference(project, "New.sol:New")).artifact.compiler).not.toContain("0.8.9");
});

test("a source that no compiler here fits is refused with what it asks for", async () => {
  const files = { "Odd.sol": "// SPDX-License-Identifier: MIT\npragma solidity 0.7.6;\ncontract Odd {}\n" };
  for (const compilers of [{}, OLD_COMPILER]) {
    await expect(compileReference(projectWith(files, { compilers }), "Odd.sol:Odd")).rejects.toMatchObject({ code: "LPCTL_SOLIDITY_PRAGMA", exit: Exit.usage });
  }
});

test("the suite that lpctl carries is found from an empty folder", async () => {
  const reference = "contracts/registry/Controller.sol:Controller";
  expect((await compileReference(projectWith({}), reference)).artifact.name).toBe("Controller");
});

test("what needs a registry says where to name it", () => {
  const project = projectWith({});
  expect(() => requireController(project)).toThrow(expect.objectContaining({ code: "LPCTL_NETWORK_INCOMPLETE", exit: Exit.usage, next: expect.stringContaining(join(project.folder, "lpctl.yaml")) }));
});

test("intents are told in one sentence, with the value in its unit", () => {
  expect(describeIntent(SET_RATE)).toContain("1 in 500");
  expect(describeIntent(UPGRADE)).toBe(`Upgrade JobsManager to the code at ${UPGRADE.implementation}`);
  expect(describeIntent({ kind: "pause", controller: address("c0") })).toContain("Pause");
});

test("the way to the people is the authorities that act, innermost first", () => {
  const key = { kind: "eoa" as const, address: address("a1") };
  expect(pathToPeople({ kind: "governor", address: address("90"), owner: { kind: "timelock", address: address("71"), minDelaySeconds: 1n, proposers: [key], executors: "anyone", cancellers: [] } }, [])).toEqual([
    { kind: "governor", address: address("90") },
    { kind: "timelock", address: address("71") },
    key,
  ]);
  expect(() => pathToPeople({ kind: "unknown", address: address("0ff") }, [])).toThrow(expect.objectContaining({ code: "LPCTL_AUTHORITY_NO_ROUTE" }));
});
