import { LpctlError } from "../../errors.ts";
import type { Project } from "../../inspection/project.ts";
import type { VotingPower } from "../../voting/power/power.ts";
import { readTallyInput } from "../../voting/tally/read-tally-input.ts";
import type { TallyResult } from "../../voting/tally/tally-result.ts";
import { tallyUnder } from "../../voting/tally/tally-under.ts";
import type { Choice, VoteFacts } from "../../voting/vote.ts";
import { projectCast } from "./project-cast.ts";

/** Without the rows: what a voter is shown, not what a tally is verified by. */
export type Standing = Omit<TallyResult, "rows">;

/** A vote as it stands, and as it would stand with one vote more; or why that cannot be shown. */
export type Standings = { before: Standing; after: Standing } | { unknown: string };

/**
 * The tally before and after. What keeps it from being counted (an RPC without all logs, say) keeps nobody from voting; it is said
 * instead.
 */
export async function readStandings(project: Project, vote: VoteFacts, power: VotingPower, choice: Choice): Promise<Standings> {
  try {
    const rules = vote.kind === "poll" ? "lip-16" : vote.rules;
    const input = await readTallyInput(project.rpc, vote, { controller: project.controller, progress: project.progress });
    return { before: standing(tallyUnder(rules, input)), after: standing(tallyUnder(rules, projectCast(input, power, choice))) };
  } catch (error) {
    if (!(error instanceof LpctlError)) throw error;
    return { unknown: [error.message, error.why].filter((part) => part !== undefined).join(": ") };
  }
}

function standing({ rows: _rows, ...rest }: TallyResult): Standing {
  return rest;
}
