import { z } from "zod";
import { Exit, LpctlError } from "../../../errors.ts";
import { addressSchema } from "../../../protocol/address-schema.ts";
import { decimalSchema, hash32Schema, hexSchema, type Address } from "../../../protocol/hex.ts";
import { rowSchema } from "./entries.ts";
import { buildRowTree, verifyRowProof } from "./row-tree.ts";
import { domainOf, rawHeaderSchema, type TallyFile } from "./tally-file.ts";
import { ruleSetSchema } from "./vote-schema.ts";

/** Nodes of the state trie and of the BondingManager's storage trie that lead to an account's stake (EIP-1186). */
const stakeProofSchema = z.strictObject({
  bondingManager: addressSchema,
  /** Where the mapping of delegators begins. */
  mappingSlot: decimalSchema,
  nodes: z.array(hexSchema),
});
export type StakeProof = z.infer<typeof stakeProofSchema>;

export const receiptSchema = z.strictObject({
  kind: z.literal("lpctl-vote-receipt"),
  schema: z.literal(1),
  /** Of the tally file. */
  tally: hash32Schema,
  domain: z.strictObject({ chainId: decimalSchema, genesisHash: hash32Schema, vote: z.string(), blockHash: hash32Schema, rules: ruleSetSchema }),
  root: hash32Schema,
  index: z.int().nonnegative(),
  row: rowSchema,
  proof: z.array(hash32Schema).max(64),
  header: rawHeaderSchema,
  stake: stakeProofSchema.optional(),
});
/** Proof that one account's vote is in a tally, without the rest of it. */
export type Receipt = z.infer<typeof receiptSchema>;

/**
 * @param voter somebody who has a row in the tally
 * @throws LPCTL_TALLY_NO_SUCH_VOTER
 */
export async function makeReceipt(file: TallyFile, voter: Address, stake?: StakeProof): Promise<Receipt> {
  const index = file.entries.rows.findIndex((row) => row.voter === voter);
  const row = file.entries.rows[index];
  if (row === undefined) {
    const castIt = file.entries.votes.some((vote) => vote.voter === voter);
    throw new LpctlError({
      code: "LPCTL_TALLY_NO_SUCH_VOTER",
      exit: Exit.refused,
      message: `${voter} has no row in this tally`,
      why: castIt ? `it cast a vote, and under ${file.rules} that vote does not count` : "no vote of it is among those that were read",
      next: castIt ? "See how other rule-sets count: lpctl vote tally VOTE --rules all" : "Check the address, and in which transaction it voted",
      details: { voter, cast: castIt },
    });
  }
  const domain = domainOf(file);
  const tree = await buildRowTree(domain, file.entries.rows);
  return {
    kind: "lpctl-vote-receipt", schema: 1, tally: file.id, domain, root: tree.root, index, row, proof: tree.proofOf(index), header: file.header,
    ...(stake === undefined ? {} : { stake }),
  };
}

/** @throws LPCTL_TALLY_RECEIPT_FALSE when the row is not in the tally with this root */
export async function checkReceipt(receipt: Receipt): Promise<void> {
  const { domain, row, index, proof, root } = receipt;
  if (await verifyRowProof(domain, { row, index, proof, root })) return;
  throw receiptFalse(`the row of ${row.voter} does not lead to the root ${root}`, { voter: row.voter, root });
}

export function receiptFalse(why: string, details: Record<string, unknown>): LpctlError {
  return new LpctlError({
    code: "LPCTL_TALLY_RECEIPT_FALSE",
    exit: Exit.different,
    message: "The receipt does not prove what it says",
    why,
    next: "Ask for another one: lpctl vote verify TALLY --receipt ADDRESS --out receipt.json",
    details,
  });
}
