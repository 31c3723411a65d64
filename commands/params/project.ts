import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { producedBy } from "../../src/cli/produced-by.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { projectionFlags, readProjectionFlags } from "../../src/cli/projection-flags.ts";
import { projectionOutcome } from "../../src/cli/projection-outcome.ts";
import { openProposal } from "../../src/cli/proposal-reference.ts";
import { parseSetting } from "../../src/cli/route-flags.ts";

/** Points of a path: as many as a chart can show. */
const SAMPLES = 48;

export default class ParamsProject extends ProjectCommand<typeof ParamsProject> {
  static override summary = "What new values would do: inflation, supply, yields, the treasury, and whoever cheats.";
  static override description =
    "Plays the rounds to come with the contracts' own arithmetic, to the wei, as it is and with the change, and shows who gains and " +
    "who is diluted. How much is bonded is assumed, and every assumption is stated. Without NAME=VALUE: what goes on as it is. " +
    "NAME may be inflationChange, targetBondingRate, treasuryRewardCutRate, treasuryBalanceCeiling, roundLength, rewardCut (which " +
    "transcoders set themselves), verificationRate, a slash amount or finderFee. Reads one block; writes and sends nothing, but for --out.";
  static override usage = "params project [NAME=VALUE…]";
  static override strict = false;
  static override flags = {
    proposal: Flags.string({ helpValue: "PROPOSAL", summary: "What this proposal sets, instead of NAME=VALUE." }),
    out: Flags.string({ char: "o", aliases: ["output"], helpValue: "FILE", summary: "Write it there: .html, .md, .svg or .csv." }),
    chart: Flags.option({ options: ["inflation", "supply", "yield"] as const, default: "inflation" as const, summary: "Which chart a .svg shows." })(),
    full: Flags.boolean({ summary: "For a terminal: everything." }),
    ascii: Flags.boolean({ summary: "Charts of ASCII characters only." }),
    raw: Flags.boolean({ summary: "Take raw integers as they stand, even where another scale was probably meant." }),
    ...projectionFlags,
  };
  static override examples = [
    "<%= config.bin %> params project targetBondingRate=46% inflationChange=700",
    "<%= config.bin %> params project --proposal 1 --years 5 --out effect.html",
    "<%= config.bin %> params project inflationChange=700 --participation fixed --bonded 52%",
    '<%= config.bin %> params project "verificationRate=1 in 500" --gain "0.0001 ETH" --lpt-price "0.003 ETH" --gas-price "20 gwei"',
  ];

  protected override async execute(): Promise<Outcome> {
    const { flags } = this;
    const assumed = readProjectionFlags({ ...flags, rounds: flags.rounds, years: flags.years, bonded: flags.bonded, gain: flags.gain, "block-seconds": flags["block-seconds"], "lpt-price": flags["lpt-price"], "gas-price": flags["gas-price"] });
    const settings = this.positional.map((text) => parseSetting(text, "This command"));
    const project = await this.openProject("read");
    const proposal = flags.proposal === undefined ? undefined : (await openProposal(project, flags.proposal)).proposal;
    const { projectParameters } = await import("../../src/lifecycle/economics/project-parameters.ts");
    const projection = await projectParameters(project, { ...assumed, settings, proposal, acceptRaw: flags.raw, samples: SAMPLES });
    return projectionOutcome(projection, {
      network: { name: project.network, chainId: project.chainId },
      producedBy: producedBy(),
      out: flags.out,
      chart: flags.chart,
      full: flags.full,
      ascii: flags.ascii,
      isProposed: proposal !== undefined,
    });
  }
}
