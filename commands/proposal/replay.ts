import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { formatTraffic } from "../../src/cli/format-traffic.ts";
import { openProposal, proposalArgs } from "../../src/cli/proposal-reference.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { shortName } from "../../src/proposal/short-name.ts";

export default class ProposalReplay extends ProjectCommand<typeof ProposalReplay> {
  static override summary = "Run the last transactions of the upgraded contracts on their old and their new code.";
  static override description =
    "Each transaction runs from its exact state, once on the code that ran then and once on the code of the proposal. What " +
    "comes out differently (success, return data, events, storage, gas) is grouped by function and held against a list of " +
    "expected changes: --expect FILE, or replay-expected.yaml beside the proposal. The result is kept beside the proposal and " +
    "shown in its report. A transaction that does not come out as mined on the old code is skipped, with the reason. Needs an " +
    "endpoint that offers debug_traceTransaction. Sends nothing. Less than 1 % more or less gas need not be listed. Exit code 7 when something " +
    "else differs that is not on the list.";
  static override args = proposalArgs;
  static override flags = {
    last: Flags.integer({ default: 500, min: 1, max: 10_000, helpValue: "N", summary: "How many transactions of each upgraded contract, the newest." }),
    "from-block": Flags.integer({ min: 0, helpValue: "BLOCK", summary: "Look for none before this block. Default: 1,500,000 blocks back." }),
    expect: Flags.string({ helpValue: "FILE", summary: "List of expected changes, YAML or JSON." }),
  };
  static override examples = ["<%= config.bin %> proposal replay 1", "<%= config.bin %> proposal replay 1 --last 50 --expect expected.yaml"];

  protected override async execute(): Promise<Outcome> {
    const { last, expect, "from-block": from } = this.flags;
    const project = await this.openProject("read");
    const stored = await openProposal(project, this.args.proposal);
    const { replayProposal, replayFailure } = await import("../../src/lifecycle/replay-proposal.ts");
    const replay = await replayProposal(project, stored, { count: last, fromBlock: from === undefined ? undefined : BigInt(from), expectPath: expect });
    const number = shortName(stored.name);
    const failure = replayFailure(replay, number);
    return {
      result: {
        proposal: { name: stored.name, id: stored.proposal.id },
        file: replay.path,
        expectations: replay.expectations ?? null,
        ok: failure === undefined,
        contracts: replay.outcomes.map(({ proposalId: _, ...outcome }) => outcome),
      },
      text: () => formatTraffic(replay.outcomes),
      failure,
      next: failure === undefined ? `lpctl proposal simulate ${number}` : undefined,
    };
  }
}
