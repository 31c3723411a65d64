import type { Outcome } from "../../src/cli/base-command.ts";
import { confirmFlags } from "../../src/cli/confirm-sending.ts";
import { genesisArgs } from "../../src/cli/genesis-flags.ts";
import { keyFlags, loadSigner } from "../../src/cli/key-flags.ts";
import { writeReview } from "../../src/cli/output.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { confirmTyped } from "../../src/cli/prompts.ts";

/** How much of the plan's hash a person types. */
const TYPED_CHARACTERS = 10;

export default class GenesisRun extends ProjectCommand<typeof GenesisRun> {
  static override summary = "Deploy the protocol and execute its genesis, stage by stage.";
  static override description =
    "Checks and simulates everything first, and keeps the state it must lead to; then asks for the first bytes of the plan's hash " +
    "(lpctl genesis check shows it). Each transaction is on disk before it is sent: killed at any moment, the same command goes on " +
    "and sends nothing twice. A changed file, other contracts, or another transaction of the deployer that would shift addresses is refused.";
  static override args = genesisArgs;
  static override flags = { ...keyFlags, ...confirmFlags };
  static override examples = ["<%= config.bin %> genesis run genesis.yaml --network local --key deployer"];

  protected override async execute(): Promise<Outcome> {
    const project = await this.openProject("write");
    const { openGenesis } = await import("../../src/genesis/open-genesis.ts");
    const { formatGenesis } = await import("../../src/cli/format-genesis.ts");
    const { sendGenesisInStages } = await import("../../src/cli/genesis-stages.ts");
    const { hashPrediction } = await import("../../src/genesis/prediction.ts");
    const signer = await loadSigner(await this.loadConfig(), await this.network("write"), this.flags, "send");
    const opened = await openGenesis(project, this.args.file, signer.address, BigInt(Math.floor(Date.now() / 1000)));
    const { prepared, record, paths, prediction, isBegun, done } = opened;
    const { planHash } = prepared;
    writeReview(formatGenesis(opened, "stderr"));
    // What is complete is looked at again, and there is nothing to agree to.
    if (done < prepared.plan.transactions.length) {
      await confirmTyped({
        what: `${isBegun ? "Go on with" : "Run"} this genesis on ${project.network} (chain ${project.chainId}) as ${signer.address}, plan ${planHash}`,
        expected: planHash.slice(0, TYPED_CHARACTERS),
        given: this.flags.confirm === planHash ? planHash.slice(0, TYPED_CHARACTERS) : this.flags.confirm,
      });
    }
    const results = await sendGenesisInStages(project.rpc, opened, signer);
    const snippet = `networks:\n  ${project.network}:\n    controller: "${record.controller}"`;
    const { controller, contracts, targets, genesisManager, distribution } = record;
    return {
      result: {
        planHash,
        stateHash: hashPrediction(prediction),
        folder: paths.folder,
        sent: results.flatMap(({ hash }) => (hash === null ? [] : [hash])),
        skipped: results.filter(({ outcome }) => outcome === "skipped").length,
        deployer: record.deployer,
        controller,
        contracts,
        targets,
        genesisManager,
        distribution,
        configuration: snippet,
      },
      text: () =>
        [
          `The genesis is complete: ${results.length} transactions, the Controller belongs to ${prepared.terms.controllerOwner ?? record.deployer}.`,
          ...Object.entries({ Controller: controller, ...contracts, GenesisManager: genesisManager, [distribution.kind]: distribution.address }).map(([name, address]) => `  ${name.padEnd(22)}${address}`),
          "",
          "For lpctl.yaml:",
          snippet,
        ].join("\n"),
      next: `lpctl genesis verify ${this.args.file} --network ${project.network}`,
    };
  }
}
