import { WORD } from "./words.ts";

/** What is used of WebAssembly: TypeScript's library has it only among what browsers have. */
declare const WebAssembly: { Memory: new (pages: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer; grow(pages: number): number } };

/** A short list is an array; a longer one gets a memory that grows where it is. */
const SHORT_BYTES = 2 ** 17;
const PAGE_BYTES = 2 ** 16;
const PAGES_AT_ONCE = 16;
/** 4 GB: 2^26 leaves and the nodes above them. */
const MOST_PAGES = 2 ** 16;

/**
 * Leaves that come one after the other, nobody knows how many, and room for the tree above them. No copy is ever made to grow:
 * a memory of WebAssembly is an address range of which pages come to be as they are used.
 */
export class LeafList {
  count = 0;
  #bytes = new Uint8Array(0);
  #memory: InstanceType<typeof WebAssembly.Memory> | undefined;

  /** Calls `write` with the place for one more leaf of 32 bytes. */
  add(write: (target: Uint8Array, at: number) => void): void {
    const at = this.count * WORD;
    if (at === this.#bytes.length) this.#grow(at + WORD);
    write(this.#bytes, at);
    this.count++;
  }

  /**
   * The leaves in their order, and room behind them; the list is empty afterwards.
   * @param words how many 32 bytes there are in all
   * @throws RangeError for more than 4 GB
   */
  takeWithRoom(words: number): Uint8Array {
    if (words * WORD > this.#bytes.length) this.#grow(words * WORD);
    const taken = this.#bytes.subarray(0, words * WORD);
    this.count = 0;
    this.#memory = undefined;
    this.#bytes = new Uint8Array(0);
    return taken;
  }

  #grow(bytes: number): void {
    if (this.#bytes.length === 0 && bytes <= SHORT_BYTES) {
      this.#bytes = new Uint8Array(SHORT_BYTES);
      return;
    }
    const pages = Math.ceil(bytes / PAGE_BYTES);
    if (this.#memory === undefined) {
      this.#memory = new WebAssembly.Memory({ initial: pages, maximum: MOST_PAGES });
      new Uint8Array(this.#memory.buffer).set(this.#bytes.subarray(0, this.count * WORD));
    } else {
      const more = pages - this.#memory.buffer.byteLength / PAGE_BYTES;
      this.#memory.grow(Math.max(more, PAGES_AT_ONCE));
    }
    this.#bytes = new Uint8Array(this.#memory.buffer);
  }
}
