/** What became of the protocol after a proposal: plain data for checks and reports. */
import type { Address } from "../protocol/hex.ts";

/** Why something counts as failed that nobody may do: it went through. */
export const MUST_FAIL = "it must fail, and succeeds";

export interface Verdict {
  holds: boolean;
  /** In words: the figures compared, or what differs. */
  detail: string;
  /**
   * Nothing was judged, and `detail` says why: `replaced`: the contract that could say it is another one by the proposal;
   * `moot`: there is nothing to judge at this moment, such as a round that nobody has begun. `holds` is true then.
   */
  untried?: "replaced" | "moot" | undefined;
}

/** One law of the protocol, judged three times. */
export interface InvariantOutcome {
  /** `minter-holds-stake`, as its file is called. */
  name: string;
  /** What it protects, in plain sentences. */
  explains: string;
  /** Without the proposal, when as much time has passed as its route takes. */
  before: Verdict;
  /** Right after the last step. */
  after: Verdict;
  /** After two more rounds with actors, and one to close; undefined when no round could be lived. */
  later: Verdict | undefined;
  /** The same moment without the proposal. */
  laterWithout?: Verdict | undefined;
  /** What a proposal that breaks it deserves. */
  breaks: "refuse" | "warning";
}

/** The old code put back in the fork, after activity on the new code. */
export interface RollbackOutcome {
  contract: string;
  proxy: Address;
  holds: boolean;
  detail: string;
  /** What is not as the old code would have left it, one line each. */
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
  /** What was taken for granted, in words: whose accounts were looked at, that a pause was ended on the fork. */
  assumptions: string[];
  /** Why it was not, or not fully, tried: switched off, no registry, a route that reverts. */
  notRun?: string;
}
