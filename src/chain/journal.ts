import { printable } from "../protocol/printable.ts";
import { applyEntry, journalEntrySchema, reduceJournal } from "./journal-entries.ts";
import { JournalFile, readJournalFile, type EntryReader } from "./journal-file.ts";
import { newestInFlight, type AttemptLog, type OperationEntry } from "./attempt-log.ts";
import type { JournalAttempt, JournalEntry, JournalState, OperationState } from "./journal-entries.ts";
import type { Hex } from "../protocol/hex.ts";

/** The journal of what was sent, of a plan that fits into memory: `JournalFile` with the state it amounts to. */
export class Journal implements AttemptLog {
  readonly #file: JournalFile;
  readonly #reduced: Reduced;

  /**
   * Opens or creates the journal and locks it against other processes.
   * @param onCheckpoint called just before and after each line reaches the disk (crash tests end the process there)
   * @throws LPCTL_JOURNAL_LOCKED, LPCTL_JOURNAL_UNREADABLE, LPCTL_DISK_FULL
   */
  constructor(path: string, onCheckpoint?: (name: string) => void) {
    this.#reduced = new Reduced();
    this.#file = new JournalFile(path, this.#reduced.read, onCheckpoint);
  }

  get path(): string {
    return this.#file.path;
  }

  /** `undefined` while nothing was written. */
  get state(): JournalState | undefined {
    return this.#reduced.state;
  }

  /** Returns when the line is on the disk. @throws LPCTL_DISK_FULL; then the journal is as it was before. */
  append(entry: JournalEntry): void {
    this.#file.append(entry);
    this.#reduced.apply(entry, this.#file.lines);
    this.#file.applied(entry.kind);
  }

  stateAt(index: number): OperationState {
    const state = this.state?.operations[index];
    if (state === undefined) throw new Error("the journal has no such operation");
    return state;
  }

  record(_index: number, entry: OperationEntry): void {
    this.append(entry);
  }

  mined(): { index: number; hash: Hex; blockNumber: bigint; blockHash: Hex }[] {
    return (this.state?.operations ?? []).flatMap(({ mined }, index) => (mined === undefined ? [] : [{ index, ...mined }]));
  }

  inFlight(): JournalAttempt[] {
    return newestInFlight(this.state?.operations ?? []);
  }

  /** Gives the lock back. The journal stays. */
  close(): void {
    this.#file.close();
  }
}

/**
 * Reads a journal without locking or changing it, e.g. to show where a command stands.
 * @returns `undefined` when there is none or nothing was written
 * @throws LPCTL_JOURNAL_UNREADABLE
 */
export async function loadJournal(path: string): Promise<JournalState | undefined> {
  const reduced = new Reduced();
  readJournalFile(path, reduced.read);
  return reduced.state;
}

class Reduced {
  state: JournalState | undefined;
  readonly #byId = new Map<string, OperationState>();

  readonly read: EntryReader = (json, line) => {
    const parsed = journalEntrySchema.safeParse(json);
    if (!parsed.success) throw new Error(`line ${line}: ${printable(parsed.error.issues[0]?.message ?? "unknown kind of line")}`);
    this.apply(parsed.data, line);
  };

  apply(entry: JournalEntry, line: number): void {
    if (this.state === undefined) {
      this.state = reduceJournal([entry]);
      for (const operation of this.state?.operations ?? []) this.#byId.set(operation.id, operation);
      return;
    }
    if (entry.kind === "plan") throw new Error(`line ${line} is a second plan`);
    const operation = this.#byId.get(entry.operation);
    if (operation === undefined) throw new Error(`line ${line} speaks of an operation that is not in the plan`);
    applyEntry(operation, entry, line);
  }
}
