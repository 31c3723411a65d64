import * as Flags from "@oclif/core/flags";
import { Exit } from "../../src/errors.ts";
import type { Outcome } from "../../src/cli/base-command.ts";
import { confirmFlags, confirmSending } from "../../src/cli/confirm-sending.ts";
import { formatVoteDraft, voteDraftResult } from "../../src/cli/format-vote-draft.ts";
import { addressOfKey } from "../../src/cli/key-address.ts";
import { keyFlags, loadSigner } from "../../src/cli/key-flags.ts";
import { writeReview } from "../../src/cli/output.ts";
import { producedBy } from "../../src/cli/produced-by.ts";
import { writeProgress } from "../../src/cli/progress.ts";
import { openProposal, proposalArgs } from "../../src/cli/proposal-reference.ts";
import { aftermathFlags } from "../../src/cli/route-flags.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { shortVoteId } from "../../src/voting/short-reference.ts";
import type { Address } from "../../src/protocol/hex.ts";
import type { VoteDraft } from "../../src/lifecycle/votes/create-vote.ts";
import { shortName } from "../../src/proposal/short-name.ts";

export default class VoteCreate extends ProjectCommand<typeof VoteCreate> {
  static override summary = "Put a proposal to the vote: exactly its calls, under its id and the hash of its report.";
  static override description =
    "Runs every check on the proposal first, and refuses where it refuses. Without --poll or --governor it is the vote that the proposal's route " +
    "needs, else a poll where the policy asks for one. Whoever creates it needs stake (100 LPT), of which nothing is spent. With --safe it becomes " +
    "a Safe transaction in a file, for safe sign.";
  static override args = proposalArgs;
  static override flags = {
    ...keyFlags,
    ...confirmFlags,
    poll: Flags.boolean({ summary: "Open a poll, which signals and runs nothing.", exclusive: ["governor"] }),
    governor: Flags.string({ helpValue: "ADDRESS", summary: "Put it to the vote of this governor, which must be on the proposal's route." }),
    safe: Flags.string({ helpValue: "ADDRESS", summary: "Create it as this Safe: writes its transaction to a file.", exclusive: ["key"] }),
    output: Flags.string({ char: "o", helpValue: "FILE", summary: "Where --safe writes.", dependsOn: ["safe"] }),
    again: Flags.boolean({ summary: "Also after an earlier vote about it has ended." }),
    ...aftermathFlags,
    "dry-run": Flags.boolean({ summary: "Check, show the vote, and send nothing." }),
  };
  static override examples = ["<%= config.bin %> vote create 1 --key delegator", "<%= config.bin %> vote create 1 --poll --dry-run"];

  protected override async execute(): Promise<Outcome> {
    const governor = this.flags.governor === undefined ? undefined : this.address(this.flags.governor, "--governor");
    const safe = this.flags.safe === undefined ? undefined : this.address(this.flags.safe, "--safe");
    const isDry = this.flags["dry-run"];
    const use = isDry ? "read" : "write";
    const project = { ...(await this.openProject(use)), aftermath: this.flags.aftermath };
    const stored = await openProposal(project, this.args.proposal);
    const { openVoteSources } = await import("../../src/lifecycle/votes/open-vote.ts");
    const { chooseBox } = await import("../../src/lifecycle/votes/choose-box.ts");
    const { draftVote, requireCreator, sendVote } = await import("../../src/lifecycle/votes/create-vote.ts");
    const sources = await openVoteSources(project, governor === undefined ? {} : { governors: [governor] });
    const box = chooseBox(project, stored, sources, { poll: this.flags.poll, governor });
    // What is missing is found before the checks, which take seconds, and before a password is asked for.
    const known: Address | undefined = safe ?? (await addressOfKey(await this.loadConfig(), await this.network(use), this.flags.key));
    const stake = known === undefined ? undefined : await requireCreator(project, box, known);
    const draftFor = async (creator: Address | undefined): Promise<VoteDraft> => {
      const drafted = await draftVote(project, stored, box, sources, { producedBy: producedBy(), again: this.flags.again, creator });
      writeReview(`${formatVoteDraft(drafted, { name: stored.name, calls: stored.proposal.calls.length }, stake)}\n`);
      return drafted;
    };
    let draft = await draftFor(known);
    const resultOf = () => ({ proposal: stored.name, proposalId: stored.proposal.id, ...voteDraftResult(draft), vote: null, transaction: null, path: null, safeTxHash: null });
    if (isDry) return { result: resultOf(), text: "Nothing was sent", next: `lpctl vote create ${shortName(stored.name)} --key NAME` };
    if (safe !== undefined) {
      const { writeSafeCalls } = await import("../../src/lifecycle/votes/safe-calls.ts");
      const { bundle, path } = await writeSafeCalls(project, safe, [draft.call], { name: "vote-create", path: this.flags.output });
      return {
        result: { ...resultOf(), vote: draft.voteId?.toString() ?? null, path, safeTxHash: bundle.hashes.safeTxHash },
        text: `${path} is a transaction of the Safe ${safe} that creates the vote, with nonce ${bundle.transaction.nonce}: ${bundle.hashes.safeTxHash}`,
        exit: Exit.waiting,
        next: `lpctl safe sign ${path} --key NAME   then   lpctl safe execute ${path} --key NAME`,
      };
    }
    const signer = await loadSigner(await this.loadConfig(), await this.network("write"), this.flags, "send");
    if (signer.address !== known) {
      await requireCreator(project, box, signer.address);
      if (box.kind === "governor") draft = await draftFor(signer.address);
    }
    await confirmSending(project, `${box.kind === "poll" ? "Open a poll about" : "Put to the vote"} "${stored.proposal.title}" as ${signer.address}`, this.flags.confirm);
    const created = await sendVote(project, stored, draft, signer, writeProgress);
    return {
      result: { ...resultOf(), ...created },
      text: `${stored.name} is put to the vote: ${created.vote}`,
      next: `lpctl vote show ${draft.voteId === undefined ? created.vote : shortVoteId(draft.voteId)}`,
    };
  }
}
