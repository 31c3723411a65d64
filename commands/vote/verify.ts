import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { Exit, LpctlError } from "../../src/errors.ts";
import type { Outcome } from "../../src/cli/base-command.ts";
import { formatReceipt, formatVerification } from "../../src/cli/format-verification.ts";
import { namedSources } from "../../src/cli/named-sources.ts";
import { orOffline } from "../../src/cli/or-offline.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { voteSourceFlags } from "../../src/cli/vote-flags.ts";
import { printable } from "../../src/protocol/printable.ts";
import type { Project } from "../../src/inspection/project.ts";
import type { TallySource } from "../../src/inspection/tally/verify-tally.ts";
import { voteReference, type VoteFacts } from "../../src/voting/vote.ts";
import type { NamedSources } from "../../src/voting/find/vote-sources.ts";

export default class VoteVerify extends ProjectCommand<typeof VoteVerify> {
  static override summary = "Check a tally that somebody wrote, or a voter's receipt: from any RPC, or by itself.";
  static override description =
    "A tally is counted again from what is in the file, row by row; with a network every vote, stake and total is read from the chain again at the " +
    "block of the file. The first row that differs is named, with exit code 7. With --receipt the proof that one account's vote was counted is written " +
    "to a file, which is checked with this command as well; where the RPC gives storage proofs it proves the stake too. With --snapshot stakes and " +
    "totals are worked out from a proven state, with no chain at all; of a Governor that state has the votes too, of a poll they stay those of the file.";
  static override args = { file: Args.string({ required: true, description: "Written by vote tally --out, or by vote verify --receipt." }) };
  static override flags = {
    offline: Flags.boolean({ summary: "Use no network: the file by itself." }),
    receipt: Flags.string({ helpValue: "ADDRESS", summary: "Write the receipt of this voter to --out.", dependsOn: ["out"] }),
    out: Flags.string({ helpValue: "FILE", summary: "Where the receipt goes.", dependsOn: ["receipt"] }),
    snapshot: Flags.string({ helpValue: "FOLDER", summary: "Take stakes and totals from this snapshot instead of a network.", exclusive: ["offline"] }),
    tally: Flags.string({ helpValue: "FILE", summary: "Of a receipt: the tally that it is to be of." }),
    ...voteSourceFlags,
  };
  static override examples = [
    "<%= config.bin %> vote verify tally.json",
    "<%= config.bin %> vote verify tally.json --offline",
    "<%= config.bin %> vote verify tally.json --receipt 0x… --out receipt.json",
    "<%= config.bin %> vote verify receipt.json --offline",
    "<%= config.bin %> vote verify tally.json --snapshot snapshots/arbitrum-1000",
  ];

  protected override async execute(): Promise<Outcome> {
    const { file: path } = this.args;
    const named = namedSources(this.flags, (text, what) => this.address(text, what));
    const voter = this.flags.receipt === undefined ? undefined : this.address(this.flags.receipt, "--receipt");
    const { loadReceipt, verifyReceipt, writeReceipt } = await import("../../src/inspection/tally/vote-receipt.ts");
    const receipt = await loadReceipt(path);
    if (receipt === undefined && this.flags.tally !== undefined) throw usage("--tally goes with a receipt", `lpctl vote verify ${path}`, `${printable(path)} is a tally itself`);
    if (receipt !== undefined && voter !== undefined) throw usage("A receipt is made from a tally, not from a receipt", "lpctl vote verify TALLY --receipt ADDRESS --out receipt.json", "a receipt holds one voter's row, and the way to the root leads through all of them");
    const { snapshot } = this.flags;
    if (receipt !== undefined && snapshot !== undefined) throw usage("--snapshot goes with a tally", `lpctl vote verify ${path} --offline`, `${printable(path)} is a receipt, which has its own proof`);
    const project = this.flags.offline || snapshot !== undefined ? undefined : await this.openProject("read").catch(orOffline(`lpctl vote verify ${path} --offline`));
    if (receipt !== undefined) {
      const { loadTallyFile } = await import("../../src/voting/tally/file/load-tally-file.ts");
      const tally = this.flags.tally === undefined ? undefined : await loadTallyFile(this.flags.tally);
      const found = await verifyReceipt(receipt, { project, tally });
      return {
        result: { kind: "receipt", tally: receipt.tally, root: receipt.root, row: receipt.row, stake: found.stake ?? null, blockKnown: found.blockKnown ?? null, against: project?.rpc.origin ?? null },
        text: () => formatReceipt({ receipt, ...found }),
      };
    }
    const { chainSource, verifyTally } = await import("../../src/inspection/tally/verify-tally.ts");
    const source = snapshot !== undefined ? await openSnapshotSource(snapshot) : project === undefined ? undefined : chainSource(project, async (tally) => openFileVote(project, tally.vote, named));
    const verification = await verifyTally(path, source).catch(withoutState(path));
    const { file } = verification;
    const out = this.flags.out;
    const written = voter === undefined || out === undefined ? undefined : await writeReceipt(file, voter, out, project);
    return {
      result: {
        kind: "tally", id: file.id, vote: voteReference(file.vote), rules: file.rules, outcome: file.result.outcome, root: file.root, at: file.at, isFinal: file.isFinal, rows: file.entries.rows.length,
        against: verification.against ?? null, unproven: verification.unproven, headerChecked: verification.headerChecked,
        receipt: written === undefined ? null : { path: out, index: written.index, row: written.row, stakeProven: written.stake !== undefined },
      },
      text: () => [formatVerification(verification), ...(written === undefined ? [] : [`  The receipt of ${written.row.voter} is in ${out ?? ""}${written.stake === undefined ? "; its stake is not proven: no storage proof was to be had" : ", with a proof of its stake"}`])].join("\n"),
      next: written === undefined ? undefined : `lpctl vote verify ${out ?? ""} --offline`,
    };
  }
}

/** A state that is proven, and not only at hand. */
async function openSnapshotSource(folder: string): Promise<TallySource> {
  const [{ openProvenSnapshot }, { snapshotSource }] = await Promise.all([import("../../src/cli/open-snapshot.ts"), import("../../src/inspection/tally/snapshot-source.ts")]);
  return snapshotSource((await openProvenSnapshot(folder)).view, folder);
}

/** Two governors may have votes of one id: of a governor's vote the file says whose. */
async function openFileVote(project: Project, vote: VoteFacts, named: NamedSources): Promise<VoteFacts> {
  const { openVoteSources } = await import("../../src/lifecycle/votes/open-vote.ts");
  const { readVote } = await import("../../src/voting/find/find-votes.ts");
  const sources = vote.kind === "governor" ? { pollCreators: [], governors: [vote.governor] } : await openVoteSources(project, named);
  return readVote(project.rpc, sources, voteReference(vote));
}

/** What a file holds can be checked where the state of its block is gone. */
function withoutState(path: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof LpctlError) || error.code !== "LPCTL_ANVIL_STATE_GONE") throw error;
    const { code, exit, message, why, details } = error;
    throw new LpctlError({ code, exit, message, why, details, next: `Use an archive node, or check the file by itself: lpctl vote verify ${path} --offline`, cause: error });
  };
}

function usage(message: string, next: string, why: string): LpctlError {
  return new LpctlError({ code: "LPCTL_TALLY_USAGE", exit: Exit.usage, message, why, next });
}
