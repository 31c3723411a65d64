import { ZERO_HASH, type Address, type Hex } from "../../protocol/hex.ts";
import type { WordOverride } from "../contract-draft.ts";

/** Words of one contract that are others than the snapshot's because stake left. */
export interface LeftWords {
  /** Those of others: delegates, the pool, sums. Ascending by slot. */
  declared: readonly WordOverride[];
  /** Those of the leavers themselves. */
  erased: ErasedWords;
}

interface Erased {
  count: number;
  /** 32 bytes each, ascending. */
  slots: Uint8Array;
  /** Of the snapshot; zero is what they become. */
  before: Uint8Array;
  /** `delegators` */
  mapping: string;
  leavers: readonly { account: Address; reason: string }[];
  /** Which of the leavers each word is of, and what of it, among `labels`. */
  owners: Uint32Array;
  parts: Uint32Array;
  /** `.bondedAmount` */
  labels: readonly string[];
}

const WORD = 32;

/** Words that leavers had and that are nobody's now: in flat arrays, because there may be a million, and named when they are asked for. */
export class ErasedWords {
  static readonly NONE = new ErasedWords({ count: 0, slots: new Uint8Array(), before: new Uint8Array(), mapping: "", leavers: [], owners: new Uint32Array(), parts: new Uint32Array(), labels: [] });
  readonly count: number;
  readonly slots: Uint8Array;
  readonly #erased: Erased;

  constructor(erased: Erased) {
    this.#erased = erased;
    this.count = erased.count;
    this.slots = erased.slots;
  }

  /** As they are declared, the first of them. */
  first(most: number): WordOverride[] {
    const { before, mapping, leavers, owners, parts, labels } = this.#erased;
    const hexAt = (bytes: Uint8Array, index: number): Hex => `0x${Buffer.from(bytes.subarray(index * WORD, (index + 1) * WORD)).toString("hex")}`;
    return Array.from({ length: Math.min(most, this.count) }, (_, index) => {
      const leaver = leavers[owners[index] ?? 0];
      return { slot: hexAt(this.slots, index), name: `${mapping}[${leaver?.account ?? ""}]${labels[parts[index] ?? 0] ?? ""}`, before: hexAt(before, index), after: ZERO_HASH, why: leaver?.reason ?? "" };
    });
  }
}
