import { z } from "zod";
import { addressSchema } from "../../protocol/address-schema.ts";
import { decimalSchema, hash32Schema } from "../../protocol/hex.ts";
import { textSchema } from "../../protocol/text-schema.ts";

/** Schema number of the snapshots that this lpctl takes. */
export const SNAPSHOT_SCHEMA = 1;

/** More contracts, words or preimages than any protocol has. What a file claims is compared with this before anything is reserved. */
const MOST_CONTRACTS = 100_000;
const MOST_ROWS = 100_000_000;
const LONGEST_TEXT = 2_000;

/** What fits into the 32 bytes that a record of the identity has for it. */
const uint256Schema = decimalSchema.refine((value) => value >= 0n && value < 2n ** 256n, "not a number of 256 bits");
/** What a `Date` can say. */
const LAST_SECOND = 8_640_000_000_000n;

const rowCountSchema = z.int().nonnegative().max(MOST_ROWS);
const shortTextSchema = textSchema.max(LONGEST_TEXT);

const contractSchema = z.strictObject({
  address: addressSchema,
  name: shortTextSchema,
  layoutOf: shortTextSchema.nullable(),
  nonce: uint256Schema,
  balanceWei: uint256Schema,
  storageHash: hash32Schema,
  codeHash: hash32Schema,
  words: rowCountSchema,
  writtenZeros: rowCountSchema,
});

/** What is read of any manifest before all the rest: whether this lpctl understands it. */
export const manifestHeadSchema = z.object({ kind: z.literal("lpctl-snapshot"), schema: z.int().positive() });

/**
 * `manifest.json`: what the snapshot is of, and what must be in the files beside it. It names no files: which there are
 * follows from what it says, so that it cannot lead anywhere else.
 */
export const manifestSchema = z.strictObject({
  kind: z.literal("lpctl-snapshot"),
  schema: z.literal(SNAPSHOT_SCHEMA),
  /** The identity: `identityOf`. */
  id: hash32Schema,
  chainId: uint256Schema,
  block: z.strictObject({ number: uint256Schema, hash: hash32Schema, stateRoot: hash32Schema, timestampSeconds: uint256Schema.refine((seconds) => seconds <= LAST_SECOND, "a time that no calendar has") }),
  controller: addressSchema,
  /** Ascending by address. */
  contracts: z.array(contractSchema).max(MOST_CONTRACTS),
  /** Of all contracts together. */
  words: rowCountSchema,
  preimages: z.strictObject({
    addresses: rowCountSchema,
    words: rowCountSchema,
    /** Pairs of keys that belong together. */
    together: rowCountSchema,
    contracts: rowCountSchema,
  }),
  /** Who wrote it (`lpctl 0.1.0`). Not part of the identity. */
  tool: shortTextSchema,
  /** What the one who took it has to say. Not part of the identity. */
  notes: z.array(shortTextSchema).max(100),
});
export type SnapshotManifest = z.infer<typeof manifestSchema>;
