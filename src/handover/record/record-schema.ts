import { z } from "zod";
import { callSchema } from "../../proposal/call.ts";
import { canonicalHash } from "../../proposal/canonical.ts";
import { addressSchema } from "../../protocol/address-schema.ts";
import { decimalSchema, hash32Schema, hexSchema, type Hex } from "../../protocol/hex.ts";
import { textSchema } from "../../protocol/text-schema.ts";
import { stageSchema } from "../plan/stage.ts";

const textOrEmpty = z.union([z.literal(""), textSchema]);

const accountSchema = z.strictObject({
  address: addressSchema,
  name: textSchema.nullable(),
  kind: z.enum(["key", "safe", "governor", "timelock", "vote-governor", "divided-owner", "veto-guardian", "proxy-admin", "contract", "anyone"]),
  detail: textOrEmpty,
});

const privilegeSchema = z.strictObject({
  kind: z.enum(["owner", "pending-owner", "controller", "code", "role", "role-admin", "signer", "module", "guard", "settings", "rule", "veto"]),
  contract: addressSchema,
  holder: addressSchema,
  power: textSchema,
  role: hash32Schema.optional(),
  adminRole: hash32Schema.optional(),
  target: addressSchema.optional(),
  selector: hexSchema.optional(),
  readFrom: textSchema,
});

const graphSchema = z.strictObject({
  blockNumber: decimalSchema,
  controller: addressSchema,
  top: addressSchema,
  accounts: z.array(accountSchema),
  privileges: z.array(privilegeSchema),
  former: z.array(addressSchema),
});

const matrixSchema = z.strictObject({
  blockNumber: decimalSchema,
  actors: z.array(addressSchema),
  rows: z.array(
    z.strictObject({
      id: textSchema,
      contract: addressSchema,
      name: textSchema,
      what: textSchema,
      group: z.enum(["ownership", "upgrades", "registry", "parameters", "pause", "roles", "command"]),
      call: callSchema,
      commands: addressSchema.optional(),
      cells: z.array(z.strictObject({ verdict: z.enum(["can", "perhaps", "cannot", "anybody"]), via: addressSchema.nullable() })),
    }),
  ),
});

const moveSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("owner"), contract: addressSchema, from: addressSchema, to: addressSchema }),
  z.strictObject({ kind: z.literal("grant"), contract: addressSchema, role: hash32Schema, roleName: textSchema, account: addressSchema }),
  z.strictObject({ kind: z.literal("revoke"), contract: addressSchema, role: hash32Schema, roleName: textSchema, account: addressSchema }),
  z.strictObject({ kind: z.literal("rule"), contract: addressSchema, target: addressSchema, selector: hexSchema, signature: textSchema, from: addressSchema, to: addressSchema }),
]);

const proofSchema = z.strictObject({ what: textSchema, holds: z.boolean(), detail: textOrEmpty });

const turnoutSchema = z.strictObject({
  /** Probabilities and shares as decimal fractions in text: no float is kept. */
  probability: textSchema,
  quorumProbability: textSchema,
  transcoderProbability: textSchema,
  quorumShare: textSchema,
  transcoderShare: textSchema,
  bar: textSchema,
  draws: decimalSchema,
  seed: decimalSchema,
  source: z.enum(["past", "stated"]),
  votes: z.array(z.strictObject({ vote: textSchema, share: textSchema, transcoderShare: textSchema })),
  /** Why it was accepted although it is below the bar. */
  accepted: textSchema.nullable(),
});
export type RecordedTurnout = z.infer<typeof turnoutSchema>;

/** `handover.json`: what was planned, on what, and which proposals carry it out. What has happened is read from the chain. */
export const recordSchema = z.strictObject({
  schema: z.literal(1),
  name: textSchema,
  network: textSchema,
  chainId: decimalSchema,
  genesisHash: hash32Schema,
  /** As it was planned: `safe --to 0x…`, `handover.yaml`. */
  planned: textSchema,
  /** Of what was planned and proven: everything but the proposals and the turnout. */
  planHash: hash32Schema,
  /** Of the target as it was read, by its meaning. */
  targetHash: hash32Schema,
  from: addressSchema,
  to: addressSchema,
  divided: addressSchema.nullable(),
  complete: z.boolean(),
  delayBlocks: decimalSchema,
  delaySeconds: decimalSchema,
  graph: graphSchema,
  moves: z.array(moveSchema).min(1),
  stages: z.array(stageSchema).min(1),
  /** Who could what before, and will when all is done, as tried on a fork. */
  before: matrixSchema,
  after: matrixSchema,
  proofs: z.array(proofSchema),
  unproven: z.array(textSchema),
  remarks: z.array(textSchema),
  turnout: turnoutSchema.nullable(),
});
export type HandoverRecord = z.infer<typeof recordSchema>;

/** keccak-256 of the canonical JSON of what does not change while a handover is carried out. */
export function hashPlan({ planHash: _hash, turnout: _turnout, stages, ...rest }: Omit<HandoverRecord, "planHash"> & { planHash?: Hex }): Hex {
  return canonicalHash({ ...rest, stages: stages.map(({ proposal: _proposal, ...stage }) => stage) });
}
