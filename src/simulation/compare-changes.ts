/** Whether what happened is what was simulated. Pure. */
import { wordOf } from "../outcome/place.ts";
import { isEffect } from "./effects/effects.ts";
import type { StateChange } from "../outcome/simulation.ts";

export interface ChangeComparison {
  equal: boolean;
  /** Simulated, but it did not happen. */
  missing: StateChange[];
  /** Happened, but was not simulated. */
  unexpected: StateChange[];
  /** Happened in another way. */
  different: { simulated: StateChange; actual: StateChange }[];
}

/**
 * Compares net changes word by word, before and after. Both lists already leave out balance and nonce of the accounts
 * that send the transactions and of the block's miner (see `describeDiffs`): gas is not an effect. Nonces of other
 * accounts, names, and what is classified as bookkeeping or accrual play no part either; the rest does.
 */
export function compareChanges(simulated: readonly StateChange[], actual: readonly StateChange[]): ChangeComparison {
  const expected = byPlace(simulated);
  const found = byPlace(actual);
  const missing = [...expected].filter(([place]) => !found.has(place)).map(([, change]) => change);
  const unexpected = [...found].filter(([place]) => !expected.has(place)).map(([, change]) => change);
  const different = [...expected].flatMap(([place, change]) => {
    const other = found.get(place);
    const same = other === undefined || (other.before === change.before && other.after === change.after);
    return same ? [] : [{ simulated: change, actual: other }];
  });
  return { equal: missing.length + unexpected.length + different.length === 0, missing, unexpected, different };
}

/** One entry for each word, balance and code; of several variables in a slot the last one stands for the word. */
function byPlace(changes: readonly StateChange[]): Map<string, StateChange> {
  return new Map(
    changes
      .filter(isEffect)
      .map((change) => [wordOf(change), change]),
  );
}
