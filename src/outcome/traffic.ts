/** What a replay of mined transactions on new code yields: plain data for the report, the check and the file beside the proposal. */
import type { Address, Hex } from "../protocol/hex.ts";

export type DifferenceKind = "success" | "return" | "events" | "storage" | "gas";

export interface TrafficOutcome {
  proposalId: Hex;
  proxy: Address;
  /** The name under which the proposal upgrades it. */
  contract: string;
  /** The code that was replayed beside that which ran when the transactions were mined. */
  implementation: Address;
  /** Blocks searched for transactions, newest first, until there were enough. */
  fromBlock: bigint;
  toBlock: bigint;
  /** Replayed on both; `identical + expected +` those with an unexpected difference. Skipped ones are not among them. */
  transactions: number;
  /** Not one difference. */
  identical: number;
  /** Differences, every one of them on the list of expected changes. */
  expected: number;
  classes: TrafficClass[];
  skipped: { reason: string; count: number }[];
  /** What a search like this cannot find, and whatever else a reader has to know, in sentences. */
  notes: string[];
  /** Entries of the list of expected changes that fitted nothing. */
  unusedExpectations: string[];
}

/** What lies beside a proposal: outcomes that count, or why those there do not. */
export type KeptTraffic = TrafficOutcome[] | { stale: string };

/** Transactions of one selector that differ in one way. */
export interface TrafficClass {
  /** First four bytes of the calldata of the transaction; `0x` where it carries fewer. */
  selector: Hex;
  signature?: string | undefined;
  kind: DifferenceKind;
  /** Finer than the kind: the variable, the event, the reason of the revert, how much more gas. */
  what: string;
  /** Transactions in it. */
  count: number;
  expected: boolean;
  /** A transaction in it: the newest. */
  example: Hex;
  /** How that one differs. */
  detail: string;
}
