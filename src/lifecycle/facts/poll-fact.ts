import { z } from "zod";
import type { PollCondition } from "../../checks/poll-condition.ts";
import { addressSchema } from "../../protocol/address-schema.ts";
import { hash32Schema } from "../../protocol/hex.ts";
import { POLL_RULES } from "../../protocol/policy.ts";

const amountSchema = z.string().regex(/^(0|[1-9][0-9]{0,77})$/, "not a whole number");

/**
 * What a machine found out about the polls of a proposal, as plain JSON: whatever the number of voters, only what came of counting
 * them, which `lpctl vote tally` makes again from any RPC.
 */
export const pollFactSchema = z.strictObject({
  rules: z.enum(POLL_RULES),
  creator: addressSchema.nullable(),
  polls: z.array(
    z.strictObject({
      address: addressSchema,
      reportHash: hash32Schema.nullable(),
      endBlock: amountSchema,
      state: z.enum(["running", "settling", "passed", "rejected", "invalid"]),
      count: z.strictObject({ forWei: amountSchema, againstWei: amountSchema, participationWei: amountSchema, quorumWei: amountSchema, voters: z.int().nonnegative() }).nullable(),
    }),
  ),
  foreign: z.array(z.strictObject({ poll: addressSchema, creator: addressSchema })),
  evidence: z.array(hash32Schema),
});
export type PollFact = z.output<typeof pollFactSchema>;

export function conditionOf({ creator, polls, ...fact }: PollFact): PollCondition {
  return {
    ...fact,
    creator: creator ?? undefined,
    polls: polls.map(({ address, reportHash, endBlock, state, count }) => ({
      address,
      reportHash: reportHash ?? undefined,
      endBlock: BigInt(endBlock),
      state,
      count: count === null ? undefined : { forWei: BigInt(count.forWei), againstWei: BigInt(count.againstWei), participationWei: BigInt(count.participationWei), quorumWei: BigInt(count.quorumWei), voters: count.voters },
    })),
  };
}
