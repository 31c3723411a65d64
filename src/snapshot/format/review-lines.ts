import type { Address, Hex } from "../../protocol/hex.ts";
import type { ContractState } from "../state.ts";
import { hexAt } from "./word-table.ts";

/** Snapshots with fewer words than this are written as lines of text too, for review and for git. */
export const WORDS_TO_REVIEW = 20_000;

/** The name of a slot (`delegators[0x…].bondedAmount`); undefined where nobody knows it. */
export type NameOfSlot = (contract: Address, slot: Hex) => string | undefined;

/** One line of JSON for each word, in the order of the snapshot. */
export function reviewLines(contracts: readonly ContractState[], nameOf?: NameOfSlot): string {
  const lines: string[] = [];
  for (const { address, name: contract, words } of contracts) {
    for (let index = 0; index < words.count; index++) {
      const [slot, word] = [hexAt(words.slots, index * 32, 32), hexAt(words.values, index * 32, 32)];
      const name = nameOf?.(address, slot);
      lines.push(`${JSON.stringify({ contract, slot, word, ...(name === undefined ? {} : { name }) })}\n`);
    }
  }
  return lines.join("");
}
