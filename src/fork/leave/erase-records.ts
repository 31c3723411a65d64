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
const NOBODY = 0xffff_ffff;

/** Takes out what the BondingManager has written down of delegators: their record and their locks. */
export async function eraseDelegators(contract: ContractView, leavers: readonly ErasedAccount[]): Promise<{ kept: SlotWords; erased: ErasedWords }> {
  const eraser = new Eraser(contract, "delegators", leavers, await createKeccakInto());
  const members = eraser.membersOf("delegators");
  const locks = members.find(({ label }) => label === "unbondingLocks");
  eraser.eachEntry((entry, owner) => {
    for (const { label, slot } of members) eraser.mark(slotAfter(entry, slot), owner, `.${label}`);
    if (locks === undefined) return;
    for (let id = 0n; id < (leavers[owner]?.locks ?? 0n); id += 1n) {
      const lock = eraser.entryOf(wordBytes(id), slotAfter(entry, locks.slot));
      eraser.mark(lock, owner, `.unbondingLocks[${id}].amount`);
      eraser.mark(slotAfter(lock, 1), owner, `.unbondingLocks[${id}].withdrawRound`);
    }
  });
  return eraser.end();
}

/** Takes out what the BondingVotes have written down of accounts, from the first round on. */
export async function eraseCheckpoints(contract: ContractView, leavers: readonly ErasedAccount[]): Promise<{ kept: SlotWords; erased: ErasedWords }> {
  const eraser = new Eraser(contract, "bondingCheckpoints", leavers, await createKeccakInto());
  const [rounds, data] = ["startRounds", "data"].map((name) => eraser.membersOf("bondingCheckpoints").find(({ label }) => label === name)?.slot ?? 0);
  const members = eraser.membersOf("bondingCheckpoints", "data");
  eraser.eachEntry((entry, owner) => {
    const list = slotAfter(entry, rounds ?? 0);
    const count = eraser.mark(list, owner, ".startRounds.length");
    if (count === 0n) return;
    let at = eraser.dataOf(list);
    for (let index = 0n; index < count; index += 1n, at = slotAfter(at, 1)) {
      const round = eraser.mark(at, owner, `.startRounds[${index}]`);
      const checkpoint = eraser.entryOf(wordBytes(round), slotAfter(entry, data ?? 0));
      for (const { label, slot } of members) eraser.mark(slotAfter(checkpoint, slot), owner, `.data[${round}].${label}`);
    }
  });
  return eraser.end();
}

/** Marks words of accounts in a mapping of structs whose members take a word each. */
class Eraser {
  readonly #contract: ContractView;
  readonly #mapping: string;
  readonly #leavers: readonly ErasedAccount[];
  readonly #keccak: KeccakInto;
  readonly #index: WordIndex;
  readonly #owners: Uint32Array;
  readonly #parts: Uint32Array;
  readonly #labels = new Map<string, number>();
  #count = 0;

  constructor(contract: ContractView, mapping: string, leavers: readonly ErasedAccount[], keccak: KeccakInto) {
    const { words } = contract.state;
    this.#contract = contract;
    this.#mapping = mapping;
    this.#leavers = leavers;
    this.#keccak = keccak;
    this.#index = new WordIndex(words);
    this.#owners = new Uint32Array(words.count).fill(NOBODY);
    this.#parts = new Uint32Array(words.count);
  }

  /** Of an entry of the mapping, or of what a mapping in it has. */
  membersOf(label: string, within?: string): { label: string; slot: number }[] {
    const { types } = this.#contract.layout;
    const entry = types[this.#contract.cell(label).type.value ?? ""];
    const inner = within === undefined ? entry : types[types[entry?.members?.find((member) => member.label === within)?.type ?? ""]?.value ?? ""];
    return (inner?.members ?? []).map((member) => ({ label: member.label, slot: Number(member.slot) }));
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

  /** @returns what lies there */
  mark(slot: Uint8Array, owner: number, label: string): bigint {
    const [position = -1] = this.#index.positions(slot);
    if (position < 0) return 0n;
    if (this.#owners[position] === NOBODY) this.#count++;
    let part = this.#labels.get(label);
    if (part === undefined) this.#labels.set(label, (part = this.#labels.size));
    this.#owners[position] = owner;
    this.#parts[position] = part;
    return this.#index.numberAt(position, 0, WORD);
  }

  end(): { kept: SlotWords; erased: ErasedWords } {
    const { words } = this.#contract.state;
    const [gone, kept] = [roomFor(this.#count), roomFor(words.count - this.#count)];
    const [owners, parts] = [new Uint32Array(this.#count), new Uint32Array(this.#count)];
    for (let index = 0; index < words.count; index++) {
      const owner = this.#owners[index] ?? NOBODY;
      const into = owner === NOBODY ? kept : gone;
      if (into === gone) {
        owners[gone.count] = owner;
        parts[gone.count] = this.#parts[index] ?? 0;
      }
      into.slots.set(words.slots.subarray(index * WORD, (index + 1) * WORD), into.count * WORD);
      into.values.set(words.values.subarray(index * WORD, (index + 1) * WORD), into.count * WORD);
      into.count++;
    }
    return { kept, erased: new ErasedWords({ count: gone.count, slots: gone.slots, before: gone.values, mapping: this.#mapping, leavers: this.#leavers, owners, parts, labels: [...this.#labels.keys()] }) };
  }
}

function roomFor(count: number): SlotWords {
  return { slots: new Uint8Array(count * WORD), values: new Uint8Array(count * WORD), count: 0 };
}
