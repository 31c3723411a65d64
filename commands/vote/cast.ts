import * as Flags from "@oclif/core/flags";
import { Exit, LpctlError } from "../../src/errors.ts";
import type { Outcome } from "../../src/cli/base-command.ts";
import { confirmFlags, confirmSending } from "../../src/cli/confirm-sending.ts";
import { castResult, formatBallot, formatCast } from "../../src/cli/format-cast.ts";
import { addressOfKey } from "../../src/cli/key-address.ts";
import { keyFlags, loadSigner } from "../../src/cli/key-flags.ts";
import { writeReview } from "../../src/cli/output.ts";
import { writeProgress } from "../../src/cli/progress.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { namedSources } from "../../src/cli/named-sources.ts";
import { voteSourceFlags } from "../../src/cli/vote-flags.ts";
import type { Project } from "../../src/inspection/project.ts";
import type { Signer } from "../../src/keys/signer.ts";
import type { Ballotable, Cast } from "../../src/lifecycle/votes/cast-vote.ts";
import { shortReference, shortVoteId } from "../../src/voting/short-reference.ts";
import type { Address } from "../../src/protocol/hex.ts";
import type { VoteSources } from "../../src/voting/find/vote-sources.ts";
import { plural } from "../../src/protocol/plural.ts";

export default class VoteCast extends ProjectCommand<typeof VoteCast> {
  static override summary = "Vote, after seeing with what weight and what it changes.";
  static override description =
    "Shows the voter's power at the deciding moment, whom it is taken from, and the tally before and after; what cannot count is refused before " +
    "anything is asked for. In a poll the last vote counts; a governor takes one. With --by-signature the vote is signed into a file and costs " +
    "nothing; whoever has the file sends it with --signed. With --safe it becomes a Safe transaction in a file, for safe sign.";
  static override usage = ["vote cast VOTE… for|against|abstain|yes|no --key NAME", "vote cast --signed FILE --key NAME"];
  static override strict = false;
  static override flags = {
    ...keyFlags,
    ...confirmFlags,
    ...voteSourceFlags,
    reason: Flags.string({ helpValue: "TEXT", summary: "Kept on chain with a governor's vote." }),
    "by-signature": Flags.boolean({ summary: "Sign the vote into a file (EIP-712) instead of sending it.", exclusive: ["safe", "signed"] }),
    signed: Flags.string({ helpValue: "FILE", summary: "Send the vote that somebody signed into this file; --key pays.", exclusive: ["safe", "reason", "output"] }),
    safe: Flags.string({ helpValue: "ADDRESS", summary: "Vote as this Safe: writes its transaction to a file.", exclusive: ["key"] }),
    output: Flags.string({ char: "o", helpValue: "FILE", summary: "Where --by-signature or --safe writes." }),
    "dry-run": Flags.boolean({ summary: "Show what the vote would do, and stop there." }),
  };
  static override examples = [
    "<%= config.bin %> vote cast 0x1a2b for --key delegator --reason \"cheaper verification\"",
    "<%= config.bin %> vote cast 0x1a2b against --by-signature --key cold -o ballot.json",
    "<%= config.bin %> vote cast --signed ballot.json --key relayer",
    "<%= config.bin %> vote cast 0x1a2b for --safe 0x…",
  ];

  protected override async execute(): Promise<Outcome> {
    const words = this.positional;
    const { signed } = this.flags;
    if (signed !== undefined) return words.length === 0 ? this.handIn(signed) : Promise.reject(usage("--signed takes the vote and the choice from its file", "lpctl vote cast --signed FILE --key NAME", "the voter has signed both, and nobody can choose otherwise"));
    if (words.length < 2) throw usage(words.length === 0 ? "Which vote, and what do you say?" : "A vote and a choice are needed, and only one word was given", "lpctl vote cast VOTE CHOICE --key NAME", "the words are those of votes, and the last one is the choice");
    // Whoever expects a file must not find the vote sent.
    if (this.flags.output !== undefined && !this.flags["by-signature"] && this.flags.safe === undefined) throw usage("--output goes with --by-signature or --safe", "Add the one that is meant; without either the vote is sent, and no file is written", "without them nothing is written to a file");
    const { parseChoice } = await import("../../src/lifecycle/votes/choice.ts");
    const choice = parseChoice(words.at(-1) ?? "");
    const references = [...new Set(words.slice(0, -1))];
    if (this.flags["by-signature"] && references.length > 1) throw usage("A file holds one signed vote", "lpctl vote cast VOTE CHOICE --by-signature --key NAME, for each of them", `${references.length} votes were named`);
    const safe = this.flags.safe === undefined ? undefined : this.address(this.flags.safe, "--safe");
    const { project, sources } = await this.openVotes();
    const { openBallot } = await import("../../src/lifecycle/votes/cast-vote.ts");
    const { openVote } = await import("../../src/lifecycle/votes/open-vote.ts");
    const ballotables: Ballotable[] = [];
    for (const reference of references) ballotables.push(await openBallot(project, await openVote(project, sources, reference), choice, this.flags.reason));
    if (safe !== undefined) return this.writeForSafe(project, ballotables, safe);
    return this.flags["by-signature"] ? this.sign(project, ballotables) : this.send(project, ballotables);
  }

  private async send(project: Project, ballotables: readonly Ballotable[]): Promise<Outcome> {
    const known = await this.knownVoter();
    const shown = known === undefined ? [] : await this.show(project, ballotables, known);
    if (this.flags["dry-run"] && known !== undefined) return dryRun(shown);
    const signer = await this.signer("send");
    const casts = known === undefined ? await this.show(project, ballotables, signer.address) : shown;
    if (this.flags["dry-run"]) return dryRun(casts);
    const { sendCasts } = await import("../../src/lifecycle/votes/cast-vote.ts");
    const { nameChoice } = await import("../../src/lifecycle/votes/choice.ts");
    const what = casts.map((cast) => `${nameChoice(cast.vote, cast.choice)} in ${shortReference(cast.vote)}`).join(", ");
    await confirmSending(project, `Vote ${what} as ${signer.address}`, this.flags.confirm);
    const hashes = await sendCasts(project, casts, signer, writeProgress);
    return {
      result: { votes: casts.map(castResult), sent: hashes, path: null, safeTxHash: null },
      text: `${signer.address} voted ${what}: ${hashes.join(", ")}`,
      next: `lpctl vote show ${casts.map(({ vote }) => shortReference(vote))[0] ?? "VOTE"}`,
    };
  }

  private async sign(project: Project, [ballotable]: readonly Ballotable[]): Promise<Outcome> {
    if (ballotable === undefined) throw new Error("a vote was given");
    const { prepareBallot, signBallot } = await import("../../src/lifecycle/votes/ballot/signed-ballot.ts");
    const { saveBallotFile } = await import("../../src/lifecycle/votes/ballot/ballot-file.ts");
    const known = await this.knownVoter();
    const review = async (voter: Address) => ({ ballot: await prepareBallot(project, ballotable, voter), casts: await this.show(project, [ballotable], voter) });
    const shown = known === undefined ? undefined : await review(known);
    if (this.flags["dry-run"] && shown !== undefined) return dryRun(shown.casts);
    const signer = await this.signer("sign");
    const { ballot, casts } = shown ?? (await review(signer.address));
    const [cast] = casts;
    if (cast === undefined || this.flags["dry-run"]) return dryRun(casts);
    writeReview(`${formatBallot(ballot)}\n`);
    await confirmSending(project, `Sign a vote ${cast.choice} in ${shortReference(cast.vote)} as ${signer.address}; whoever has the file can send it`, this.flags.confirm);
    const path = this.flags.output ?? `ballot-${shortVoteId(ballot.voteId).slice(2)}-${signer.address.slice(2, 10).toLowerCase()}.json`;
    await saveBallotFile(path, await signBallot(project, ballot, cast.power, signer));
    return {
      result: { votes: casts.map(castResult), sent: [], path, safeTxHash: null },
      text: `${signer.address} signed the vote; it is in ${path}, and counts once somebody has sent it`,
      exit: Exit.waiting,
      next: `lpctl vote cast --signed ${path} --key NAME`,
    };
  }

  private async handIn(path: string): Promise<Outcome> {
    const { project, sources } = await this.openVotes();
    const { openSignedBallot, sendBallot } = await import("../../src/lifecycle/votes/ballot/signed-ballot.ts");
    const received = await openSignedBallot(project, sources, path);
    writeReview(`${formatCast(received.cast)}\n`);
    if (this.flags["dry-run"]) return dryRun([received.cast]);
    const signer = await this.signer("send");
    await confirmSending(project, `Send the vote of ${received.cast.voter} as ${signer.address}`, this.flags.confirm);
    const hash = await sendBallot(project, received, signer, writeProgress);
    return {
      result: { votes: [castResult(received.cast)], sent: [hash], path, safeTxHash: null },
      text: `The vote of ${received.cast.voter} was counted in ${hash}`,
      next: `lpctl vote show ${shortReference(received.cast.vote)}`,
    };
  }

  private async writeForSafe(project: Project, ballotables: readonly Ballotable[], safe: Address): Promise<Outcome> {
    const casts = await this.show(project, ballotables, safe);
    if (this.flags["dry-run"]) return dryRun(casts);
    const { writeSafeCalls } = await import("../../src/lifecycle/votes/safe-calls.ts");
    const { bundle, path, waitsFor } = await writeSafeCalls(project, safe, casts.map(({ call }) => call), { name: "vote", path: this.flags.output });
    const { safeTxHash } = bundle.hashes;
    return {
      result: { votes: casts.map(castResult), sent: [], path, safeTxHash },
      text: [
        `${path} is a transaction of the Safe ${safe} that votes, with nonce ${bundle.transaction.nonce}: ${safeTxHash}`,
        ...(waitsFor > 0n ? [`Before it, ${plural(waitsFor, "nonce")} of the Safe must be used.`] : []),
        "It has to be executed before the vote ends.",
      ].join("\n"),
      exit: Exit.waiting,
      next: `lpctl safe sign ${path} --key NAME   then   lpctl safe execute ${path} --key NAME`,
    };
  }

  private async show(project: Project, ballotables: readonly Ballotable[], voter: Address): Promise<Cast[]> {
    const { prepareCast } = await import("../../src/lifecycle/votes/cast-vote.ts");
    const casts: Cast[] = [];
    for (const ballotable of ballotables) casts.push(await prepareCast(project, ballotable, voter));
    for (const cast of casts) writeReview(`${formatCast(cast)}\n`);
    return casts;
  }

  private async openVotes(): Promise<{ project: Project; sources: VoteSources }> {
    const named = namedSources(this.flags, (text, what) => this.address(text, what));
    const project = await this.openProject(this.flags["dry-run"] ? "read" : "write");
    const { openVoteSources } = await import("../../src/lifecycle/votes/open-vote.ts");
    return { project, sources: await openVoteSources(project, named) };
  }

  private async knownVoter(): Promise<Address | undefined> {
    return addressOfKey(await this.loadConfig(), await this.network("read"), this.flags.key);
  }

  private async signer(use: "sign" | "send"): Promise<Signer> {
    return loadSigner(await this.loadConfig(), await this.network(this.flags["dry-run"] ? "read" : "write"), this.flags, use);
  }
}

function dryRun(casts: readonly Cast[]): Outcome {
  return { result: { votes: casts.map(castResult), sent: [], path: null, safeTxHash: null }, text: "Nothing was signed or sent" };
}

function usage(message: string, next: string, why: string): LpctlError {
  return new LpctlError({ code: "LPCTL_USAGE_VOTE", exit: Exit.usage, message, why, next });
}
