import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { confirmFlags } from "../../src/cli/confirm-sending.ts";
import { confirmHash } from "../../src/cli/confirm-hash.ts";
import { formatBundleCalls } from "../../src/cli/format-bundle.ts";
import { keyFlags, loadSigner } from "../../src/cli/key-flags.ts";
import { writeReview } from "../../src/cli/output.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { requireOfflineAgreement, requireOnlineAgreement } from "../../src/lifecycle/check-bundle.ts";

export default class SafeSign extends ProjectCommand<typeof SafeSign> {
  static override summary = "Sign the Safe transaction in a file, without a network if need be.";
  static override description =
    "Shows the calls decoded from their bytes and the hashes computed here, twice over; asks for the first bytes of the hash; writes " +
    "the signature into the file. With --offline nothing is asked of any network, so nothing is simulated: compare the hashes with a machine that did.";
  static override args = { file: Args.string({ required: true, description: "A file written by safe export." }) };
  static override flags = { ...keyFlags, ...confirmFlags, offline: Flags.boolean({ summary: "Use no network at all." }) };
  static override examples = ["<%= config.bin %> safe sign upgrade.safe.json --offline --key owner-1"];

  protected override async execute(): Promise<Outcome> {
    const { file } = this.args;
    const { loadBundle, writeBundle } = await import("../../src/safe/bundle-file.ts");
    const { signBundle } = await import("../../src/lifecycle/safe-bundle.ts");
    const bundle = await loadBundle(file);
    const owners = this.flags.offline
      ? await requireOfflineAgreement(bundle)
      : await requireOnlineAgreement(await this.openProject("write"), bundle);
    writeReview(formatBundleCalls(bundle));
    const network = this.flags.offline ? undefined : await this.network("write");
    const signer = await loadSigner(await this.loadConfig(), network ?? (await this.offlineKeys()), this.flags);
    await confirmHash(bundle, signer.address, this.flags.confirm);
    const signed = await signBundle(bundle, owners, signer);
    await writeBundle(file, signed);
    return {
      result: {
        path: file,
        safeTxHash: signed.hashes.safeTxHash,
        signer: signer.address,
        signatures: signed.signatures.map(({ owner }) => owner),
      },
      text: `${signer.address} signed ${signed.hashes.safeTxHash}; the signature is in ${file}`,
      next: bundle.proposalId === null ? `lpctl safe execute ${file} --key NAME` : `lpctl safe import ${file}`,
    };
  }

  /** Keys named in lpctl.yaml are found offline too; a folder without one has only keystore files. */
  private async offlineKeys(): Promise<{ keys: Record<string, { keystore: string; passwordFile?: string | undefined }> } | undefined> {
    try {
      return await this.network("read");
    } catch {
      return undefined;
    }
  }
}
