import type { Receipt, Rpc } from "../chain/rpc.ts";
import type { Hex } from "../protocol/hex.ts";
import { namesOf, type AddressBook } from "./contract-book.ts";
import { decodeStorage, type DecodedStorage } from "./decode-storage.ts";
import { collectSeenWords } from "./seen-words.ts";
import { tracePreimages, traceTransaction, type AccountDiff, type TransactionTrace } from "./trace.ts";

/** Everything that names are made from, for one mined transaction. */
export interface Observation extends TransactionTrace {
  preimages: Hex[];
  keys: Set<Hex>;
}

/** Enough for the plain cases, and cheaper than tracing every hash of the transaction. */
const QUICK_HASH_BUDGET = 400;

/** Traces a mined transaction. @throws LPCTL_SIMULATION_NO_TRACES */
export async function observeTransaction(rpc: Rpc, receipt: Receipt, book: AddressBook): Promise<Observation> {
  const trace = await traceTransaction(rpc, receipt.transactionHash);
  await book.learn?.(rpc, trace.calls, trace.diffs.filter(({ storage }) => storage.length > 0).map(({ address }) => address));
  const keys = collectSeenWords(trace.calls, receipt.logs, book.keyNames.keys());
  const quick = decodeAll(trace.diffs, book, [], keys, QUICK_HASH_BUDGET);
  if (quick.every(isExplained)) return { ...trace, keys, preimages: quick.flatMap((storage) => storage.preimages) };
  const traced = await tracePreimages(rpc, receipt.transactionHash);
  const full = decodeAll(trace.diffs, book, traced, keys, undefined);
  return { ...trace, keys, preimages: full.flatMap((storage) => storage.preimages) };
}

function decodeAll(diffs: readonly AccountDiff[], book: AddressBook, preimages: Hex[], keys: Set<Hex>, hashBudget: number | undefined): DecodedStorage[] {
  return diffs.flatMap(({ address, storage }) =>
    storage.length === 0 ? [] : [decodeStorage({ layout: book.layoutOf(address), changes: storage, preimages, keys, names: namesOf(book), hashBudget })],
  );
}

function isExplained(storage: DecodedStorage): boolean {
  return storage.changes.every((change) => change.path !== undefined);
}
