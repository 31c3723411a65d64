import { z } from "zod";
import { addressSchema } from "../../protocol/address-schema.ts";
import { hexSchema } from "../../protocol/hex.ts";
import { textSchema } from "../../protocol/text-schema.ts";

/** Targets that need no file: who takes over everything that the Controller's owner holds. */
export const READY_MADE = ["safe", "governor", "stake"] as const;
export type ReadyMade = (typeof READY_MADE)[number];

const wholeSchema = z.string().regex(/^\d{1,18}$/, "not a whole number");
/** `0.35` or `35%`. */
const shareSchema = z
  .string()
  .regex(/^(\d{1,3}(\.\d{1,6})?%|0(\.\d{1,9})?|1(\.0+)?)$/, "not a share: write 35% or 0.35")
  .transform((text) => (text.endsWith("%") ? Number(text.slice(0, -1)) / 100 : Number(text)))
  .refine((share) => share <= 1, "a share is at most 100%");
const positiveSchema = z
  .string()
  .regex(/^\d{1,6}(\.\d{1,6})?$/, "not a number above zero")
  .transform(Number)
  .refine((value) => value > 0, "not a number above zero");

const distributionSchema = z.union([
  z.strictObject({ shares: z.array(shareSchema).min(1) }),
  z.strictObject({ beta: z.strictObject({ alpha: positiveSchema, beta: positiveSchema }) }),
  z
    .strictObject({ triangular: z.strictObject({ least: shareSchema, mode: shareSchema, most: shareSchema }) })
    .refine(({ triangular: { least, mode, most } }) => least <= mode && mode <= most && least < most, "least, mode and most do not rise"),
]);
export type Distribution = z.infer<typeof distributionSchema>;

const turnoutSchema = z.strictObject({
  /** How probable it must be that a vote reaches its quorum. */
  bar: shareSchema.optional(),
  draws: wholeSchema.optional(),
  seed: wholeSchema.optional(),
  /** What share of the stake votes; without it, what past votes show. */
  distribution: distributionSchema.optional(),
  /** What share of the stake transcoders vote with themselves, where the governor requires some of it. */
  transcoders: distributionSchema.optional(),
});
export type TurnoutSettings = z.infer<typeof turnoutSchema>;

const canarySchema = z.union([
  z.strictObject({ parameter: textSchema, through: textSchema.optional() }),
  z.strictObject({ to: textSchema, data: hexSchema }),
]);
export type CanarySettings = z.infer<typeof canarySchema>;

const partSchema = z.union([
  z.strictObject({ parameters: z.union([z.literal("all"), z.array(textSchema).min(1)]), to: textSchema.optional() }),
  z.strictObject({ contract: textSchema, functions: z.array(textSchema).min(1), to: textSchema.optional() }),
]);

const prepareSchema = z.strictObject({
  /** Whose a Governor is to be. */
  owner: textSchema.optional(),
  /** The numbers by which stake decides, with their units: `votingPeriod: 10 rounds`. */
  rules: z.record(textSchema, textSchema).optional(),
  /** Who can veto what was voted, and until which day. */
  guardian: textSchema.optional(),
  guardianUntil: textSchema.optional(),
});
export type PrepareSettings = z.infer<typeof prepareSchema>;

/** `handover.yaml`. Every scalar is text: addresses are no numbers, shares no floats. */
export const targetSchema = z
  .strictObject({
    /** `handovers/<network>/<name>`; the file's own name without it. */
    name: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "not a kebab-case name").max(48).optional(),
    target: z.enum(READY_MADE).optional(),
    /** Who takes over: an address or a registered name. */
    to: textSchema.optional(),
    /** A DividedOwner between the Controller and those who share its powers. */
    through: textSchema.optional(),
    parts: z.array(partSchema).min(1).optional(),
    complete: z.enum(["true", "false"]).transform((text) => text === "true").optional(),
    owners: z.record(textSchema, textSchema).optional(),
    roles: z.array(z.strictObject({ contract: textSchema, role: textSchema, holders: z.array(textSchema) })).min(1).optional(),
    /** Contracts whose privileges stay where they are. */
    keep: z.array(textSchema).optional(),
    /** Contracts that no registry knows. */
    contracts: z.record(textSchema, addressSchema).optional(),
    /** Whether the new owner shows on chain that it can act before it is given anything. Default: yes. */
    signOfLife: z.enum(["true", "false"]).transform((text) => text === "true").optional(),
    canary: canarySchema.optional(),
    turnout: turnoutSchema.optional(),
    /** How `handover prepare` makes what the target needs and nobody has deployed. */
    prepare: prepareSchema.optional(),
    delayBlocks: wholeSchema.optional(),
    delaySeconds: wholeSchema.optional(),
  })
  .refine(({ target, owners, roles, parts, to }) => [target, owners, roles, parts, to].some((given) => given !== undefined), "it names nothing that is to change: give target, to, owners, roles or parts")
  .refine(({ parts, through }) => parts === undefined || through !== undefined, "`parts` need `through`, the address of a DividedOwner")
  .refine(({ complete, parts }) => complete !== true || parts !== undefined, "`complete` goes with `parts`");
export type TargetFile = z.infer<typeof targetSchema>;

/** Names of members by where they stand, for "did you mean". */
export const TARGET_KEYS: Readonly<Record<string, readonly string[]>> = {
  "": ["name", "target", "to", "through", "parts", "complete", "owners", "roles", "keep", "contracts", "signOfLife", "canary", "turnout", "prepare", "delayBlocks", "delaySeconds"],
  parts: ["parameters", "contract", "functions", "to"],
  roles: ["contract", "role", "holders"],
  prepare: ["owner", "rules", "guardian", "guardianUntil"],
  canary: ["parameter", "through", "to", "data"],
  turnout: ["bar", "draws", "seed", "distribution", "transcoders"],
  distribution: ["shares", "beta", "triangular"],
  transcoders: ["shares", "beta", "triangular"],
  beta: ["alpha", "beta"],
  triangular: ["least", "mode", "most"],
};
