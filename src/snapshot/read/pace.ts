/** Successes after which a size that once was too much is tried again: the node may only have been busy. */
const PATIENCE = 40;

/** How much to ask for at once: halved where it was too much, and widened again, quickly up to there and slowly beyond. */
export class Pace {
  readonly #most: number;
  #size: number;
  /** The smallest size that was too much. */
  #tooMuch = Number.POSITIVE_INFINITY;
  #passed = 0;

  constructor(start: number, most: number) {
    this.#size = start;
    this.#most = most;
  }

  get size(): number {
    return this.#size;
  }

  /** @param count that was asked for and came */
  passed(count: number): void {
    // The last one of a list says nothing about a whole one.
    if (count < this.#size) return;
    this.#passed += 1;
    if (this.#passed >= PATIENCE) this.#tooMuch = Number.POSITIVE_INFINITY;
    const wider = Math.min(this.#most, Math.ceil(this.#size * 1.25));
    if (wider === this.#size || wider >= this.#tooMuch) return;
    this.#size = wider;
    this.#passed = 0;
  }

  /** @param count that was too much; others of the same size may have been under way, so it is not halved for each. */
  failed(count: number): void {
    this.#passed = 0;
    this.#tooMuch = Math.min(this.#tooMuch, count);
    this.#size = Math.max(1, Math.min(this.#size, Math.floor(count / 2)));
  }
}
