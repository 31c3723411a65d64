import type { Address } from "../../protocol/hex.ts";
import { createKeccakInto, type KeccakInto } from "../../protocol/keccak-into.ts";
import type { SlotWords } from "../../snapshot/trie/storage-root.ts";
import { dataSlotOf, entrySlot, slotAfter, wordBytes } from "../../snapshot/view/slot-bytes.ts";
import type { ContractView } from "../../snapshot/view/state-view.ts";
import { WordIndex } from "../../snapshot/view/word-index.ts";
import { ErasedWords } from "./left-words.ts";

/** Somebody of whom nothing is to be left. */
export interface ErasedAccount {
  account: Address;
  reason: string;
  /** How many unbonding locks there ever were. */
  locks: bigint;
}

const WORD = 32;
const NOBODY = -1;

/** Takes out what the BondingManager has written down of delegators: their record and their locks. */
export async function eraseDelegators(contract: ContractView, leavers: readonly ErasedAccount[]): Promise<Remaining> {
  const eraser = new Eraser(contract, "delegators", leavers, await createKeccakInto());
  const members = eraser.membersOf(eraser.entryType);
  const locks = members.find(({ label }) => label === "unbondingLocks");
  const parts = members.map(({ label }) => eraser.partOf(`.${label}`));
  eraser.eachEntry((entry, owner) => {
    for (const [place, { slot }] of members.entries()) eraser.mark(entry, slot, owner, parts[place] ?? 0);
    const count = locks === undefined ? 0n : (leavers[owner]?.locks ?? 0n);
    for (let id = 0n; id < count; id += 1n) {
      const lock = eraser.entryOf(wordBytes(id), slotAfter(entry, locks?.slot ?? 0));
      for (const [slot, part] of eraser.partsOf(id, ["amount", "withdrawRound"], "unbondingLocks").entries()) eraser.mark(lock, slot, owner, part);
    }
  });
  return eraser.end();
}

/** Takes out what the BondingVotes have written down of accounts, from the first round on. */
export async function eraseCheckpoints(contract: ContractView, leavers: readonly ErasedAccount[]): Promise<Remaining> {
  const eraser = new Eraser(contract, "bondingCheckpoints", leavers, await createKeccakInto());
  const [rounds, data] = ["startRounds", "data"].map((name) => eraser.membersOf(eraser.entryType).find(({ label }) => label === name));
  if (rounds === undefined || data === undefined) throw new RangeError("the BondingVotes keep checkpoints by round");
  const members = eraser.membersOf(eraser.valueOf(data.type));
  const labels = members.map(({ label }) => label);
  const length = eraser.partOf(".startRounds.length");
  eraser.eachEntry((entry, owner) => {
    const list = slotAfter(entry, rounds.slot);
    const count = eraser.read(list);
    if (count === 0n) return;
    eraser.mark(list, 0, owner, length);
    let at = eraser.dataOf(list);
    for (let index = 0n; index < count; index += 1n, at = slotAfter(at, 1)) {
      const round = eraser.read(at);
      eraser.mark(at, 0, owner, eraser.partsOf(index, [""], "startRounds")[0] ?? 0);
      const checkpoint = eraser.entryOf(wordBytes(round), slotAfter(entry, data.slot));
      for (const [place, part] of eraser.partsOf(round, labels, "data").entries()) eraser.mark(checkpoint, members[place]?.slot ?? 0, owner, part);
    }
  });
  return eraser.end();
}

/** What is left of a contract's words, and what is not. */
export interface Remaining {
  kept: SlotWords;
  erased: ErasedWords;
}

interface Member {
  label: string;
  slot: number;
  type: string;
}

/** Marks words of accounts in a mapping of structs whose members take a word each; looks for all of them at once. */
class Eraser {
  readonly #contract: ContractView;
  readonly #mapping: string;
  readonly #leavers: readonly ErasedAccount[];
  readonly #keccak: KeccakInto;
  readonly #index: WordIndex;
  readonly #labels: string[] = [];
  /** Parts that go with a number, by what has numbers. */
  readonly #numbered = new Map<string, Map<bigint, number[]>>();
  #slots = new Uint8Array(1024 * WORD);
  #owners = new Uint32Array(1024);
  #parts = new Uint32Array(1024);
  #count = 0;

  constructor(contract: ContractView, mapping: string, leavers: readonly ErasedAccount[], keccak: KeccakInto) {
    this.#contract = contract;
    this.#mapping = mapping;
    this.#leavers = leavers;
    this.#keccak = keccak;
    this.#index = new WordIndex(contract.state.words);
  }

  /** Of an entry of the mapping. */
  get entryType(): string {
    return this.#contract.cell(this.#mapping).type.value ?? "";
  }

  /** What a mapping of that type has. */
  valueOf(type: string): string {
    return this.#contract.layout.types[type]?.value ?? "";
  }

  membersOf(type: string): Member[] {
    return (this.#contract.layout.types[type]?.members ?? []).map((member) => ({ label: member.label, slot: Number(member.slot), type: member.type }));
  }

  eachEntry(tell: (entry: Uint8Array, owner: number) => void): void {
    const mapping = wordBytes(this.#contract.cell(this.#mapping).slot);
    for (const [owner, { account }] of this.#leavers.entries()) tell(this.entryOf(wordBytes(account), mapping), owner);
  }

  entryOf(key: Uint8Array, mapping: Uint8Array): Uint8Array {
    return entrySlot(this.#keccak, key, mapping);
  }

  dataOf(list: Uint8Array): Uint8Array {
    return dataSlotOf(this.#keccak, list);
  }

  read(slot: Uint8Array): bigint {
    return this.#index.number(slot, 0, WORD);
  }

  /** A part of a record as a number, for its name. */
  partOf(label: string): number {
    return this.#labels.push(label) - 1;
  }

  /** `.data[7].bondedAmount` and its like, of one number. */
  partsOf(number: bigint, labels: readonly string[], of: string): number[] {
    let known = this.#numbered.get(of);
    if (known === undefined) this.#numbered.set(of, (known = new Map()));
    let parts = known.get(number);
    if (parts === undefined) known.set(number, (parts = labels.map((label) => this.partOf(`.${of}[${number}]${label === "" ? "" : `.${label}`}`))));
    return parts;
  }

  /** The word so many slots further, if there is one. */
  mark(slot: Uint8Array, distance: number, owner: number, part: number): void {
    if (this.#count === this.#owners.length) this.#grow();
    const start = this.#count * WORD;
    this.#slots.set(slot, start);
    for (let at = start + WORD - 1, carry = distance; carry > 0 && at >= start; at--) {
      const sum = (this.#slots[at] ?? 0) + carry;
      this.#slots[at] = sum;
      carry = sum >>> 8;
    }
    this.#owners[this.#count] = owner;
    this.#parts[this.#count] = part;
    this.#count++;
  }

  end(): Remaining {
    const { words } = this.#contract.state;
    const marks = new Int32Array(words.count).fill(NOBODY);
    let gone = 0;
    for (const [mark, position] of this.#index.positions(this.#slots.subarray(0, this.#count * WORD)).entries()) {
      if (position < 0 || marks[position] !== NOBODY) continue;
      marks[position] = mark;
      gone++;
    }
    const [erased, kept] = [roomFor(gone), roomFor(words.count - gone)];
    const [owners, parts] = [new Uint32Array(gone), new Uint32Array(gone)];
    for (let index = 0; index < words.count; index++) {
      const mark = marks[index] ?? NOBODY;
      const into = mark === NOBODY ? kept : erased;
      if (into === erased) {
        owners[erased.count] = this.#owners[mark] ?? 0;
        parts[erased.count] = this.#parts[mark] ?? 0;
      }
      into.slots.set(words.slots.subarray(index * WORD, (index + 1) * WORD), into.count * WORD);
      into.values.set(words.values.subarray(index * WORD, (index + 1) * WORD), into.count * WORD);
      into.count++;
    }
    return { kept, erased: new ErasedWords({ count: gone, slots: erased.slots, before: erased.values, mapping: this.#mapping, leavers: this.#leavers, owners, parts, labels: this.#labels }) };
  }

  #grow(): void {
    const slots = new Uint8Array(2 * this.#slots.length);
    slots.set(this.#slots);
    this.#slots = slots;
    const [owners, parts] = [new Uint32Array(2 * this.#count), new Uint32Array(2 * this.#count)];
    owners.set(this.#owners);
    parts.set(this.#parts);
    [this.#owners, this.#parts] = [owners, parts];
  }
}

function roomFor(count: number): SlotWords {
  return { slots: new Uint8Array(count * WORD), values: new Uint8Array(count * WORD), count: 0 };
}
