import type { RouteStep, StepState } from "../../authority/step.ts";
import { Exit, LpctlError } from "../../errors.ts";
import { loadProposals, type StoredProposal } from "../../proposal/store.ts";
import type { Hex } from "../../protocol/hex.ts";
import { readConditions } from "../observe.ts";
import { openStep } from "./open-step.ts";
import { planStored } from "../plan.ts";
import { readPollStep } from "./poll-step.ts";
import { requireNetworkOf } from "../proposal-network.ts";
import type { Project } from "../../inspection/project.ts";

export interface StepStatus {
  title: string;
  /** `poll`: the vote that a policy requires before the first step. */
  kind: RouteStep["kind"] | "poll";
  state: StepState;
}

export interface ProposalStatus {
  name: string;
  /** Null when the file cannot be read. */
  id: Hex | null;
  title: string;
  /** `done`, `ready: …`, `waiting: …`, `blocked: …`: the first step that is not done. */
  summary: string;
  steps: StepStatus[];
}

/** Where a proposal stands, read from the chain. */
export async function readStatus(project: Project, stored: StoredProposal): Promise<ProposalStatus> {
  const { proposal, name } = stored;
  await requireNetworkOf(project, proposal);
  const { steps, begun } = await planStored(project.rpc, stored);
  const states = await Promise.all(steps.map((step) => step.state(project.rpc)));
  const stale = begun || states.some(({ state }) => state === "done") ? undefined : await readStaleness(project, stored);
  if (stale !== undefined) states[0] = { state: "blocked", why: stale };
  const route = steps.map((step, index): StepStatus => ({ title: step.title, kind: step.kind, state: states[index] ?? { state: "ready" as const } }));
  // What is done is done, and a proposal that cannot be carried out any more needs no vote.
  const open = openStep(route);
  const poll = open === undefined || open.state.state === "blocked" ? undefined : await readPollStep(project, stored);
  const statuses = poll === undefined ? route : [poll, ...route];
  return { name, id: proposal.id, title: proposal.title, summary: summarise(statuses), steps: statuses };
}

/** Why a proposal nobody has begun can no longer be executed as it was prepared. */
async function readStaleness(project: Project, { proposal }: StoredProposal): Promise<string | undefined> {
  const changed = (await readConditions(project.rpc, proposal.preconditions)).filter(({ holds }) => !holds);
  return changed.length === 0
    ? undefined
    : `${changed.map(({ condition }) => condition.read.label).join(", ")} changed since it was prepared`;
}

/** All proposals of a network. One that cannot be planned any more says why instead of hiding the others. */
export async function readStatuses(project: Project): Promise<ProposalStatus[]> {
  const found = await loadProposals(project.folder, project.network);
  return Promise.all(
    found.map(async ({ name, stored: one, problem }): Promise<ProposalStatus> => {
      if (one === undefined) {
        return { name, id: null, title: "", summary: `unreadable: ${problem?.message ?? ""}`, steps: [] };
      }
      return readStatus(project, one).catch((error: unknown): ProposalStatus => {
        if (!(error instanceof LpctlError) || error.code.startsWith("LPCTL_RPC_")) throw error;
        const { proposal, name } = one;
        return { name, id: proposal.id, title: proposal.title, summary: `blocked: ${error.message}`, steps: [] };
      });
    }),
  );
}

/** @throws LPCTL_PROPOSAL_ALREADY_EXECUTED, when there is nothing left to `verb` */
export async function requireOpen(project: Project, stored: StoredProposal, verb: "simulate" | "check"): Promise<void> {
  if (openStep((await readStatus(project, stored)).steps) !== undefined) return;
  throw new LpctlError({
    code: "LPCTL_PROPOSAL_ALREADY_EXECUTED",
    exit: Exit.usage,
    message: `${stored.name} has been executed, so there is nothing left to ${verb}`,
    next: `lpctl proposal status ${stored.name}`,
  });
}

function summarise(steps: readonly StepStatus[]): string {
  const open = openStep(steps);
  if (open === undefined) return "done";
  switch (open.state.state) {
    case "waiting":
      return `waiting: ${open.state.waitingFor}`;
    case "blocked":
      return `blocked: ${open.state.why}`;
    default:
      return `ready: ${open.title}`;
  }
}
