import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { join } from "node:path";
import { Exit, LpctlError } from "../../src/errors.ts";
import type { Outcome } from "../../src/cli/base-command.ts";
import { BaseCommand } from "../../src/cli/base-command.ts";
import { producedBy } from "../../src/cli/produced-by.ts";
import { styleFor, symbols } from "../../src/cli/style.ts";
import { formatDuration, runTasks } from "../../src/cli/tasks.ts";

export default class Rehearse extends BaseCommand<typeof Rehearse> {
  static override summary = "Rehearse a genesis, an upgrade, an emergency or an attack from beginning to end on a local chain.";
  static override description =
    "Starts a chain of its own, deploys the protocol with its Safe and Governor, and carries a change through: compiled, compared, " +
    "deployed, proposed, simulated, signed offline, executed, verified. Some let people and machines work on the protocol meanwhile. " +
    "Nothing is faked, what is proved is read from the chain; the chain is gone afterwards, the reports stay.";
  static override args = { scenario: Args.string({ description: "Which rehearsal; see rehearse list.", default: "upgrade" }) };
  static override flags = {
    output: Flags.string({ char: "o", helpValue: "FOLDER", summary: "Where reports and records go; emptied first. Default: .lpctl/rehearsal." }),
  };
  static override examples = ["<%= config.bin %> rehearse", "<%= config.bin %> rehearse emergency", "<%= config.bin %> rehearse attack/bybit", "<%= config.bin %> rehearse launch-to-current --json"];

  protected override async execute(): Promise<Outcome> {
    const { findScenario } = await import("../../src/rehearsal/scenarios.ts");
    const { compilerCacheFolders } = await import("../../src/config/compiler-cache.ts");
    const scenario = findScenario(this.args.scenario);
    const folder = this.flags.output ?? join((await this.loadConfig()).projectFolder, ".lpctl", "rehearsal");
    const rehearsal = scenario.prepare({ folder, compilerCaches: compilerCacheFolders(), producedBy: producedBy() });
    const started = performance.now();
    try {
      const timings = await runTasks(
        rehearsal.steps.map(({ title, run }) => ({ title, run: (_: undefined, update: (doing: string) => void) => run(update) })),
        undefined,
      );
      const total = performance.now() - started;
      const result = rehearsal.result();
      const failed = result.proofs.filter(({ holds }) => !holds);
      const phases = timings.map(({ title, milliseconds }) => ({ title, share: Math.round((1000 * milliseconds) / total) / 1000 }));
      return {
        result: { ...result, seconds: (total / 1000).toFixed(2), phases },
        text: () => account(result, total, phases),
        failure:
          failed.length === 0
            ? undefined
            : new LpctlError({
                code: "LPCTL_REHEARSAL_FAILED",
                exit: Exit.different,
                message: `The rehearsal did not prove what it set out to: ${failed.map(({ what }) => what).join("; ")}`,
                next: "The records of the rehearsal tell more",
              }),
      };
    } finally {
      await rehearsal.stop();
    }
  }
}

function account(
  result: { proofs: { what: string; holds: boolean; detail: string }[]; proposals: { title: string; report: string }[] },
  milliseconds: number,
  phases: { title: string; share: number }[],
): string {
  const style = styleFor("stdout");
  return [
    style.bold(`Proved in ${formatDuration(milliseconds)}`),
    ...result.proofs.map(
      ({ what, holds, detail }) =>
        `${holds ? style.green(`${symbols.done} yes`) : style.red(`${symbols.failed} NO `)}  ${what}\n       ${style.dim(detail)}`,
    ),
    "",
    style.bold("Where the time went"),
    ...phases.map(({ title, share }) => `${`${Math.round(share * 100)}%`.padStart(5)}  ${title}`),
    ...(result.proposals.length === 0 ? [] : ["", style.bold("Reports"), ...result.proposals.map(({ title, report }) => `  ${title}\n    ${report}`)]),
  ].join("\n");
}
