import { Exit } from "../../src/errors.ts";
import type { Outcome } from "../../src/cli/base-command.ts";
import { confirmSignature, requiredConfirmation, signatureFlags } from "../../src/cli/confirm-signature.ts";
import { formatApproval } from "../../src/cli/format-approval.ts";
import { keyFlags, loadSigner } from "../../src/cli/key-flags.ts";
import { rivalFlags, warnOfNonce } from "../../src/cli/nonce-warnings.ts";
import { writeReview } from "../../src/cli/output.ts";
import { producedBy } from "../../src/cli/produced-by.ts";
import { canPrompt } from "../../src/cli/prompts.ts";
import { aftermathFlags } from "../../src/cli/route-flags.ts";
import { openProposal, proposalArgs } from "../../src/cli/proposal-reference.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { formatReport, shortName } from "../../src/cli/proposal-outcome.ts";

export default class ProposalSign extends ProjectCommand<typeof ProposalSign> {
  static override summary = "Review a proposal and sign its Safe transaction.";
  static override description =
    "Derives, compiles, simulates and checks everything again on this machine, shows the report and the three hashes, and asks for the " +
    "first bytes of the hash, or the words of a second machine, before it signs. The signature is kept beside the proposal; nothing is sent.";
  static override args = proposalArgs;
  static override flags = { ...keyFlags, ...signatureFlags, ...rivalFlags, ...aftermathFlags };
  static override examples = ["<%= config.bin %> proposal sign 1 --key owner-1", "<%= config.bin %> proposal sign 1 --key owner-1 --second-device"];

  protected override async execute(): Promise<Outcome> {
    const project = { ...(await this.openProject("write")), aftermath: this.flags.aftermath };
    const stored = await openProposal(project, this.args.proposal);
    const { reviewForSigning, signReviewed } = await import("../../src/lifecycle/sign-proposal.ts");
    const { prepareApproval, signApproval } = await import("../../src/lifecycle/sign-approval.ts");
    // A wrong name or password is found before the review, which takes seconds.
    const signer = await loadSigner(await this.loadConfig(), await this.network("write"), this.flags);
    const review = await reviewForSigning(project, stored, producedBy());
    // An owner of a Safe that owns this one signs that Safe's approval.
    const approval = await prepareApproval(project, stored, review, signer.address);
    const { bundle, safe, parent } = { parent: undefined, ...(approval?.links.at(-1) ?? review) };
    await warnOfNonce(project, bundle, this.flags);
    const asksPerson = this.flags.confirm === undefined && this.flags.words === undefined && canPrompt();
    if (asksPerson) await review.save();
    writeReview(formatReport(asksPerson ? review.proposed : { ...review.proposed, reportPath: undefined }, "stderr"));
    if (approval !== undefined) writeReview(formatApproval(approval));
    await confirmSignature(bundle, signer.address, (approval ?? review).agreed, requiredConfirmation(this.flags, project.policy));
    const signed = await (approval === undefined ? signReviewed(review, stored, signer, this.flags.key) : signApproval(review, approval, stored, signer, this.flags.key));
    const missing = Number(safe.threshold) - signed.signatures.length;
    const name = shortName(stored.name);
    return {
      result: {
        safeTxHash: signed.hashes.safeTxHash,
        safe: signed.safe.address,
        nonce: signed.transaction.nonce,
        signer: signer.address,
        signatures: signed.signatures.map(({ owner }) => owner),
        threshold: safe.threshold,
        approves: parent === undefined ? null : { safe: parent.safe.address, safeTxHash: parent.hashes.safeTxHash },
      },
      text: [
        `${signer.address} signed ${signed.hashes.safeTxHash}`,
        `${signed.signatures.length} of ${safe.threshold} signatures${parent === undefined ? "" : `, for the Safe ${safe.address} to approve`}`,
      ].join("\n"),
      exit: missing > 0 ? Exit.waiting : Exit.done,
      next: missing > 0 ? `lpctl proposal sign ${name} --key NAME   (${missing} more)` : `lpctl proposal execute ${name} --key NAME`,
    };
  }
}
