import { z } from "zod";
import { intentSchema } from "../../proposal/intent.ts";
import { codeEvidenceSchema } from "../../proposal/proposal.ts";
import { addressSchema } from "../../protocol/address-schema.ts";
import { hash32Schema } from "../../protocol/hex.ts";
import { textSchema } from "../../protocol/text-schema.ts";

/**
 * - `setup`: what was deployed for the handover is registered, and gets its rules
 * - `sign-of-life`: the new owner does nothing, on chain, and so shows that it can act at all
 * - `grant`: something is given, and nothing taken
 * - `canary`: a harmless change goes the new way
 * - `transfer`: what has one owner only changes hands: given and taken in one act
 * - `revoke`: what is held twice is taken from the old
 */
export const stageSchema = z.strictObject({
  id: textSchema,
  kind: z.enum(["setup", "sign-of-life", "grant", "canary", "transfer", "revoke"]),
  title: textSchema,
  why: textSchema,
  /** Whose calls the contracts see. */
  actor: addressSchema,
  intents: z.array(intentSchema).min(1),
  /** Of what it registers. */
  code: z.array(codeEvidenceSchema).optional(),
  /** What nobody but the new holder can take back; null where the old can. */
  irreversible: textSchema.nullable(),
  /** The ordinary proposal that carries it out, once it is written. */
  proposal: z.strictObject({ name: textSchema, id: hash32Schema }).nullable(),
});
export type Stage = z.infer<typeof stageSchema>;
