import fc from "fast-check";
import { expect, test } from "vitest";
import { LpctlError } from "../../src/errors.ts";
import { UINT256_MAX } from "../../src/protocol/parameter.ts";
import { formatHuman, parseHuman, percentDivisor } from "../../src/protocol/units.ts";
import type { Unit } from "../../src/protocol/units.ts";

const NUMERIC: readonly Unit[] = ["percent-1e6", "percent-1e9", "percent-1e27", "one-in", "blocks", "rounds", "seconds", "hours", "round-number", "count", "wei-lpt", "wei-eth"];
const anyUnit = fc.constantFrom(...NUMERIC);
const anyUint = fc.oneof(fc.bigInt({ min: 0n, max: UINT256_MAX }), fc.bigInt({ min: 0n, max: 10n ** 28n }), fc.bigInt({ min: 0n, max: 1000n }));

test("the human form of every value reads back as that value", () => {
  fc.assert(fc.property(anyUnit, anyUint, (unit, value) => parseHuman(formatHuman(value, unit), unit).value === value), { numRuns: 3000 });
});

test("the raw integer of every value reads back as that value and is known to be raw", () => {
  fc.assert(
    fc.property(anyUnit, anyUint, (unit, value) => {
      expect(parseHuman(value.toString(), unit)).toEqual({ value, form: "raw" });
    }),
  );
});

test("a percentage is either held exactly or refused, never rounded", () => {
  const percent = fc.tuple(fc.nat({ max: 100 }), fc.stringMatching(/^\d{1,30}$/));
  fc.assert(
    fc.property(fc.constantFrom<Unit>("percent-1e6", "percent-1e9", "percent-1e27"), percent, (unit, [whole, fraction]) => {
      const divisor = percentDivisor(unit) ?? 0n;
      // value / divisor = (whole.fraction) / 100, compared without a division
      const numerator = BigInt(`${whole}${fraction}`);
      const denominator = 100n * 10n ** BigInt(fraction.length);
      const exact = (numerator * divisor) % denominator === 0n;
      try {
        const { value } = parseHuman(`${whole}.${fraction}%`, unit);
        expect(typeof value === "bigint" && value * denominator === numerator * divisor).toBe(true);
        expect(exact).toBe(true);
      } catch (error) {
        if (!(error instanceof LpctlError)) throw error;
        expect(error.code).toBe("LPCTL_UNITS_NOT_REPRESENTABLE");
        expect(exact).toBe(false);
      }
    }),
    { numRuns: 1500 },
  );
});

test("any text is either a value or a clear refusal, and the human form of what was read means the same", () => {
  fc.assert(
    fc.property(fc.string(), anyUnit, (text, unit) => {
      try {
        const { value } = parseHuman(text, unit);
        expect(parseHuman(formatHuman(value, unit), unit).value).toBe(value);
      } catch (error) {
        expect(error).toBeInstanceOf(LpctlError);
      }
    }),
    { numRuns: 2000 },
  );
});
