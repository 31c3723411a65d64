import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { LpctlError } from "../../../src/errors.ts";
import { parseTarget } from "../../../src/handover/target/parse-target.ts";

const failure = (text: string): LpctlError => {
  try {
    parseTarget(text, "handover.yaml");
  } catch (error) {
    return error as LpctlError;
  }
  throw new Error("it was accepted");
};

test("a file keeps addresses as text and shares as shares", () => {
  const file = parseTarget('target: stake\nto: 0x70997970C51812dc3A010C7d01b50e0d17dc79C8\nsignOfLife: false\nturnout: {bar: 85%, seed: 7, distribution: {beta: {alpha: 2.5, beta: 4}}}\n', "x");
  expect(file).toEqual({ target: "stake", to: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8", signOfLife: false, turnout: { bar: 0.85, seed: "7", distribution: { beta: { alpha: 2.5, beta: 4 } } } });
});

test.each([
  ["", "nothing that is to change"],
  ["target: stake\nthrogh: x\n", 'Unknown key "throgh". Did you mean "through"?'],
  ["target: stake\nturnout: {bar: 0.9, sed: 1}\n", 'Unknown key "sed". Did you mean "seed"?'],
  ["target: stake\nturnout: {bar: 120%}\n", "at most 100%"],
  ["target: stake\nturnout: {distribution: {triangular: {least: 50%, mode: 40%, most: 60%}}}\n", "do not rise"],
  ["target: stakes\n", "not one of safe, governor, stake"],
  ["target: stake\nparts: [{parameters: all}]\n", "`parts` need `through`"],
  ["target: stake\ncomplete: true\n", "`complete` goes with `parts`"],
  ['to: "\\e[31mred"\n', "a terminal would obey"],
  ["contracts: {Bank: 0x70997970c51812dc3a010c7d01b50e0d17dc79c}\nto: x\n", "not an address"],
  ["to: [\n", ""],
])("is refused with what is wrong: %j", (text, words) => {
  const { code, why, message } = failure(text);
  expect(code).toBe("LPCTL_HANDOVER_FILE_MALFORMED");
  expect(why).toContain(words);
  expect(message).toContain("is not a handover file");
});

test("says where in the file it is wrong", () => {
  expect(failure("target: stake\n\nturnout:\n  bar: much\n").message).toBe("handover.yaml:4:8 is not a handover file");
});

test("takes the file that the guide shows", () => {
  const guide = readFileSync(join(import.meta.dirname, "../../../docs/guide/handover.md"), "utf8");
  const yaml = /```yaml\n([^`]+)```/.exec(guide)?.[1] ?? "";
  expect(parseTarget(yaml.replaceAll("0x…", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"), "guide")).toMatchObject({ complete: true, parts: [{ parameters: ["unbondingPeriod", "roundLockAmount"] }, { functions: ["pause", "unpause"] }], turnout: { bar: 0.9 } });
});
