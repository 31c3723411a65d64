import type { ReadBlock } from "../../chain/block-reader.ts";
import { readLogs } from "../../chain/logs.ts";
import type { Rpc } from "../../chain/rpc.ts";
import { useFastKeccak } from "../../protocol/fast-keccak.ts";
import type { Hex } from "../../protocol/hex.ts";
import { contractId, KNOWN_CONTRACT_NAMES, targetIdName } from "../../protocol/contract-id.ts";
import { readSlots } from "../read/read-slots.ts";
import type { Preimages, WordSource } from "../state.ts";
import { addressesInCode } from "./addresses-in.ts";
import { KEY_ROLES } from "./key-roles.ts";
import { hexAt, KeyBook } from "./key-book.ts";
import type { KnownContract } from "./known-contract.ts";
import { KeysInLogs } from "./keys-in-logs.ts";
import { walkSlots } from "./slot-walk.ts";
import { wholeLayout } from "./whole-layout.ts";

/** Each pass finds what the one before led to; a chain of more never was. */
const MOST_PASSES = 6;

/** What is discovered: more than the flat lists, which do not say what belongs together. */
export type Discovered = Preimages & { together: readonly Hex[] };

export interface DiscoverOptions {
  onProgress?: ((what: string) => void) | undefined;
}

/**
 * What the keys of the contracts' mappings can be: arguments of all their events, names of the registry, roles, constants in code,
 * and what stands in the state itself, until nothing new comes up.
 * @throws what `Rpc` throws
 */
export async function discoverPreimages(rpc: Rpc, block: ReadBlock, contracts: readonly KnownContract[], options: DiscoverOptions = {}): Promise<Discovered> {
  await useFastKeccak();
  const keys = new KeysInLogs();
  for (const word of [...KNOWN_CONTRACT_NAMES.flatMap((name) => [contractId(name), contractId(targetIdName(name))]), ...KEY_ROLES]) keys.addWord(word);
  for (const { address, code } of contracts) for (const known of [address, ...addressesInCode(code)]) keys.addAddress(known);
  options.onProgress?.("events");
  const logs = await readLogs(rpc, { address: contracts.map(({ address }) => address), fromBlock: 0n, toBlock: block.number });
  keys.addLogs(logs);
  const source = sourceOf(rpc, block);
  options.onProgress?.("state");
  let tried: Preimages = { addresses: [], words: [] };
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const all = keys.current;
    const fresh = pass === 0 ? all : without(all, tried);
    if (fresh.addresses.length + fresh.words.length === 0) break;
    const book = new KeyBook(fresh);
    for (const contract of contracts) await addKeysInState(source, contract, book, keys);
    tried = all;
  }
  return keys.material();
}

/** What was not tried yet. An entry of a mapping was looked at with every key that was known: only new keys lead further. */
function without({ addresses, words }: Preimages, tried: Preimages): Preimages {
  const [knownAddresses, knownWords] = [new Set(tried.addresses), new Set(tried.words)];
  return { addresses: addresses.filter((address) => !knownAddresses.has(address)), words: words.filter((word) => !knownWords.has(word)) };
}

/** A chain at one block, for whoever enumerates. */
export function sourceOf(rpc: Rpc, block: ReadBlock): WordSource {
  return { readWords: (contract, slots) => readSlots(rpc, contract, slots, { block }) };
}

/** Variables that can be keys themselves: addresses and ids. */
async function addKeysInState(source: WordSource, { address, layout }: KnownContract, book: KeyBook, keys: KeysInLogs): Promise<void> {
  const wanted: Promise<void>[] = [];
  await walkSlots(source, address, wholeLayout(layout), book, (places, slots, values) => {
    const { shape, count } = places;
    const width = shape.slots.length;
    const holders = [...shape.values.values()].filter(({ kind }) => kind === "key").map(({ slot, offset, size }) => ({ at: shape.slots.indexOf(slot), offset, size }));
    if (holders.length === 0) return;
    const collect = (words: Uint8Array, perPlace: number, positions: readonly { at: number; offset: number; size: number }[]): void => {
      for (let place = 0; place < count; place++) {
        for (const { at, offset, size } of positions) {
          const word = hexAt(words, place * perPlace + at);
          keys.addUnknown(word.slice(64 - 2 * (offset + size), 64 - 2 * offset).padStart(64, "0"), size);
        }
      }
    };
    if (values !== undefined) {
      collect(values, width, holders);
      return;
    }
    const few = new Uint8Array(count * holders.length * 32);
    for (let place = 0; place < count; place++) {
      for (const [index, { at }] of holders.entries()) few.set(slots.subarray((place * width + at) * 32, (place * width + at + 1) * 32), (place * holders.length + index) * 32);
    }
    wanted.push(source.readWords(address, few).then((words) => collect(words, holders.length, holders.map((holder, at) => ({ ...holder, at })))));
  }, { onlyToKeys: true });
  await Promise.all(wanted);
}

