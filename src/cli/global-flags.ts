import * as Flags from "@oclif/core/flags";

/** Flags every command understands, in the same words everywhere. */
export const globalFlags = {
  network: Flags.string({
    char: "n",
    helpGroup: "GLOBAL",
    helpValue: "NAME",
    summary: "Network to work on, as named in lpctl.yaml.",
  }),
  config: Flags.string({
    helpGroup: "GLOBAL",
    helpValue: "PATH",
    summary: "Project file to use instead of the nearest lpctl.yaml.",
  }),
  json: Flags.boolean({ helpGroup: "GLOBAL", summary: "Print one JSON document and nothing else." }),
  "no-input": Flags.boolean({ helpGroup: "GLOBAL", summary: "Never prompt; fail and name the flag instead." }),
  quiet: Flags.boolean({ char: "q", helpGroup: "GLOBAL", summary: "No progress and no suggestions." }),
  verbose: Flags.boolean({ helpGroup: "GLOBAL", summary: "Show causes and stack traces with errors." }),
  "no-color": Flags.boolean({ helpGroup: "GLOBAL", summary: "No colour." }),
};
