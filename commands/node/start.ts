import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { BaseCommand } from "../../src/cli/base-command.ts";
import { nodeFlags } from "../../src/cli/node-flags.ts";
import { writeNote } from "../../src/cli/output.ts";
import { runTasks } from "../../src/cli/tasks.ts";
import { PHASES, type Phase } from "../../src/node/phase.ts";
import { MISBEHAVIOURS, type Misbehaviour } from "../../src/node/actors/misbehaviour.ts";
import { PROFILES, type Profile } from "../../src/protocol/profiles.ts";

export default class NodeStart extends BaseCommand<typeof NodeStart> {
  static override summary = "Start a local chain with the whole protocol running on it.";
  static override description =
    "Deploys the contracts behind their proxies, runs a genesis, writes live state, hands the Controller over as the phase says, and puts " +
    "the network into lpctl.yaml with test keys for signing (owner-1, operator, …). The chain runs on in the background until node stop. " +
    "A chain that was stopped, or killed, goes on where it was; --fresh throws it away and begins anew. " +
    "Everything on it is worthless: its keys are published.";
  static override flags = {
    profile: Flags.string({
      options: [...PROFILES],
      summary: "Which suite: that of 2018 with jobs (launch), or today's with tickets, stake votes and a treasury (current). Default: launch, or current in the phase stake.",
    }),
    phase: Flags.string({
      options: [...PHASES],
      summary: "Who owns the Controller: a key (eoa), a 2-of-3 Safe, a Governor that the Safe owns, or those with stake, by votes (profile current). Default: governor.",
    }),
    "guardian-days": Flags.integer({
      min: 0,
      max: 36_500,
      helpValue: "N",
      summary: "In the phase stake: days in which a 2-of-3 Safe can veto what was voted; 0 for no veto. Default: 365.",
    }),
    fresh: Flags.boolean({ summary: "Throw away the chain that was kept, and begin anew." }),
    port: Flags.integer({ min: 1, max: 65_535, helpValue: "N", summary: "Port on 127.0.0.1. Default: that of the kept chain or 8545; a free one when it is taken." }),
    "block-time": Flags.string({
      helpValue: "SECONDS",
      summary: "A block at this interval, besides one for each transaction. Default: 1. 0: only for transactions.",
      exclusive: ["blocks-per-second", "fast"],
    }),
    "blocks-per-second": Flags.string({ helpValue: "X", summary: "The same as a speed: 0.001 to 1000, or to 10 without actors.", exclusive: ["fast"] }),
    fast: Flags.boolean({ summary: "Blocks pass as fast as the actors keep up with them.", exclusive: ["no-actors"] }),
    "chain-id": Flags.integer({ min: 1, max: Number.MAX_SAFE_INTEGER, helpValue: "N", summary: "Chain id; that of a real network is refused. Default: 31337." }),
    name: Flags.string({ helpValue: "NAME", summary: "Name of the network in lpctl.yaml. Default: local." }),
    transcoders: Flags.integer({ min: 1, max: 100, helpValue: "N", summary: "Transcoders that take part. Default: 4.", exclusive: ["no-actors"] }),
    delegators: Flags.integer({ min: 0, max: 1000, helpValue: "N", summary: "Delegators that take part. Default: 8.", exclusive: ["no-actors"] }),
    seed: Flags.string({ helpValue: "N", summary: "Same number, same stakes, same order of what the actors do. Default: 1.", exclusive: ["no-actors"] }),
    misbehave: Flags.string({
      options: [...MISBEHAVIOURS],
      multiple: true,
      summary: "What the last transcoder does wrong; given again, the one before it.",
      exclusive: ["no-actors"],
    }),
    turnout: Flags.integer({
      min: 0,
      max: 100,
      helpValue: "PERCENT",
      summary: "How many of a hundred transcoders vote in polls and governors (profile current). Default: 80.",
      exclusive: ["no-actors"],
    }),
    "no-actors": Flags.boolean({ summary: "Nobody uses the protocol but you." }),
    ...nodeFlags,
  };
  static override examples = ["<%= config.bin %> node start", "<%= config.bin %> node start --phase stake", "<%= config.bin %> node start --phase safe --port 8600", "<%= config.bin %> node start --block-time 0"];

  protected override async execute(): Promise<Outcome> {
    const { parseBlocksPerSecond, parseBlockTime } = await import("../../src/node/node-options.ts");
    const { loadNodeProject } = await import("../../src/node/node-project.ts");
    const { parseSeed } = await import("../../src/node/actor-settings.ts");
    const { flags } = this;
    const blockTimeSeconds = parseBlockTime(flags["block-time"]) ?? parseBlocksPerSecond(flags["blocks-per-second"], !flags["no-actors"]);
    const actors = {
      none: flags["no-actors"] === true,
      seed: parseSeed(flags.seed),
      transcoders: flags.transcoders,
      delegators: flags.delegators,
      misbehaviour: flags.misbehave as Misbehaviour[] | undefined,
      turnoutPercent: flags.turnout,
      fast: flags.fast === true,
    };
    const project = await loadNodeProject({ directory: flags.directory, configPath: flags.config });

    const { prepareNode } = await import("../../src/node/start-node.ts");
    const { describeStart } = await import("../../src/node/describe-start.ts");
    const { compilerCacheFolders } = await import("../../src/config/compiler-cache.ts");
    const start = await prepareNode({
      project,
      network: flags.name,
      profile: flags.profile as Profile | undefined,
      phase: flags.phase as Phase | undefined,
      port: flags.port,
      chainId: this.flags["chain-id"],
      blockTimeSeconds,
      actors,
      guardianDays: flags["guardian-days"],
      fresh: flags.fresh === true,
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
