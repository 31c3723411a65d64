import type { Address, Hex } from "../../protocol/hex.ts";
import { compareWords } from "../../protocol/order-words.ts";
import type { SlotWords } from "../trie/storage-root.ts";
import type { ContractAccount } from "../state.ts";
import { ADDRESS_COLUMNS, CONTRACT_COLUMNS, PREIMAGE_COLUMNS, tableOf, TOGETHER_COLUMNS, WORD_COLUMNS, ZERO_COLUMNS, type RowGroup, type TableSource } from "./byte-table.ts";
import { bytesOf } from "./hex-bytes.ts";
import { TableError } from "./read-table.ts";

const WORD = 32;
const ADDRESS = 20;

/** The words of all contracts, contract after contract. */
export function wordTable(contracts: readonly { address: Address; words: SlotWords }[]): TableSource {
  const rows = contracts.reduce((sum, { words }) => sum + words.count, 0);
  const cursor = walk(contracts.map(({ words }) => words.count));
  const addresses = contracts.map(({ address }) => bytesOf(address));
  return tableOf(WORD_COLUMNS, rows, (row, [contract, slot, word], at) => {
    const { index, within } = cursor(row);
    const words = contracts[index]?.words;
    if (words === undefined || contract === undefined || slot === undefined || word === undefined) return;
    contract.set(addresses[index] ?? [], at * ADDRESS);
    copy(words.slots, within * WORD, slot, at * WORD);
    copy(words.values, within * WORD, word, at * WORD);
  });
}

/** The slots that a local chain holds as zero. */
export function zeroTable(contracts: readonly { address: Address; writtenZeros: readonly Hex[] }[]): TableSource {
  const rows = contracts.reduce((sum, { writtenZeros }) => sum + writtenZeros.length, 0);
  const cursor = walk(contracts.map(({ writtenZeros }) => writtenZeros.length));
  return tableOf(ZERO_COLUMNS, rows, (row, [contract, slot], at) => {
    const { index, within } = cursor(row);
    contract?.set(bytesOf(contracts[index]?.address ?? ""), at * ADDRESS);
    slot?.set(bytesOf(contracts[index]?.writtenZeros[within] ?? ""), at * WORD);
  });
}

export function addressTable(addresses: readonly Address[]): TableSource {
  return tableOf(ADDRESS_COLUMNS, addresses.length, (row, [column], at) => column?.set(bytesOf(addresses[row] ?? ""), at * ADDRESS));
}

export function preimageTable(words: readonly Hex[]): TableSource {
  return tableOf(PREIMAGE_COLUMNS, words.length, (row, [column], at) => column?.set(bytesOf(words[row] ?? ""), at * WORD));
}

/** @param pairs 64 bytes each */
export function togetherTable(pairs: readonly Hex[]): TableSource {
  return tableOf(TOGETHER_COLUMNS, pairs.length, (row, [column], at) => column?.set(bytesOf(pairs[row] ?? ""), at * 2 * WORD));
}

export function contractTable(contracts: readonly ContractAccount[]): TableSource {
  return tableOf(CONTRACT_COLUMNS, contracts.length, (row, [address, codeHash], at) => {
    address?.set(bytesOf(contracts[row]?.address ?? ""), at * ADDRESS);
    codeHash?.set(bytesOf(contracts[row]?.codeHash ?? ""), at * WORD);
  });
}

/** Rows of `wordTable` as they come in again. */
export interface WordCollector {
  /** @throws TableError when the rows are not those of these contracts, not in order, twice, or zero */
  add(group: RowGroup): void;
  /** Of each contract its words: views of one array. */
  end(): SlotWords[];
}

/** @param contracts with the number of words each must have */
export function collectWords(contracts: readonly { address: Address; words: number }[]): WordCollector {
  const rows = contracts.reduce((sum, { words }) => sum + words, 0);
  // Nothing is reserved for rows before the table was found to have as many.
  let [slots, values] = [new Uint8Array(), new Uint8Array()];
  const check = checkRows(contracts.map(({ address, words }) => ({ address, count: words })));
  let row = 0;
  return {
    add({ rows: count, columns: [contract, slot, word] }) {
      if (contract === undefined || slot === undefined || word === undefined) return;
      if (slots.length === 0) [slots, values] = [new Uint8Array(rows * WORD), new Uint8Array(rows * WORD)];
      for (let at = 0; at < count; at++) if (isZero(word, at * WORD)) throw new TableError(`row ${row + at} holds zero, which is no word of a storage`);
      slots.set(slot, row * WORD);
      values.set(word, row * WORD);
      check(contract, slots, row, count);
      row += count;
    },
    end() {
      let first = 0;
      return contracts.map(({ words: count }) => {
        const [from, to] = [first * WORD, (first + count) * WORD];
        first += count;
        return { slots: slots.subarray(from, to), values: values.subarray(from, to), count };
      });
    },
  };
}

/** @param contracts with the number of written zeros each must have */
export function collectZeros(contracts: readonly { address: Address; count: number }[]): { add: (group: RowGroup) => void; end: () => Hex[][] } {
  const rows = contracts.reduce((sum, { count }) => sum + count, 0);
  let slots = new Uint8Array();
  const check = checkRows(contracts);
  let row = 0;
  return {
    add({ rows: count, columns: [contract, slot] }) {
      if (contract === undefined || slot === undefined) return;
      if (slots.length === 0) slots = new Uint8Array(rows * WORD);
      slots.set(slot, row * WORD);
      check(contract, slots, row, count);
      row += count;
    },
    end() {
      let first = 0;
      return contracts.map(({ count }) => {
        const found = Array.from({ length: count }, (_, index) => hexAt(slots, (first + index) * WORD, WORD));
        first += count;
        return found;
      });
    },
  };
}

/** Values of one column, each above the one before. @throws TableError */
export function collectSorted(width: number): { add: (group: RowGroup) => void; end: () => Hex[] } {
  const found: Hex[] = [];
  return {
    add({ rows, columns: [column] }) {
      for (let at = 0; column !== undefined && at < rows; at++) {
        const value = hexAt(column, at * width, width);
        const before = found.at(-1);
        if (before !== undefined && before >= value) throw new TableError(`${value} is not above ${before}, before which it stands`);
        found.push(value);
      }
    },
    end: () => found,
  };
}

/** Rows of `contractTable`, in the order of their addresses. @throws TableError */
export function collectContracts(): { add: (group: RowGroup) => void; end: () => ContractAccount[] } {
  const addresses = collectSorted(ADDRESS);
  const hashes: Hex[] = [];
  return {
    add({ rows, columns: [address, codeHash] }) {
      if (address === undefined || codeHash === undefined) return;
      addresses.add({ rows, columns: [address] });
      for (let at = 0; at < rows; at++) hashes.push(hexAt(codeHash, at * WORD, WORD));
    },
    end: () => addresses.end().map((address, index) => ({ address, codeHash: hashes[index] ?? "0x" })),
  };
}

/** Rows must be those of the contracts in their order, each contract as often as it should be, its slots ascending. */
function checkRows(contracts: readonly { address: Address; count: number }[]): (contract: Uint8Array, slots: Uint8Array, first: number, count: number) => void {
  const cursor = walk(contracts.map(({ count }) => count));
  const addresses = contracts.map(({ address }) => bytesOf(address));
  return (contract, slots, first, count) => {
    for (let at = 0; at < count; at++) {
      const row = first + at;
      const { index, within } = cursor(row);
      const expected = addresses[index];
      for (let byte = 0; byte < ADDRESS; byte++) {
        if (contract[at * ADDRESS + byte] !== expected?.[byte]) throw new TableError(`row ${row} is of ${hexAt(contract, at * ADDRESS, ADDRESS)} where ${contracts[index]?.address ?? "nothing"} is due`);
      }
      if (within === 0) continue;
      const order = compareWords(slots, (row - 1) * WORD, slots, row * WORD);
      if (order === 0) throw new TableError(`row ${row} has a slot twice: ${hexAt(slots, row * WORD, WORD)}`);
      if (order > 0) throw new TableError(`row ${row} is not in the order of slots: ${hexAt(slots, row * WORD, WORD)}`);
    }
  };
}

/** Which contract a row is of, for rows that are asked for in order. */
function walk(counts: readonly number[]): (row: number) => { index: number; within: number } {
  let index = 0;
  let first = 0;
  return (row) => {
    for (let count = counts[index]; count !== undefined && row >= first + count; count = counts[index]) {
      first += count;
      index++;
    }
    return { index, within: row - first };
  };
}

/** A slot that is among both, which both are in order. */
export function slotInBoth({ slots, count }: SlotWords, zeros: readonly Hex[]): Hex | undefined {
  let index = 0;
  return zeros.find((zero) => {
    const slot = bytesOf(zero);
    while (index < count && compareWords(slots, index * WORD, slot, 0) < 0) index++;
    return index < count && compareWords(slots, index * WORD, slot, 0) === 0;
  });
}

export function isZero(words: Uint8Array, at: number): boolean {
  for (let byte = WORD - 1; byte >= 0; byte--) if (words[at + byte] !== 0) return false;
  return true;
}

function copy(from: Uint8Array, at: number, to: Uint8Array, into: number): void {
  for (let byte = 0; byte < WORD; byte++) to[into + byte] = from[at + byte] ?? 0;
}

export function hexAt(bytes: Uint8Array, at: number, length: number): Hex {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset + at, length).toString("hex")}`;
}
