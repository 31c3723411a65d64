import type { JournalAttempt, JournalEntry, OperationState } from "./journal-entries.ts";
import type { Hex } from "../protocol/hex.ts";

/** Whatever a journal says of one operation. */
export type OperationEntry = Exclude<JournalEntry, { kind: "plan" }>;

/** The newest attempt of each that is in flight, by ascending nonces. */
export function newestInFlight(states: Iterable<OperationState>): JournalAttempt[] {
  const found: JournalAttempt[] = [];
  for (const { status, attempts } of states) {
    const attempt = attempts.at(-1);
    if (status === "in-flight" && attempt !== undefined) found.push(attempt);
  }
  return found.sort((left, right) => (left.nonce < right.nonce ? -1 : 1));
}

/** What a sender remembers of its attempts, whichever journal keeps it. Operations are known by their place in the plan, from 0. */
export interface AttemptLog {
  readonly path: string;
  /** The live state: it changes with what is recorded. */
  stateAt(index: number): OperationState;
  /** Returns when it is on the disk. @throws LPCTL_DISK_FULL */
  record(index: number, entry: OperationEntry): void;
  /** What a reorganisation could still take out of the chain. */
  mined(): { index: number; hash: Hex; blockNumber: bigint; blockHash: Hex }[];
  /** The newest attempt of each operation that is signed and not known to be mined, by ascending nonces. */
  inFlight(): JournalAttempt[];
}
