import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { FORK_FILE, forkArgs } from "../../src/cli/fork-flags.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { LpctlError } from "../../src/errors.ts";

export default class ForkPlan extends ProjectCommand<typeof ForkPlan> {
  static override summary = "Work out a fork of a snapshot: every word, every transaction, what it costs, and what it owes.";
  static override description =
    "The state that the fork will have is worked out from the snapshot alone, with the storage root of each contract, and every word that differs " +
    "is listed with its reason. Deploying is tried on an empty chain. Signs, sends and writes nothing. Exit code 3 when refused.\n\n" +
    FORK_FILE;
  static override args = forkArgs;
  static override flags = {
    deployer: Flags.string({ helpValue: "ADDRESS", required: true, summary: "Who would send and pay it: addresses follow from its nonce." }),
  };
  static override examples = ["<%= config.bin %> fork plan fork.yaml --network local --deployer 0x…"];

  protected override async execute(): Promise<Outcome> {
    const deployer = this.address(this.flags.deployer, "--deployer");
    const { file } = this.args;
    const project = await this.openProject("read");
    const [{ openFork }, { requireForkAccepted }, { describeFork, formatFork }] = await Promise.all([
      import("../../src/fork/open-fork.ts"),
      import("../../src/fork/check-fork.ts"),
      import("../../src/cli/format-fork.ts"),
    ]);
    const opened = await openFork(project, file, deployer);
    const failure = captureRefusal(() => requireForkAccepted(file, opened.findings));
    return {
      result: { ok: failure === undefined, ...describeFork(opened, project.network) },
      text: () => formatFork(opened),
      next: failure === undefined ? `lpctl fork run ${file} --network ${project.network} --key NAME` : undefined,
      failure,
    };
  }
}

function captureRefusal(check: () => void): LpctlError | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof LpctlError) return error;
    throw error;
  }
}
