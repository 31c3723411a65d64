import * as Flags from "@oclif/core/flags";
import { Exit, LpctlError } from "../../src/errors.ts";
import type { Outcome } from "../../src/cli/base-command.ts";
import { confirmFlags, confirmSending } from "../../src/cli/confirm-sending.ts";
import { formatCheckpoints } from "../../src/cli/format-checkpoints.ts";
import { addressOfKey } from "../../src/cli/key-address.ts";
import { keyFlags, loadSigner } from "../../src/cli/key-flags.ts";
import { writeReview } from "../../src/cli/output.ts";
import { writeProgress } from "../../src/cli/progress.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import type { Address } from "../../src/protocol/hex.ts";
import { plural } from "../../src/protocol/plural.ts";

export default class VoteCheckpoint extends ProjectCommand<typeof VoteCheckpoint> {
  static override summary = "Have stake written down, so that its accounts have votes.";
  static override description =
    "An account whose stake has not changed since there are votes has none: nothing was ever written down for it. Anyone may have that done for " +
    "anybody, and it counts in votes whose snapshot is in this round or later. --missing finds everybody who needs it in the logs. Where the chain " +
    "has Multicall3, many accounts go in one transaction. Shows the gas before.";
  static override usage = "vote checkpoint [ADDRESS…] --key NAME";
  static override strict = false;
  static override flags = {
    ...keyFlags,
    ...confirmFlags,
    file: Flags.string({ helpValue: "FILE", summary: "Addresses from a file, one a line; # begins a remark.", exclusive: ["missing"] }),
    missing: Flags.boolean({ summary: "Everybody who has stake and nothing written down." }),
    "dry-run": Flags.boolean({ summary: "Show who needs it and what it costs, and send nothing." }),
  };
  static override examples = ["<%= config.bin %> vote checkpoint 0x… --key operator", "<%= config.bin %> vote checkpoint --missing --dry-run"];

  protected override async execute(): Promise<Outcome> {
    const named = await this.namedAccounts();
    const isDry = this.flags["dry-run"];
    const project = await this.openProject(isDry ? "read" : "write");
    const { planCheckpoints, readCheckpointCost, writeCheckpoints } = await import("../../src/lifecycle/votes/checkpoint.ts");
    const plan = await planCheckpoints(project, named);
    const { accounts, known, countsFromRound, operations, isBundled } = plan;
    const result = { accounts, known, countsFromRound, transactions: operations.length, bundled: isBundled, gas: null as bigint | null, costWei: null as bigint | null, sent: [] as string[] };
    if (accounts.length === 0) return { result, text: named === undefined ? "Everybody who has stake has votes: nothing is to be written down" : "Nothing is to be written down: all of them have votes" };
    const payer = await addressOfKey(await this.loadConfig(), await this.network(isDry ? "read" : "write"), this.flags.key);
    const [first] = accounts;
    // Anyone may send it, so that the estimate is the same for anybody.
    const cost = await readCheckpointCost(project, plan, payer ?? (first as Address));
    if (isDry) return { result: { ...result, ...cost }, text: formatCheckpoints(plan, cost), next: "Without --dry-run, and with --key NAME" };
    const signer = await loadSigner(await this.loadConfig(), await this.network("write"), this.flags, "send");
    writeReview(`${formatCheckpoints(plan, cost)}\n`);
    await confirmSending(project, `Have the stake of ${plural(accounts.length, "account")} written down as ${signer.address}`, this.flags.confirm);
    const sent = await writeCheckpoints(project, plan, signer, writeProgress);
    return { result: { ...result, ...cost, sent }, text: `Written down for ${plural(accounts.length, "account")}, for votes with a snapshot in round ${countsFromRound} or later` };
  }

  /** Undefined: whoever needs it. */
  private async namedAccounts(): Promise<Address[] | undefined> {
    const { file, missing } = this.flags;
    const given = this.positional.map((text) => this.address(text, "ADDRESS"));
    if (missing && given.length === 0) return undefined;
    const read = file === undefined ? [] : (await (await import("../../src/lifecycle/votes/account-list.ts")).loadAccountList(file)).map(({ text, line }) => this.address(text, `${file}, line ${line}`));
    const named = [...given, ...read];
    if (named.length > 0 && !missing) return named;
    throw new LpctlError({
      code: "LPCTL_USAGE_NO_ACCOUNTS",
      exit: Exit.usage,
      message: missing ? "Give addresses or --missing, not both" : file === undefined ? "Whose stake is to be written down?" : `${file} names nobody`,
      next: "lpctl vote checkpoint 0x… --key NAME, or --file FILE, or --missing",
    });
  }
}
