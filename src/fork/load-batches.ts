import { selectorOf, wordOfNumber } from "../chain/hand-codec.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { compareWords } from "../protocol/order-words.ts";
import type { SlotWords } from "../snapshot/trie/storage-root.ts";
import { CHANGED_SLOT_GAS, loadGas, NEW_SLOT_GAS } from "./fork-gas.ts";

const WORD = 32;
const LOAD = selectorOf("load(bytes)");
/** An estimate plus a quarter must stay below the cap on one transaction (EIP-7825: 16,777,216). */
const MOST_GAS = 13_000_000n;
/** Nodes take no transaction above 128 kB. */
const MOST_RECORDS = 1_800;

/** What one transaction writes into the storage of one proxy. */
export interface LoadBatch {
  /** The contract's registered name. */
  contract: string;
  proxy: Address;
  slots: Uint8Array;
  values: Uint8Array;
  data: Hex;
  /** Slots that had nothing, and slots that are changed or cleared. */
  created: number;
  changed: number;
  gas: bigint;
}

/**
 * Divides what a proxy must be loaded with into transactions: every word, and a zero where a deployment left something that
 * the fork has not. What a deployment wrote is written again, because it may depend on the block in which that is mined; but
 * for the proxy's own two words, which a loader may not touch.
 * @param wanted ascending
 * @param there ascending: what the deployment wrote
 * @param blockGasLimit of the chain
 */
export function planLoads(contract: string, proxy: Address, wanted: SlotWords, there: SlotWords, blockGasLimit: bigint): LoadBatch[] {
  const mostGas = blockGasLimit * 3n / 4n < MOST_GAS ? blockGasLimit * 3n / 4n : MOST_GAS;
  const batches: LoadBatch[] = [];
  let records: { slot: Uint8Array; word: Uint8Array }[] = [];
  let [created, changed, gas] = [0, 0, 100_000n];
  const flush = (): void => {
    if (records.length === 0) return;
    batches.push(batchOf(contract, proxy, records, created, changed));
    records = [];
    [created, changed, gas] = [0, 0, 100_000n];
  };
  const add = (slot: Uint8Array, word: Uint8Array, isNew: boolean): void => {
    const own = (isNew ? NEW_SLOT_GAS : CHANGED_SLOT_GAS) + 2_200n;
    if (records.length >= MOST_RECORDS || gas + own > mostGas) flush();
    records.push({ slot, word });
    gas += own;
    if (isNew) created += 1;
    else changed += 1;
  };
  const nothing = new Uint8Array(WORD);
  const at32 = (bytes: Uint8Array, index: number): Uint8Array => bytes.subarray(index * WORD, index * WORD + WORD);
  for (let [index, other] = [0, 0]; index < wanted.count || other < there.count; ) {
    const order = index === wanted.count ? 1 : other === there.count ? -1 : compareWords(wanted.slots, index * WORD, there.slots, other * WORD);
    if (order < 0) {
      add(at32(wanted.slots, index), at32(wanted.values, index), true);
      index++;
    } else if (order > 0) {
      add(at32(there.slots, other), nothing, false);
      other++;
    } else {
      if (!isProxySlot(wanted.slots, index * WORD)) add(at32(wanted.slots, index), at32(wanted.values, index), false);
      index++;
      other++;
    }
  }
  flush();
  return batches;
}

/** Slots 0 and 1: Controller and the name of the target. */
function isProxySlot(slots: Uint8Array, at: number): boolean {
  for (let byte = 0; byte < WORD - 1; byte++) if (slots[at + byte] !== 0) return false;
  return (slots[at + WORD - 1] ?? 0) < 2;
}

function batchOf(contract: string, proxy: Address, records: readonly { slot: Uint8Array; word: Uint8Array }[], created: number, changed: number): LoadBatch {
  const packed = Buffer.concat(records.flatMap(({ slot, word }) => [slot, word]));
  const data: Hex = `${LOAD}${wordOfNumber(BigInt(WORD))}${wordOfNumber(BigInt(packed.length))}${packed.toString("hex")}`;
  return {
    contract,
    proxy,
    slots: new Uint8Array(Buffer.concat(records.map(({ slot }) => slot))),
    values: new Uint8Array(Buffer.concat(records.map(({ word }) => word))),
    data,
    created,
    changed,
    gas: loadGas(data, created, changed),
  };
}
