import type { Outcome } from "../../src/cli/base-command.ts";
import { confirmFlags } from "../../src/cli/confirm-sending.ts";
import { forkArgs } from "../../src/cli/fork-flags.ts";
import { keyFlags, loadSigner } from "../../src/cli/key-flags.ts";
import { writeReview } from "../../src/cli/output.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { confirmTyped } from "../../src/cli/prompts.ts";

/** How much of the plan's hash a person types. */
const TYPED_CHARACTERS = 10;

export default class ForkRun extends ProjectCommand<typeof ForkRun> {
  static override summary = "Deploy a fork of a snapshot and load every word of it.";
  static override description =
    "Deploys the suite, mints every balance, writes the words of each proxy through a loader that is its target for a while, restores the logic, burns " +
    "the loader, pays what the contracts owe, and hands the Controller over. Each transaction is on disk before it is sent: killed at any moment, the " +
    "same command goes on and sends nothing twice. A changed file, another snapshot, or another transaction of the deployer that would shift addresses is refused.";
  static override args = forkArgs;
  static override flags = { ...keyFlags, ...confirmFlags };
  static override examples = ["<%= config.bin %> fork run fork.yaml --network local --key deployer"];

  protected override async execute(): Promise<Outcome> {
    const project = await this.openProject("write");
    const [{ openFork }, { requireForkAccepted }, { formatFork }, { sendForkInStages }, { readStagedClaims }, { describeStaged, formatStaged }] = await Promise.all([
      import("../../src/fork/open-fork.ts"),
      import("../../src/fork/check-fork.ts"),
      import("../../src/cli/format-fork.ts"),
      import("../../src/cli/fork-stages.ts"),
      import("../../src/fork/loading/claims-state.ts"),
      import("../../src/cli/format-claim.ts"),
    ]);
    const { file } = this.args;
    const signer = await loadSigner(await this.loadConfig(), await this.network("write"), this.flags, "send");
    const opened = await openFork(project, file, signer.address);
    const { prepared, record, paths, isBegun, done } = opened;
    const { planHash, plan } = prepared;
    writeReview(formatFork(opened, "stderr"));
    requireForkAccepted(file, opened.findings);
    // What is complete is looked at again, and there is nothing to agree to.
    if (done < plan.transactions.length) {
      await confirmTyped({
        what: `${isBegun ? "Go on with" : "Run"} this fork on ${project.network} (chain ${project.chainId}) as ${signer.address}, plan ${planHash}`,
        expected: planHash.slice(0, TYPED_CHARACTERS),
        given: this.flags.confirm === planHash || this.flags.confirm === project.network ? planHash.slice(0, TYPED_CHARACTERS) : this.flags.confirm,
      });
    }
    const results = await sendForkInStages(project.rpc, opened, signer);
    const snippet = `networks:\n  ${project.network}:\n    controller: "${record.controller}"`;
    const { controller, contracts, targets, loader, deployer, snapshot } = record;
    const claims = await readStagedClaims(project.rpc, prepared, paths);
    return {
      result: {
        planHash,
        snapshot,
        folder: paths.folder,
        transactions: results.length,
        sent: results.filter(({ outcome }) => outcome === "confirmed").length,
        skipped: results.filter(({ outcome }) => outcome === "skipped").length,
        gasUsed: results.reduce((sum, { receipt }) => sum + (receipt?.gasUsed ?? 0n), 0n),
        deployer,
        controller,
        contracts,
        targets,
        loader,
        ...(claims === undefined ? {} : { claims: describeStaged(claims) }),
        configuration: snippet,
      },
      text: () =>
        [
          `The fork is complete: ${results.length} transactions, the Controller belongs to ${prepared.terms.owner ?? deployer}.`,
          ...Object.entries({ Controller: controller, ...contracts }).map(([name, address]) => `  ${name.padEnd(22)}${address}`),
          ...(claims === undefined ? [] : ["", formatStaged(claims)]),
          "",
          "For lpctl.yaml:",
          snippet,
        ].join("\n"),
      next: `lpctl fork verify ${file} --network ${project.network}`,
    };
  }
}
