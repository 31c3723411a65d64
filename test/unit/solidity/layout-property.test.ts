import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { compileUnits } from "../../../src/solidity/compile.ts";
import type { CompiledUnit } from "../../../src/solidity/compiled-unit.ts";
import { isDeprecationOf } from "../../../src/solidity/deprecated-names.ts";
import { checkStorageUpgrade } from "../../../src/solidity/upgrade-check.ts";
import { createSolidityProject, type SolidityProject } from "./solidity-project.ts";

interface Variable {
  label: string;
  type: string;
}
interface Case {
  before: Variable[];
  after: Variable[];
  /** Only appended to and deprecated, so it must be accepted. */
  isHarmless: boolean;
}

const PAIRS = 60;
const types = fc.constantFrom("uint256", "uint128", "uint64", "address", "bool", "bytes32", "string", "mapping(address => uint256)", "uint256[3]");
const layout = fc.array(types, { minLength: 1, maxLength: 6 }).map((list) => list.map((type, index) => ({ label: `v${index}`, type })));
const edit = fc.record({
  kind: fc.constantFrom("append", "deprecate", "append", "deprecate", "delete", "insert", "rename", "retype", "swap"),
  at: fc.nat(),
  type: types,
});
const cases = fc.tuple(layout, fc.array(edit, { maxLength: 3 })).map(([before, edits]): Case => {
  const after = before.map((variable) => ({ ...variable }));
  let isHarmless = true;
  for (const [index, { kind, at, type }] of edits.entries()) {
    const position = after.length === 0 ? 0 : at % after.length;
    const variable = after[position];
    if (kind === "append") after.push({ label: `new${index}`, type });
    else if (variable === undefined) continue;
    else if (kind === "deprecate") {
      if (/^v\d+$/.test(variable.label)) variable.label += "DEPRECATED";
      continue;
    } else {
      isHarmless = false;
      if (kind === "delete") after.splice(position, 1);
      if (kind === "insert") after.splice(position, 0, { label: `new${index}`, type });
      if (kind === "rename") variable.label = `other${index}`;
      if (kind === "retype") variable.type = type;
      if (kind === "swap") after.push(...after.splice(position, 1));
    }
  }
  return { before, after, isHarmless };
});

let project: SolidityProject | undefined;
afterAll(() => project?.remove());

/** Written from the definition of storage, without a thought to the rules under test. */
function keepsEveryValue(from: CompiledUnit, to: CompiledUnit): boolean {
  const before = from.artifact.storageLayout;
  const after = to.artifact.storageLayout;
  const isKept = before.storage.every((old) =>
    after.storage.some(
      (now) =>
        now.slot === old.slot &&
        now.offset === old.offset &&
        after.types[now.type]?.label === before.types[old.type]?.label &&
        (now.label === old.label || isDeprecationOf(now.label, old.label)),
    ),
  );
  const span = (unit: typeof before, one: (typeof before.storage)[number]): [number, number] => {
    const begin = 32 * Number(one.slot) + one.offset;
    return [begin, begin + Number(unit.types[one.type]?.numberOfBytes)];
  };
  const isClear = after.storage
    .filter((now) => !before.storage.some((old) => old.slot === now.slot && old.offset === now.offset))
    .every((now) => {
      const [begin, end] = span(after, now);
      return before.storage.every((old) => {
        const [start, stop] = span(before, old);
        return end <= start || stop <= begin;
      });
    });
  return isKept && isClear;
}

test("an accepted layout keeps every stored value where it was, and harmless changes are accepted", async () => {
  const samples = fc.sample(cases, { numRuns: PAIRS, seed: 20171 });
  const contracts = samples.flatMap(({ before, after }, index) =>
    [["Before", before], ["After", after]].map(
      ([name, variables]) => `contract ${String(name)}${index} { ${(variables as Variable[]).map((one) => `${one.type} ${one.label};`).join(" ")} }`,
    ),
  );
  project = await createSolidityProject({ "All.sol": `// SPDX-License-Identifier: MIT\npragma solidity ^0.8.0;\n${contracts.join("\n")}` });
  const names = samples.flatMap((_, index) => [`Before${index}`, `After${index}`]);
  const units = await compileUnits({ root: project.root, targets: names.map((contract) => ({ source: "All.sol", contract })) });

  let accepted = 0;
  for (const [index, sample] of samples.entries()) {
    const [from, to] = [units[2 * index], units[2 * index + 1]];
    if (from === undefined || to === undefined) throw new Error("not compiled");
    const verdict = await checkStorageUpgrade({ from, to, proxy: "erc1967" });
    const story = `${contracts[2 * index]}\n${contracts[2 * index + 1]}\n${JSON.stringify(verdict.findings)}`;
    if (verdict.ok) {
      accepted++;
      expect(keepsEveryValue(from, to), story).toBe(true);
    }
    if (sample.isHarmless) expect(verdict.ok, story).toBe(true);
  }
  expect(accepted).toBeGreaterThan(PAIRS / 6);
  expect(accepted).toBeLessThan(PAIRS);
});
