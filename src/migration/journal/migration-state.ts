import { applyEntry, type OperationState } from "../../chain/journal-entries.ts";
import { SettledSteps, type SettledTransaction } from "./settled-steps.ts";
import type { ElsewhereEntry, MigrationEntry, MigrationPlan, NotYetEntry } from "./migration-entries.ts";

export interface ElsewhereState extends ElsewhereEntry {
  isEnacted: boolean;
}

/**
 * What a journal of any length amounts to, in little memory: some bytes for each step that is over for good, and the state of
 * the few that are not (in flight, or younger than finality).
 */
export class MigrationState {
  plan: MigrationPlan | undefined;
  readonly elsewhere = new Map<number, ElsewhereState>();
  isVerified = false;
  /** What the last run ended with, where time had to pass; undefined once anything was done since. */
  notYet: NotYetEntry | undefined;
  skipped = 0;
  readonly #open = new Map<number, OperationState>();
  /** What was skipped and may still be taken out of the chain: the newest block when it was seen there. */
  readonly #skipped = new Map<number, bigint>();
  #settled = new SettledSteps(0);

  /** Steps that are done, settled or not. */
  get done(): number {
    let done = this.#settled.count + this.#skipped.size;
    for (const { status } of this.#open.values()) if (status === "confirmed") done++;
    for (const { isEnacted, steps } of this.elsewhere.values()) if (isEnacted) done += steps;
    return done;
  }

  /** Signed, and not known to be mined. */
  get inFlight(): number {
    let count = 0;
    for (const { status } of this.#open.values()) if (status === "in-flight") count++;
    return count;
  }

  /** Over for good: nothing is asked about it any more. */
  isSettled(step: number): boolean {
    return this.#settled.has(step);
  }

  /** By which transaction a step is over for good; undefined where it was skipped. */
  settledBy(step: number): SettledTransaction | undefined {
    return this.#settled.transactionOf(step);
  }

  /** Skipped in a block that is not known to be final. */
  isSkipped(step: number): boolean {
    return this.#skipped.has(step);
  }

  /** The oldest block in which something was skipped that is not over for good. */
  get oldestSkipped(): bigint | undefined {
    let oldest: bigint | undefined;
    for (const block of this.#skipped.values()) if (oldest === undefined || block < oldest) oldest = block;
    return oldest;
  }

  /** The live state of a step that is not settled. */
  stateAt(step: number, id = ""): OperationState {
    let state = this.#open.get(step);
    if (state === undefined) {
      state = { id, title: "", status: this.isSettled(step) || this.isSkipped(step) ? "skipped" : "waiting", attempts: [] };
      if (state.status === "waiting") this.#open.set(step, state);
    }
    return state;
  }

  /** As `stateAt`, of a step that was begun and is not settled; undefined for any other. */
  openAt(step: number): OperationState | undefined {
    return this.#open.get(step);
  }

  open(): IterableIterator<[number, OperationState]> {
    return this.#open.entries();
  }

  states(): IterableIterator<OperationState> {
    return this.#open.values();
  }

  /** @throws Error naming the line that cannot follow */
  apply(entry: MigrationEntry, line: number): void {
    if (entry.kind === "plan") {
      if (this.plan !== undefined) throw new Error(`line ${line} is a second plan`);
      this.plan = entry;
      this.#settled = new SettledSteps(entry.steps);
      return;
    }
    if (this.plan === undefined) throw new Error("the first line is not a plan");
    if ("step" in entry && entry.step >= this.plan.steps) throw new Error(`line ${line} speaks of an operation that is not in the plan`);
    if (entry.kind !== "final" && entry.kind !== "verified") this.isVerified = false;
    if (entry.kind !== "final") this.notYet = undefined;
    switch (entry.kind) {
      case "not-yet":
        this.notYet = entry;
        return;
      case "final":
        this.#settleUpTo(entry.blockNumber, entry.skipped === true);
        return;
      case "verified":
        this.isVerified = true;
        return;
      case "elsewhere":
        this.elsewhere.set(entry.step, { ...entry, isEnacted: false });
        return;
      case "enacted":
      case "undone": {
        if (entry.kind === "undone" && this.#skipped.delete(entry.step)) {
          this.skipped--;
          return;
        }
        const known = this.elsewhere.get(entry.step);
        if (known === undefined) throw new Error(`line ${line}: "${entry.kind}" of an operation that nobody was asked for`);
        known.isEnacted = entry.kind === "enacted";
        return;
      }
      default: {
        if (this.isSettled(entry.step)) throw new Error(`line ${line}: "${entry.kind}" cannot follow, the operation is over`);
        const state = this.stateAt(entry.step, entry.operation);
        state.id = entry.operation;
        applyEntry(state, entry, line);
        if (entry.kind === "skipped") {
          this.skipped++;
          this.#open.delete(entry.step);
          if (entry.blockNumber === undefined) this.#settle(entry.step);
          else this.#skipped.set(entry.step, entry.blockNumber);
        }
      }
    }
  }

  #settleUpTo(blockNumber: bigint, withSkipped: boolean): void {
    for (const [step, seenAt] of withSkipped ? this.#skipped : []) if (seenAt <= blockNumber) this.#settle(step);
    for (const [step, { status, mined }] of this.#open) {
      if (status === "confirmed" && mined !== undefined && mined.blockNumber <= blockNumber) this.#settle(step);
    }
  }

  #settle(step: number): void {
    const { mined, attempts } = this.#open.get(step) ?? { attempts: [] };
    this.#open.delete(step);
    this.#skipped.delete(step);
    this.#settled.add(step, mined && attempts.find(({ hash }) => hash === mined.hash));
  }
}
