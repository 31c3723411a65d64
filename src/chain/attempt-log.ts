import type { JournalEntry, OperationState } from "./journal-entries.ts";
import type { Hex } from "../protocol/hex.ts";

/** Whatever a journal says of one operation. */
export type OperationEntry = Exclude<JournalEntry, { kind: "plan" }>;

/** What a sender remembers of its attempts, whichever journal keeps it. Operations are known by their place in the plan, from 0. */
export interface AttemptLog {
  readonly path: string;
  /** The live state: it changes with what is recorded. */
  stateAt(index: number): OperationState;
  /** Returns when it is on the disk. @throws LPCTL_DISK_FULL */
  record(index: number, entry: OperationEntry): void;
  /** What a reorganisation could still take out of the chain. */
  mined(): { index: number; hash: Hex; blockNumber: bigint; blockHash: Hex }[];
  /** The highest nonce that was signed for and is not known to be mined. */
  highestInFlight(): bigint | undefined;
}
