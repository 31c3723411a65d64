import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { formatTally, tallyResult } from "../../src/cli/format-tally.ts";
import { namedSources } from "../../src/cli/named-sources.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { voteArgs, voteSourceFlags } from "../../src/cli/vote-flags.ts";

export default class VoteTally extends ProjectCommand<typeof VoteTally> {
  static override summary = "Count a vote from plain logs and state, exactly, under a named rule-set or all of them.";
  static override description =
    "A poll is counted at its last block, a governor's vote at its snapshot; one that is still open, as it stands. Shows how near it was, who could have " +
    "turned it, and says loudly when rule-sets disagree or the contract has counted otherwise (exit code 7). With --out everything that the result " +
    "follows from is written to a file that anybody can check with vote verify. What was read is kept in .lpctl/tally: an ended reading goes on.";
  static override args = voteArgs;
  static override flags = {
    rules: Flags.string({ helpValue: "NAME", summary: "lip-16, livepeer-explorer, livepeer-governor, stake-governor, oz-governor, or all. Default: the vote's own." }),
    out: Flags.string({ helpValue: "FILE", summary: "Write the tally, with every row and its Merkle root; of several rule-sets the first." }),
    fresh: Flags.boolean({ summary: "Read everything again, whatever was kept." }),
    ...voteSourceFlags,
  };
  static override examples = ["<%= config.bin %> vote tally 0x1a2b --rules all", "<%= config.bin %> vote tally 0x1a2b --out tally.json"];

  protected override async execute(): Promise<Outcome> {
    const named = namedSources(this.flags, (text, what) => this.address(text, what));
    const project = await this.openProject("read");
    const [{ openVote, openVoteSources }, { contradicted, countVote, parseRules }] = await Promise.all([
      import("../../src/lifecycle/votes/open-vote.ts"),
      import("../../src/inspection/tally/count-vote.ts"),
    ]);
    const vote = await openVote(project, await openVoteSources(project, named), this.args.vote);
    if (vote.kind === "poll" && vote.foreign && (vote.creator === undefined || !(named.pollCreators ?? []).includes(vote.creator))) {
      const { foreignPoll } = await import("../../src/voting/vote-errors.ts");
      throw foreignPoll(vote);
    }
    const { out, fresh, rules } = this.flags;
    const count = await countVote(project, vote, { rules: parseRules(rules, vote), out, fresh });
    return {
      result: tallyResult(count),
      text: () => formatTally(count),
      next: count.written === undefined ? undefined : `lpctl vote verify ${count.written.path}`,
      failure: contradicted(count),
    };
  }
}
