import type { Hex } from "../../protocol/hex.ts";
import type { Cell } from "../../snapshot/view/cell.ts";
import { wordOf, type WordOverride } from "../contract-draft.ts";

/** Words of one contract that become others, put down as they are found. */
export class WordChanges {
  readonly #changes = new Map<Hex, WordOverride>();

  /** @param cell of a whole word, as the snapshot has it */
  set(cell: Cell, value: bigint | Hex, name: string, why: string): void {
    const { slot } = cell;
    const [before, after] = [wordOf(cell.number()), wordOf(BigInt(value))];
    if (before === after) this.#changes.delete(slot);
    else this.#changes.set(slot, { slot, name, before, after, why });
  }

  /** Ascending by slot. */
  end(): WordOverride[] {
    return [...this.#changes.values()].sort((left, right) => (left.slot < right.slot ? -1 : 1));
  }
}
