import { z } from "zod";
import { canonicalHash } from "../../../proposal/canonical.ts";
import { addressSchema } from "../../../protocol/address-schema.ts";
import { decimalSchema, hash32Schema, type Address, type Hex } from "../../../protocol/hex.ts";
import { voteReference, type VoteFacts } from "../../vote.ts";
import type { TallyInput } from "../tally-input.ts";
import type { TallyResult } from "../tally-result.ts";
import { accountSchema, accountsOf, castSchema, rowSchema, type Entries } from "./entries.ts";
import type { RowDomain } from "./row-tree.ts";
import { ruleSetSchema, voteSchema } from "./vote-schema.ts";

/** A header as JSON-RPC gives it: names and hexadecimal values, whatever fields the chain has. */
export const rawHeaderSchema = z.record(z.string(), z.string());

const resultSchema = z.strictObject({
  rules: ruleSetSchema,
  forWei: decimalSchema,
  againstWei: decimalSchema,
  abstainWei: decimalSchema,
  participationWei: decimalSchema,
  baseWei: decimalSchema,
  quorumWei: decimalSchema,
  quorumReached: z.boolean(),
  quotaPpm: decimalSchema,
  quotaRule: z.enum(["above", "floored"]),
  neededWei: decimalSchema,
  outcome: z.enum(["passed", "rejected", "invalid"]),
  abstainOnly: z.boolean(),
  transcoders: z.strictObject({ castWei: decimalSchema, requiredWei: decimalSchema, reached: z.boolean() }).optional(),
});

const totalsSchema = z.strictObject({
  totalStakedWei: decimalSchema,
  totalActiveStakeWei: decimalSchema,
  quorumPpm: decimalSchema,
  quotaPpm: decimalSchema,
  transcoderQuorumWei: decimalSchema.optional(),
  quorumWei: decimalSchema.optional(),
  contract: z
    .strictObject({ forWei: decimalSchema, againstWei: decimalSchema, abstainWei: decimalSchema, transcodersWei: decimalSchema.optional() })
    .transform(({ transcodersWei, ...sums }) => (transcodersWei === undefined ? sums : { ...sums, transcodersWei }))
    .optional(),
});

const entriesSchema = z.strictObject({ accounts: z.array(accountSchema), votes: z.array(castSchema), rows: z.array(rowSchema) });
const besideSchema = z.strictObject({
  file: z.string().regex(/^[^/\\]+$/, "a file beside this one"),
  hash: hash32Schema,
  accounts: z.int().nonnegative(),
  votes: z.int().nonnegative(),
  rows: z.int().nonnegative(),
});

export const manifestSchema = z.strictObject({
  kind: z.literal("lpctl-tally"),
  schema: z.literal(1),
  id: hash32Schema,
  chainId: decimalSchema,
  genesisHash: hash32Schema,
  rules: ruleSetSchema,
  vote: voteSchema,
  at: z.strictObject({ blockNumber: decimalSchema, blockHash: hash32Schema, round: decimalSchema }),
  isFinal: z.boolean(),
  header: rawHeaderSchema,
  contracts: z.array(z.strictObject({ role: z.string(), address: addressSchema, codeHash: hash32Schema })),
  totals: totalsSchema,
  logsProven: z.strictObject({ blocks: decimalSchema, ofBlocks: decimalSchema }),
  result: resultSchema,
  root: hash32Schema,
  entries: z.union([entriesSchema, besideSchema]),
});
export type Manifest = z.infer<typeof manifestSchema>;
/** Rows in another file: their number, and the hash of that file's bytes. */
export type Beside = z.infer<typeof besideSchema>;

/** A tally as it is kept: everything that it was made from, and what came of it. */
export interface TallyFile extends Omit<Manifest, "entries"> {
  entries: Entries;
}

export function isBeside(entries: Manifest["entries"]): entries is Beside {
  return "file" in entries;
}

/** keccak-256 of the canonical manifest without its id. */
export function tallyId(manifest: Omit<Manifest, "id">): Hex {
  const { id: _, ...rest } = manifest as Manifest;
  return canonicalHash(rest);
}

export function domainOf({ chainId, genesisHash, vote, at, rules }: Pick<TallyFile, "chainId" | "genesisHash" | "vote" | "at" | "rules">): RowDomain {
  return { chainId, genesisHash, vote: qualifiedReference(vote), blockHash: at.blockHash, rules };
}

/** Vote ids are unique within a governor only. */
function qualifiedReference(vote: VoteFacts): string {
  return vote.kind === "poll" ? vote.address : `${vote.governor}/${voteReference(vote)}`;
}

/** What the tally was counted from, as the file has it. */
export function inputOf(file: TallyFile): TallyInput {
  const { transcoderQuorumWei, quorumWei, contract, ...totals } = file.totals;
  return {
    vote: file.vote,
    at: file.at,
    isFinal: file.isFinal,
    votes: file.entries.votes,
    accounts: accountsOf(file.entries),
    logsProven: file.logsProven,
    ...totals,
    ...(transcoderQuorumWei === undefined ? {} : { transcoderQuorumWei }),
    ...(quorumWei === undefined ? {} : { quorumWei }),
    ...(contract === undefined ? {} : { contract }),
  };
}

export interface TallySurroundings {
  chainId: bigint;
  genesisHash: Hex;
  header: Record<string, string>;
  contracts: { role: string; address: Address; codeHash: Hex }[];
}

export function totalsOf(input: TallyInput): Manifest["totals"] {
  const { totalStakedWei, totalActiveStakeWei, quorumPpm, quotaPpm, transcoderQuorumWei, quorumWei, contract } = input;
  return { totalStakedWei, totalActiveStakeWei, quorumPpm, quotaPpm, transcoderQuorumWei, quorumWei, contract };
}

export function summaryOf({ rows: _, ...result }: TallyResult): Manifest["result"] {
  return result;
}
