import type { Address } from "../../protocol/hex.ts";
import type { Choice } from "../vote.ts";

/** What an account can do in a vote, as the chain has it. */
export interface VotingPower {
  account: Address;
  /** All that it votes with; of a transcoder before what its delegators take out by voting themselves. */
  weightWei: bigint;
  /** Whom its stake or its tokens are delegated to at that moment; undefined: nobody. */
  delegate: Address | undefined;
  /** The delegate is registered: its own delegate, with a stake. */
  delegateIsTranscoder: boolean;
  /** What its own vote takes out of its transcoder's. */
  takesFrom: { transcoder: Address; weightWei: bigint; hasVoted: boolean; choice: Choice | undefined } | undefined;
  /** Of a transcoder: what its delegators have taken out so far. */
  overriddenWei: bigint;
  /** BondingVotes knows of it. True where checkpoints are not a thing: polls, tokens. */
  hasCheckpoint: boolean;
  hasVoted: boolean;
  /** Its vote so far; undefined where it has none. */
  choice: Choice | undefined;
  canCount: { yes: true } | { yes: false; why: string };
  /** The moment that decides has passed: no bond, reward or transfer changes the weight any more. */
  isDecided: boolean;
  /** The moment, in units of the vote's clock; a poll's in rounds. */
  atClock: bigint;
  /** The block whose state was read, of the chain's own numbering. */
  atBlock: bigint;
}
