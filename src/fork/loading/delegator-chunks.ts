import type { Hex } from "../../protocol/hex.ts";
import { createKeccakInto, type KeccakInto } from "../../protocol/keccak-into.ts";
import { DelegateList, formatRecord, type DelegatorRow } from "./delegator-record.ts";

/** Delegators as SnapshotChunks keep them. */
export interface DelegatorChunks {
  /** Addresses of the delegates, 20 bytes each: what the contract is created with. */
  delegateList: Hex;
  /** Records, ascending by account. */
  chunks: readonly Hex[];
  /** What the contract must have come to before it can be sealed. */
  promisedHash: Hex;
}

/** As many records as the code of one contract can hold. */
export const RECORDS_IN_CHUNK = 396;
/** As many addresses as the code of one contract can hold: of delegates, and of the first accounts of all chunks. */
const MOST_ADDRESSES = 1_228;

/** Why so many cannot be in the chunks of one contract; undefined when they can. */
export function whyNoChunks(rows: readonly DelegatorRow[]): string | undefined {
  if (rows.length > MOST_ADDRESSES * RECORDS_IN_CHUNK) return `${rows.length} delegators are more than the ${MOST_ADDRESSES * RECORDS_IN_CHUNK} that fit`;
  const delegates = new Set(rows.map(({ delegate }) => delegate)).size;
  return delegates > MOST_ADDRESSES ? `${delegates} delegates are more than the ${MOST_ADDRESSES} that fit` : undefined;
}

/**
 * Delegators in chunks for `SnapshotChunks.add`, and the hash that they are promised with.
 * @param rows such as `whyNoRecord` has nothing against, in any order
 * @throws RangeError where `whyNoChunks` has something to say
 */
export async function encodeChunks(rows: readonly DelegatorRow[]): Promise<DelegatorChunks> {
  const why = whyNoChunks(rows);
  if (why !== undefined) throw new RangeError(why);
  const list = new DelegateList();
  const sorted = sortedByAccount(rows);
  const chunks: Hex[] = [];
  for (let from = 0; from < sorted.length; from += RECORDS_IN_CHUNK) {
    chunks.push(`0x${sorted.slice(from, from + RECORDS_IN_CHUNK).map((row) => formatRecord(row, list.placeOf(row.delegate))).join("")}`);
  }
  const delegateList: Hex = `0x${list.delegates.map((delegate) => delegate.slice(2).toLowerCase()).join("")}`;
  return { delegateList, chunks, promisedHash: hashChunks(await createKeccakInto(), delegateList, chunks) };
}

/** The hash of the delegates, and then with every chunk that of the hash so far and of the chunk. */
function hashChunks(keccak: KeccakInto, delegateList: Hex, chunks: readonly Hex[]): Hex {
  const pair = new Uint8Array(64);
  const hash = (data: Hex, into: number): void => {
    const bytes = Buffer.from(data.slice(2), "hex");
    keccak.hash(bytes, 0, bytes.length, pair, into);
  };
  hash(delegateList, 0);
  for (const chunk of chunks) {
    hash(chunk, 32);
    keccak.hash(pair, 0, 64, pair, 0);
  }
  return `0x${Buffer.from(pair.subarray(0, 32)).toString("hex")}`;
}

function sortedByAccount(rows: readonly DelegatorRow[]): DelegatorRow[] {
  return rows
    .map((row) => ({ row, key: row.account.toLowerCase() }))
    .sort((left, right) => (left.key < right.key ? -1 : 1))
    .map(({ row }) => row);
}
