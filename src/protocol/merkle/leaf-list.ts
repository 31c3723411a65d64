import { WORD } from "./words.ts";

const LEAVES_IN_CHUNK = 2 ** 12;

/** Leaves that come one after the other, nobody knows how many: they are kept in pieces, so that nothing is copied to grow. */
export class LeafList {
  count = 0;
  #chunks: Uint8Array[] = [];
  #last = new Uint8Array(0);

  /** Calls `write` with the place for one more leaf of 32 bytes. */
  add(write: (target: Uint8Array, at: number) => void): void {
    const at = (this.count % LEAVES_IN_CHUNK) * WORD;
    if (at === 0) this.#chunks.push((this.#last = new Uint8Array(LEAVES_IN_CHUNK * WORD)));
    write(this.#last, at);
    this.count++;
  }

  /** Moves all leaves into `target`, from the byte `at` on, in their order; the list is empty afterwards. */
  moveInto(target: Uint8Array, at: number): void {
    let left = this.count * WORD;
    for (let chunk = this.#chunks.shift(); chunk !== undefined; chunk = this.#chunks.shift()) {
      const used = chunk.subarray(0, Math.min(left, chunk.length));
      target.set(used, at);
      at += used.length;
      left -= used.length;
    }
    this.count = 0;
    this.#last = new Uint8Array(0);
  }
}
