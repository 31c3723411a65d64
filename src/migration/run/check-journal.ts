import { compareMined, compareReceipt } from "../../chain/compare-mined.ts";
import { untrueJournal } from "../../chain/sender-errors.ts";
import { compareSigned } from "../../chain/transaction.ts";
import { LpctlError } from "../../errors.ts";
import { sameCalls } from "../../proposal/call.ts";
import { markOf } from "../journal/settled-steps.ts";
import { callsOf } from "./decide-actor.ts";
import { isStillEnacted } from "./elsewhere.ts";
import { rebuildNext } from "./migration-errors.ts";
import { guarded, type PlacedOperation } from "./read-operations.ts";
import type { JournalAttempt, OperationState } from "../../chain/journal-entries.ts";
import type { Hex } from "../../protocol/hex.ts";
import type { MigrationRun } from "./migration-run.ts";

/** Receipts and predicates asked for at once. */
const ASKED_AT_ONCE = 500;

/**
 * Holds a journal against the plan and the chain before anything is sent on its word: whoever wrote it, what it has as confirmed
 * has to be a transaction of the sender with the bytes of the plan, and what it has as skipped has to be there. What may have been
 * taken out by a reorganisation is not: it is open again.
 * @throws LPCTL_JOURNAL_UNTRUE
 */
export async function checkJournal(run: MigrationRun): Promise<void> {
  if (!run.isBegun) return;
  await isStillEnacted(run);
  const check = new JournalCheck(run);
  for await (const operation of run.operations()) await check.add(operation);
  await check.finish();
}

class JournalCheck {
  readonly #run: MigrationRun;
  readonly #nonces = new Set<number>();
  #mined: { hash: Hex; operation: PlacedOperation; isFinal: boolean }[] = [];
  #skipped: PlacedOperation[] = [];

  constructor(run: MigrationRun) {
    this.#run = run;
  }

  async add(operation: PlacedOperation): Promise<void> {
    const { state } = this.#run.journal;
    const { firstStep, calls } = operation;
    const known = state.elsewhere.get(firstStep);
    if (known !== undefined) return known.isEnacted ? undefined : this.#checkProposal(operation, known.proposal);
    let isSkipped = false;
    for (const [at, call] of calls.entries()) {
      const step = firstStep + at;
      const open = state.openAt(step);
      if (open !== undefined) this.#checkOpen(operation, call, open);
      else if (state.isSettled(step)) isSkipped = !this.#checkSettled(operation, call, step) || isSkipped;
    }
    if (isSkipped) this.#skipped.push(operation);
    if (this.#mined.length + this.#skipped.length >= ASKED_AT_ONCE) await this.finish();
  }

  /** Asks the chain about all that was gathered. */
  async finish(): Promise<void> {
    const { rpc } = this.#run.project;
    const [mined, skipped] = [this.#mined, this.#skipped];
    [this.#mined, this.#skipped] = [[], []];
    const receipts = await Promise.all(mined.map(({ hash }) => rpc.receipt(hash)));
    for (const [at, { hash, operation, isFinal }] of mined.entries()) {
      const receipt = receipts[at] ?? null;
      const different = receipt === null ? undefined : compareReceipt(receipt, this.#run.chain.sender);
      if (different !== undefined) throw this.#untrue(operation, `The transaction ${hash} is another one. ${different}`);
      // Nodes forget receipts; then what it did has to speak for it.
      if (receipt === null && isFinal) skipped.push(operation);
    }
    const answers = await Promise.all(skipped.map((operation) => guarded(this.#run.script.path, `enacted of "${operation.id}"`, () => operation.enacted(this.#run.chain))));
    const missing = skipped[answers.indexOf(false)];
    if (missing !== undefined) throw this.#untrue(missing, "It is there as done for good, and its predicate says that it was not.");
  }

  /** @returns false where it was skipped, so that only its predicate can tell */
  #checkSettled(operation: PlacedOperation, call: PlacedOperation["calls"][number], step: number): boolean {
    const { journal, project } = this.#run;
    const by = journal.state.settledBy(step);
    if (by === undefined) return false;
    if (Buffer.compare(by.mark, markOf({ chainId: project.chainId, ...call })) !== 0) throw this.#untrue(operation, `The transaction ${by.hash} is another one. Its bytes differ.`);
    this.#useNonce(operation, by.nonce);
    this.#mined.push({ hash: by.hash, operation, isFinal: true });
    return true;
  }

  #checkOpen(operation: PlacedOperation, call: PlacedOperation["calls"][number], { attempts, mined, status }: OperationState): void {
    const wanted = { chainId: this.#run.project.chainId, ...call };
    const done = status === "confirmed" ? attempts.find(({ hash }) => hash === mined?.hash) : undefined;
    for (const attempt of done === undefined ? attempts : [done]) {
      const different = done === undefined ? this.#compareAttempt(attempt, wanted) : compareMined(attempt, wanted);
      if (different !== undefined) throw this.#untrue(operation, `The transaction ${attempt.hash} is another one. ${different}`);
    }
    if (done === undefined) return;
    this.#useNonce(operation, Number(done.nonce));
    this.#mined.push({ hash: done.hash, operation, isFinal: false });
  }

  #compareAttempt(attempt: JournalAttempt, wanted: Parameters<typeof compareMined>[1]): string | undefined {
    const signed = compareSigned(attempt.raw, this.#run.chain.sender, { ...attempt, ...wanted });
    if (typeof signed === "string") return signed;
    return signed.hash === attempt.hash ? undefined : "Its hash differs.";
  }

  /** One transaction is one operation's. */
  #useNonce(operation: PlacedOperation, nonce: number): void {
    if (this.#nonces.has(nonce)) throw this.#untrue(operation, `The transaction with nonce ${nonce} is there for another operation already.`);
    this.#nonces.add(nonce);
  }

  /** A proposal that does something else would be waited for, and its outcome taken for this one's. */
  async #checkProposal(operation: PlacedOperation, name: string): Promise<void> {
    const { folder, network } = this.#run.project;
    const { loadProposal } = await import("../../proposal/store.ts");
    const calls = await loadProposal(folder, network, name).then(({ proposal }) => proposal.calls, nothing);
    if (calls === undefined || sameCalls(calls, callsOf(operation.calls))) return;
    throw this.#untrue(operation, `The proposal ${name} makes other calls.`);
  }

  #untrue({ title }: PlacedOperation, why: string): LpctlError {
    return untrueJournal(this.#run.journal.path, title, why, rebuildNext(this.#run.script.name));
  }
}

/** That a proposal cannot be read is said when it is needed. */
function nothing(error: unknown): undefined {
  if (error instanceof LpctlError) return undefined;
  throw error;
}
