/** What a proposal may change, by name. Independent of block and time. */
import { z } from "zod";
import { canonicalHash } from "../../proposal/canonical.ts";
import { addressSchema } from "../../protocol/address-schema.ts";
import type { Hex } from "../../protocol/hex.ts";
import { textSchema } from "../../protocol/text-schema.ts";
import { pathOf, placeKey, valueOf } from "../../outcome/place.ts";
import type { StateChange } from "../../outcome/simulation.ts";

/** More than a chain can change in one block; a longer file is no effects file. */
const MOST_EFFECTS = 50_000;
const LONGEST_VALUE = 200_000;

const NUMBER = /^(0|-?[1-9][0-9]{0,77})$/;
const numberSchema = z.string('a number is written as text: "500"').regex(NUMBER, "not a whole number in decimal");

/** A value, a range whose ends are allowed too, or anything. */
export type AllowedValue = string | { min?: string | undefined; max?: string | undefined } | { any: true };

const allowedSchema: z.ZodType<AllowedValue> = z.union([
  z.string().max(LONGEST_VALUE),
  z
    .strictObject({ min: numberSchema.optional(), max: numberSchema.optional(), any: z.literal(true, '"any" is true, or not there').optional() })
    .superRefine(({ min, max, any }, context) => {
      const refuse = (message: string): void => context.addIssue({ code: "custom", message });
      if (any !== undefined && (min !== undefined || max !== undefined)) refuse('either "any", or "min" and "max"');
      else if (any === undefined && min === undefined && max === undefined) refuse('a range needs "min", "max" or both');
      else if (isNumber(min) && isNumber(max) && BigInt(min) > BigInt(max)) refuse('"min" is greater than "max"');
    })
    .transform(({ min, max, any }): AllowedValue => (any === true ? { any } : { min, max })),
]);

function isNumber(text: string | undefined): text is string {
  return text !== undefined && NUMBER.test(text);
}

const effectSchema = z
  .strictObject({
    address: addressSchema,
    /** For people. */
    contract: textSchema.optional(),
    /** `registry[JobsManagerTarget].contractAddress`, `slot 0x…`, `balance`, `code`. */
    path: textSchema.min(1),
    /** Solidity type; for people, and for what a range may be. */
    type: textSchema.optional(),
    before: allowedSchema,
    after: allowedSchema,
  })
  .superRefine((effect, context) => {
    for (const side of ["before", "after"] as const) {
      const problem = rangeProblem(effect[side], effect.path === "balance" ? "uint256" : (effect.type ?? ""));
      if (problem !== undefined) context.addIssue({ code: "custom", path: [side], message: problem });
    }
  });
export type Effect = z.infer<typeof effectSchema>;

export const effectsSchema = z
  .array(effectSchema)
  .max(MOST_EFFECTS)
  .superRefine((effects, context) => {
    const seen = new Set<string>();
    for (const [index, { address, path }] of effects.entries()) {
      const key = placeKey(address, path);
      if (seen.has(key)) context.addIssue({ code: "custom", path: [index], message: `${address} ${path} is named twice` });
      seen.add(key);
    }
  });

export const effectsFileSchema = z.strictObject({ schema: z.literal(1), effects: effectsSchema });

function rangeProblem(value: AllowedValue, type: string): string | undefined {
  if (typeof value === "string" || "any" in value) return undefined;
  const [, unsigned, bits] = /^(u?)int(\d*)/.exec(type) ?? [];
  if (unsigned === undefined && type !== "") return `a range is for numbers, and this is of type ${type}`;
  const width = BigInt(bits || 256);
  const least = unsigned === "u" ? 0n : -(1n << (width - 1n));
  const most = unsigned === "" ? (1n << (width - 1n)) - 1n : (1n << width) - 1n;
  const outside = [value.min, value.max].find((end) => isNumber(end) && (BigInt(end) < least || BigInt(end) > most));
  return outside === undefined ? undefined : `${outside} is outside of ${type === "" ? "256 bits" : type}`;
}

/** Whether a change is an effect of the proposal: neither bookkeeping nor accrual. */
export function isEffect(change: StateChange): boolean {
  return change.kind !== "nonce" && change.class !== "bookkeeping" && change.class !== "accrual";
}

/** The effects of changes, sorted by account and path. */
export function effectsOf(changes: readonly StateChange[]): Effect[] {
  const effects = changes.filter(isEffect).map((change): Effect => ({
    address: change.address,
    ...(change.contract === undefined ? {} : { contract: change.contract }),
    path: pathOf(change),
    ...(change.type === undefined ? {} : { type: change.type }),
    before: valueOf(change, "before"),
    after: valueOf(change, "after"),
  }));
  return sortEffects(effects);
}

/** keccak-256 of the canonical JSON of account, path, before and after of each; what is there only for people has no part in it. */
export function hashOfEffects(effects: readonly Effect[]): Hex {
  return canonicalHash(sortEffects(effects).map(({ address, path, before, after }) => ({ address: address.toLowerCase(), path, before, after })));
}

function sortEffects(effects: readonly Effect[]): Effect[] {
  const key = ({ address, path }: Effect): string => placeKey(address, path);
  return effects.toSorted((left, right) => (key(left) < key(right) ? -1 : key(left) > key(right) ? 1 : 0));
}
