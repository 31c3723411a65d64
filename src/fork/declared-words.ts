import type { WordOverride } from "./contract-draft.ts";
import type { ErasedWords } from "./leave/left-words.ts";

interface Declared {
  overrides: readonly WordOverride[];
  erased: ErasedWords;
}

/** How many words of a contract are declared to be others than the snapshot's. */
export function countDeclared({ overrides, erased }: Declared): number {
  return overrides.length + erased.count;
}

/** The first of them, those of accounts that left with their stake last. */
export function firstDeclared({ overrides, erased }: Declared, most: number): WordOverride[] {
  return [...overrides.slice(0, most), ...erased.first(Math.max(0, most - overrides.length))];
}
