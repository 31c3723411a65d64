import type { Value } from "../script/define-migration.ts";

const INTEGER = /^-?\d+$/;

/** One line of JSON; a bigint, which JSON has none of, is `{ "bigint": "12" }`. @throws TypeError for what is no `Value` */
export function formatValue(value: Value): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === "bigint") return { bigint: inner.toString() };
    if (typeof inner === "function" || typeof inner === "symbol" || (typeof inner === "number" && !Number.isFinite(inner)) || readBigint(inner) !== undefined) {
      throw new TypeError("it holds something that cannot be kept: use strings, numbers, bigints, booleans, null, lists and plain objects");
    }
    return inner;
  });
}

/** @throws SyntaxError */
export function parseValue(text: string): Value {
  return JSON.parse(text, (_, inner: unknown) => readBigint(inner) ?? inner) as Value;
}

/** By hand: it is asked of every value of 100,000 rows. */
function readBigint(inner: unknown): bigint | undefined {
  if (typeof inner !== "object" || inner === null || !("bigint" in inner)) return undefined;
  const { bigint } = inner;
  return typeof bigint === "string" && INTEGER.test(bigint) && Object.keys(inner).length === 1 ? BigInt(bigint) : undefined;
}
