import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { confirmFlags, confirmSending } from "../../src/cli/confirm-sending.ts";
import { formatPreparations, preparationResult, type ShownPreparation } from "../../src/cli/format-preparation.ts";
import { keyFlags, loadSigner } from "../../src/cli/key-flags.ts";
import { writeReview } from "../../src/cli/output.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { parseSetting } from "../../src/cli/route-flags.ts";

export default class HandoverPrepare extends ProjectCommand<typeof HandoverPrepare> {
  static override summary = "Deploy what a handover's target needs and nobody has deployed.";
  static override description =
    "A LIP-25 Governor for an owner, the StakeGovernor and its StakeTimelock, or a DividedOwner for the present owner. States every number and " +
    "refuses those that nobody could live with, tries all of it on a fork, and says what it costs. Each transaction is on disk before it is sent: " +
    "killed at any moment, the same command goes on and sends nothing twice. What was deployed is compared with its source, and has no power " +
    "yet: handover plan finds it, and begins with the proposal that registers it and gives it its rules.";
  static override args = {
    target: Args.string({ description: "A handover file (YAML), or governor, stake, divided.", required: true }),
  };
  static override flags = {
    owner: Flags.string({ helpValue: "NAME", summary: "Whose the Governor is to be: an address or a registered name." }),
    set: Flags.string({ multiple: true, helpValue: "NAME=VALUE", summary: "A number of the vote of stake; repeat. Others get the usual value." }),
    guardian: Flags.string({ helpValue: "NAME", summary: "Who can veto what stake voted: an address or a registered name." }),
    "guardian-until": Flags.string({ helpValue: "DATE", summary: "The day on which the veto ends: 2028-12-31." }),
    "dry-run": Flags.boolean({ summary: "Do everything but write and send." }),
    ...keyFlags,
    ...confirmFlags,
  };
  static override examples = [
    '<%= config.bin %> handover prepare stake --set quorum=33.33% --set minDelay="2 days" --key deployer --dry-run',
    "<%= config.bin %> handover prepare governor --owner 0x… --key deployer",
    "<%= config.bin %> handover prepare handover.yaml --key deployer",
  ];

  protected override async execute(): Promise<Outcome> {
    const { owner, guardian, "guardian-until": guardianUntil, "dry-run": dryRun } = this.flags;
    const rules = Object.fromEntries((this.flags.set ?? []).map((text) => parseSetting(text)).map(({ name, value }) => [name, value]));
    const project = await this.openProject("write");
    const [{ missingFor }, { priceOf, reviewPreparation }, { deployPrepared }] = await Promise.all([
      import("../../src/handover/prepare/missing-for.ts"),
      import("../../src/handover/prepare/review-preparation.ts"),
      import("../../src/handover/prepare/deploy-prepared.ts"),
    ]);
    const { kinds, settings } = await missingFor(project, this.args.target, { owner, rules, guardian, guardianUntil });
    const signer = await loadSigner(await this.loadConfig(), await this.network("write"), this.flags, "send");
    const shown: ShownPreparation[] = [];
    // One after the other: addresses follow from nonces.
    for (const kind of kinds) {
      const preparation = await reviewPreparation(project, kind, settings, signer.address);
      const cost = await priceOf(project.rpc, preparation);
      if (dryRun) {
        shown.push({ preparation, cost, path: undefined });
        continue;
      }
      writeReview(formatPreparations([{ preparation, cost, path: undefined }], "stderr"));
      await confirmSending(project, `Deploy ${Object.keys(preparation.prepared.contracts).join(", ")} from ${signer.address}`, this.flags.confirm);
      const { prepared, path } = await deployPrepared(project, preparation, signer);
      shown.push({ preparation: { ...preparation, prepared }, cost, path });
    }
    return {
      result: { network: project.network, deployer: signer.address, isDryRun: shown.some(({ path }) => path === undefined), preparations: shown.map(preparationResult) },
      text: () => formatPreparations(shown, "stdout"),
      next: dryRun ? undefined : kinds.includes("divided") && this.args.target === "divided" ? "Write a handover file with `through: DividedOwner`, then lpctl handover plan FILE" : `lpctl handover plan ${this.args.target}`,
    };
  }
}
