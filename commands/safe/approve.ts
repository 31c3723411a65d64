import * as Flags from "@oclif/core/flags";
import { Exit } from "../../src/errors.ts";
import type { Outcome } from "../../src/cli/base-command.ts";
import { confirmSignature, requiredConfirmation, signatureFlags } from "../../src/cli/confirm-signature.ts";
import { formatApproval, formatApprovalState } from "../../src/cli/format-approval.ts";
import { keyFlags, loadSigner } from "../../src/cli/key-flags.ts";
import { writeReview } from "../../src/cli/output.ts";
import { producedBy } from "../../src/cli/produced-by.ts";
import { aftermathFlags } from "../../src/cli/route-flags.ts";
import { openProposal, proposalArgs } from "../../src/cli/proposal-reference.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { formatReport } from "../../src/cli/proposal-outcome.ts";
import type { Address } from "../../src/protocol/hex.ts";
import { shortName } from "../../src/proposal/short-name.ts";

export default class SafeApprove extends ProjectCommand<typeof SafeApprove> {
  static override summary = "Approve a proposal's Safe transaction on chain instead of signing it.";
  static override description =
    "Reviews as proposal sign does, then sends approveHash from the owner's key: a consent that needs no file to reach the others. " +
    "With --for CHILD it is about a Safe that owns the proposal's Safe: without a key, how far that Safe is with its approval; " +
    "with one, that owner's consent to it.";
  static override args = proposalArgs;
  static override flags = { ...keyFlags, ...signatureFlags, ...aftermathFlags, for: Flags.string({ helpValue: "CHILD", summary: "Address of a Safe behind the proposal's Safe." }) };
  static override examples = ["<%= config.bin %> safe approve 1 --key owner-1", "<%= config.bin %> safe approve 1 --for 0x…"];

  protected override async execute(): Promise<Outcome> {
    const child = this.flags.for === undefined ? undefined : this.address(this.flags.for, "CHILD");
    return child !== undefined && this.flags.key === undefined ? this.show(child) : this.approve(child);
  }

  private async show(child: Address): Promise<Outcome> {
    const project = await this.openProject("read");
    const stored = await openProposal(project, this.args.proposal);
    const { readApprovalState } = await import("../../src/lifecycle/approvals/approval-state.ts");
    const state = await readApprovalState(project, stored, child);
    const name = shortName(stored.name);
    return {
      result: state,
      text: () => formatApprovalState(state),
      exit: state.state === "waiting" ? Exit.waiting : Exit.done,
      next: state.state === "waiting" ? `lpctl proposal sign ${name} --key NAME` : `lpctl proposal status ${name}`,
    };
  }

  private async approve(child: Address | undefined): Promise<Outcome> {
    const project = { ...(await this.openProject("write")), aftermath: this.flags.aftermath };
    const stored = await openProposal(project, this.args.proposal);
    const { reviewForSigning } = await import("../../src/lifecycle/sign-proposal.ts");
    const { prepareApproval, prepareApprovalOf } = await import("../../src/lifecycle/approvals/sign-approval.ts");
    const { approveOnChain } = await import("../../src/lifecycle/approvals/approve-on-chain.ts");
    const { requireOwner } = await import("../../src/lifecycle/safe/safe-bundle.ts");
    const signer = await loadSigner(await this.loadConfig(), await this.network("write"), this.flags, "send");
    const review = await reviewForSigning(project, stored, producedBy());
    const approval = child === undefined ? await prepareApproval(project, stored, review, signer.address) : await prepareApprovalOf(project, stored, review, child);
    const { bundle, safe, parent } = { parent: undefined, ...(approval?.links.at(-1) ?? review) };
    requireOwner(signer.address, safe.address, safe.owners);
    writeReview(formatReport({ ...review.proposed, reportPath: undefined }, "stderr"));
    if (approval !== undefined) writeReview(formatApproval(approval));
    await confirmSignature(bundle, signer.address, (approval ?? review).agreed, requiredConfirmation(this.flags, project.policy));
    const transaction = await approveOnChain(project, stored, review, approval, signer, this.flags.key);
    const { safeTxHash } = bundle.hashes;
    return {
      result: {
        safe: safe.address,
        safeTxHash,
        owner: signer.address,
        transaction,
        approves: parent === undefined ? null : { safe: parent.safe.address, safeTxHash: parent.hashes.safeTxHash },
      },
      text: transaction === null ? `${signer.address} had approved ${safeTxHash} before` : `${signer.address} approved ${safeTxHash} in ${transaction}`,
      next: `lpctl proposal status ${shortName(stored.name)}`,
    };
  }
}
