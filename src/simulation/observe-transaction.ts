import type { Receipt, Rpc } from "../chain/rpc.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { namesOf, type AddressBook } from "./contract-book.ts";
import { decodeStorage, type DecodedStorage } from "./decode-storage.ts";
import { collectSeenWords } from "./seen-words.ts";
import { tracePreimages, traceTransaction, type AccountDiff, type TransactionTrace } from "./trace.ts";

/** Everything that names are made from, for one mined transaction. */
export interface Observation extends TransactionTrace {
  preimages: Hex[];
  keys: Set<Hex>;
  /** What each account's words are called, made with every hash of the transaction wherever that took it. */
  decoded: DecodedAccount[];
}

/** What names were made from, for whoever sees the same words change in another run: tracing every hash of a transaction is slow. */
export class KnownHashes {
  readonly #preimages = new Map<string, readonly Hex[]>();
  readonly #nameless = new Set<string>();

  learn(observation: Observation): void {
    for (const { address, changes, preimages } of observation.decoded) {
      for (const { slot, path } of changes) {
        const place = `${address} ${slot}`;
        if (path === undefined) this.#nameless.add(place);
        else if (!this.#preimages.has(place)) this.#preimages.set(place, preimages);
      }
    }
  }

  preimagesOf({ address, storage }: AccountDiff): Hex[] {
    return [...new Set(storage.flatMap(({ slot }) => this.#preimages.get(`${address} ${slot}`) ?? []))];
  }

  /** The word got no name although every hash was known. */
  isNameless(address: Address, slot: Hex): boolean {
    return this.#nameless.has(`${address} ${slot}`);
  }
}

/** Enough for the plain cases, and cheaper than tracing every hash of the transaction. */
const QUICK_HASH_BUDGET = 400;

/**
 * Traces a mined transaction.
 * @param known from another run of the same transactions: what was named then needs no second look, nor what could not be named
 * @throws LPCTL_SIMULATION_NO_TRACES
 */
export async function observeTransaction(rpc: Rpc, receipt: Receipt, book: AddressBook, known?: KnownHashes): Promise<Observation> {
  const trace = await traceTransaction(rpc, receipt.transactionHash);
  await book.learn?.(rpc, trace.calls, trace.diffs.filter(({ storage }) => storage.length > 0).map(({ address }) => address));
  const keys = collectSeenWords(trace.calls, receipt.logs, book.keyNames.keys());
  const quick = decodeAll(trace.diffs, book, (diff) => known?.preimagesOf(diff) ?? [], keys, QUICK_HASH_BUDGET);
  const isSettled = ({ address, changes }: DecodedAccount): boolean => changes.every(({ slot, path }) => path !== undefined || known?.isNameless(address, slot) === true);
  if (quick.every(isSettled)) return { ...trace, keys, preimages: quick.flatMap(({ preimages }) => preimages), decoded: quick };
  const traced = await tracePreimages(rpc, receipt.transactionHash);
  const full = decodeAll(trace.diffs, book, () => traced, keys, undefined);
  return { ...trace, keys, preimages: full.flatMap(({ preimages }) => preimages), decoded: full };
}

interface DecodedAccount extends DecodedStorage {
  address: Address;
}

function decodeAll(diffs: readonly AccountDiff[], book: AddressBook, preimagesOf: (diff: AccountDiff) => Hex[], keys: Set<Hex>, hashBudget: number | undefined): DecodedAccount[] {
  return diffs
    .filter(({ storage }) => storage.length > 0)
    .map((diff) => ({
      address: diff.address,
      ...decodeStorage({ layout: book.layoutOf(diff.address), changes: diff.storage, preimages: preimagesOf(diff), keys, names: namesOf(book), hashBudget }),
    }));
}
