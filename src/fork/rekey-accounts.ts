import { createKeccakInto, type KeccakInto } from "../protocol/keccak-into.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { ZERO_HASH } from "../protocol/hex.ts";
import { bookOf } from "../snapshot/keys/enumerate-slots.ts";
import { hexAt, type KeyMaterial } from "../snapshot/keys/key-book.ts";
import { namePlace, type PlaceNames } from "../snapshot/keys/name-place.ts";
import type { Places } from "../snapshot/keys/places.ts";
import { walkSlots } from "../snapshot/keys/slot-walk.ts";
import { wholeLayout } from "../snapshot/keys/whole-layout.ts";
import { dataSlotOf, entrySlot, slotBytes, wordBytes } from "../snapshot/view/slot-bytes.ts";
import type { ContractView } from "../snapshot/view/state-view.ts";
import { WordIndex } from "../snapshot/view/word-index.ts";
import type { ContractDraft } from "./contract-draft.ts";
import { badMove } from "./moved-accounts.ts";
import type { Moved } from "./remap-addresses.ts";

/** What came of giving a contract's mappings other keys. */
export interface Rekeyed {
  /** Words that went to another slot, by whose key led to them first. */
  byAccount: ReadonlyMap<Address, number>;
  /** Words that no key leads to: if one is of an account that changes its address, it stayed where it was. */
  unexplained: number;
}

const WORD = 32;
const KEY_AT = 12;
const NO_NAMES: PlaceNames["names"] = { addressName: () => undefined, keyNames: new Map() };

/**
 * Puts what mappings keep under an address that changes into the slots of the new one: entries, the lists and checkpoints in them,
 * mappings within mappings by either key. Nodes of linked lists are entries too; that they name each other, `remapAddresses` sees to.
 * Comes after all that is declared of single words, which it takes along.
 * @param keys those of the snapshot, with the addresses that change among them
 * @throws LPCTL_FORK_MOVE where the new address has something there already
 */
export async function rekeyAccounts({ layout: own, address }: ContractView, draft: ContractDraft, moved: Moved, keys: KeyMaterial, whyOf: (old: Address) => string): Promise<Rekeyed> {
  const rekeying = new Rekeying(wholeLayout(own), draft, moved, whyOf, await createKeccakInto());
  const index = new WordIndex(draft.before);
  await walkSlots({ readWords: (_, slots) => Promise.resolve(index.words(slots)) }, address, wholeLayout(own), bookOf(keys), (places, slots) => {
    index.each(slots, (position, word) => rekeying.see(places, position, word));
  });
  return rekeying.end();
}

interface Move {
  from: Hex;
  to: Hex;
  account: Address;
  names: [before: string, after: string];
}

class Rekeying {
  readonly #names: PlaceNames;
  readonly #draft: ContractDraft;
  readonly #whyOf: (old: Address) => string;
  readonly #keccak: KeccakInto;
  /** By the last 20 bytes of a key, in lower case. */
  readonly #after = new Map<string, { old: Address; key: string }>();
  readonly #targets = new Map<string, { old: Address; after: Address }>();
  /** The first four bytes of all of these: most keys are none of them. */
  readonly #beginnings = new Set<number>();
  readonly #seen: Uint8Array;
  /** Of the words that are declared without a name. */
  readonly #unnamed: Map<number, Hex>;
  readonly #moves: Move[] = [];

  constructor(layout: PlaceNames["layout"], draft: ContractDraft, moved: Moved, whyOf: (old: Address) => string, keccak: KeccakInto) {
    this.#draft = draft;
    this.#whyOf = whyOf;
    this.#keccak = keccak;
    this.#names = { layout, names: NO_NAMES };
    for (const [old, after] of moved) {
      this.#after.set(wordText(old), { old, key: wordText(after) });
      this.#targets.set(wordText(after), { old, after });
      for (const each of [old, after]) this.#beginnings.add(Number.parseInt(each.slice(2, 10), 16));
    }
    this.#seen = new Uint8Array(draft.before.count);
    const unnamed = draft.overrides.filter(({ name }) => name === undefined);
    const positions = new WordIndex(draft.before).positions(new Uint8Array(Buffer.from(unnamed.map(({ slot }) => slot.slice(2)).join(""), "hex")));
    this.#unnamed = new Map(unnamed.map(({ slot }, at) => [positions[at] ?? -1, slot]));
  }

  /** @param position of the slot among those of all the places @param word which of the contract's words lies there */
  see(places: Places, position: number, word: number): void {
    if (this.#seen[word] === 1) return;
    this.#seen[word] = 1;
    const { slots } = places.shape;
    const [place, within] = [Math.floor(position / slots.length), slots[position % slots.length] ?? 0n];
    const unnamed = this.#unnamed.get(word);
    if (unnamed !== undefined) this.#draft.set(unnamed, this.#draft.word(unnamed), namePlace(this.#names, places, place, within) || undefined, whyIn(this.#draft, unnamed));
    const account = this.#accountOf(places, place);
    if (account === undefined) return;
    const from = textOf(slotBytes(BigInt.asUintN(256, numberAt(places.starts, place) + within)));
    const to = textOf(slotBytes(BigInt.asUintN(256, this.#startOf(places, place) + within)));
    const after = { ...this.#names, keyOf: (key: string) => this.#after.get(key)?.key ?? key };
    this.#moves.push({ from, to, account, names: [namePlace(this.#names, places, place, within), namePlace(after, places, place, within)] });
  }

  end(): Rekeyed {
    const words = this.#moves.map(({ from }) => this.#draft.word(from));
    const byAccount = new Map<Address, number>();
    for (const { from, account, names } of this.#moves) this.#draft.set(from, ZERO_HASH, names[0], this.#whyOf(account));
    for (const [index, { to, account, names }] of this.#moves.entries()) {
      this.#draft.set(to, words[index] ?? ZERO_HASH, names[1], this.#whyOf(account));
      byAccount.set(account, (byAccount.get(account) ?? 0) + 1);
    }
    return { byAccount, unexplained: this.#seen.reduce((left, seen) => left - seen, this.#seen.length) };
  }

  /** The first account on the way to a place, from outside, whose address changes. */
  #accountOf(places: Places, place: number): Address | undefined {
    let account: Address | undefined;
    let [at, index]: [Places, number] = [places, place];
    while (at.within !== undefined) {
      const { within } = at;
      if (within.kind === "entry" && this.#beginnings.has(beginningOf(within.keys, index))) {
        const key = hexAt(within.keys, index);
        const target = this.#targets.get(key);
        if (target !== undefined && !this.#after.has(key)) throw badMove(`${target.after} has something in ${this.#draft.name} already: ${namePlace(this.#names, places, place, 0n)}`, target.old, target.after);
        account = this.#after.get(key)?.old ?? account;
      }
      [at, index] = [within.places, within.index[index] ?? 0];
    }
    return account;
  }

  /** Where a place lies under the new keys. */
  #startOf(places: Places, place: number): bigint {
    const { within, starts } = places;
    const start = numberAt(starts, place);
    if (within === undefined) return start;
    const outer = within.index[place] ?? 0;
    const [before, after] = [numberAt(within.places.starts, outer), this.#startOf(within.places, outer)].map((each) => slotBytes(BigInt.asUintN(256, each + within.member.slot)));
    if (before === undefined || after === undefined) return start;
    if (within.kind !== "entry") return start - bigOf(dataSlotOf(this.#keccak, before)) + bigOf(dataSlotOf(this.#keccak, after));
    const key = hexAt(within.keys, place);
    return bigOf(entrySlot(this.#keccak, wordBytes(`0x${this.#after.get(key)?.key ?? key}`), after));
  }
}

function whyIn(draft: ContractDraft, slot: Hex): string {
  return draft.overrideAt(slot)?.why ?? "";
}

function beginningOf(keys: Uint8Array, index: number): number {
  const at = index * WORD + KEY_AT;
  return (((keys[at] ?? 0) << 24) | ((keys[at + 1] ?? 0) << 16) | ((keys[at + 2] ?? 0) << 8) | (keys[at + 3] ?? 0)) >>> 0;
}

/** As it stands in a key: digits without `0x`. */
function wordText(address: Address): string {
  return address.slice(2).toLowerCase().padStart(2 * WORD, "0");
}

function numberAt(words: Uint8Array, index: number): bigint {
  return BigInt(`0x${hexAt(words, index)}`);
}

function bigOf(bytes: Uint8Array): bigint {
  return BigInt(textOf(bytes));
}

function textOf(bytes: Uint8Array): Hex {
  return `0x${Buffer.from(bytes).toString("hex")}`;
}
