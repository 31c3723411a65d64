import * as Args from "@oclif/core/args";

export const genesisArgs = { file: Args.string({ description: "The genesis file.", default: "genesis.yaml" }) };
