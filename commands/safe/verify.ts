import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { formatHashes, requireExpectedHash, requireWords } from "../../src/cli/confirm-signature.ts";
import { formatBundleCalls } from "../../src/cli/format-bundle.ts";
import { orOffline } from "../../src/cli/or-offline.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import type { BundleVerification } from "../../src/lifecycle/safe/verify-bundle.ts";
import { printable } from "../../src/protocol/printable.ts";
import type { SafeBundle } from "../../src/safe/bundle.ts";

export default class SafeVerify extends ProjectCommand<typeof SafeVerify> {
  static override summary = "Check the Safe transaction in a file, and show its hashes and its fingerprint in words.";
  static override description =
    "Believes nothing in the file: the hashes are computed by every implementation at hand, each signature is recovered, and, with a network, the Safe, " +
    "its owners, its nonce and the proposal that the transaction comes from are looked at again. Another machine that shows the same words has read the " +
    "same transaction. Nothing is simulated: that is for safe sign and proposal check.";
  static override args = { file: Args.string({ required: true, description: "A file written by safe export." }) };
  static override flags = {
    offline: Flags.boolean({ summary: "Use no network at all." }),
    "expect-hash": Flags.string({ helpValue: "HASH", summary: "Fail unless the safeTxHash is this." }),
    words: Flags.string({ helpValue: "WORDS", summary: "Fail unless these are the words." }),
  };
  static override examples = ["<%= config.bin %> safe verify upgrade.safe.json --offline"];

  protected override async execute(): Promise<Outcome> {
    const { loadBundle } = await import("../../src/safe/bundle-file.ts");
    const { verifyBundle } = await import("../../src/lifecycle/safe/verify-bundle.ts");
    const { fingerprintOf } = await import("../../src/safe/fingerprint.ts");
    const bundle = await loadBundle(this.args.file);
    requireExpectedHash(bundle.hashes.safeTxHash, this.flags["expect-hash"]);
    requireWords(bundle, this.flags.words);
    const verification = await verifyBundle(bundle, this.flags.offline ? undefined : await this.openProject("read").catch(orOffline(`lpctl safe verify ${this.args.file} --offline`)));
    const words = fingerprintOf(bundle);
    const { safe, proposal, agreed, signatures } = verification;
    return {
      result: {
        id: bundle.id,
        chainId: bundle.chainId,
        safe: bundle.safe.address,
        nonce: bundle.transaction.nonce,
        ...bundle.hashes,
        words,
        agreed,
        signatures: signatures.map(({ standing, ...signature }) => ({ ...signature, standing: standing ?? null })),
        threshold: safe?.threshold ?? null,
        missing: safe?.missing ?? null,
        proposalId: bundle.proposalId,
        proposal: proposal ?? null,
      },
      text: [formatBundleCalls(bundle), "", ...formatHashes(bundle, agreed), "", `Words  ${words.join(" ")}`, "", ...formatStanding(bundle, verification)].join("\n"),
    };
  }
}

function formatStanding({ proposalId, transaction }: SafeBundle, { signatures, safe, proposal }: BundleVerification): string[] {
  return [
    ...signatures.map(({ owner, kind, blind, standing }) => `${standing === "denied" ? "Said to be signed" : "Signed"} by ${owner} (${kind}${blind ? ", blind" : ""})${standing === "former" ? ", who is no owner any more" : standing === "denied" ? ": the Safe does not take it" : ""}`),
    safe === undefined
      ? `${signatures.length === 1 ? "1 signature" : `${signatures.length} signatures`}; whose they have to be, and how many are needed, only the chain knows`
      : `${safe.missing === 0 ? "Complete" : `${safe.missing} more needed`}: ${safe.threshold} of ${safe.owners.length} owners sign${transaction.nonce > safe.nonce ? `; nonce ${safe.nonce} comes first` : ""}`,
    ...(proposalId === null ? [] : [proposal === undefined ? `It says it carries out proposal ${printable(proposalId)}, which is not in this folder` : `The same bytes follow from the intents of ${proposal}`]),
  ];
}
