import type { Address, Hex } from "../../protocol/hex.ts";
import type { Choice, RuleSetId } from "../vote.ts";

/** One account's vote as it counted. Amounts in units of 1e-18 LPT. */
export interface TallyRow {
  voter: Address;
  delegate: Address;
  /** All that the account can vote with. */
  weightWei: bigint;
  /** What its delegators took out of it by voting themselves. */
  deductionWei: bigint;
  /** `weightWei - deductionWei`. */
  effectiveWei: bigint;
  choice: Choice;
  transaction: Hex;
}

/** A vote counted under one rule-set. Amounts in units of 1e-18 LPT. */
export interface TallyResult {
  rules: RuleSetId;
  forWei: bigint;
  againstWei: bigint;
  abstainWei: bigint;
  /** What counts towards the quorum. */
  participationWei: bigint;
  /** What the quorum is a share of. */
  baseWei: bigint;
  /** The least participation that reaches the quorum. */
  quorumWei: bigint;
  quorumReached: boolean;
  /** Share of the votes for and against that is demanded, parts per million. */
  quotaPpm: bigint;
  /** `above` the quota; `floored`: at least the quota rounded down, as a contract computes it. */
  quotaRule: "above" | "floored";
  /** The least of `forWei` that passes with as much for and against as there is. */
  neededWei: bigint;
  /** Without a quorum a vote is `invalid`, whatever was voted. */
  outcome: "passed" | "rejected" | "invalid";
  /** It passed, or would but for the quorum, though nobody voted for or against. */
  abstainOnly: boolean;
  /** Under `stake-governor`: what transcoders themselves cast, and the least of it that is required. */
  transcoders?: { castWei: bigint; requiredWei: bigint; reached: boolean };
  /** One for each account that counted, by address. */
  rows: TallyRow[];
}
