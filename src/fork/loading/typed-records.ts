import { selectorOf, wordOfAddress, wordOfNumber } from "../../chain/hand-codec.ts";
import type { Hex } from "../../protocol/hex.ts";
import { createKeccakInto } from "../../protocol/keccak-into.ts";
import { DelegateList, DelegatorWords, formatRecord, RECORD_BYTES, type DelegatorRow } from "./delegator-record.ts";

/** What one transaction of a TypedLoader brings in. */
export interface TypedLoad {
  accounts: number;
  /** A call of `loadDelegators`. */
  data: Hex;
  /** The words that it writes, 32 bytes each, none zero. */
  slots: Uint8Array;
  values: Uint8Array;
  /** How many they are. */
  created: number;
}

const WORD = 32;
const LOAD_DELEGATORS = selectorOf("loadDelegators(address[],bytes)");

/**
 * Delegators as calls of `TypedLoader.loadDelegators`, so many in each.
 * @param rows such as `whyNoRecord` has nothing against
 */
export async function encodeTypedLoads(rows: readonly DelegatorRow[], mostInLoad: number): Promise<TypedLoad[]> {
  const words = new DelegatorWords(await createKeccakInto());
  const loads: TypedLoad[] = [];
  for (let from = 0; from < rows.length; from += mostInLoad) {
    const some = rows.slice(from, from + mostInLoad);
    const { slots, values, count } = words.of(some);
    loads.push({ accounts: some.length, data: encodeLoad(some), slots, values, created: count });
  }
  return loads;
}

function encodeLoad(rows: readonly DelegatorRow[]): Hex {
  const list = new DelegateList();
  const records = rows.map((row) => formatRecord(row, list.placeOf(row.delegate))).join("");
  const { delegates } = list;
  const padded = records.padEnd(Math.ceil(records.length / (2 * WORD)) * 2 * WORD, "0");
  const head = [wordOfNumber(2n * BigInt(WORD)), wordOfNumber(BigInt((3 + delegates.length) * WORD))];
  return `${LOAD_DELEGATORS}${head.join("")}${wordOfNumber(BigInt(delegates.length))}${delegates.map(wordOfAddress).join("")}${wordOfNumber(BigInt(rows.length * RECORD_BYTES))}${padded}`;
}
