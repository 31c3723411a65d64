import { expect, test } from "vitest";
import { LpctlError } from "../../../src/errors.ts";
import { formatHuman, parseHuman } from "../../../src/protocol/units.ts";
import type { Unit } from "../../../src/protocol/units.ts";

function refusal(text: string, unit: Unit): string {
  try {
    parseHuman(text, unit);
  } catch (error) {
    if (error instanceof LpctlError) return [error.code, error.message, error.why, error.next].filter((part) => part !== undefined).join(" | ");
    throw error;
  }
  throw new Error(`${text} was accepted`);
}

test("people's words become raw values", () => {
  const cases: [string, Unit, bigint][] = [
    ["0.5%", "percent-1e6", 5000n],
    ["0.0137 %", "percent-1e6", 137n],
    ["50 percent", "percent-1e9", 500_000_000n],
    ["10%", "percent-1e27", 10n ** 26n],
    [".5%", "percent-1e6", 5000n],
    ["1 in 1000", "one-in", 1000n],
    ["one in 500", "one-in", 500n],
    ["1/250", "one-in", 250n],
    ["0.1%", "one-in", 1000n],
    ["500", "one-in", 500n],
    ["7 rounds", "rounds", 7n],
    ["1 round", "rounds", 1n],
    ["256 blocks", "blocks", 256n],
    ["5_760", "blocks", 5760n],
    ["100 LPT", "wei-lpt", 100n * 10n ** 18n],
    ["0.000000000000000001 lpt", "wei-lpt", 1n],
    ["5 gwei", "wei-eth", 5_000_000_000n],
    ["2 days", "seconds", 172_800n],
    ["3600 seconds", "seconds", 3600n],
    ["round 1500", "round-number", 1500n],
    ["20", "count", 20n],
  ];
  for (const [text, unit, value] of cases) expect(parseHuman(text, unit).value, text).toBe(value);
});

test("raw values become people's words", () => {
  expect(formatHuman(1n, "percent-1e6")).toBe("0.0001%");
  expect(formatHuman(1_000_000n, "percent-1e6")).toBe("100%");
  expect(formatHuman(220_500n, "percent-1e9")).toBe("0.02205%");
  expect(formatHuman(10n ** 26n, "percent-1e27")).toBe("10%");
  expect(formatHuman(1n, "percent-1e27")).toBe("0.0000000000000000000000001%");
  expect(formatHuman(1000n, "one-in")).toBe("1 in 1000");
  expect(formatHuman(1n, "blocks")).toBe("1 block");
  expect(formatHuman(750_000n * 10n ** 18n, "wei-lpt")).toBe("750000 LPT");
  expect(formatHuman(172_800n, "seconds")).toBe("2 days");
  expect(formatHuman(61n, "seconds")).toBe("61 seconds");
  expect(formatHuman(0n, "seconds")).toBe("0 seconds");
});

test("a percentage between two values of the scale is refused with both", () => {
  expect(refusal("0.00005%", "percent-1e6")).toMatchInlineSnapshot(
    `"LPCTL_UNITS_NOT_REPRESENTABLE | 0.00005 cannot be written exactly in percent, in parts per 10^6. | The nearest values: 0% (0) and 0.0001% (1). | Choose one of them."`,
  );
});

test("a share without a percent sign is refused with both readings", () => {
  expect(refusal("0.5", "percent-1e6")).toMatchInlineSnapshot(
    `"LPCTL_UNITS_NOT_A_VALUE | “0.5” has a fraction but no % sign. | It could be a percentage or a share of one. | Write 0.5% or 50%."`,
  );
});

test("a probability that is not one in a whole number is refused with its neighbours", () => {
  expect(refusal("0.3%", "one-in")).toMatchInlineSnapshot(
    `"LPCTL_UNITS_NOT_REPRESENTABLE | 0.3% is not exactly one in a whole number. | The nearest: 1 in 333 or 1 in 334. | Write “1 in 333”."`,
  );
});

test("a value in another unit is refused, with an example in the right one", () => {
  expect(refusal("7 rounds", "blocks")).toMatchInlineSnapshot(
    `"LPCTL_UNITS_WRONG_UNIT | “7 rounds” is in another unit: this value is in blocks. | Write “256 blocks”, or 256."`,
  );
  expect(refusal("100 ETH", "wei-lpt")).toContain("LPCTL_UNITS_WRONG_UNIT");
  expect(refusal("10%", "rounds")).toContain("LPCTL_UNITS_WRONG_UNIT");
});

test("nonsense, emptiness, negatives and escape sequences are refused", () => {
  expect(refusal("", "blocks")).toContain("LPCTL_UNITS_EMPTY");
  expect(refusal("-5", "blocks")).toContain("LPCTL_UNITS_NEGATIVE");
  expect(refusal("lots", "percent-1e6")).toContain("LPCTL_UNITS_NOT_A_VALUE");
  expect(refusal("1e18", "wei-lpt")).toContain("LPCTL_UNITS");
  expect(refusal("0x10", "count")).toContain("LPCTL_UNITS_NOT_A_VALUE");
  expect(refusal("\u001b[31m5", "count")).not.toContain("\u001b");
});

test("an address with one changed letter is refused", () => {
  expect(parseHuman("0xd8e8328501e9645d16cf49539efc04f734606ee4", "address").value).toBe("0xD8E8328501E9645d16Cf49539efC04f734606ee4");
  expect(refusal("0xd8E8328501E9645d16Cf49539efC04f734606ee4", "address")).toContain("LPCTL_UNITS_BAD_ADDRESS");
});
