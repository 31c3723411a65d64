import * as Flags from "@oclif/core/flags";
import { Exit, LpctlError } from "../../src/errors.ts";
import type { Outcome } from "../../src/cli/base-command.ts";
import { compareExecuted } from "../../src/cli/compare-executed.ts";
import { confirmFlags, confirmSending } from "../../src/cli/confirm-sending.ts";
import { executeReviewed, LONGEST_WAIT_MS } from "../../src/cli/execute-reviewed.ts";
import { keyFlags, loadSigner } from "../../src/cli/key-flags.ts";
import { namedSources } from "../../src/cli/named-sources.ts";
import { writeReview } from "../../src/cli/output.ts";
import { writeProgress } from "../../src/cli/progress.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { exitOf, formatSteps } from "../../src/cli/steps.ts";
import { voteArgs, voteSourceFlags } from "../../src/cli/vote-flags.ts";
import type { Project } from "../../src/inspection/project.ts";
import type { VoteStep } from "../../src/lifecycle/votes/execute-vote.ts";
import { shortReference } from "../../src/voting/short-reference.ts";
import { openStep } from "../../src/lifecycle/status/open-step.ts";
import { shortName } from "../../src/proposal/short-name.ts";
import type { StoredProposal } from "../../src/proposal/store.ts";
import { formatHuman } from "../../src/protocol/units.ts";
import type { GovernorVoteFacts, PollFacts } from "../../src/voting/vote.ts";
import { plural } from "../../src/protocol/plural.ts";

export default class VoteExecute extends ProjectCommand<typeof VoteExecute> {
  static override summary = "Queue and execute what a governor's voters decided.";
  static override description =
    "Anyone may do it. Each transaction is on disk before it is sent, so that a killed command run again goes on. A vote about a proposal in this " +
    "folder goes the way of that proposal, checked once more before the first transaction and compared with its simulation after the last. A poll runs nothing: then it says what the poll has let through.";
  static override args = voteArgs;
  static override flags = {
    ...keyFlags,
    ...confirmFlags,
    ...voteSourceFlags,
    wait: Flags.boolean({ summary: "Wait for the timelock's delay instead of stopping there." }),
  };
  static override examples = ["<%= config.bin %> vote execute 0x1a2b --key operator", "<%= config.bin %> vote execute 0x1a2b --key operator --wait"];

  protected override async execute(): Promise<Outcome> {
    const named = namedSources(this.flags, (text, what) => this.address(text, what));
    const project = await this.openProject("write");
    const { openVote, openVoteSources } = await import("../../src/lifecycle/votes/open-vote.ts");
    const { findLinked } = await import("../../src/lifecycle/votes/linked-proposal.ts");
    const sources = await openVoteSources(project, named);
    const vote = await openVote(project, sources, this.args.vote);
    const { stored, remarks } = await findLinked(project, vote);
    for (const remark of remarks) writeReview(`- ${remark}\n`);
    if (vote.kind === "poll") return this.tellPoll(project, vote, stored);
    return stored === undefined ? this.executeAlone(project, vote) : this.executeProposal(project, stored, vote);
  }

  private async tellPoll(project: Project, poll: PollFacts, stored: StoredProposal | undefined): Promise<Outcome> {
    const { readPollOutcome } = await import("../../src/lifecycle/votes/poll-outcome.ts");
    const { tally, isRequired } = await readPollOutcome(project, poll, stored);
    const { outcome, forWei, againstWei, rules } = tally;
    const isOpen = poll.state === "active";
    const counted = `${formatHuman(forWei, "wei-lpt")} yes, ${formatHuman(againstWei, "wei-lpt")} no: ${outcome} under ${rules}`;
    const result = { kind: "poll", vote: poll.address, state: poll.state, outcome, proposal: stored?.name ?? null, unlocks: !isOpen && outcome === "passed" && isRequired, sent: [], verification: null, waitingFor: isOpen ? `the end of the poll after block ${poll.endBlock}` : null };
    if (isOpen) return { result, text: `A poll runs nothing. It takes votes until block ${poll.endBlock}; as it stands, ${counted}`, exit: Exit.waiting, next: `lpctl vote show ${poll.address} --watch` };
    if (outcome !== "passed") {
      const failure = new LpctlError({ code: "LPCTL_VOTE_NOT_EXECUTABLE", exit: Exit.refused, message: `The poll ${poll.address} did not pass`, why: counted, next: `lpctl vote tally ${poll.address}` });
      return { result, text: `A poll runs nothing. ${counted}`, failure };
    }
    if (stored === undefined) return { result, text: `The poll passed (${counted}). A poll runs nothing, and it is about no proposal in this folder` };
    const name = shortName(stored.name);
    const { readPollStep } = await import("../../src/lifecycle/status/poll-step.ts");
    const step = isRequired ? await readPollStep(project, stored) : undefined;
    if (step?.state.state === "waiting") {
      const { waitingFor } = step.state;
      return { result: { ...result, unlocks: false, waitingFor }, text: `The poll passed (${counted}). A poll runs nothing; ${stored.name} may be signed after ${waitingFor}`, exit: Exit.waiting, next: `lpctl proposal status ${name}` };
    }
    return {
      result,
      text: `The poll passed (${counted}). A poll runs nothing; ${isRequired ? `with it ${stored.name} may be signed and executed, which the policy did not allow before` : `${stored.name} goes its own way, for which nobody had to vote`}`,
      next: `lpctl proposal status ${name}`,
    };
  }

  private async executeProposal(project: Project, stored: StoredProposal, vote: GovernorVoteFacts): Promise<Outcome> {
    const { readStatus } = await import("../../src/lifecycle/status/proposal-status.ts");
    const before = await readStatus(project, stored);
    let sent: string[] = [];
    const next = openStep(before.steps)?.state;
    if (next !== undefined && (next.state !== "waiting" || (this.flags.wait && next.untilSeconds !== undefined))) {
      const signer = await loadSigner(await this.loadConfig(), await this.network("write"), this.flags, "send");
      sent = await executeReviewed(project, stored, signer, { wait: this.flags.wait === true, confirm: this.flags.confirm });
    }
    const { steps } = await readStatus(project, stored);
    const open = openStep(steps);
    const result = { kind: "governor", vote: vote.voteId.toString(), outcome: null, proposal: stored.name, unlocks: false, sent };
    if (open === undefined) {
      const { verification, ...compared } = await compareExecuted(project, stored, steps);
      return { result: { ...result, state: "executed", waitingFor: null, verification }, ...compared };
    }
    return {
      result: { ...result, state: "open", waitingFor: open.state.state === "waiting" ? open.state.waitingFor : open.title, verification: null },
      text: () => formatSteps(steps),
      exit: exitOf(steps),
      next: nextFor(vote, open.kind === "vote"),
    };
  }

  private async executeAlone(project: Project, vote: GovernorVoteFacts): Promise<Outcome> {
    const { executeVote, notExecutable, readVoteStep } = await import("../../src/lifecycle/votes/execute-vote.ts");
    const first = await readVoteStep(project, vote);
    // Where nothing is to be sent, nobody is asked for a key.
    if (first.step.step === "never") throw notExecutable(vote, first.step.why);
    if (first.step.step === "done" || (first.step.step === "wait" && !(this.flags.wait && first.step.untilSeconds !== undefined))) return outcomeOf(first.vote, first.step, []);
    const signer = await loadSigner(await this.loadConfig(), await this.network("write"), this.flags, "send");
    await confirmSending(project, `Execute the ${plural(vote.calls.length, "call")} of the vote ${shortReference(vote)} as ${signer.address}`, this.flags.confirm);
    const executed = await executeVote(project, vote, { signer, waitMs: this.flags.wait ? LONGEST_WAIT_MS : undefined, onProgress: writeProgress });
    return outcomeOf(executed.vote, executed.step, executed.sent);
  }
}

function outcomeOf(vote: GovernorVoteFacts, step: VoteStep, sent: readonly string[]): Outcome {
  const isDone = step.step === "done";
  const waitingFor = step.step === "wait" ? step.waitingFor : null;
  return {
    result: { kind: "governor", vote: vote.voteId.toString(), state: vote.state, outcome: null, proposal: null, unlocks: false, sent, waitingFor, verification: null },
    text: isDone ? (sent.length === 0 ? "It has been executed already" : `Executed: ${sent.join(", ")}`) : `It is ${vote.state} and waits for ${waitingFor ?? "somebody"}`,
    exit: isDone ? Exit.done : Exit.waiting,
    next: isDone ? `lpctl vote show ${shortReference(vote)}` : nextFor(vote, vote.state === "pending" || vote.state === "active"),
  };
}

/** While votes are taken nothing is to be executed. */
function nextFor(vote: GovernorVoteFacts, isOpen: boolean): string {
  return isOpen ? `lpctl vote show ${shortReference(vote)} --watch` : `lpctl vote execute ${shortReference(vote)} --key NAME --wait`;
}
