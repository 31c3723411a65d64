import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { confirmFlags, confirmSending } from "../../src/cli/confirm-sending.ts";
import { keyFlags, loadSigner } from "../../src/cli/key-flags.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { contractReference, upgradeArgs, upgradeFlags } from "../../src/cli/upgrade-flags.ts";

export default class UpgradePrepare extends ProjectCommand<typeof UpgradePrepare> {
  static override summary = "Check new code and deploy it, without proposing anything.";
  static override description =
    "Run again after a crash it continues; run again after success it finds the code already there. Nothing is deployed when the check refuses.";
  static override args = upgradeArgs;
  static override flags = {
    ...upgradeFlags,
    ...keyFlags,
    ...confirmFlags,
    args: Flags.string({ multiple: true, helpValue: "VALUE", summary: "Constructor argument; repeat in order. Default: the Controller." }),
  };
  static override examples = ["<%= config.bin %> upgrade prepare JobsManager --to contracts/jobs/JobsManagerV2.sol:JobsManagerV2 --key deployer"];

  protected override async execute(): Promise<Outcome> {
    const contract = contractReference(this.args.contract, this.flags.proxy);
    const project = await this.openProject("write");
    const { compareUpgrade } = await import("../../src/lifecycle/compare-upgrade.ts");
    const { requireCompatible } = await import("../../src/lifecycle/propose-upgrade.ts");
    const { constructorArguments, deployImplementation } = await import("../../src/lifecycle/deploy-implementation.ts");
    const comparison = await compareUpgrade(project, { contract, to: this.flags.to, from: this.flags.from });
    requireCompatible(comparison, project.policy === undefined ? undefined : { ...project.policy, allow: [] });
    const args = constructorArguments(comparison, this.flags.args);
    const signer = await loadSigner(await this.loadConfig(), await this.network("write"), this.flags, "send");
    await confirmSending(project, `Deploy ${comparison.to.artifact.name} from ${signer.address}`, this.flags.confirm);
    const { evidence, result } = await deployImplementation(project, comparison, args, signer);
    return {
      result: { implementation: evidence, transaction: result.hash },
      text: `${comparison.to.artifact.name} is at ${evidence.address}, byte for byte what ${evidence.source ?? ""} compiles to`,
      next: `lpctl upgrade propose ${this.flags.proxy === undefined ? contract : `--proxy ${contract}`} --to ${this.flags.to} --implementation ${evidence.address}`,
    };
  }
}
