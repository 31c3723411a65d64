import { Command } from "@oclif/core/command";
import type * as Interfaces from "@oclif/core/interfaces";
import type { Config } from "../config/config.ts";
import type { ResolvedNetwork } from "../config/resolve-network.ts";
import { Exit } from "../errors.ts";
import type { ExitCode, LpctlError } from "../errors.ts";
import { globalFlags } from "./global-flags.ts";
import { formatJson, outputMode, setOutputMode, writeNote, writeResult } from "./output.ts";
import { outputModeOf } from "./output-mode.ts";
import { reportFailure } from "./report-failure.ts";
import { styleFor } from "./style.ts";
import { toLpctlError } from "./to-lpctl-error.ts";

/** What a command hands back. The base command decides the form it is shown in. */
export interface Outcome {
  /** Plain data for `--json`: objects, arrays, strings, booleans, null, bigints. Its shape is public. */
  result: unknown;
  /** The same for people, for stdout. A function when it costs something to make. */
  text: string | (() => string);
  /** The command a person would type next; shown as the last line on stderr. */
  next?: string | undefined;
  /** `Exit.waiting` when the command did its part and others have to do theirs. */
  exit?: typeof Exit.done | typeof Exit.waiting;
  /**
   * The command ran to its end and its verdict is no (a check refused, a verification differed):
   * the result is shown and then this error, whose exit code counts.
   */
  failure?: LpctlError | undefined;
  /** The command serves: its outcome is shown at the start, and then this is waited for. */
  serving?: Promise<void> | undefined;
}

export type CommandFlags<T extends typeof Command> = Interfaces.InferredFlags<(typeof BaseCommand)["baseFlags"] & T["flags"]>;
export type CommandArgs<T extends typeof Command> = Interfaces.InferredArgs<T["args"]>;

/**
 * What all commands share: global flags, the JSON envelope, the error border and the exit code.
 * A command parses nothing and prints nothing itself: it implements `execute`.
 */
export abstract class BaseCommand<T extends typeof Command = typeof Command> extends Command {
  static override baseFlags = globalFlags;

  protected flags!: CommandFlags<T>;
  protected args!: CommandArgs<T>;
  /** All words that are no flags, for commands that take any number of them. */
  protected positional: string[] = [];
  private loadedConfig: Promise<Config> | undefined;

  /** Does the work by calling one function in src. Throws `LpctlError`; never writes to a stream. */
  protected abstract execute(): Promise<Outcome>;

  override async run(): Promise<void> {
    setOutputMode(outputModeOf(this.argv));
    try {
      await this.readArguments();
      const outcome = await this.execute();
      process.exitCode = show(outcome);
      await outcome.serving;
    } catch (thrown) {
      const error = toLpctlError(thrown, this.id);
      reportFailure(error);
      process.exitCode = error.exit;
    }
  }

  /** `lpctl.yaml` and what else configures this run, with the origin of every value. */
  protected async loadConfig(): Promise<Config> {
    this.loadedConfig ??= import("../config/load-config.ts").then(({ loadConfig }) =>
      loadConfig({ configPath: this.globalFlag("config") }),
    );
    return this.loadedConfig;
  }

  /**
   * The network this command works on.
   * @param use `write` for whatever may sign or send: then a network must have been chosen by a person.
   */
  protected async network(use: "read" | "write"): Promise<ResolvedNetwork> {
    const { resolveNetwork } = await import("../config/resolve-network.ts");
    return resolveNetwork(await this.loadConfig(), {
      networkFlag: this.globalFlag("network"),
      forWriting: use === "write",
    });
  }

  private async readArguments(): Promise<void> {
    // oclif types the parse result by the class given at run time, which T stands for here.
    const parsed = await this.parse({
      flags: this.ctor.flags,
      baseFlags: BaseCommand.baseFlags,
      args: this.ctor.args,
      strict: this.ctor.strict,
    });
    this.flags = parsed.flags as CommandFlags<T>;
    this.args = parsed.args as CommandArgs<T>;
    this.positional = parsed.argv as string[];
  }

  private globalFlag(name: "config" | "network"): string | undefined {
    return (this.flags as { config?: string; network?: string })[name];
  }
}

function show(outcome: Outcome): ExitCode {
  const { failure, result } = outcome;
  if (failure !== undefined) {
    if (!outputMode().json) writeResult(textOf(outcome));
    reportFailure(failure, result);
    return failure.exit;
  }
  writeResult(outputMode().json ? formatJson({ schema: 1, ok: true, result: result ?? null }) : textOf(outcome));
  if (outcome.next !== undefined) writeNote(`${styleFor("stderr").bold("next:")}  ${outcome.next}`);
  return outcome.exit ?? Exit.done;
}

function textOf(outcome: Outcome): string {
  return typeof outcome.text === "string" ? outcome.text : outcome.text();
}
