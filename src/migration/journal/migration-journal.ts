import { JournalFile, readJournalFile, type EntryReader } from "../../chain/journal-file.ts";
import { printable } from "../../protocol/printable.ts";
import { migrationEntrySchema, type MigrationEntry } from "./migration-entries.ts";
import { MigrationState } from "./migration-state.ts";
import { newestInFlight, type AttemptLog, type OperationEntry } from "../../chain/attempt-log.ts";
import type { JournalAttempt, OperationState } from "../../chain/journal-entries.ts";
import type { Hex } from "../../protocol/hex.ts";

/** The journal of one run of a migration: locked, checksummed and flushed like every journal, of any length. */
export class MigrationJournal implements AttemptLog {
  readonly state = new MigrationState();
  readonly #file: JournalFile;

  /** @throws LPCTL_JOURNAL_LOCKED, LPCTL_JOURNAL_UNREADABLE, LPCTL_DISK_FULL */
  constructor(path: string, onCheckpoint?: (name: string) => void) {
    this.#file = new JournalFile(path, readInto(this.state), onCheckpoint);
  }

  get path(): string {
    return this.#file.path;
  }

  /** Returns when the line is on the disk. @throws LPCTL_DISK_FULL; then the journal is as it was before. */
  append(entry: MigrationEntry): void {
    this.#file.append(entry);
    this.state.apply(entry, this.#file.lines);
    this.#file.applied(entry.kind);
  }

  stateAt(step: number): OperationState {
    return this.state.stateAt(step);
  }

  record(step: number, entry: OperationEntry): void {
    this.append({ ...entry, step });
  }

  mined(): { index: number; hash: Hex; blockNumber: bigint; blockHash: Hex }[] {
    return [...this.state.open()].flatMap(([index, { mined }]) => (mined === undefined ? [] : [{ index, ...mined }]));
  }

  inFlight(): JournalAttempt[] {
    return newestInFlight(this.state.states());
  }

  /** Gives the lock back. The journal stays. */
  close(): void {
    this.#file.close();
  }
}

/**
 * Where a run stands, without locking or changing anything.
 * @returns undefined when there is no journal or nothing was written
 * @throws LPCTL_JOURNAL_UNREADABLE
 */
export function loadMigrationState(path: string): MigrationState | undefined {
  const state = new MigrationState();
  readJournalFile(path, readInto(state));
  return state.plan === undefined ? undefined : state;
}

function readInto(state: MigrationState): EntryReader {
  return (json, line) => {
    const parsed = migrationEntrySchema.safeParse(json);
    if (!parsed.success) throw new Error(`line ${line}: ${printable(parsed.error.issues[0]?.message ?? "unknown kind of line")}`);
    state.apply(parsed.data, line);
  };
}
