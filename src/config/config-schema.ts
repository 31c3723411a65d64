import { z } from "zod";
import { addressSchema } from "../protocol/address-schema.ts";
import { CHANGE_KINDS, POLL_RULES, type PollRequirement } from "../protocol/policy.ts";
import { textSchema } from "../protocol/text-schema.ts";
import { keySchema } from "./key-schema.ts";

/** `lpctl.yaml` and the user's `config.yaml`. Strict: a misspelt key is an error, not a silent default. */

const rpcUrlSchema = z.string().refine(isRpcUrl, "not an http:// or https:// URL");

/** The name of a network is also the name of a folder under `proposals/`, and is typed to confirm. */
const nameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "a name takes letters, digits, '.', '-' and '_', and starts with a letter or a digit");

/** Whole and positive; also written as text, because YAML numbers are floats. */
const wholeNumberSchema = z
  .union([z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER), z.string().regex(/^(0|[1-9][0-9]*)$/, "not a whole number")])
  .transform((value) => BigInt(value));

const voteSchema = z.strictObject(
  {
    vote: z.enum(["poll", "none"]),
    rules: z.enum(POLL_RULES).default("lip-16"),
    for: z.array(z.enum(CHANGE_KINDS)).min(1, "it names at least one kind of change").default([...CHANGE_KINDS]),
  },
  { error: (issue) => (issue.code === "invalid_type" ? "takes poll, none, or { vote: poll, rules: lip-16, for: [upgrade] }" : undefined) },
);

/** What has to be voted on before it is signed: `poll` for every kind of change, `none` where a network needs no vote. */
const requiresSchema = z
  .preprocess((value) => (typeof value === "string" ? { vote: value } : value), voteSchema)
  .transform(({ vote, rules, for: kinds }): PollRequirement | "none" => (vote === "none" ? "none" : { vote, rules, for: kinds }));

const networkSchema = z.strictObject({
  rpcUrl: rpcUrlSchema.optional(),
  chainId: wholeNumberSchema.optional(),
  controller: addressSchema.optional(),
  keys: z.record(nameSchema, keySchema).optional(),
  explorer: z.url().optional(),
  safeServiceUrl: z.url().optional(),
  /** Path of a file that holds the service's API key and nothing else; only its owner may read it. */
  safeServiceKeyFile: textSchema.optional(),
  governorDelayBlocks: wholeNumberSchema.optional(),
  /** Instead of what the policy says for all networks. */
  requires: requiresSchema.optional(),
});

export const policySchema = z.strictObject({
  /** Checks, or codes of findings, whose warnings refuse. */
  refuse: z.array(textSchema).default([]),
  /** Refusals that somebody answers for, each in one proposal. */
  allow: z.array(z.strictObject({ finding: textSchema, proposal: textSchema, reason: textSchema.min(10, "a reason takes a sentence") })).default([]),
  /** Blocks that a LIP-25 Governor has to wait between staging and executing. */
  minimumDelayBlocks: z.int().nonnegative().max(10_000_000, "this is more than three years of blocks").optional(),
  requires: requiresSchema.optional(),
  /** Signing asks for the words that a second machine shows. */
  secondDevice: z.boolean().optional(),
});

/** For whoever misspells one of them. */
export const VOTE_KEYS = Object.keys(voteSchema.shape);

export const configFileSchema = z.strictObject({
  schema: z.literal(1, "this lpctl reads schema: 1"),
  defaultNetwork: nameSchema.optional(),
  /** An empty `networks:` is null in YAML. */
  networks: z.record(nameSchema, networkSchema).nullish(),
  keysDirectory: textSchema.optional(),
  sources: z.array(textSchema).optional(),
  /** Solidity version to the path of its soljson. */
  compilers: z.record(textSchema, textSchema).optional(),
  policy: policySchema.optional(),
});

export type NetworkEntry = z.output<typeof networkSchema>;
export type NetworkInput = z.input<typeof networkSchema>;
export type ConfigFile = z.output<typeof configFileSchema>;

function isRpcUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  return ["http:", "https:"].includes(new URL(text).protocol);
}
