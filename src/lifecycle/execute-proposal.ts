import { beforeActing } from "../checks/before-acting.ts";
import { pollUntil } from "../chain/poll.ts";
import type { Operation } from "../chain/operation.ts";
import { sendOperations } from "../chain/sender.ts";
import type { TransactionSigner } from "../chain/transaction.ts";
import type { RouteStep, StepState } from "../authority/step.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { StoredProposal } from "../proposal/store.ts";
import type { Hex } from "../protocol/hex.ts";
import { assessProposal, requireAccepted } from "./assess-proposal.ts";
import { executeApprovals } from "./approvals/execute-approvals.ts";
import { buildSafeExecution } from "./safe/safe-bundle.ts";
import { journalPath, planStored } from "./plan.ts";
import type { Project } from "../inspection/project.ts";
import { loadProposalEffects, saveFullSimulation } from "./records.ts";

const EFFECT_DEADLINE_MS = 30_000;

export interface ExecuteOptions {
  /** Sends the transactions and pays for gas. For a route that starts at a key, it must be that key. */
  signer: TransactionSigner;
  /** How long to wait for delays to pass; undefined: stop there. */
  waitMs?: number | undefined;
  onProgress?: ((event: ExecuteProgress) => void) | undefined;
}

export interface ExecuteProgress {
  step: string;
  what: "sending" | "sent" | "waiting";
  detail?: string | undefined;
}

export interface ExecutedStep {
  title: string;
  kind: RouteStep["kind"];
  state: StepState;
  /** Transactions sent by this run. */
  sent: Hex[];
}

/**
 * Takes every step that can be taken now, in order, and stops at the first that has to wait. Run again, it goes on: the
 * state of each step is read from the chain, and each transaction is in the journal before it is sent.
 * @throws LPCTL_PROPOSAL_REFUSED and _REVERTS before anything is sent; LPCTL_STEP_BLOCKED, _WRONG_KEY, _WITHOUT_EFFECT;
 * what sendOperations throws
 */
export async function executeProposal(
  project: Project,
  stored: StoredProposal,
  options: ExecuteOptions,
): Promise<ExecutedStep[]> {
  const executed: ExecutedStep[] = [];
  let assessed = false;
  for (;;) {
    const { steps, begun } = await planStored(project.rpc, stored);
    const states = await Promise.all(steps.map((step) => step.state(project.rpc)));
    const index = states.findIndex((state) => state.state !== "done");
    const step = steps[index];
    const state = states[index];
    if (step === undefined || state === undefined) return complete(steps, states, executed);
    if (state.state === "blocked") throw blocked(step, state.why);
    // Not for a key that carries proposals out: who proposes and votes decides that for themselves.
    if (step.by.kind === "voters" && state.state === "ready") return complete(steps, states, executed);
    if (state.state === "waiting") {
      if (options.waitMs === undefined || (state.untilBlock === undefined && state.untilSeconds === undefined)) {
        return complete(steps, states, executed);
      }
      options.onProgress?.({ step: step.title, what: "waiting", detail: state.waitingFor });
      await waitFor(project, step, options.waitMs);
      // Hours may have passed; what was true before them proves nothing.
      assessed = false;
      continue;
    }
    // What a key has begun it finishes: its own transactions have changed the state that was pinned before the first.
    if (!assessed && !begun) {
      const assessment = await assessProposal({ ...project, aftermath: false, policy: beforeActing(project.policy) }, stored.proposal, stored.name, await loadProposalEffects(stored));
      requireAccepted(assessment);
      if (index === 0) await saveFullSimulation(stored, assessment.simulation);
      assessed = true;
    }
    options.onProgress?.({ step: step.title, what: "sending" });
    const sent = await take(project, stored, step, index, options);
    options.onProgress?.({ step: step.title, what: "sent", detail: sent.join(", ") });
    executed.push({ title: step.title, kind: step.kind, state, sent });
    await requireEffect(project, stored, step, index, sent);
  }
}

/** A node behind a load balancer may not know the newest block yet. A step without effect must not be taken for ever. */
async function requireEffect(project: Project, stored: StoredProposal, { title }: RouteStep, index: number, sent: readonly Hex[]): Promise<void> {
  const moved = async (): Promise<true | undefined> => {
    const { steps } = await planStored(project.rpc, stored);
    return (await steps[index]?.state(project.rpc))?.state === "ready" ? undefined : true;
  };
  try {
    await pollUntil(moved, { deadlineMs: sent.length === 0 ? 0 : EFFECT_DEADLINE_MS, intervalMs: 250, what: title });
  } catch (error) {
    if (!(error instanceof LpctlError) || error.code !== "LPCTL_CHAIN_WAIT_DEADLINE") throw error;
    throw new LpctlError({
      code: "LPCTL_STEP_WITHOUT_EFFECT",
      exit: Exit.different,
      message: `"${title}" is done by the journal, and the chain does not show it`,
      why: "the node lags behind, or the journal beside the proposal speaks of something else",
      next: `lpctl proposal status ${stored.name}`,
    });
  }
}

async function take(
  project: Project,
  stored: StoredProposal,
  step: RouteStep,
  index: number,
  { signer }: ExecuteOptions,
): Promise<Hex[]> {
  if (step.by.kind === "key" && step.by.address !== signer.address) {
    throw new LpctlError({
      code: "LPCTL_STEP_WRONG_KEY",
      exit: Exit.usage,
      message: `This step must be sent by ${step.by.address}, and the chosen key is ${signer.address}`,
      next: "lpctl keys list, then choose the right one with --key NAME",
    });
  }
  const approvals = step.kind === "safe" ? await executeApprovals(project, stored, step, signer) : [];
  const calls =
    step.kind === "safe" ? [await buildSafeExecution(project, stored, step, signer.address)] : ((await step.callsNow?.(project.rpc)) ?? step.calls);
  const operations: Operation[] = calls.map((call, position) => ({
    id: `${step.kind}-${position + 1}`,
    title: calls.length === 1 ? step.title : `${step.title} (${position + 1} of ${calls.length})`,
    to: call.to,
    data: call.data,
    valueWei: call.valueWei,
    // With one transaction the step's own state tells whether somebody else has already sent it.
    ...(calls.length === 1 ? { isDone: async () => (await step.state(project.rpc)).state === "done" } : {}),
  }));
  const results = await sendOperations({
    rpc: project.rpc,
    chainId: project.chainId,
    signer,
    journalPath: journalPath(stored, index, step.kind),
    operations,
  });
  return [...approvals, ...results.map((result) => result.hash).filter((hash) => hash !== null)];
}

async function waitFor(project: Project, step: RouteStep, deadlineMs: number): Promise<void> {
  await pollUntil(
    async () => ((await step.state(project.rpc)).state === "waiting" ? undefined : true),
    { deadlineMs, intervalMs: 250, what: step.title },
  );
}

function blocked(step: RouteStep, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_STEP_BLOCKED",
    exit: Exit.refused,
    message: `"${step.title}" cannot happen any more`,
    why,
    next: "Prepare the proposal again",
  });
}

/** All steps with their present states; those taken by this run with what they sent. */
function complete(steps: RouteStep[], states: StepState[], executed: ExecutedStep[]): ExecutedStep[] {
  return steps.map((step, index) => ({
    title: step.title,
    kind: step.kind,
    state: states[index] ?? { state: "ready" },
    sent: executed.filter((candidate) => candidate.title === step.title).flatMap((candidate) => candidate.sent),
  }));
}
