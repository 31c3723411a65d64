import { requiredPoll } from "../../checks/required-poll.ts";
import type { Project } from "../../inspection/project.ts";
import type { StoredProposal } from "../../proposal/store.ts";
import { readTallyInput } from "../../voting/tally/read-tally-input.ts";
import { tallyUnder } from "../../voting/tally/tally-under.ts";
import type { PollFacts } from "../../voting/vote.ts";
import type { Standing } from "./standings.ts";

/** A poll runs nothing; what it can do is to let a proposal go its way. */
export interface PollOutcome {
  tally: Standing;
  /** The policy asks for a poll about proposals like this one: until it passed, nobody could sign. */
  isRequired: boolean;
}

/** Counted as the policy says, else by LIP-16. @param stored the proposal that it is about */
export async function readPollOutcome(project: Project, poll: PollFacts, stored: StoredProposal | undefined): Promise<PollOutcome> {
  const input = await readTallyInput(project.rpc, poll, { controller: project.controller, progress: project.progress });
  const { rows: _rows, ...tally } = tallyUnder(project.policy?.requires?.rules ?? "lip-16", input);
  return { tally, isRequired: stored !== undefined && requiredPoll(project.policy, stored.proposal) !== undefined };
}
