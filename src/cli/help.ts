import { helpEnvironment } from "../config/help-environment.ts";
import { unknownCommand } from "./command-not-found.ts";
import { writeResult } from "./output.ts";
import { helpStyle, helpSubject, renderHelp } from "./render-help.ts";
import type { HelpCommand, HelpSource } from "./render-help.ts";

/** The part of oclif's configuration that help needs. */
interface OclifConfig {
  bin: string;
  pjson: { description?: string; oclif: { topics?: Record<string, { description?: string }> } };
  commands: readonly HelpCommand[];
}

/** oclif's `helpClass`: the same text, reached through oclif (the development launcher, a topic without a verb). */
export default class ManifestHelp {
  private readonly config: OclifConfig;

  constructor(config: OclifConfig) {
    this.config = config;
  }

  showHelp(argv: readonly string[]): Promise<void> {
    const { bin, commands, pjson } = this.config;
    const source: HelpSource = {
      bin,
      description: pjson.description ?? "",
      topics: pjson.oclif.topics ?? {},
      commands: [...commands].sort((a, b) => (a.id < b.id ? -1 : 1)),
    };
    // oclif names a topic by its id.
    const words = helpSubject(argv).flatMap((word) => word.split(":"));
    const text = renderHelp(source, words, helpStyle(process.stdout, helpEnvironment(), argv));
    if (text === undefined) {
      throw unknownCommand(words.join(" "), commands.filter((command) => command.hidden !== true).map((command) => command.id.replaceAll(":", " ")));
    }
    writeResult(text);
    return Promise.resolve();
  }
}
