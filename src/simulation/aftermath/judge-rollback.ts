import type { Address, Hex } from "../../protocol/hex.ts";
import type { AddressBook } from "../contract-book.ts";
import { compareStates } from "./compare-states.ts";
import { differingGetters, type Getter } from "./getters.ts";
import type { RollbackOutcome } from "../../outcome/aftermath.ts";
import type { LivingState } from "./living-state.ts";
import type { Replaced } from "./rollback.ts";
import { differingWords, type Words } from "./touched-slots.ts";

/** One look at the protocol and at the proxies of upgrades. */
export interface Look {
  state: LivingState | undefined;
  getters: readonly Getter[];
  words: ReadonlyMap<Address, Words>;
  /** Slots that the code touched in its life, where it was lived. */
  touched: ReadonlyMap<Address, readonly Hex[]>;
}

/** The old code put back after activity on the new one. */
export interface Return {
  /** Why it could not be put back. */
  problem: string | undefined;
  look: Look;
  /** One round further. */
  closed: LivingState | undefined;
  failed: readonly string[];
}

const MOST_DIFFERENCES = 20;

/**
 * @param was the same activity on the old code all the time: what it would have left
 * @param keys of mappings, for the names of slots
 */
export function judgeRollback({ intent }: Replaced, back: Return, was: { look: Look; closed: LivingState | undefined }, book: AddressBook, keys: readonly Hex[]): RollbackOutcome {
  const { contract, proxy } = intent;
  const base = { contract, proxy: proxy.address };
  if (back.problem !== undefined) return { ...base, holds: false, detail: `the old code cannot be registered again: ${back.problem}`, differences: [] };
  const none: Words = new Map();
  const own = (getters: readonly Getter[]): Getter[] => getters.filter(({ address }) => address === proxy.address);
  const words = differingWords(proxy.address, back.look.words.get(proxy.address) ?? none, was.look.words.get(proxy.address) ?? none, new Set(was.look.touched.get(proxy.address)), book, keys);
  const reads = differingGetters(own(back.look.getters), own(was.look.getters));
  const states = compareStates(back.look.state, was.look.state);
  const closed = compareStates(back.closed, was.closed).map((line) => `a round later ${line}`);
  const failures = back.failed.map((line) => `fails under the old code: ${line}`);
  const differences = [...failures, ...words, ...reads, ...states, ...(states.length === 0 ? closed : [])];
  const holds = differences.length === 0;
  const detail = holds
    ? `the old code reads ${reads.length + own(was.look.getters).length} functions and ${was.look.words.get(proxy.address)?.size ?? 0} words of storage as it would have left them${was.closed === undefined ? "" : ", and lives on for a round"}`
    : failures.length > 0
      ? "the old code does not go on with what the new one left"
      : "the old code would read what the new one left, and take it for something else";
  const shown = differences.slice(0, MOST_DIFFERENCES);
  return { ...base, holds, detail, differences: differences.length > shown.length ? [...shown, `and ${differences.length - shown.length} more`] : shown };
}
