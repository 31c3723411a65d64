import * as Flags from "@oclif/core/flags";
import { compilerCacheFolders } from "../../src/config/compiler-cache.ts";
import { isNoNetworkChosen } from "../../src/config/is-no-network-chosen.ts";
import { LpctlError } from "../../src/errors.ts";
import type { Outcome } from "../../src/cli/base-command.ts";
import { genesisArgs } from "../../src/cli/genesis-flags.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { writeProgress } from "../../src/cli/progress.ts";
import type { Project } from "../../src/inspection/project.ts";

export default class GenesisCheck extends ProjectCommand<typeof GenesisCheck> {
  static override summary = "Find everything that is wrong with a genesis before there is a transaction of it.";
  static override description =
    "Sums to the wei, receivers, terms, parameters, the tree of recipients: for those no chain is needed. With a network also " +
    "its clock, the multisigs, and whether a receiver is a contract; with --deployer too, all transactions are made, simulated on a " +
    "fork, and their plan is shown with its hash. Signs, sends and writes nothing. Exit code 3 when refused.";
  static override args = genesisArgs;
  static override flags = {
    deployer: Flags.string({ helpValue: "ADDRESS", summary: "Who would send it: its transactions are planned and simulated." }),
    offline: Flags.boolean({ summary: "Ask no chain, even where a network is configured." }),
  };
  static override examples = ["<%= config.bin %> genesis check genesis.yaml", "<%= config.bin %> genesis check genesis.yaml --network mainnet --deployer 0x…"];

  protected override async execute(): Promise<Outcome> {
    const deployer = this.flags.deployer === undefined ? undefined : this.address(this.flags.deployer, "--deployer");
    const { loadGenesis } = await import("../../src/genesis/load-genesis-file.ts");
    const { assessGenesis } = await import("../../src/genesis/open-genesis.ts");
    const { requireGenesisAccepted } = await import("../../src/genesis/check-genesis.ts");
    const { describeGenesis, formatGenesis } = await import("../../src/cli/format-genesis.ts");
    const loaded = await loadGenesis(this.args.file, { keepListError: true });
    this.requireAddressesOn(loaded.parsed.file.chainId);
    const project = this.flags.offline ? undefined : await this.projectIfAny(deployer !== undefined);
    if (project === undefined) writeProgress("No chain is asked: clock, multisigs and receivers are checked with --network");
    const nowSeconds = BigInt(Math.floor(Date.now() / 1000));
    const assessed = await assessGenesis(project, loaded, { deployer, compilerCaches: compilerCacheFolders(), nowSeconds });
    const failure = captureRefusal(() => requireGenesisAccepted(this.args.file, assessed.findings, true, commandLine("check", this.args.file, project, deployer)));
    return {
      result: { ok: failure === undefined, network: project?.network ?? null, ...describeGenesis(assessed) },
      text: () => formatGenesis(assessed),
      next: failure === undefined ? nextFor(this.args.file, project, deployer) : undefined,
      failure,
    };
  }

  /** Undefined where no network is chosen, and none is needed. */
  private async projectIfAny(isNeeded: boolean): Promise<Project | undefined> {
    try {
      return await this.openProject("read");
    } catch (error) {
      if (isNoNetworkChosen(error) && !isNeeded) return undefined;
      throw error;
    }
  }
}

function nextFor(file: string, project: Project | undefined, deployer: string | undefined): string {
  if (project === undefined) return `lpctl genesis check ${file} --network NAME --deployer ADDRESS`;
  return deployer === undefined ? commandLine("check", file, project, "ADDRESS") : `${commandLine("run", file, project, undefined)} --key NAME`;
}

function commandLine(verb: "check" | "run", file: string, project: Project | undefined, deployer: string | undefined): string {
  return [`lpctl genesis ${verb} ${file}`, ...(project === undefined ? [] : [`--network ${project.network}`]), ...(deployer === undefined ? [] : [`--deployer ${deployer}`])].join(" ");
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
