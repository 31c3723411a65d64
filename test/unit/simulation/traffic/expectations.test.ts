import { describe, expect, test } from "vitest";
import { Exit } from "../../../../src/errors.ts";
import type { Difference } from "../../../../src/simulation/traffic/compare-runs.ts";
import { draftExpectations } from "../../../../src/simulation/traffic/draft-expectations.ts";
import type { TrafficOutcome } from "../../../../src/outcome/traffic.ts";
import { findExpectation, fitsPattern, isTrifle, parseExpectations } from "../../../../src/simulation/traffic/expectations.ts";

const BOND = "0x0c6d62ed";
const gas = (gasPpm: bigint): Difference => ({ kind: "gas", what: "", detail: "", gasPpm });
const stored = (path: string): Difference => ({ kind: "storage", what: "", detail: "", path });
const emitted = (event: string): Difference => ({ kind: "events", what: "", detail: "", event });

function fits(entry: string, difference: Difference, selector: `0x${string}` = BOND): boolean {
  return findExpectation(parseExpectations(`expected:\n  - ${entry}\n`, "list.yaml"), selector, difference) !== undefined;
}

test("less than 1 % more or less gas is a trifle, and nothing else is", () => {
  expect([gas(9_999n), gas(-9_999n), gas(10_000n), gas(-10_000n), stored("a"), emitted("A()")].map(isTrifle)).toEqual([true, true, false, false, false, false]);
});

describe("an expected change", () => {
  test("is bounded to the part in a million, and less gas is always welcome", () => {
    expect(fits('{ selector: "*", kind: gas, upTo: "+20.5 %" }', gas(205_000n))).toBe(true);
    expect(fits('{ selector: "*", kind: gas, upTo: "+20.5 %" }', gas(205_001n))).toBe(false);
    expect(fits('{ selector: "*", kind: gas, upTo: "0%" }', gas(-900_000n))).toBe(true);
    expect(fits('{ selector: "*", kind: gas }', gas(9_000_000n))).toBe(true);
  });

  test("is of one function, by its signature as people write it or by its selector", () => {
    for (const selector of ["transfer(address to, uint256 amount)", "transfer(address,uint256)", "0xA9059CBB"]) {
      expect([selector, fits(`{ selector: "${selector}", kind: success }`, { kind: "success", what: "", detail: "" }, "0xa9059cbb")]).toEqual([selector, true]);
      expect(fits(`{ selector: "${selector}", kind: success }`, { kind: "success", what: "", detail: "" }, BOND)).toBe(false);
    }
    expect(fits('{ selector: "0x", kind: success }', { kind: "success", what: "", detail: "" }, "0x")).toBe(true);
  });

  test("is of one kind only", () => {
    expect(fits('{ selector: "*", kind: return }', { kind: "success", what: "", detail: "" })).toBe(false);
  });

  test("names variables by pattern, and events by signature or topic", () => {
    const entry = '{ selector: "*", kind: storage, paths: ["Minter.*", "JobsManager.jobs[*].endBlock"] }';
    expect(fits(entry, stored("JobsManager.jobs[12].endBlock"))).toBe(true);
    expect(fits(entry, stored("JobsManager.jobs[12].endBlocks"))).toBe(false);
    expect(fits(entry, stored("OldMinter.supply"))).toBe(false);
    const events = '{ selector: "*", kind: events, events: ["Transfer(address indexed from, address to, uint256)"] }';
    expect(fits(events, emitted("Transfer(address,address,uint256)"))).toBe(true);
    expect(fits(events, emitted("0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"))).toBe(true);
    expect(fits(events, emitted("Approval(address,address,uint256)"))).toBe(false);
    // A change of nothing but their order has no event of its own.
    expect(fits(events, { kind: "events", what: "", detail: "" })).toBe(false);
  });
});

describe("a list of expected changes", () => {
  test.each([
    ["not YAML", "expected: [", "list.yaml"],
    ["another file", "{}", "expected"],
    ["a key that it does not know", 'expected:\n  - { selector: "*", kind: gas, upto: "1%" }', "upto"],
    ["a bound on what has none", 'expected:\n  - { selector: "*", kind: storage, upTo: "1%" }', "upTo"],
    ["a kind that does not exist", 'expected:\n  - { selector: "*", kind: balance }', "kind"],
    ["a name instead of a signature", "expected:\n  - { selector: bond, kind: gas }", "selector"],
    ["a percentage without its sign", 'expected:\n  - { selector: "*", kind: gas, upTo: "20" }', "percentage"],
    ["a fall below nothing", 'expected:\n  - { selector: "*", kind: gas, upTo: "-1 %" }', "percentage"],
    ["no paths", 'expected:\n  - { selector: "*", kind: storage, paths: [] }', "paths"],
    ["the same key twice", "expected: []\nexpected: []", ""],
    ["terminal colours", 'expected:\n  - { selector: "*", kind: gas, because: "\\e[31m" }', "because"],
    ["parts that refer to each other", "expected:\n  - &a { selector: '*', kind: gas }\n  - *a", "refers"],
  ])("is refused with %s", (_what, text, part) => {
    expect(() => parseExpectations(text, "list.yaml")).toThrow(
      expect.objectContaining({ code: "LPCTL_REPLAY_EXPECTATIONS_INVALID", exit: Exit.usage, message: expect.stringContaining("list.yaml") as string }),
    );
    try {
      parseExpectations(text, "list.yaml");
    } catch (error) {
      expect(`${String(error)} ${(error as { why?: string }).why}`).toContain(part);
    }
  });

  test("may be JSON, and may be empty", () => {
    expect(parseExpectations('{"expected":[]}', "list.json")).toEqual([]);
    expect(parseExpectations('{"expected":[{"selector":"*","kind":"gas","because":"a check more"}]}', "list.json")).toHaveLength(1);
  });
});

test("a draft of a list takes just what differed", () => {
  const classes = [
    { kind: "gas", what: "5 to 10 % more gas" },
    { kind: "gas", what: "less than 1 % less gas" },
    { kind: "storage", what: 'Jobs.names["*].end' },
    { kind: "events", what: "Jobs.Claim(address,uint256) says something else" },
    { kind: "success", what: "reverts: no" },
  ] as const;
  const outcome = { classes: classes.map((one) => ({ ...one, selector: "0xa9059cbb", signature: "transfer(address,uint256)", count: 1, expected: false, example: "0x", detail: "" })) };
  const drafted = parseExpectations(draftExpectations([outcome as unknown as TrafficOutcome]).join("\n"), "draft.yaml");
  expect(drafted.map(({ kind, upToPpm, paths, events }) => [kind, upToPpm ?? paths ?? events])).toEqual([
    ["gas", 100_000n],
    ["gas", 0n],
    ["storage", ['Jobs.names["*].end']],
    ["events", ["Claim(address,uint256)"]],
    ["success", undefined],
  ]);
  expect(draftExpectations([])).toEqual([]);
});

test("a pattern of a thousand stars takes no time", () => {
  const start = performance.now();
  expect(fitsPattern("*a".repeat(1_000), `${"a".repeat(100_000)}b`)).toBe(false);
  expect(performance.now() - start).toBeLessThan(500);
  expect(fitsPattern("a*a", "a")).toBe(false);
});
