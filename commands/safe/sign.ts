import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { Exit, LpctlError } from "../../src/errors.ts";
import type { Outcome } from "../../src/cli/base-command.ts";
import { confirmSignature, requiredConfirmation, requireExpectedHash, signatureFlags } from "../../src/cli/confirm-signature.ts";
import { formatBundleCalls } from "../../src/cli/format-bundle.ts";
import { formatApproval } from "../../src/cli/format-approval.ts";
import { keyFlags, loadSigner } from "../../src/cli/key-flags.ts";
import { rivalFlags, warnOfNonce, warnOfNonceOffline } from "../../src/cli/nonce-warnings.ts";
import { writeReview } from "../../src/cli/output.ts";
import { producedBy } from "../../src/cli/produced-by.ts";
import { orOffline } from "../../src/cli/or-offline.ts";
import { aftermathFlags } from "../../src/cli/route-flags.ts";
import { formatReport } from "../../src/cli/proposal-outcome.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import type { ResolvedNetwork } from "../../src/config/resolve-network.ts";
import { signatureLedgerPath } from "../../src/config/ledger-path.ts";
import type { Signer } from "../../src/keys/signer.ts";
import type { SafeBundle } from "../../src/safe/bundle.ts";
import { shortName } from "../../src/proposal/short-name.ts";

/** What has to be shown and who agreed to it before anybody is asked to sign. */
interface Review {
  agreed: readonly string[];
  /** The proposal in this folder that gets the signature too. */
  proposal: string | undefined;
  sign: (signer: Signer) => Promise<SafeBundle>;
}

export default class SafeSign extends ProjectCommand<typeof SafeSign> {
  static override summary = "Review the Safe transaction in a file, and sign it.";
  static override description =
    "A transaction of a proposal in this folder is derived again from its intents and must be the same bytes; any other is reviewed as the calls " +
    "it makes. Either way its own execTransaction is simulated, its effects are named and every check runs; then the hashes are shown, and the first " +
    "bytes of the one that is signed, or the words of a second machine, are asked for. With --offline nothing is asked of any network, so nothing " +
    "can be simulated: take the words from a machine that did (--second-device), or sign blind and have the file say so (--blind).";
  static override args = { file: Args.string({ required: true, description: "A file written by safe export." }) };
  static override flags = {
    ...keyFlags,
    ...signatureFlags,
    ...rivalFlags,
    ...aftermathFlags,
    offline: Flags.boolean({ summary: "Use no network at all." }),
    blind: Flags.boolean({ summary: "Sign without a review; the signature is marked as blind in the file." }),
  };
  static override examples = [
    "<%= config.bin %> safe sign upgrade.safe.json --key owner-1",
    "<%= config.bin %> safe sign upgrade.safe.json --offline --second-device --key owner-1",
  ];

  /** Words of a second machine stand for its review. */
  #isBlind = false;

  protected override async execute(): Promise<Outcome> {
    const { file } = this.args;
    const { loadBundle } = await import("../../src/safe/bundle-file.ts");
    const { mergeIntoFile } = await import("../../src/safe/merge-into-file.ts");
    const bundle = await loadBundle(file);
    requireExpectedHash(bundle.hashes.safeTxHash, this.flags["expect-hash"]);
    const config = await this.loadConfig();
    const flags = requiredConfirmation(this.flags, config.policy?.value);
    // A flag that was not given is undefined.
    this.#isBlind = flags.blind === true || (flags.offline === true && flags["second-device"] !== true);
    if (this.#isBlind && !flags.blind) throw nothingToReviewWith(file);
    const network = this.flags.offline ? await this.knownNetwork() : await this.network("write").catch(orOffline(`lpctl safe sign ${file} --offline --second-device --key NAME`));
    // A wrong name or password is found before the review, which takes seconds.
    const signer = await loadSigner(config, network, flags);
    const review = flags.blind || flags.offline ? await this.glance(bundle) : await this.review(bundle, signer);
    await confirmSignature(bundle, signer.address, review.agreed, flags);
    const signed = await mergeIntoFile(file, await review.sign(signer));
    return {
      result: {
        path: file,
        safeTxHash: signed.hashes.safeTxHash,
        signer: signer.address,
        blind: this.#isBlind,
        signatures: signed.signatures.map(({ owner }) => owner),
      },
      text: `${signer.address} signed ${signed.hashes.safeTxHash}${this.#isBlind ? " blind" : ""}; the signature is in ${file}`,
      next: review.proposal !== undefined ? `lpctl proposal status ${shortName(review.proposal)}` : bundle.proposalId === null ? `lpctl safe execute ${file} --key NAME` : `lpctl safe import ${file}`,
    };
  }

  private async review(bundle: SafeBundle, signer: Signer): Promise<Review> {
    const { reviewBundle } = await import("../../src/lifecycle/safe/review-bundle.ts");
    const { requireOwner } = await import("../../src/lifecycle/safe/safe-bundle.ts");
    const project = { ...(await this.openProject("write")), aftermath: this.flags.aftermath };
    const review = await reviewBundle(project, bundle, producedBy());
    requireOwner(signer.address, bundle.safe.address, review.owners);
    await warnOfNonce(project, bundle, this.flags);
    writeReview(formatReport({ report: review.report, reportPath: undefined }, "stderr"));
    if (review.approval !== undefined) writeReview(formatApproval(review.approval));
    return { agreed: review.agreed, proposal: review.stored?.name, sign: (chosen) => review.sign(chosen, this.flags.key) };
  }

  /** The calls decoded from their bytes, and nothing else. */
  private async glance(bundle: SafeBundle): Promise<Review> {
    const { requireOfflineAgreement, requireOnlineAgreement } = await import("../../src/lifecycle/safe/check-bundle.ts");
    const { signBundle } = await import("../../src/lifecycle/safe/safe-bundle.ts");
    const { agreed, owners } = this.flags.offline ? await requireOfflineAgreement(bundle, { selfCalls: this.#isBlind ? [] : "all" }) : await requireOnlineAgreement(await this.openProject("write"), bundle, { cast: true });
    await warnOfNonceOffline(signatureLedgerPath(), bundle);
    writeReview(`${formatBundleCalls(bundle)}\n\nNothing was simulated here: these are the calls as their bytes say, not what they do.\n`);
    return { agreed, proposal: undefined, sign: (signer) => signBundle(bundle, owners, signer, { ledger: signatureLedgerPath(), key: this.flags.key, blind: this.#isBlind }) };
  }

  /** Keys named in lpctl.yaml are found offline too; a folder without one has only keystore files. */
  private async knownNetwork(): Promise<ResolvedNetwork | undefined> {
    try {
      return await this.network("read");
    } catch {
      return undefined;
    }
  }
}

function nothingToReviewWith(file: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_SIGN_BLIND",
    exit: Exit.usage,
    message: "Without a network nothing can show what this transaction does",
    why: "its calls can be decoded here, and not simulated",
    next: `Run lpctl safe verify ${file} on a machine that reviewed it, and sign with --second-device; or sign blind: --blind`,
  });
}
