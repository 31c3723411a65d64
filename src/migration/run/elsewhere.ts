import { ScriptChain } from "../script/script-chain.ts";
import { callsOf } from "./decide-actor.ts";
import { blockedElsewhere, enactedAlready, notEnacted, waitingElsewhere } from "./migration-errors.ts";
import { guarded, type PlacedOperation } from "./read-operations.ts";
import { readStanding } from "./read-standing.ts";
import type { MigrationRun } from "./migration-run.ts";

export interface ElsewhereOptions {
  producedBy: string;
  /** Blocks a LIP-25 Governor waits; the network's unless said. */
  delayBlocks?: bigint | undefined;
  /** Seconds a timelock waits; its own minimum unless said. */
  delaySeconds?: bigint | undefined;
  strict?: boolean | undefined;
  /** Make another proposal where an earlier one cannot be carried out any more. */
  proposeAgain?: boolean | undefined;
}

/**
 * An operation that an authority has to carry out. It is proposed once; from then on the chain is asked what has become of it, and
 * nothing is proposed or sent again. The same calls make the same proposal, so that a kill between making it and noting it is no harm.
 * @throws LPCTL_MIGRATE_WAITING until it is enacted; LPCTL_MIGRATE_BLOCKED where it cannot be, as things are: the vote was lost, say
 */
export async function carryElsewhere(run: MigrationRun, operation: PlacedOperation, options: ElsewhereOptions): Promise<void> {
  const { journal, project } = run;
  const { id, title, firstStep, calls } = operation;
  const isEnacted = await guarded(run.script.path, `enacted of "${id}"`, async () => (await operation.enacted(run.chain)) === true);
  const known = journal.state.elsewhere.get(firstStep);
  if (isEnacted && known !== undefined) {
    journal.append({ kind: "enacted", operation: id, step: firstStep });
    return;
  }
  if (isEnacted) {
    if (options.strict === true) throw enactedAlready(title, id);
    const blockNumber = await project.rpc.blockNumber();
    for (const [at] of calls.entries()) journal.append({ kind: "skipped", operation: id, step: firstStep + at, blockNumber });
    return;
  }
  const standing = known === undefined ? undefined : await readStanding(project, known.proposal);
  if (known !== undefined && standing?.state === "blocked" && options.proposeAgain !== true) throw blockedElsewhere(title, known.proposal, standing);
  const name = known === undefined || standing?.state === "blocked" ? await makeProposal(run, operation, options) : known.proposal;
  const { state, ...now } = standing === undefined || name !== known?.proposal ? await readStanding(project, name) : standing;
  if (state === "done") throw notEnacted(title, id);
  throw waitingElsewhere(title, name, now);
}

async function makeProposal(run: MigrationRun, { id, title, firstStep, calls }: PlacedOperation, { producedBy, delayBlocks, delaySeconds }: ElsewhereOptions): Promise<string> {
  const { journal, project } = run;
  const { readIntents } = await import("./intents-of-calls.ts");
  const sources = run.chain instanceof ScriptChain ? run.chain.sources : new Map<never, never>();
  const request = { title, ...(await readIntents(project, callsOf(calls), sources)), delayBlocks: delayBlocks ?? project.delayBlocks, delaySeconds: delaySeconds ?? 0n };
  const { propose } = await import("../../lifecycle/propose.ts");
  const { stored, bundle } = await propose(project, request, { producedBy, dryRun: false });
  journal.append({ kind: "elsewhere", operation: id, step: firstStep, steps: calls.length, proposal: stored.name, proposalId: stored.proposal.id, safeTxHash: bundle?.hashes.safeTxHash ?? null });
  return stored.name;
}

/** Predicates asked at once. */
const ASKED_AT_ONCE = 500;

/**
 * Looks once more at what others did, by a proposal or unasked: a reorganisation may have taken it out of the chain. What it did
 * take out is open again.
 * @returns false where it did
 */
export async function isStillEnacted(run: MigrationRun): Promise<boolean> {
  const { state } = run.journal;
  if (state.elsewhere.size === 0 && state.oldestSkipped === undefined) return true;
  let isSame = true;
  let asked: PlacedOperation[] = [];
  const ask = async (): Promise<void> => {
    const answers = await Promise.all(asked.map((operation) => guarded(run.script.path, `enacted of "${operation.id}"`, () => operation.enacted(run.chain))));
    for (const [at, operation] of asked.entries()) {
      if (answers[at] === true) continue;
      isSame = false;
      undo(run, operation);
    }
    asked = [];
  };
  for await (const operation of run.operations()) {
    const isElsewhere = state.elsewhere.get(operation.firstStep)?.isEnacted === true;
    if (!isElsewhere && skippedSteps(run, operation).length === 0) continue;
    asked.push(operation);
    if (asked.length === ASKED_AT_ONCE) await ask();
  }
  await ask();
  return isSame;
}

/** Those of an operation's steps that were skipped, and not for good. */
function skippedSteps(run: MigrationRun, { calls, firstStep }: PlacedOperation): number[] {
  return calls.map((_, at) => firstStep + at).filter((step) => run.journal.state.isSkipped(step));
}

/** What is not on the chain any more has to be done after all. */
function undo(run: MigrationRun, operation: PlacedOperation): void {
  const { id, firstStep } = operation;
  const isElsewhere = run.journal.state.elsewhere.get(firstStep)?.isEnacted === true;
  for (const step of isElsewhere ? [firstStep] : skippedSteps(run, operation)) run.journal.append({ kind: "undone", operation: id, step });
}
