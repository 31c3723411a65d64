import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { genesisArgs } from "../../src/cli/genesis-flags.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";

export default class GenesisVerify extends ProjectCommand<typeof GenesisVerify> {
  static override summary = "Read everything again, and compare the chain with the genesis file.";
  static override description =
    "Independent of how the genesis was run: the plan is derived again from the file, the contracts here and the deployer, and every " +
    "address, owner, parameter, grant and balance that follows is read from the chain, at one block; then every word of storage is " +
    "compared with the state that was predicted (genesis run keeps it; where it did not, the plan is run again on an empty chain). " +
    "Needs only the file and the Controller, or the deployer. Exit code 7 when anything differs or cannot be read.";
  static override args = genesisArgs;
  static override flags = {
    controller: Flags.string({ helpValue: "ADDRESS", summary: "The Controller that the genesis made. Default: that of the run in this project, else the network's." }),
    deployer: Flags.string({ helpValue: "ADDRESS", summary: "Who sent the genesis. Default: whoever registered the first contract." }),
    block: Flags.string({ helpValue: "N", summary: "The state after this block; the protocol moves on. Default: the latest. Older ones need an archive node." }),
    prediction: Flags.string({ helpValue: "FILE", summary: "The predicted state. Default: what genesis run keeps in this project, else it is predicted again." }),
    all: Flags.boolean({ summary: "Show every comparison, not only the first different ones." }),
  };
  static override examples = ["<%= config.bin %> genesis verify genesis.yaml --network local", "<%= config.bin %> genesis verify genesis.yaml --network mainnet --block 5264265 --json"];

  protected override async execute(): Promise<Outcome> {
    const controller = this.flags.controller === undefined ? undefined : this.address(this.flags.controller, "--controller");
    const deployer = this.flags.deployer === undefined ? undefined : this.address(this.flags.deployer, "--deployer");
    const { openVerification, parseBlock } = await import("../../src/genesis/open-verification.ts");
    const { verifyGenesis } = await import("../../src/genesis/verify-genesis.ts");
    const { differentGenesis, formatGenesisVerification } = await import("../../src/cli/genesis-verification.ts");
    const { file } = this.args;
    const block = parseBlock(this.flags.block);
    const project = await this.openProject("read");
    const options = await openVerification(project, file, { controller, deployer, block, predictionPath: this.flags.prediction });
    const verification = await verifyGenesis(options);
    return {
      result: { file, network: project.network, ...verification },
      text: () => formatGenesisVerification(verification, this.flags.all),
      failure: verification.equal ? undefined : differentGenesis(verification, project.network, file),
    };
  }
}
