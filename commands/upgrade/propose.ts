import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { confirmFlags, confirmSending } from "../../src/cli/confirm-sending.ts";
import { keyFlags, loadSigner } from "../../src/cli/key-flags.ts";
import { producedBy } from "../../src/cli/produced-by.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { proposalOutcome } from "../../src/cli/proposal-outcome.ts";
import { parseCount, parseSetting, proposeFlags, readEffects } from "../../src/cli/route-flags.ts";
import { contractReference, upgradeArgs, upgradeFlags } from "../../src/cli/upgrade-flags.ts";
import { parseBytes } from "../../src/cli/parse-bytes.ts";

export default class UpgradePropose extends ProjectCommand<typeof UpgradePropose> {
  static override summary = "Check, deploy, simulate and propose new code for a proxy.";
  static override description =
    "Ends with a proposal people can sign: layouts compared, code deployed (unless --implementation), the whole route simulated on a " +
    "fork, the report written, the Safe transaction prepared. --dry-run does the same on a fork and leaves nothing behind.\n\n" +
    "In an emergency: --while-paused --delay 0. Where a Safe owns the Governor, one Safe transaction then pauses, upgrades, unpauses: " +
    "nothing happens in between, and nobody sees the fix before it runs. If the protocol is paused already, the fix ends the pause; " +
    "if it is paused or unpaused after this command, the proposal is refused as stale: prepare it again.";
  static override args = upgradeArgs;
  static override flags = {
    ...upgradeFlags,
    ...proposeFlags,
    ...keyFlags,
    ...confirmFlags,
    args: Flags.string({ multiple: true, helpValue: "VALUE", summary: "Constructor argument; repeat in order. Default: the Controller." }),
    set: Flags.string({ multiple: true, helpValue: "NAME=VALUE", summary: "Set a parameter in the same batch, after the upgrade; repeat for more." }),
    raw: Flags.boolean({ summary: "Take raw integers of --set as they stand." }),
    implementation: Flags.string({ helpValue: "ADDRESS", summary: "The new code is already deployed here." }),
    initializer: Flags.string({ helpValue: "HEX", summary: "Calldata run on the proxy in the same transaction (ERC-1967 only)." }),
    "while-paused": Flags.boolean({
      summary: "Pause first and unpause last, in the same batch. Already paused: only unpause last.",
    }),
    "git-commit": Flags.string({ helpValue: "SHA1", summary: "Commit to record. Default: HEAD of the project." }),
  };
  static override examples = [
    "<%= config.bin %> upgrade propose JobsManager --to contracts/jobs/JobsManagerV2.sol:JobsManagerV2 --key deployer",
    "<%= config.bin %> upgrade propose JobsManager --to contracts/jobs/JobsManagerV2.sol:JobsManagerV2 --set maxSegmentsPerClaim=50 --dry-run",
    "<%= config.bin %> upgrade propose JobsManager --to contracts/jobs/JobsManager.sol:JobsManager --while-paused --delay 0 --key deployer",
  ];

  protected override async execute(): Promise<Outcome> {
    const { flags } = this;
    const contract = contractReference(this.args.contract, flags.proxy);
    const implementation = flags.implementation === undefined ? undefined : this.address(flags.implementation, "--implementation");
    const initializer = parseBytes(flags.initializer, "--initializer");
    const gitCommit = parseBytes(flags["git-commit"], "--git-commit", 20);
    const project = { ...(await this.openProject("write")), aftermath: flags.aftermath };
    const { proposeUpgrade } = await import("../../src/lifecycle/propose-upgrade.ts");
    const proposed = await proposeUpgrade(
      project,
      {
        contract,
        to: flags.to,
        from: flags.from,
        args: flags.args,
        implementation,
        initializer,
        gitCommit,
        parameters: (flags.set ?? []).map((text) => ({ ...parseSetting(text), acceptRaw: flags.raw })),
        whilePaused: flags["while-paused"],
        delayBlocks: parseCount(flags.delay, "--delay", project.delayBlocks),
        delaySeconds: parseCount(flags["delay-seconds"], "--delay-seconds", 0n),
      },
      { effects: await readEffects(flags.effects), dryRun: flags["dry-run"], producedBy: producedBy() },
      async () => {
        const signer = await loadSigner(await this.loadConfig(), await this.network("write"), flags, "send");
        await confirmSending(project, `Deploy the new ${contract} from ${signer.address}`, flags.confirm);
        return signer;
      },
    );
    return proposalOutcome(proposed);
  }
}
