import { z } from "zod";
import type { Value } from "../script/define-migration.ts";

/** How a bigint stands in JSON, which has none: `{ "bigint": "12" }`. */
const BIGINT = z.strictObject({ bigint: z.string().regex(/^-?\d+$/) });

/** One line of JSON. @throws TypeError for what is no `Value`: an object with `bigint` alone in it, a function, undefined inside */
export function formatValue(value: Value): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === "bigint") return { bigint: inner.toString() };
    if (typeof inner === "function" || typeof inner === "symbol" || (typeof inner === "number" && !Number.isSafeInteger(inner) && !Number.isFinite(inner))) {
      throw new TypeError("it holds something that cannot be kept: use strings, numbers, bigints, booleans, null, lists and plain objects");
    }
    return inner;
  });
}

/** @throws SyntaxError */
export function parseValue(text: string): Value {
  return JSON.parse(text, (_, inner: unknown) => {
    const big = BIGINT.safeParse(inner);
    return big.success ? BigInt(big.data.bigint) : inner;
  }) as Value;
}
