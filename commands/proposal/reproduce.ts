import * as Flags from "@oclif/core/flags";
import { Exit, LpctlError } from "../../src/errors.ts";
import { BaseCommand, type Outcome } from "../../src/cli/base-command.ts";
import { producedBy } from "../../src/cli/produced-by.ts";
import { writeProgress } from "../../src/cli/progress.ts";
import { proposalArgs } from "../../src/cli/proposal-reference.ts";
import type { StoredProposal } from "../../src/proposal/store.ts";

export default class ProposalReproduce extends BaseCommand<typeof ProposalReproduce> {
  static override summary = "Make a proposal's simulation and report again from its evidence alone, offline.";
  static override description =
    "Believes no RPC and asks none: the state in the file is proven against the state root of its block, contracts are asked again " +
    "on a local chain that runs on it, and every byte of the simulation and the report must come out as before. Says what was " +
    "proven and what was not. Exit code 7 when something differs, 3 for a file that was edited or is of another proposal.";
  static override args = proposalArgs;
  static override flags = {
    recompile: Flags.boolean({ summary: "Compile every source in the file again, and compare." }),
  };
  static override examples = ["<%= config.bin %> proposal reproduce 1", "<%= config.bin %> proposal reproduce evidence.json.gz --recompile"];

  protected override async execute(): Promise<Outcome> {
    const [{ reproduceProposal }, { formatReproduction }] = await Promise.all([
      import("../../src/lifecycle/reproduce-proposal.ts"),
      import("../../src/cli/format-reproduction.ts"),
    ]);
    const { path, stored } = await this.findEvidence(this.args.proposal);
    const result = await reproduceProposal(path, { stored, recompile: this.flags.recompile === true, progress: writeProgress });
    const outcome: Outcome = { result, text: () => formatReproduction(result) };
    const { difference } = result;
    if (difference === undefined) return outcome;
    const failure = new LpctlError({
      code: "LPCTL_EVIDENCE_DIFFERENT",
      exit: Exit.different,
      message: "What comes out here is not what was recorded",
      why: `${difference.file}, ${difference.path}: ${difference.recorded} there, ${difference.found} here`,
      next:
        result.producedBy === producedBy()
          ? "Do not sign before you know why. Simulate again against a node you trust: lpctl proposal simulate"
          : `Try the version that made the file: ${result.producedBy}`,
    });
    return { ...outcome, failure };
  }

  /** A file stands for itself; a proposal's evidence lies in its folder. Neither asks the network. */
  private async findEvidence(reference: string): Promise<{ path: string; stored?: StoredProposal }> {
    if (reference.endsWith(".gz")) return { path: reference };
    const [{ loadProposal }, { recordPaths }] = await Promise.all([import("../../src/proposal/store.ts"), import("../../src/lifecycle/records.ts")]);
    const [config, network] = await Promise.all([this.loadConfig(), this.network("read")]);
    const stored = await loadProposal(config.projectFolder, network.name, reference);
    return { path: recordPaths(stored).evidence, stored };
  }
}
