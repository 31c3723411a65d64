import * as Flags from "@oclif/core/flags";
import { Exit } from "../../src/errors.ts";
import type { Project } from "../../src/inspection/project.ts";
import type { Signer } from "../../src/keys/signer.ts";
import type { SigningReview } from "../../src/lifecycle/sign-proposal.ts";
import type { StoredProposal } from "../../src/proposal/store.ts";
import type { Outcome } from "../../src/cli/base-command.ts";
import { confirmSignature, requiredConfirmation, signatureFlags } from "../../src/cli/confirm-signature.ts";
import { formatApproval, formatMessage } from "../../src/cli/format-approval.ts";
import { keyFlags, loadSigner } from "../../src/cli/key-flags.ts";
import { rivalFlags, warnOfNonce } from "../../src/cli/nonce-warnings.ts";
import { writeReview } from "../../src/cli/output.ts";
import { producedBy } from "../../src/cli/produced-by.ts";
import { canPrompt } from "../../src/cli/prompts.ts";
import { aftermathFlags } from "../../src/cli/route-flags.ts";
import { openProposal, proposalArgs } from "../../src/cli/proposal-reference.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { nextFor } from "../../src/cli/steps.ts";
import { formatReport } from "../../src/cli/proposal-outcome.ts";
import { shortName } from "../../src/proposal/short-name.ts";

export default class ProposalSign extends ProjectCommand<typeof ProposalSign> {
  static override summary = "Review a proposal and sign its Safe transaction.";
  static override description =
    "Derives, compiles, simulates and checks everything again on this machine, shows the report and the three hashes, and asks for the " +
    "first bytes of the hash, or the words of a second machine, before it signs. The signature is kept beside the proposal; nothing is sent.";
  static override args = proposalArgs;
  static override flags = {
    ...keyFlags,
    ...signatureFlags,
    ...rivalFlags,
    ...aftermathFlags,
    message: Flags.boolean({ summary: "For an owner of a Safe that owns the proposal's Safe: sign its message (EIP-1271) instead of an approval that has to be executed." }),
  };
  static override examples = ["<%= config.bin %> proposal sign 1 --key owner-1", "<%= config.bin %> proposal sign 1 --key owner-1 --second-device"];

  protected override async execute(): Promise<Outcome> {
    const project = { ...(await this.openProject("write")), aftermath: this.flags.aftermath };
    const stored = await openProposal(project, this.args.proposal);
    const { reviewForSigning, signReviewed } = await import("../../src/lifecycle/sign-proposal.ts");
    const { prepareApproval, signApproval } = await import("../../src/lifecycle/approvals/sign-approval.ts");
    // A wrong name or password is found before the review, which takes seconds.
    const signer = await loadSigner(await this.loadConfig(), await this.network("write"), this.flags);
    const review = await reviewForSigning(project, stored, producedBy());
    if (this.flags.message) return this.signMessage(project, stored, review, signer);
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
    // Approvals on chain and by Safes that own this one count too. What is signed is signed, also when this cannot be asked any more.
    const { readStatus } = await import("../../src/lifecycle/status/proposal-status.ts");
    const afterwards = await readStatus(project, stored).then(({ steps }) => nextFor(name, steps), () => undefined);
    const isEnough = missing <= 0 || afterwards?.startsWith("lpctl proposal execute") === true;
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
        `${signed.signatures.length} of ${safe.threshold} signatures${parent === undefined ? "" : `, for the Safe ${safe.address} to approve`}${isEnough && missing > 0 ? "; with what is approved besides that is enough" : ""}`,
      ].join("\n"),
      exit: isEnough ? Exit.done : Exit.waiting,
      next: isEnough ? (afterwards ?? `lpctl proposal status ${name}`) : `lpctl proposal sign ${name} --key NAME   (${missing} more)`,
    };
  }

  private async signMessage(project: Project, stored: StoredProposal, review: SigningReview, signer: Signer): Promise<Outcome> {
    const { prepareMessage, signMessage } = await import("../../src/lifecycle/approvals/sign-message.ts");
    const message = await prepareMessage(project, stored, review, signer.address);
    await warnOfNonce(project, review.bundle, this.flags);
    writeReview(formatReport({ ...review.proposed, reportPath: undefined }, "stderr"));
    writeReview(formatMessage(message, review.bundle));
    await confirmSignature(review.bundle, signer.address, review.agreed, requiredConfirmation(this.flags, project.policy));
    const { signers, isComplete } = await signMessage(project, review, message, stored, signer, this.flags.key);
    const { safeTxHash } = review.bundle.hashes;
    const { address, facts } = message.child;
    const name = shortName(stored.name);
    return {
      result: {
        safeTxHash,
        safe: address,
        nonce: review.bundle.transaction.nonce,
        signer: signer.address,
        signatures: signers,
        threshold: facts.threshold,
        approves: { safe: review.safe.address, safeTxHash },
      },
      text: `${signer.address} signed for the Safe ${address}\n${signers.length} of ${facts.threshold} signatures${isComplete ? `: the Safe ${address} has signed ${safeTxHash}` : ""}`,
      exit: isComplete ? Exit.done : Exit.waiting,
      next: isComplete ? `lpctl proposal status ${name}` : `lpctl proposal sign ${name} --message --key NAME`,
    };
  }
}
