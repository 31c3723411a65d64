import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { PROFILES } from "../../src/protocol/profiles.ts";

export default class GenesisInit extends ProjectCommand<typeof GenesisInit> {
  static override summary = "Write a genesis file to start from, with a comment at everything to be decided.";
  static override description =
    "Nothing is overwritten. With --network, chain id, blocks and times are those of the network. The example of 2018 has the " +
    "numbers of Livepeer's launch and made-up receivers, whose addresses nobody has a key for.";
  static override args = { file: Args.string({ description: "Where to write it.", default: "genesis.yaml" }) };
  static override flags = {
    example: Flags.option({ options: ["2018", "blank"] as const, default: "blank", summary: "What to start from." })(),
    profile: Flags.option({ options: PROFILES, default: "launch", summary: "Which suite of contracts." })(),
    distribution: Flags.option({ options: ["merkle-mine", "faucet"] as const, default: "merkle-mine", summary: "How the crowd gets its bucket." })(),
    "chain-id": Flags.string({ helpValue: "N", summary: "The chain it is for. Default: the network's, else 1." }),
    bank: Flags.string({ helpValue: "ADDRESS", summary: "Multisig that receives the company's bucket." }),
    governance: Flags.string({ helpValue: "ADDRESS", summary: "Multisig that owns the Controller in the end." }),
  };
  static override examples = ["<%= config.bin %> genesis init", "<%= config.bin %> genesis init --example 2018 --network local --bank 0x… --governance 0x…"];

  protected override async execute(): Promise<Outcome> {
    const { writeGenesisTemplate } = await import("../../src/genesis/write-genesis-template.ts");
    const { example, profile, distribution, bank, governance } = this.flags;
    const bankMultisig = bank === undefined ? undefined : this.address(bank, "--bank");
    const governanceMultisig = governance === undefined ? undefined : this.address(governance, "--governance");
    const chainId = this.flags["chain-id"] ?? (this.flags.network === undefined ? "1" : undefined);
    if (chainId !== undefined && /^[0-9]{1,19}$/.test(chainId)) this.requireAddressesOn(BigInt(chainId));
    const written = await writeGenesisTemplate(this.args.file, {
      example,
      profile,
      distribution,
      chainId: this.flags["chain-id"],
      bankMultisig,
      governanceMultisig,
      rpc: this.flags.network === undefined ? undefined : (await this.openProject("read")).rpc,
    });
    return {
      result: written,
      text: () => written.files.map((path) => `Wrote ${path}`).join("\n"),
      next: `lpctl genesis check ${this.args.file}${this.flags.network === undefined ? "" : ` --network ${this.flags.network}`}`,
    };
  }
}
