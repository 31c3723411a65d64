import { z } from "zod";
import { toPlainJson } from "../../../proposal/canonical.ts";
import { callSchema } from "../../../proposal/call.ts";
import { addressSchema } from "../../../protocol/address-schema.ts";
import { decimalSchema, hash32Schema } from "../../../protocol/hex.ts";
import { GOVERNOR_STATES, RULE_SETS, type GovernorVoteFacts, type PollFacts, type RuleSetId, type VoteFacts } from "../../vote.ts";

/** The names of the rule-sets, as a file may have them. */
export const ruleSetSchema = z.enum(RULE_SETS as readonly [RuleSetId, ...RuleSetId[]]);

const linkSchema = z.strictObject({ proposalId: hash32Schema, reportHash: hash32Schema.optional() });

const pollSchema = z.strictObject({
  kind: z.literal("poll"),
  address: addressSchema,
  creator: addressSchema.optional(),
  foreign: z.boolean(),
  text: z.string(),
  link: linkSchema.optional(),
  createdBlock: decimalSchema,
  createdTransaction: hash32Schema,
  endBlock: decimalSchema,
  quorumPpm: decimalSchema,
  quotaPpm: decimalSchema,
  state: z.enum(["active", "over"]),
  destroyed: z.boolean(),
});

const governorSchema = z.strictObject({
  kind: z.literal("governor"),
  governor: addressSchema,
  voteId: decimalSchema,
  proposer: addressSchema,
  calls: z.array(callSchema),
  description: z.string(),
  descriptionHash: hash32Schema.optional(),
  link: linkSchema.optional(),
  createdBlock: decimalSchema,
  createdTransaction: hash32Schema,
  snapshot: decimalSchema,
  deadline: decimalSchema,
  clock: decimalSchema,
  clockMode: z.enum(["blocks", "seconds", "rounds"]),
  state: z.enum(GOVERNOR_STATES),
  etaSeconds: decimalSchema.optional(),
  forWei: decimalSchema,
  againstWei: decimalSchema,
  abstainWei: decimalSchema,
  quorumWei: decimalSchema.optional(),
  quorumCounts: z.array(z.enum(["for", "against", "abstain"])),
  rules: ruleSetSchema,
  timelock: addressSchema.optional(),
  token: addressSchema.optional(),
});

export const voteSchema = z.discriminatedUnion("kind", [pollSchema, governorSchema]).transform(toFacts);
/** As `voteSchema`, for facts of our own: leaves out what a tally does not keep. */
const keptSchema = z.discriminatedUnion("kind", [pollSchema.strip(), governorSchema.strip()]).transform(toFacts);

/** What a tally keeps of a vote. */
export function keptFacts(vote: VoteFacts): VoteFacts {
  return keptSchema.parse(toPlainJson(vote));
}

function toFacts(vote: z.infer<typeof pollSchema> | z.infer<typeof governorSchema>): VoteFacts {
  const link = vote.link === undefined ? {} : { link: { proposalId: vote.link.proposalId, reportHash: vote.link.reportHash } };
  if (vote.kind === "poll") {
    const { link: _, ...facts } = vote;
    return { ...facts, creator: facts.creator, ...link } satisfies PollFacts;
  }
  const { link: _, descriptionHash, ...facts } = vote;
  return { ...facts, ...(descriptionHash === undefined ? {} : { descriptionHash }), etaSeconds: facts.etaSeconds, quorumWei: facts.quorumWei, timelock: facts.timelock, token: facts.token, ...link } satisfies GovernorVoteFacts;
}

/** What of a vote never changes after its creation: by this two readings are of the same vote. */
export function lastingFacts(vote: VoteFacts): Record<string, unknown> {
  if (vote.kind === "poll") {
    const { kind, address, creator, text, createdBlock, createdTransaction, endBlock, quorumPpm, quotaPpm } = vote;
    return { kind, address, creator, text, createdBlock, createdTransaction, endBlock, quorumPpm, quotaPpm };
  }
  const { kind, governor, voteId, proposer, calls, description, descriptionHash, createdBlock, createdTransaction, snapshot, clockMode, token } = vote;
  return { kind, governor, voteId, proposer, calls, description, ...(descriptionHash === undefined ? {} : { descriptionHash }), createdBlock, createdTransaction, snapshot, clockMode, token };
}
