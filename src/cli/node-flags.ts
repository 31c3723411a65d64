import * as Flags from "@oclif/core/flags";

/** Flags of all commands about the local chain. */
export const nodeFlags = {
  directory: Flags.string({ helpValue: "PATH", exclusive: ["config"], summary: "Folder of the project, instead of the nearest with lpctl.yaml." }),
};
