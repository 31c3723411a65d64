import { existsSync, statSync } from "node:fs";
import { basename } from "node:path";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { openProposal } from "../../src/cli/proposal-reference.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { Exit, LpctlError } from "../../src/errors.ts";
import type { SafeBundle } from "../../src/safe/bundle.ts";
import { shortName } from "../../src/proposal/short-name.ts";
import { plural } from "../../src/protocol/plural.ts";

export default class SafeExport extends ProjectCommand<typeof SafeExport> {
  static override summary = "Write a proposal's Safe transaction to a file, or show it as QR codes, for a machine without a network.";
  static override description =
    "bundle: the transaction with its hashes and signatures, for safe sign, safe merge and safe import. qr: the same as QR codes in the terminal, in " +
    "numbered parts where one is not enough; their scanned text goes into safe import. tx-builder: the calls alone, for the Transaction " +
    "Builder of Safe{Wallet}, which gives them a nonce of its own: signatures do not travel that way.";
  static override args = { proposal: Args.string({ required: true, description: "As for proposal show; or a file of safe export, which is read without a network." }) };
  static override flags = {
    output: Flags.string({ char: "o", helpValue: "FILE", summary: "Where to write. Default: NNN.safe.json in this folder; qr: the terminal." }),
    format: Flags.string({ options: ["bundle", "qr", "tx-builder"], default: "bundle", summary: "What to write." }),
    "signatures-only": Flags.boolean({ summary: "qr: the signatures without the transaction, the way back from a machine without a network." }),
  };
  static override examples = ["<%= config.bin %> safe export 1 --output upgrade.safe.json", "<%= config.bin %> safe export 1 --format qr", "<%= config.bin %> safe export 1 --format tx-builder --output batch.json"];

  protected override async execute(): Promise<Outcome> {
    if (this.flags["signatures-only"] && this.flags.format !== "qr") {
      throw new LpctlError({ code: "LPCTL_USAGE_SIGNATURES_ONLY", exit: Exit.usage, message: "--signatures-only goes with --format qr", next: "lpctl safe export 1 --format qr --signatures-only" });
    }
    const { proposal: reference } = this.args;
    if (this.flags.format !== "bundle" && isFile(reference)) {
      const { loadBundle } = await import("../../src/safe/bundle-file.ts");
      const bundle = await loadBundle(reference);
      return this.flags.format === "qr" ? this.showQr(bundle) : this.writeBatch(bundle, basename(reference, ".json"), "");
    }
    const project = await this.openProject("read");
    const stored = await openProposal(project, reference);
    const { exportBundle, openForExport } = await import("../../src/lifecycle/exchange/exchange-bundle.ts");
    if (this.flags.format === "qr") return this.showQr(await openForExport(project, stored));
    if (this.flags.format === "tx-builder") return this.writeBatch(await openForExport(project, stored), stored.name, stored.proposal.title);
    const output = this.flags.output ?? `${stored.name}.safe.json`;
    const bundle = await exportBundle(project, stored, output);
    return {
      result: { ...resultOf(bundle, "bundle"), path: output },
      text: `${output} holds Safe transaction ${bundle.hashes.safeTxHash} with ${plural(bundle.signatures.length, "signature")}`,
      next: `lpctl safe verify ${output}, and where the key is: lpctl safe sign ${output} --offline --second-device --key NAME   (proposal ${shortName(stored.name)})`,
    };
  }

  private async showQr(bundle: SafeBundle): Promise<Outcome> {
    const [{ formatQrParts }, { formatQrCodes, qrRoom }, { replaceFile }] = await Promise.all([import("../../src/safe/transport/qr.ts"), import("../../src/cli/format-qr.ts"), import("../../src/replace-file.ts")]);
    const { signatures, hashes } = bundle;
    const content = this.flags["signatures-only"] ? { kind: "signatures" as const, safeTxHash: hashes.safeTxHash, signatures } : { kind: "bundle" as const, bundle };
    const parts = formatQrParts(content, qrRoom());
    const { output } = this.flags;
    const result = { ...resultOf(bundle, "qr"), path: output ?? null, parts };
    const next = "scan them all, in any order, into one text   then   lpctl safe import FILE";
    if (output !== undefined) {
      await replaceFile(output, `${parts.join("\n")}\n`);
      return { result, text: `${output} holds the text of ${plural(parts.length, "QR code")} of ${hashes.safeTxHash}`, next };
    }
    return { result, text: await formatQrCodes(parts, hashes.safeTxHash), next };
  }

  private async writeBatch(bundle: SafeBundle, name: string, title: string): Promise<Outcome> {
    const [{ formatBuilderFile }, { unpackCalls }, { replaceFile }] = await Promise.all([import("../../src/safe/builder-file.ts"), import("../../src/safe/multisend.ts"), import("../../src/replace-file.ts")]);
    const batch = { chainId: bundle.chainId, name: title, description: bundle.proposalId === null ? "" : `lpctl proposal ${bundle.proposalId}`, safe: bundle.safe.address, calls: unpackCalls(bundle.transaction) };
    const output = this.flags.output ?? `${name}.tx-builder.json`;
    await replaceFile(output, formatBuilderFile(batch, Date.now()));
    return {
      result: { ...resultOf(bundle, "tx-builder"), path: output },
      text: `${output} holds the ${plural(batch.calls.length, "call")} of ${name} for the Transaction Builder\nWhat is signed there is this transaction only at nonce ${bundle.transaction.nonce}: ${bundle.hashes.safeTxHash}`,
      next: "lpctl safe sync   (when they have signed)",
    };
  }
}

/** A proposal is named by its folder, or the proposal.json in it; any other file is a Safe transaction. */
function isFile(reference: string): boolean {
  return existsSync(reference) && statSync(reference).isFile() && basename(reference) !== "proposal.json";
}

function resultOf(bundle: SafeBundle, format: "bundle" | "qr" | "tx-builder"): Record<string, unknown> {
  return { format, id: bundle.id, ...bundle.hashes, signatures: bundle.signatures.length };
}
