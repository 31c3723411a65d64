import { existsSync } from "node:fs";
import { rename } from "node:fs/promises";
import { Exit, LpctlError } from "../../errors.ts";
import { sameCalls } from "../../proposal/call.ts";
import { listProposals, type StoredProposal } from "../../proposal/store.ts";
import { loadSafeBundle } from "../../lifecycle/safe/safe-bundle.ts";
import { loadMigrationState } from "../journal/migration-journal.ts";
import { checkJournal } from "./check-journal.ts";
import { ActorChoice, callsOf } from "./decide-actor.ts";
import { guarded, type PlacedOperation } from "./read-operations.ts";
import { MigrationRun, type OpenOptions } from "./migration-run.ts";
import { RunFolder } from "./run-folder.ts";
import type { Project } from "../../inspection/project.ts";
import type { LoadedScript } from "../script/load-script.ts";

export interface RebuiltJournal {
  operations: number;
  /** On the chain already: never sent again. */
  enacted: number;
  /** Proposed already, and not on the chain yet. */
  elsewhere: string[];
  /** Still to be done. */
  open: number;
  /** Where the old journal was put; undefined where there was none. */
  movedTo: string | undefined;
}

/** Predicates asked at once. */
const ASKED_AT_ONCE = 500;
const DISTRUSTED: ReadonlySet<string> = new Set(["LPCTL_JOURNAL_UNREADABLE", "LPCTL_JOURNAL_UNTRUE"]);

/**
 * Writes the journal of a migration anew from what the chain shows: each operation's predicate says whether it is done, and the
 * project's proposals say what was asked of others. Refused while the sender has transactions under way, because their effects
 * cannot be seen yet.
 * @param notSent ids of operations of several transactions of which a person knows that none was sent
 * @throws LPCTL_MIGRATE_JOURNAL_WHOLE where the journal that is there can be read and says what is so; LPCTL_MIGRATE_HALF_DONE, _SENDER_BUSY and what `MigrationRun.open` throws
 */
export async function rebuildJournal(project: Project, script: LoadedScript, options: OpenOptions & { notSent?: readonly string[] }): Promise<RebuiltJournal> {
  const folder = new RunFolder(project.folder, project.network, script.name);
  const movedTo = await moveAside(project, script, options, folder);
  const run = await MigrationRun.open(project, script, options).catch(async (error: unknown) => {
    if (movedTo !== undefined && existsSync(movedTo)) await rename(movedTo, folder.journal);
    throw error;
  });
  const rebuilt: RebuiltJournal = { operations: run.plan.operations, enacted: 0, elsewhere: [], open: 0, movedTo };
  try {
    await requireKnowable(run, options.notSent ?? []);
    await run.begin();
    const proposals = await listProposals(project.folder, project.network);
    const part: PlacedOperation[] = [];
    for await (const operation of run.operations()) {
      part.push(operation);
      if (part.length === ASKED_AT_ONCE) await write(run, proposals, rebuilt, part.splice(0));
    }
    await write(run, proposals, rebuilt, part);
    return rebuilt;
  } finally {
    await run.close();
    if (movedTo !== undefined && !run.isBegun && existsSync(movedTo)) await rename(movedTo, folder.journal);
  }
}

/** Notes of some operations, in order, what the chain and the project's proposals say of them. */
async function write(run: MigrationRun, proposals: readonly StoredProposal[], rebuilt: RebuiltJournal, operations: readonly PlacedOperation[]): Promise<void> {
  const answers = await Promise.all(operations.map((operation) => isEnacted(run, operation)));
  // Asked after the predicates: what was seen is in this block or before it.
  const blockNumber = await run.project.rpc.blockNumber();
  for (const [at, { id, firstStep, calls }] of operations.entries()) {
    if (answers[at] === true) {
      for (const [step] of calls.entries()) run.journal.append({ kind: "skipped", operation: id, step: firstStep + step, blockNumber });
      rebuilt.enacted++;
      continue;
    }
    rebuilt.open++;
    const wanted = callsOf(calls);
    const proposed = wanted.length === calls.length ? proposals.find(({ proposal }) => sameCalls(proposal.calls, wanted)) : undefined;
    if (proposed === undefined) continue;
    const bundle = await loadSafeBundle(proposed);
    run.journal.append({ kind: "elsewhere", operation: id, step: firstStep, steps: calls.length, proposal: proposed.name, proposalId: proposed.proposal.id, safeTxHash: bundle?.hashes.safeTxHash ?? null });
    rebuilt.elsewhere.push(proposed.name);
  }
}

/** A journal that can be read, and says what is so, knows more than the chain shows: it is not replaced. */
async function moveAside(project: Project, script: LoadedScript, options: OpenOptions, { journal }: RunFolder): Promise<string | undefined> {
  if (!existsSync(journal)) return undefined;
  try {
    if (loadMigrationState(journal) === undefined) return undefined;
    const run = await MigrationRun.open(project, script, options);
    try {
      await checkJournal(run);
    } finally {
      await run.close();
    }
  } catch (error) {
    if (!(error instanceof LpctlError) || !DISTRUSTED.has(error.code)) throw error;
    let path = `${journal}.damaged`;
    for (let count = 2; existsSync(path); count++) path = `${journal}.damaged-${count}`;
    await rename(journal, path);
    return path;
  }
  throw new LpctlError({
    code: "LPCTL_MIGRATE_JOURNAL_WHOLE",
    exit: Exit.refused,
    message: "The journal is there and can be read: there is nothing to rebuild",
    why: `${journal} knows what was signed, which the chain does not show.`,
    next: "lpctl migrate run goes on from it",
    details: { path: journal },
  });
}

/** Of several transactions some may be on the chain, and the predicate tells only when all are. */
async function requireKnowable(run: MigrationRun, notSent: readonly string[]): Promise<void> {
  const unknown: string[] = [];
  const actors = new ActorChoice(run.project.rpc, run.chain.sender);
  for await (const operation of run.operations()) {
    const { id, calls } = operation;
    if (calls.length === 1 || notSent.includes(id) || (await isEnacted(run, operation))) continue;
    if ((await actors.choose(operation, () => Promise.resolve(false))) === "sender") unknown.push(id);
  }
  if (unknown.length === 0) return;
  throw new LpctlError({
    code: "LPCTL_MIGRATE_HALF_DONE",
    exit: Exit.refused,
    message: `Whether some of the transactions of ${unknown.slice(0, 5).join(", ")} were sent cannot be told from their predicates`,
    why: "An operation of several transactions is enacted when the last one is, and it is not.",
    next: `Look the transactions of ${run.chain.sender} up in a block explorer. Where none of these was sent: --not-sent ${unknown[0] ?? "ID"}`,
    details: { operations: unknown },
  });
}

function isEnacted(run: MigrationRun, operation: PlacedOperation): Promise<boolean> {
  return guarded(run.script.path, `enacted of "${operation.id}"`, async () => (await operation.enacted(run.chain)) === true);
}
