import { z } from "zod";
import { addressSchema } from "../../../protocol/address-schema.ts";
import { decimalSchema, hash32Schema, type Address } from "../../../protocol/hex.ts";
import type { AccountStake, CastVote, TallyInput } from "../tally-input.ts";
import type { TallyRow } from "../tally-result.ts";

/** The three lists of a tally file: what accounts have, what they voted, and what came of it. */
export interface Entries {
  accounts: AccountEntry[];
  votes: CastVote[];
  rows: TallyRow[];
}
export type AccountEntry = AccountStake & { account: Address };

const choiceSchema = z.enum(["for", "against", "abstain"]);

export const accountSchema = z
  .strictObject({
    account: addressSchema,
    delegate: addressSchema,
    bondedWei: decimalSchema,
    pendingStakeWei: decimalSchema,
    delegatedWei: decimalSchema,
    isRegistered: z.boolean(),
    isActive: z.boolean(),
    votesWei: decimalSchema.optional(),
  })
  .transform(({ votesWei, ...entry }): AccountEntry => (votesWei === undefined ? entry : { ...entry, votesWei }));

export const castSchema = z
  .strictObject({
    voter: addressSchema,
    choice: z.enum(["for", "against", "abstain", "unknown"]),
    weightWei: decimalSchema.optional(),
    blockNumber: decimalSchema,
    logIndex: z.int().nonnegative(),
    transaction: hash32Schema,
  })
  .transform(({ weightWei, ...vote }): CastVote => (weightWei === undefined ? vote : { ...vote, weightWei }));

export const rowSchema = z.strictObject({
  voter: addressSchema,
  delegate: addressSchema,
  weightWei: decimalSchema,
  deductionWei: decimalSchema,
  effectiveWei: decimalSchema,
  choice: choiceSchema,
  transaction: hash32Schema,
});

/** One line of the file beside the manifest. */
export const lineSchema = z.union([z.strictObject({ account: accountSchema }), z.strictObject({ vote: castSchema }), z.strictObject({ row: rowSchema })]);

/** By address, so that everybody's file is the same. */
export function entriesOf(input: TallyInput, rows: readonly TallyRow[]): Entries {
  const accounts = [...input.accounts].map(([account, stake]): AccountEntry => ({ account, ...stake }));
  const keys = new Map(accounts.map(({ account }) => [account, account.toLowerCase()]));
  accounts.sort((a, b) => ((keys.get(a.account) ?? "") < (keys.get(b.account) ?? "") ? -1 : 1));
  return { accounts, votes: input.votes, rows: [...rows] };
}

export function accountsOf(entries: Entries): Map<Address, AccountStake> {
  return new Map(entries.accounts.map(({ account, ...stake }) => [account, stake]));
}
