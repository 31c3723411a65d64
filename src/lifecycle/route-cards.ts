import type { RouteStep, StepState } from "../authority/step.ts";
import type { PollCondition } from "../checks/poll-condition.ts";
import type { Project } from "../inspection/project.ts";
import type { Proposal } from "../proposal/proposal.ts";
import type { Address } from "../protocol/hex.ts";
import type { RouteCard } from "../report/report-data.ts";
import type { SafeBundle } from "../safe/bundle.ts";
import { safesIn } from "./facts/read-safe-facts.ts";
import { lengthOf } from "./length-of.ts";
import { pollStep } from "./status/poll-step.ts";
import { readBlockTime, type BlockTime } from "./read-block-time.ts";
import { readVoteCard } from "./vote-cards.ts";
import type { Assessment } from "./assess-proposal.ts";

/** Every step of the route: who takes it, whose signatures are there and missing, and when it can be taken. */
export async function readRouteCards(project: Project, proposal: Proposal, assessment: Assessment, bundle: SafeBundle | undefined): Promise<RouteCard[]> {
  const { plan, simulation } = assessment;
  const waitsForBlocks = plan.steps.some(({ kind }) => kind === "vote" || (kind === "governor-execute" && proposal.route.delayBlocks > 0n));
  const [states, blockTime] = await Promise.all([
    Promise.all(plan.steps.map((step) => step.state(project.rpc))),
    waitsForBlocks ? readBlockTime(project.rpc, project.chainId, simulation.block) : undefined,
  ]);
  const votes = await Promise.all(plan.steps.map((step) => readVoteCard(project.rpc, step, blockTime)));
  const cards = plan.steps.map((step, index): RouteCard => {
    const vote = votes[index];
    const approvals = step.by.kind === "safe" ? approvalsOf(step.by.address, assessment, bundle) : undefined;
    const state = withSignatures(states[index], approvals);
    return {
      title: step.title,
      by: step.by.kind === "anyone" ? { who: "anyone" } : { who: vote?.who ?? (step.by.kind === "safe" ? "the Safe's owners" : "the owner's key"), address: step.by.address },
      waits: vote === undefined ? waitOf(step, proposal) : vote.waits,
      about: vote !== undefined ? vote.about : step.kind === "governor-execute" && blockTime !== undefined ? lengthOf((proposal.route.delayBlocks * blockTime.milliseconds) / 1_000n) : undefined,
      earliest: earliestOf(state, simulation.block, blockTime),
      approvals,
      ...(vote?.notes === undefined ? {} : { notes: vote.notes }),
      ...(vote?.brief === undefined ? {} : { brief: vote.brief }),
      state:
        state === undefined
          ? undefined
          : { is: state.state, detail: state.state === "waiting" ? state.waitingFor : state.state === "blocked" ? state.why : undefined },
    };
  });
  return assessment.poll === undefined ? cards : [pollCard(assessment, assessment.poll, project, proposal), ...cards];
}

function pollCard({ name }: Assessment, poll: PollCondition, { policy }: Project, proposal: Proposal): RouteCard {
  const { title, state } = pollStep(poll, policy, { proposal, name });
  return { title, by: { who: "everybody with stake", address: poll.creator }, state: { is: state.state, detail: state.state === "waiting" ? state.waitingFor : state.state === "blocked" ? state.why : undefined } };
}

/** The plan was made without the file of signatures: what it says of missing ones is said again with them. */
function withSignatures(state: StepState | undefined, approvals: RouteCard["approvals"]): StepState | undefined {
  if (state?.state !== "waiting" || approvals === undefined || state.untilBlock !== undefined) return state;
  const signed = approvals.owners.filter((owner) => owner.signed).length;
  if (signed === 0) return state;
  const missing = approvals.threshold - signed;
  return missing <= 0 ? { state: "ready" } : { state: "waiting", waitingFor: `${missing} more signature${missing === 1 ? "" : "s"} of ${approvals.threshold}` };
}

function waitOf({ kind }: RouteStep, { route: { delayBlocks, delaySeconds } }: Proposal): string | undefined {
  if (kind === "governor-execute") return `${delayBlocks} blocks after staging`;
  return kind === "timelock-execute" ? `${delaySeconds} seconds, or the timelock's minimum` : undefined;
}

function earliestOf(state: StepState | undefined, now: { number: bigint; timestampSeconds: bigint }, blockTime: BlockTime | undefined): RouteCard["earliest"] {
  if (state?.state !== "waiting") return undefined;
  const { untilBlock, untilSeconds } = state;
  if (untilSeconds !== undefined) return { timeSeconds: untilSeconds };
  if (untilBlock === undefined) return undefined;
  const estimate = blockTime === undefined || !blockTime.isOwn || untilBlock < now.number ? undefined : now.timestampSeconds + ((untilBlock - now.number) * blockTime.milliseconds) / 1_000n;
  return { block: untilBlock, timeSeconds: estimate };
}

function approvalsOf(address: Address, { plan, book }: Assessment, bundle: SafeBundle | undefined): RouteCard["approvals"] {
  const safe = safesIn(plan.authority).find((one) => one.address === address);
  if (safe === undefined) return undefined;
  const signers = new Set(bundle !== undefined && bundle.safe.address === address ? bundle.signatures.map(({ owner }) => owner) : []);
  return {
    threshold: safe.threshold,
    owners: safe.owners.map((owner) => ({ address: owner.address, name: book.nameOf(owner.address), signed: signers.has(owner.address) })),
  };
}
