import * as Args from "@oclif/core/args";
import { BaseCommand } from "../src/cli/base-command.ts";
import type { Outcome } from "../src/cli/base-command.ts";
import { completionScript, shells } from "../src/cli/completion.ts";
import type { Shell } from "../src/cli/completion.ts";

export default class Completion extends BaseCommand<typeof Completion> {
  static override summary = "Print a completion script for bash, zsh or fish.";
  static override description = "The script is static: completing a word never starts lpctl. Print it again after an update.";
  static override examples = [
    "<%= config.bin %> completion bash > ~/.local/share/bash-completion/completions/lpctl",
    '<%= config.bin %> completion zsh > "${fpath[1]}/_lpctl"',
    "<%= config.bin %> completion fish > ~/.config/fish/completions/lpctl.fish",
  ];
  static override args = {
    shell: Args.string({ description: "The shell to print for.", options: [...shells], required: true }),
  };

  protected override async execute(): Promise<Outcome> {
    const [{ networkNames }, { parameterIds }] = await Promise.all([
      import("../src/config/config.ts"),
      import("../src/protocol/parameters.ts"),
    ]);
    const values = { network: networkNames(await this.loadConfig()), parameter: parameterIds() };
    const shell = this.args.shell as Shell;
    const script = completionScript(shell, { commands: this.config.commands, values });
    return { result: { shell, script }, text: script };
  }
}
