/** What became of the protocol after a proposal: plain data for checks and reports. */
import type { Address } from "../../protocol/hex.ts";

export interface Verdict {
  holds: boolean;
  /** In words: the figures compared, or what differs. */
  detail: string;
}

/** One law of the protocol, judged three times. */
export interface InvariantOutcome {
  /** `minter-holds-stake`, as its file is called. */
  name: string;
  /** What it protects, in plain sentences. */
  explains: string;
  /** At the forked block. */
  before: Verdict;
  /** Right after the last step. */
  after: Verdict;
  /** After two more rounds with actors; undefined when no round could be lived. */
  later: Verdict | undefined;
}

/** The old code put back in the fork, after activity on the new code. */
export interface RollbackOutcome {
  contract: string;
  proxy: Address;
  holds: boolean;
  detail: string;
  /** What reads differently under the old code, one line each. */
  differences: string[];
}

export interface Aftermath {
  invariants: InvariantOutcome[];
  rollbacks: RollbackOutcome[];
  life: {
    /** Transactions that actors sent after the proposal. */
    actions: number;
    rounds: number;
    /** What failed after the proposal and not without it: `reward of 0x…: BondingAlreadyRewarded`. */
    failed: string[];
  };
  /** Why it was not, or not fully, tried: switched off, no registry, system paused. */
  notRun?: string;
}
