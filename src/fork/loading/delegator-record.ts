import { ZERO_ADDRESS, type Hex } from "../../protocol/hex.ts";
import type { KeccakInto } from "../../protocol/keccak-into.ts";
import type { SlotWords } from "../../snapshot/trie/storage-root.ts";
import type { Delegator } from "../../snapshot/view/bonding.ts";

/** What a delegator has that fits into a record: all but what is delegated to it. */
export type DelegatorRow = Omit<Delegator, "delegatedWei">;

/** Account 20, bonded amount 12, fees 12, start round 5, last claim 5, next lock 4, place of the delegate 4 (contracts/migration/DelegatorRecord.sol). */
export const RECORD_BYTES = 62;

const WORD = 32;
const ADDRESS = 20;
/** `delegators`, in both suites (contracts/bonding/BondingState.sol). */
export const DELEGATORS_SLOT = 3n;
const [UINT96, UINT40, UINT32] = [1n << 96n, 1n << 40n, 1n << 32n];

/** Why a delegator has to be loaded word by word; undefined for one that a record can hold. */
export function whyNoRecord({ account, delegate, bondedWei, feesWei, delegatedWei, startRound, lastClaimRound, nextLockId }: Delegator): string | undefined {
  if (delegatedWei !== 0n) return "others delegate to it";
  if (delegate === account) return "it delegates to itself";
  if (bondedWei >= UINT96 || feesWei >= UINT96) return "it has more than a record can hold";
  return startRound >= UINT40 || lastClaimRound >= UINT40 || nextLockId >= UINT32 ? "its rounds or locks are higher than a record can hold" : undefined;
}

/** A record as hexadecimal digits. @param place of the delegate in the list that goes with the records, from 1; 0 for none */
export function formatRecord({ account, bondedWei, feesWei, startRound, lastClaimRound, nextLockId }: DelegatorRow, place: number): string {
  return account.slice(2).toLowerCase() + digits(bondedWei, 12) + digits(feesWei, 12) + digits(startRound, 5) + digits(lastClaimRound, 5) + digits(nextLockId, 4) + digits(place, 4);
}

/** Where delegates stand in the list that goes with some records, in the order in which they are first named. */
export class DelegateList {
  readonly delegates: Hex[] = [];
  readonly #places = new Map<Hex, number>();

  /** From 1; 0 for nobody. */
  placeOf(delegate: Hex): number {
    if (delegate === ZERO_ADDRESS) return 0;
    let place = this.#places.get(delegate);
    if (place === undefined) {
      this.delegates.push(delegate);
      this.#places.set(delegate, (place = this.delegates.length));
    }
    return place;
  }
}

/** The words of delegators in the storage of a BondingManager, none zero, delegator by delegator. */
export class DelegatorWords {
  readonly #keccak: KeccakInto;
  readonly #input = new Uint8Array(2 * WORD);
  readonly #base = new Uint8Array(WORD);

  constructor(keccak: KeccakInto) {
    this.#keccak = keccak;
    this.#input[2 * WORD - 1] = Number(DELEGATORS_SLOT);
  }

  of(rows: readonly DelegatorRow[]): SlotWords {
    const most = rows.length * MEMBERS.length;
    const slots = new Uint8Array(most * WORD);
    const values = new Uint8Array(most * WORD);
    let count = 0;
    for (const row of rows) {
      this.#input.set(Buffer.from(row.account.slice(2), "hex"), WORD - ADDRESS);
      this.#keccak.hash(this.#input, 0, 2 * WORD, this.#base, 0);
      for (const [offset, numberOf] of MEMBERS) {
        const number = numberOf(row);
        if (number === 0n) continue;
        slots.set(this.#base, count * WORD);
        for (let at = count * WORD + WORD - 1, carry = offset; carry > 0 && at >= count * WORD; at--) {
          const sum = (slots[at] ?? 0) + carry;
          slots[at] = sum;
          carry = sum >>> 8;
        }
        values.set(Buffer.from(digits(number, WORD), "hex"), count * WORD);
        count++;
      }
    }
    return { slots: slots.slice(0, count * WORD), values: values.slice(0, count * WORD), count };
  }
}

/** In the order of the struct; what is delegated to it, at 3, is zero. */
const MEMBERS: readonly (readonly [offset: number, numberOf: (row: DelegatorRow) => bigint])[] = [
  [0, ({ bondedWei }) => bondedWei],
  [1, ({ feesWei }) => feesWei],
  [2, ({ delegate }) => BigInt(delegate)],
  [4, ({ startRound }) => startRound],
  [5, ({ lastClaimRound }) => lastClaimRound],
  [6, ({ nextLockId }) => nextLockId],
];

function digits(value: bigint | number, bytes: number): string {
  const text = value.toString(16).padStart(2 * bytes, "0");
  if (text.length !== 2 * bytes) throw new RangeError(`${value} does not fit into ${bytes} bytes`);
  return text;
}
