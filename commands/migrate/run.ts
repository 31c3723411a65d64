import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { confirmFlags, confirmSending } from "../../src/cli/confirm-sending.ts";
import { divertConsole } from "../../src/cli/divert-console.ts";
import { keyFlags, loadSigner } from "../../src/cli/key-flags.ts";
import { scriptArg, senderOf } from "../../src/cli/migrate-flags.ts";
import { writeReview } from "../../src/cli/output.ts";
import { parseCount } from "../../src/cli/route-flags.ts";
import { producedBy } from "../../src/cli/produced-by.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { plural } from "../../src/protocol/plural.ts";

export default class MigrateRun extends ProjectCommand<typeof MigrateRun> {
  static override summary = "Carry a migration script out, from wherever it stands.";
  static override description =
    "Operations go out directly from the key, or as a proposal through the route of whoever may make the calls (Safe, Governor, vote); " +
    "then the run waits (exit code 5), says what for and until when, and goes on when it is run again. Where the vote was lost it says so " +
    "(exit code 3). Each transaction is on disk before it is sent: killed at any moment, the same " +
    "command goes on and sends nothing twice. What is on the chain already is skipped and said; --strict refuses instead. " +
    "--dry-run carries all of it out on a fork, authorities included, and reports; nothing is written or sent.";
  static override args = { script: scriptArg };
  static override flags = {
    ...keyFlags,
    ...confirmFlags,
    "dry-run": Flags.boolean({ summary: "Try all of it on a fork, and report." }),
    strict: Flags.boolean({ summary: "Refuse what is on the chain already instead of skipping it." }),
    window: Flags.string({ helpValue: "N", summary: "Transactions in flight at once, of operations that are independent. Default: 16." }),
    confirmations: Flags.string({ helpValue: "N", summary: "Blocks until a transaction counts, its own included. Default: 1." }),
    delay: Flags.string({ helpValue: "BLOCKS", summary: "How long a Governor waits. Default: the network's." }),
    "delay-seconds": Flags.string({ helpValue: "N", summary: "How long a timelock waits. Default: its own minimum." }),
    "propose-again": Flags.boolean({ summary: "Make another proposal where an earlier one cannot be carried out any more." }),
    "abandon-taken-nonces": Flags.boolean({ summary: "Sign anew what lost its nonce to another transaction of the account, after you looked at that one." }),
  };
  static override examples = [
    "<%= config.bin %> migrate run 3 --dry-run --key deployer",
    "<%= config.bin %> migrate run lock-unbonding --key deployer",
    "<%= config.bin %> migrate run 3 --key deployer --strict --confirmations 5",
  ];

  protected override async execute(): Promise<Outcome> {
    const { flags } = this;
    const window = Number(parseCount(flags.window, "--window", 16n, 1n));
    const confirmations = Number(parseCount(flags.confirmations, "--confirmations", 1n));
    const project = await this.openProject("write");
    const config = await this.loadConfig();
    const network = await this.network("write");
    const { findScript, loadScript } = await import("../../src/migration/script/load-script.ts");
    const { MigrationRun } = await import("../../src/migration/run/migration-run.ts");
    const { formatDryRun, formatPlan } = await import("../../src/cli/format-migration.ts");
    const path = findScript(project.folder, this.args.script);
    const signer = flags["dry-run"] ? undefined : await loadSigner(config, network, flags, "send");
    const sender = signer?.address ?? (await senderOf(config, network, flags));
    divertConsole();
    const run = await MigrationRun.open(project, await loadScript(path), { sender });
    try {
      const { plan, script } = run;
      const about = { migration: script.name, title: script.migration.title, sender, operationsHash: plan.operationsHash, operations: plan.operations };
      if (signer === undefined) {
        const { dryRun } = await import("../../src/migration/run/dry-run.ts");
        const report = await dryRun(run);
        const failure = report.differences.length === 0 ? undefined : (await import("../../src/migration/run/migration-errors.ts")).notVerified(script.name, report.differences);
        return { result: { ...about, dryRun: report, outcome: null, waitingFor: null }, text: () => formatDryRun(report), next: `lpctl migrate run ${this.args.script} --key NAME`, failure };
      }
      writeReview(formatPlan(run, "stderr"));
      const { state } = run.journal;
      if (!state.isVerified) await confirmSending(project, `${run.isBegun ? "Go on with" : "Run"} migration ${script.name} as ${sender}`, flags.confirm);
      const { sendMigration } = await import("../../src/migration/run/send-migration.ts");
      const { sendingTask } = await import("../../src/cli/migration-progress.ts");
      const { outcome, waiting } = await sendingTask(script.name, (onProgress) =>
        sendMigration(run, {
          signer,
          window,
          confirmations,
          strict: flags.strict,
          proposeAgain: flags["propose-again"],
          abandonTakenNonces: flags["abandon-taken-nonces"],
          producedBy: producedBy(),
          delayBlocks: parseCount(flags.delay, "--delay", project.delayBlocks),
          delaySeconds: parseCount(flags["delay-seconds"], "--delay-seconds", 0n),
          onProgress,
        }),
      );
      if (waiting !== undefined) {
        return {
          result: { ...about, dryRun: null, outcome: null, waitingFor: { message: waiting.message, ...waiting.details } },
          text: waiting.message,
          next: waiting.next,
          exit: 5,
        };
      }
      return {
        result: { ...about, dryRun: null, outcome, waitingFor: null },
        text: () =>
          `${script.name} is complete: ${plural(plan.operations, "operation")}, ${plural(outcome.confirmed, "transaction")} confirmed now, ${outcome.skipped} skipped because what they do was on the chain already.` +
          (script.migration.verify === undefined ? "" : "\nIts own verification found nothing that is not as it should be."),
        next: "lpctl migrate status",
      };
    } finally {
      await run.close();
    }
  }
}
