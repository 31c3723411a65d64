import { recheckMined } from "../../chain/recheck-mined.ts";
import { SendingWindow } from "../../chain/sending-window.ts";
import { blockSchema } from "../../chain/rpc-schemas.ts";
import { ActorChoice } from "./decide-actor.ts";
import { checkJournal } from "./check-journal.ts";
import { carryElsewhere, isStillEnacted, type ElsewhereOptions } from "./elsewhere.ts";
import { enactedAlready, notEnacted, notVerified, notYet, rebuildNext } from "./migration-errors.ts";
import { knownErrors } from "./known-errors.ts";
import { guarded } from "./read-operations.ts";
import type { MigrationRun } from "./migration-run.ts";
import type { AttemptLog } from "../../chain/attempt-log.ts";
import type { PlacedOperation } from "./read-operations.ts";
import type { Interface } from "ethers/abi";
import type { OperationResult, SendProgress, SendingOptions } from "../../chain/operation.ts";
import type { Rpc } from "../../chain/rpc.ts";
import type { TransactionSigner } from "../../chain/transaction.ts";

export const DEFAULT_WINDOW = 16;
/** Two blocks of Ethereum are 24 s; after ten of them the fee was too low. */
const BUMP_AFTER_MS = 120_000;
/** Where a chain has no finality of its own. */
const DEEP_BLOCKS = 64n;
const FINALITY_EVERY = 256;
const MOST_PASSES = 5;

export interface SendMigrationOptions extends ElsewhereOptions {
  signer: TransactionSigner;
  /** In flight at once among operations that are independent; 16 unless said. */
  window?: number | undefined;
  confirmations?: number | undefined;
  bumpAfterMs?: number | undefined;
  miningDeadlineMs?: number | undefined;
  receiptLagMs?: number | undefined;
  /** Refuse what is enacted before this run sent it, instead of skipping it. */
  strict?: boolean | undefined;
  abandonTakenNonces?: boolean | undefined;
  /** Errors that contracts may revert with, beyond those that are found by the project and the script. */
  errorAbis?: readonly Interface[] | undefined;
  onProgress?: ((progress: SendProgress) => void) | undefined;
  onCheckpoint?: ((name: string) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export interface MigrationOutcome {
  operations: number;
  /** Operations that were on the chain before this run or an earlier one sent them. */
  skipped: number;
  /** Transactions that were confirmed in this run. */
  confirmed: number;
  /** Proposals whose outcome was waited for. */
  elsewhere: string[];
}

/**
 * Carries a migration out, from wherever it stands, through its journal: a kill at any instant loses nothing and sends nothing
 * twice. What is mined is looked at again at the end, as long as it is younger than finality.
 * @throws LPCTL_MIGRATE_WAITING (exit `waiting`) where an authority has to act first, _NOT_YET (the same exit) where time has to pass, _BLOCKED where what an authority was asked for cannot happen, _ENACTED_ALREADY, _NOT_ENACTED, _NOT_VERIFIED, _SCRIPT_FAILED; LPCTL_JOURNAL_UNTRUE;
 *   what `sendOperations` and `propose` throw
 */
export async function sendMigration(run: MigrationRun, options: SendMigrationOptions): Promise<MigrationOutcome> {
  await checkJournal(run);
  await run.begin();
  const sending = new Sending(run, options);
  for (let pass = 1; pass <= MOST_PASSES; pass++) {
    await sending.pass();
    if (!(await sending.recheck())) break;
  }
  const differences = await run.verify();
  if (differences.length > 0) throw notVerified(run.script.name, differences);
  if (!run.journal.state.isVerified) run.journal.append({ kind: "verified", blockNumber: await run.project.rpc.blockNumber() });
  return sending.outcome();
}

class Sending {
  readonly #run: MigrationRun;
  readonly #options: SendMigrationOptions;
  readonly #actors: ActorChoice;
  readonly #sending: SendingOptions;
  /** Of what is in flight: the operation that a step belongs to. */
  readonly #operations = new Map<number, PlacedOperation>();
  #receipts: Awaited<ReturnType<typeof recheckMined>>["known"] = new Map();
  #confirmed = 0;
  #sinceFinality = 0;

  constructor(run: MigrationRun, options: SendMigrationOptions) {
    const { rpc, chainId } = run.project;
    const { signer, window = DEFAULT_WINDOW, bumpAfterMs = BUMP_AFTER_MS, confirmations, miningDeadlineMs, receiptLagMs, abandonTakenNonces, errorAbis, onProgress, onCheckpoint, signal } = options;
    this.#run = run;
    this.#options = options;
    this.#actors = new ActorChoice(rpc, signer.address);
    const stated = { confirmations, miningDeadlineMs, receiptLagMs, abandonTakenNonces, onProgress, onCheckpoint, signal };
    this.#sending = { rpc, chainId, signer, window, bumpAfterMs, errorAbis: knownErrors(run.project, run.chain, errorAbis), untrueNext: rebuildNext(run.script.name), ...withoutUndefined(stated) };
  }

  /** All operations, in order; what is settled costs nothing but being named by the script. */
  async pass(): Promise<void> {
    const { journal, plan } = this.#run;
    const { known } = await recheckMined(this.#sending.rpc, journal);
    this.#receipts = known;
    await this.#settle();
    const window = new SendingWindow(this.#sending, journal, plan.steps, (result, step) => this.#onResult(result, step));
    for await (const operation of this.#run.operations()) {
      if (this.#isOver(operation)) continue;
      await this.#requireReady(operation, window);
      if ((await this.#actorOf(operation)) === "authority") {
        await window.drain();
        await carryElsewhere(this.#run, operation, this.#options);
      } else await this.#push(window, operation);
    }
    await window.drain();
    await this.#settle();
  }

  /** Whether something that was done is not any more: then there is another pass. */
  async recheck(): Promise<boolean> {
    const { journal } = this.#run;
    await recheckMined(this.#sending.rpc, journal);
    const finalBlock = await readFinalBlock(this.#sending.rpc);
    const isSame = await isStillEnacted(this.#run);
    const { oldestSkipped } = journal.state;
    if (isSame && oldestSkipped !== undefined && oldestSkipped <= finalBlock) journal.append({ kind: "final", blockNumber: finalBlock, skipped: true });
    return journal.inFlight().length > 0 || !isSame;
  }

  outcome(): MigrationOutcome {
    const { state } = this.#run.journal;
    return { operations: this.#run.plan.operations, skipped: state.skipped, confirmed: this.#confirmed, elsewhere: [...state.elsewhere.values()].map(({ proposal }) => proposal) };
  }

  /** What somebody else did was asked about before this pass (`isStillEnacted`), as long as a reorganisation may have taken it out of the chain. */
  #isOver({ calls, firstStep }: PlacedOperation): boolean {
    const { state } = this.#run.journal;
    if (state.elsewhere.get(firstStep)?.isEnacted === true) return true;
    return calls.every((_, at) => state.isSettled(firstStep + at) || state.isSkipped(firstStep + at));
  }

  /** What everything before it leads to decides from when on, so that nothing is in flight when it is asked. */
  async #requireReady(operation: PlacedOperation, window: SendingWindow): Promise<void> {
    const { readyAtSeconds, title, id, firstStep } = operation;
    const { journal } = this.#run;
    if (readyAtSeconds === undefined || this.#isUnderWay(operation)) return;
    await window.drain();
    if (await this.#isEnacted(operation)) return;
    const at = await readyAtSeconds(this.#run.chain);
    const { timestampSeconds } = await this.#run.chain.block();
    if (timestampSeconds >= at) return;
    // For whoever asks later where it stands: no script is run for that.
    const known = journal.state.notYet;
    if (known?.step !== firstStep || known.readyAtSeconds !== at) journal.append({ kind: "not-yet", operation: id, step: firstStep, title, readyAtSeconds: at });
    throw notYet(title, at, timestampSeconds);
  }

  #isUnderWay({ calls, firstStep }: PlacedOperation): boolean {
    const { state } = this.#run.journal;
    return state.elsewhere.has(firstStep) || calls.some((_, at) => state.isSettled(firstStep + at) || state.stateAt(firstStep + at).status !== "waiting");
  }

  async #actorOf(operation: PlacedOperation): Promise<"sender" | "authority"> {
    const { state } = this.#run.journal;
    if (state.elsewhere.has(operation.firstStep)) return "authority";
    if (this.#isUnderWay(operation)) return "sender";
    return this.#actors.choose(operation, () => this.#isEnacted(operation));
  }

  async #push(window: SendingWindow, operation: PlacedOperation): Promise<void> {
    const { journal } = this.#run;
    const { calls, firstStep, independent, id, title } = operation;
    for (const [at, call] of calls.entries()) {
      const step = firstStep + at;
      if (journal.state.isSettled(step)) continue;
      this.#operations.set(step, operation);
      const isDone = async (): Promise<boolean> => {
        if (!(await this.#isEnacted(operation))) return false;
        if (this.#options.strict === true && at === 0) throw enactedAlready(title, id);
        return true;
      };
      const name = calls.length === 1 ? title : `${title} (${at + 1} of ${calls.length})`;
      await window.push({ id, title: name, to: call.to, data: call.data, valueWei: call.valueWei, isDone, isAlone: !independent }, step, this.#receipts);
    }
  }

  async #onResult(result: OperationResult, step: number): Promise<void> {
    const operation = this.#operations.get(step);
    this.#operations.delete(step);
    const wasKnown = result.hash !== null && this.#receipts.has(result.hash);
    if (result.outcome === "skipped" || wasKnown || operation === undefined) return;
    this.#confirmed++;
    const isLast = step === operation.firstStep + operation.calls.length - 1;
    if (isLast && !(await this.#isEnacted(operation)) && !(await this.#isReorganised())) throw notEnacted(operation.title, operation.id);
    if (++this.#sinceFinality >= FINALITY_EVERY) await this.#settle();
  }

  #isEnacted(operation: PlacedOperation): Promise<boolean> {
    return guarded(this.#run.script.path, `enacted of "${operation.id}"`, async () => (await operation.enacted(this.#run.chain)) === true);
  }

  /** Whether something was taken out of the chain this moment; it is in flight again, and the next pass sees to it. */
  async #isReorganised(): Promise<boolean> {
    return (await recheckMined(this.#sending.rpc, this.#run.journal)).reorged > 0;
  }

  /** What is final is looked at once more, and then never again: neither its state nor its receipt is kept. */
  async #settle(): Promise<void> {
    this.#sinceFinality = 0;
    const { journal, project } = this.#run;
    const finalBlock = await readFinalBlock(project.rpc);
    const young = journal.mined().filter(({ blockNumber }) => blockNumber <= finalBlock);
    if (young.length === 0) return;
    const { known } = await recheckMined(project.rpc, only(journal, young));
    if (known.size > 0) journal.append({ kind: "final", blockNumber: finalBlock });
    for (const { hash } of young) this.#receipts.delete(hash);
  }
}

/** The same journal, as if only these were mined. */
function only(journal: MigrationRun["journal"], mined: ReturnType<AttemptLog["mined"]>): AttemptLog {
  return { path: journal.path, stateAt: (step) => journal.stateAt(step), record: (step, entry) => journal.record(step, entry), inFlight: () => journal.inFlight(), mined: () => mined };
}

/** The newest block that no reorganisation takes away: what the chain calls final, else one that lies deep. */
async function readFinalBlock(rpc: Rpc): Promise<bigint> {
  const [final, head] = await Promise.all([rpc.request("eth_getBlockByNumber", ["finalized", false], blockSchema.nullable()).catch(() => null), rpc.blockNumber()]);
  return final?.number ?? (head > DEEP_BLOCKS ? head - DEEP_BLOCKS : 0n);
}

/** `exactOptionalPropertyTypes`: what was not said is left out. */
function withoutUndefined<T extends Record<string, unknown>>(given: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

