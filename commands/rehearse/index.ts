import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { join } from "node:path";
import { Exit, LpctlError } from "../../src/errors.ts";
import type { Outcome } from "../../src/cli/base-command.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { openProposal } from "../../src/cli/proposal-reference.ts";
import { producedBy } from "../../src/cli/produced-by.ts";
import { parseCount } from "../../src/cli/route-flags.ts";
import { styleFor, symbols } from "../../src/cli/style.ts";
import { formatDuration, runTasks } from "../../src/cli/tasks.ts";
import type { Rehearsal } from "../../src/rehearsal/rehearsal.ts";

/** About as many processes as come and go in a few minutes. */
const KILLS = 60n;

export default class Rehearse extends ProjectCommand<typeof Rehearse> {
  static override summary = "Rehearse a genesis, an upgrade, an emergency or an attack from beginning to end on a local chain.";
  static override description =
    "Starts a chain of its own, deploys the protocol with its Safe and Governor, and carries a change through: compiled, compared, " +
    "deployed, proposed, simulated, signed offline, executed, verified. Some let people and machines work on the protocol meanwhile. " +
    "Nothing is faked, what is proved is read from the chain; the chain is gone afterwards, the reports stay. " +
    "With --kill, a plan of yours is carried out on a copy of the network instead, in processes that are killed at writes of the journal and " +
    "at sends, lose answers, see blocks taken back, meet a second process or a full disk; the transcript is a certificate that it came to the same end.";
  static override args = { scenario: Args.string({ description: "Which rehearsal; see rehearse list. Default: upgrade." }) };
  static override flags = {
    kill: Flags.string({ helpValue: "FILE", summary: "Carry out this genesis file, migration script or fork file, killed on its way." }),
    kills: Flags.string({ helpValue: "N", summary: "About how many processes are killed, spread over the plan. Default: 60.", dependsOn: ["kill"] }),
    attach: Flags.string({ helpValue: "PROPOSAL", summary: "Put the certificate beside this proposal.", dependsOn: ["kill"] }),
    output: Flags.string({ char: "o", helpValue: "FOLDER", summary: "Where reports and records go; emptied first. Default: .lpctl/rehearsal." }),
  };
  static override examples = ["<%= config.bin %> rehearse", "<%= config.bin %> rehearse emergency", "<%= config.bin %> rehearse attack/bybit", "<%= config.bin %> rehearse launch-to-current --json", "<%= config.bin %> rehearse --kill migrations/001-lock-unbonding.ts --network local"];

  protected override async execute(): Promise<Outcome> {
    const rehearsal = await this.prepare();
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

  private async prepare(): Promise<Rehearsal> {
    const { kill, kills, output } = this.flags;
    const { scenario } = this.args;
    const folder = output ?? join((await this.loadConfig()).projectFolder, ".lpctl", "rehearsal");
    if (kill === undefined) {
      const { findScenario } = await import("../../src/rehearsal/scenarios.ts");
      const { compilerCacheFolders } = await import("../../src/config/compiler-cache.ts");
      return findScenario(scenario ?? "upgrade").prepare({ folder, compilerCaches: compilerCacheFolders(), producedBy: producedBy() });
    }
    if (scenario !== undefined) {
      throw new LpctlError({
        code: "LPCTL_USAGE_SCENARIO",
        exit: Exit.usage,
        message: "A scenario and --kill were both given",
        why: "a scenario has a plan of its own",
        next: `lpctl rehearse --kill ${kill}`,
      });
    }
    const count = Number(parseCount(kills, "--kills", KILLS));
    const { findPlan } = await import("../../src/rehearsal/kill/find-plan.ts");
    const { prepareKillRehearsal } = await import("../../src/rehearsal/kill/kill-rehearsal.ts");
    const plan = await findPlan(kill);
    const project = await this.openProject("read");
    const attachTo = this.flags.attach === undefined ? undefined : (await openProposal(project, this.flags.attach)).folder;
    return prepareKillRehearsal({ folder, project, plan, kills: Math.max(1, count), producedBy: producedBy(), attachTo });
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
