/** The portable file beside a proposal: everything that its simulation and report rest on. */
import { z } from "zod";
import { recordedAnswerSchema } from "../../chain/recorded-answer.ts";
import { decimalSchema } from "../../protocol/hex.ts";
import { CHANGE_KINDS, POLL_RULES } from "../../protocol/policy.ts";
import { addressSchema } from "../../protocol/address-schema.ts";
import { textSchema } from "../../protocol/text-schema.ts";
import { artifactSchema } from "../../solidity/artifact.ts";
import { upgradeFactsSchema } from "../../solidity/compiled-unit.ts";
import { recordedStateSchema } from "../witness/recorded-state.ts";
import { stateProofSchema } from "../witness/state-proof.ts";

/**
 * The compiler's own form of a path: relative, forward slashes, going nowhere else. Names of sources are never used as paths,
 * and a file in which they look like other places is not one of ours.
 */
const sourceNameSchema = z
  .string()
  .max(300)
  .regex(/^[\w@.$+ -]+(\/[\w@.$+ -]+)*$/, "not the name of a source")
  .refine((name) => !name.split("/").some((part) => part === ".." || part === "."), "not the name of a source");

/** What one contract was compiled from; `sources` point into `texts`. */
const packedInputSchema = z.strictObject({
  compiler: textSchema,
  settings: z.record(z.string(), z.unknown()),
  sources: z.record(sourceNameSchema, z.int().nonnegative()),
});

/** What came out. Left out is what no check looks at: the creation code and the compiler's metadata. */
const packedUnitSchema = z.strictObject({
  /** As the proposal or its checks named it. */
  references: z.array(textSchema),
  /** Whether code on chain was recognised by it. */
  isKnown: z.boolean(),
  /** Index into `inputs`. */
  input: z.int().nonnegative(),
  artifact: artifactSchema.omit({ creationBytecode: true, metadata: true }).strict(),
  facts: upgradeFactsSchema,
});

const packedSourcesSchema = z.strictObject({
  texts: z.array(z.string()),
  inputs: z.array(packedInputSchema),
  units: z.array(packedUnitSchema),
});
export type PackedSources = z.infer<typeof packedSourcesSchema>;

const policySchema = z.strictObject({
  refuse: z.array(textSchema),
  /** Only of a proposal that was being prepared. */
  later: z.array(textSchema).optional(),
  allow: z.array(z.strictObject({ finding: textSchema, proposal: textSchema, reason: textSchema })),
  minimumDelayBlocks: decimalSchema.optional(),
  secondDevice: z.boolean().optional(),
  requires: z.strictObject({ vote: z.literal("poll"), rules: z.enum(POLL_RULES), for: z.array(z.enum(CHANGE_KINDS)) }).optional(),
  /** Only of one that somebody was about to sign or to send. */
  acting: z.literal(true).optional(),
});

/** Everything that goes into an assessment. What comes out, the report, follows from it and lies beside it in the file. */
export const evidenceSchema = z.strictObject({
  /** `lpctl 1.2.3` */
  producedBy: textSchema,
  /** Of the proposal's folder. */
  name: z.string().regex(/^\d{3,9}-[a-z0-9-]{1,60}$/, "not the name of a proposal"),
  /** What of the project's configuration has a part in the result. */
  settings: z.strictObject({ controller: addressSchema.nullable(), sources: z.array(textSchema), policy: policySchema.nullable(), /** Only where it was left out. */ aftermath: z.literal(false).optional() }),
  /** `proposal.json`, read with `parseProposal`. */
  proposal: z.unknown(),
  /** The Safe transaction, read with `parseBundle`; null where the route has no Safe. */
  bundle: z.unknown(),
  state: recordedStateSchema,
  /** Of `state` against the block's state root, or why there is none. */
  proof: z.union([stateProofSchema, z.strictObject({ unproven: textSchema })]),
  /** What the chain was asked besides, and said. Reads of state are not among them: they are asked of `state`. */
  answers: z.array(recordedAnswerSchema),
  /** Positions in `answers` of calls that the local chain answered otherwise, or not. */
  unconfirmed: z.array(z.int().nonnegative()),
  /** What only the machine that wrote the file could tell, such as what its git said of a commit. */
  local: z.record(z.string().regex(/^[a-z-]{1,40}$/, "not the name of a fact"), z.unknown()),
  sources: packedSourcesSchema,
});
export type Evidence = z.infer<typeof evidenceSchema>;
