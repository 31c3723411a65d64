import type { Hex } from "../../protocol/hex.ts";

const ADDRESS = 20;
const ACCOUNTS_IN_CHUNK = 2 ** 12;

/** Which rows an account has. 20 bytes for each row, and 8 more from the first question on. */
export class AccountIndex {
  #count = 0;
  #chunks: Uint8Array[] = [];
  /** First four bytes of an account and its row, ascending. */
  #keys: BigUint64Array | undefined;

  add(source: Uint8Array, at: number): void {
    const place = this.#count % ACCOUNTS_IN_CHUNK;
    if (place === 0) this.#chunks.push(new Uint8Array(ACCOUNTS_IN_CHUNK * ADDRESS));
    const chunk = this.#chunks.at(-1);
    for (let byte = 0; byte < ADDRESS; byte++) if (chunk !== undefined) chunk[place * ADDRESS + byte] = source[at + byte] ?? 0;
    this.#count++;
  }

  /** Ascending; empty for an account that has no row, and for what is no address. */
  rowsOf(account: Hex): number[] {
    const wanted = Buffer.from(account.slice(2), "hex");
    if (wanted.length !== ADDRESS) return [];
    const keys = (this.#keys ??= this.#sortedKeys());
    const prefix = BigInt(wanted.readUInt32BE(0));
    const rows: number[] = [];
    for (let at = firstAtLeast(keys, prefix << 32n); at < keys.length; at++) {
      const key = keys[at] ?? 0n;
      if (key >> 32n !== prefix) break;
      const row = Number(key & 0xffffffffn);
      if (wanted.equals(this.#account(row))) rows.push(row);
    }
    return rows;
  }

  #account(row: number): Uint8Array {
    const place = (row % ACCOUNTS_IN_CHUNK) * ADDRESS;
    return this.#chunks[Math.floor(row / ACCOUNTS_IN_CHUNK)]?.subarray(place, place + ADDRESS) ?? new Uint8Array();
  }

  #sortedKeys(): BigUint64Array {
    const keys = new BigUint64Array(this.#count);
    for (let row = 0; row < this.#count; row++) {
      const [a = 0, b = 0, c = 0, d = 0] = this.#account(row);
      keys[row] = (BigInt(((a << 24) | (b << 16) | (c << 8) | d) >>> 0) << 32n) | BigInt(row);
    }
    return keys.sort();
  }
}

function firstAtLeast(keys: BigUint64Array, wanted: bigint): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? 0n) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
