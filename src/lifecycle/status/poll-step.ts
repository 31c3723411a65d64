import { join } from "node:path";
import type { StepState } from "../../authority/step.ts";
import { applyPolicy } from "../../checks/apply-policy.ts";
import { beforeActing } from "../../checks/before-acting.ts";
import { judgePolls, type PollCondition } from "../../checks/poll-condition.ts";
import { requiredPoll } from "../../checks/required-poll.ts";
import { LpctlError } from "../../errors.ts";
import { readLocal, type Project } from "../../inspection/project.ts";
import type { Proposal } from "../../proposal/proposal.ts";
import { proposalsFolder, type StoredProposal } from "../../proposal/store.ts";
import type { Policy } from "../../protocol/policy.ts";
import { atOneBlock } from "../at-one-block.ts";
import { conditionOf, pollFactSchema, type PollFact } from "../facts/poll-fact.ts";
import { readPollFact } from "../facts/read-poll.ts";

/** What has to happen before anybody signs: no step of the route, since no transaction of it does it. */
export interface PollStep {
  kind: "poll";
  title: string;
  state: StepState;
}

/**
 * The polls of a proposal, counted on the chain as it is, not as an assessment records it: what thousands of voters had at the end
 * of a poll would make the evidence heavier than everything else in it, and lies before the block that it proves the state of.
 * What came of counting is part of it.
 * @param name of the proposal's folder, where it has one
 * @returns undefined where the policy does not require one
 */
export async function readPollCondition(project: Project, upstream: Project, proposal: Proposal, name: string | undefined): Promise<PollCondition | undefined> {
  const required = requiredPoll(project.policy, proposal);
  if (required === undefined) return undefined;
  const folder = name === undefined ? undefined : join(proposalsFolder(project.folder, project.network), name);
  const read = (): Promise<PollFact> => readPollFact(upstream, proposal, required, folder);
  return conditionOf(await readLocal(project, "polls", pollFactSchema, read));
}

/** The poll as a step before all others; undefined where the policy does not require one. */
export async function readPollStep(opened: Project, { proposal, name }: StoredProposal): Promise<PollStep | undefined> {
  const requires = requiredPoll(opened.policy, proposal);
  if (requires === undefined) return undefined;
  const project = await atOneBlock(opened);
  try {
    const condition = await readPollCondition(project, project, proposal, name);
    return condition === undefined ? undefined : pollStep(condition, opened.policy, { proposal, name });
  } catch (error) {
    // A node without the state of back then does not hide where the rest of the proposal stands. Signing fails with it.
    if (!(error instanceof LpctlError) || error.code.startsWith("LPCTL_RPC_")) throw error;
    return { kind: "poll", title: titleOf(requires.rules), state: { state: "waiting", waitingFor: `an RPC with which its poll can be counted: ${error.message}` } };
  }
}

function titleOf(rules: string): string {
  return `Those with stake agree, in a poll counted under ${rules}`;
}

/** As `readPollStep`, of what was found. */
export function pollStep(condition: PollCondition, policy: Policy | undefined, { proposal, name }: Pick<StoredProposal, "proposal"> & { name: string | undefined }): PollStep {
  const { state, poll, finding } = judgePolls(condition);
  const [judged] = applyPolicy([finding], beforeActing(policy), { name, id: proposal.id });
  const why = [finding.title, ...(finding.detail === undefined ? [] : [finding.detail])].join(": ");
  return {
    kind: "poll",
    title: titleOf(condition.rules),
    state:
      state === "passed" || judged?.severity !== "refuse"
        ? { state: "done" }
        : finding.code === "poll-failed"
          ? { state: "blocked", why }
          : { state: "waiting", waitingFor: poll !== undefined && state === "open" ? `the end of the poll ${poll.address}: ${finding.detail ?? ""}` : `a poll that passes: ${why}` },
  };
}
