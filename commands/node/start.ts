import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { BaseCommand } from "../../src/cli/base-command.ts";
import { nodeFlags } from "../../src/cli/node-flags.ts";
import { writeNote } from "../../src/cli/output.ts";
import { runTasks } from "../../src/cli/tasks.ts";
import { PHASES, type Phase } from "../../src/node/phase.ts";

export default class NodeStart extends BaseCommand<typeof NodeStart> {
  static override summary = "Start a local chain with the whole protocol running on it.";
  static override description =
    "Deploys the contracts behind their proxies, writes live state, hands the Controller over as the phase says, and puts the network " +
    "into lpctl.yaml with test keys for signing (owner-1, operator, …). The chain runs on in the background until node stop, " +
    "and is forgotten then. Everything on it is worthless: its keys are published.";
  static override flags = {
    phase: Flags.string({
      options: [...PHASES],
      default: "governor",
      summary: "Who owns the Controller: a key (eoa), a 2-of-3 Safe, or a Governor that the Safe owns.",
    }),
    port: Flags.integer({ min: 1, max: 65_535, helpValue: "N", summary: "Port on 127.0.0.1. Default: 8545, or a free one when that is taken." }),
    "block-time": Flags.string({
      helpValue: "SECONDS",
      summary: "A block at this interval, besides one for each transaction. Default: 1. 0: only for transactions.",
    }),
    "chain-id": Flags.integer({ min: 1, helpValue: "N", summary: "Chain id; that of a real network is refused. Default: 31337." }),
    name: Flags.string({ default: "local", helpValue: "NAME", summary: "Name of the network in lpctl.yaml." }),
    ...nodeFlags,
  };
  static override examples = ["<%= config.bin %> node start", "<%= config.bin %> node start --phase safe --port 8600", "<%= config.bin %> node start --block-time 0"];

  protected override async execute(): Promise<Outcome> {
    const { chooseChainId, chooseNetworkName, parseBlockTime } = await import("../../src/node/node-options.ts");
    const { loadNodeProject } = await import("../../src/node/node-project.ts");
    const blockTimeSeconds = parseBlockTime(this.flags["block-time"]);
    const project = await loadNodeProject({ directory: this.flags.directory, configPath: this.flags.config });
    const network = chooseNetworkName(this.flags.name, project.config);
    const chainId = chooseChainId(this.flags["chain-id"], project.config);

    const { prepareNode } = await import("../../src/node/start-node.ts");
    const { describeStart } = await import("../../src/node/describe-start.ts");
    const { compilerCacheFolders } = await import("../../src/config/compiler-cache.ts");
    const start = await prepareNode({
      project,
      network,
      phase: this.flags.phase as Phase,
      port: this.flags.port,
      chainId,
      blockTimeSeconds,
      compilerCaches: compilerCacheFolders(),
    });
    try {
      if (start.cleared !== undefined) writeNote(start.cleared);
      await runTasks(start.steps.map(({ title, run }) => ({ title, run: (_: undefined, update: (doing: string) => void) => run(update) })), undefined);
      const result = start.result();
      return { result, ...describeStart(result, project) };
    } finally {
      await start.end();
    }
  }
}
