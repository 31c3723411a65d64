import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { Exit, LpctlError } from "../../src/errors.ts";
import type { Outcome } from "../../src/cli/base-command.ts";
import { formatCalls } from "../../src/cli/format-bundle.ts";
import { writeReview } from "../../src/cli/output.ts";
import { producedBy } from "../../src/cli/produced-by.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { proposalOutcome } from "../../src/cli/proposal-outcome.ts";
import { parseCount, proposeFlags, readEffects } from "../../src/cli/route-flags.ts";
import type { BuilderBatch } from "../../src/safe/builder-file.ts";
import type { QrContent } from "../../src/safe/transport/qr.ts";
import { shortName } from "../../src/proposal/short-name.ts";
import { plural } from "../../src/protocol/plural.ts";

export default class SafeImport extends ProjectCommand<typeof SafeImport> {
  static override summary = "Take signatures from a file or from QR codes, or make a proposal of a Transaction Builder batch.";
  static override description =
    "Signatures go into the proposal they belong to: every one is recovered and must be of a current owner, over exactly this transaction; one " +
    "that is not is refused, saying what it is of. The text of scanned QR codes may have its parts in any order. A batch of the Transaction " +
    "Builder (JSON) becomes a proposal like any other: its calls are shown, simulated and checked. The other flags are for that.";
  static override args = { file: Args.string({ required: true, description: "A signed file, scanned text, or a batch; - for standard input." }) };
  static override flags = { ...proposeFlags, "as-proposal": Flags.boolean({ summary: "Refuse anything but a batch of calls." }) };
  static override examples = ["<%= config.bin %> safe import upgrade.safe.json", "<%= config.bin %> safe import scanned.txt", "<%= config.bin %> safe import batch.json --as-proposal --dry-run"];

  protected override async execute(): Promise<Outcome> {
    const { file } = this.args;
    const { readImport } = await import("../../src/lifecycle/exchange/import-file.ts");
    const imported = await readImport(file);
    if (imported.kind === "batch") return this.propose(imported.batch);
    if (this.flags["as-proposal"]) {
      throw new LpctlError({ code: "LPCTL_IMPORT_NO_BATCH", exit: Exit.usage, message: `${file} holds ${imported.kind === "bundle" ? "a Safe transaction" : "signatures"} and no batch of calls`, next: `lpctl safe import ${file}` });
    }
    return this.takeSignatures(imported, file === "-" ? "The input" : file);
  }

  private async takeSignatures(imported: QrContent, source: string): Promise<Outcome> {
    const project = await this.openProject("read");
    const { importSignatures } = await import("../../src/lifecycle/exchange/exchange-bundle.ts");
    const { stored, label, path, bundle, added, threshold } = await importSignatures(project, imported, source);
    const isProposal = stored?.name === label;
    const name = shortName(label);
    const missing = Number(threshold) - bundle.signatures.length;
    return {
      result: { proposal: label, added, signatures: bundle.signatures.map(({ owner }) => owner), threshold },
      text: `${plural(added.length, "new signature")} for ${label}: ${bundle.signatures.length} of ${threshold}`,
      exit: missing > 0 ? Exit.waiting : Exit.done,
      next: isProposal ? `lpctl proposal ${missing > 0 ? "sign" : "execute"} ${name} --key NAME` : `lpctl safe ${missing > 0 ? "sign" : "execute"} ${path} --key NAME`,
    };
  }

  private async propose(batch: BuilderBatch): Promise<Outcome> {
    const { flags } = this;
    const project = { ...(await this.openProject("write")), aftermath: flags.aftermath };
    writeReview(`${plural(batch.calls.length, "call")}${batch.name === "" ? "" : ` of "${batch.name}"`}${batch.safe === null ? "" : `, made for the Safe ${batch.safe}`}:\n${formatCalls(batch.calls)}`);
    const { proposeBatch } = await import("../../src/lifecycle/exchange/import-file.ts");
    const proposed = await proposeBatch(project, batch, {
      delayBlocks: parseCount(flags.delay, "--delay", project.delayBlocks),
      delaySeconds: parseCount(flags["delay-seconds"], "--delay-seconds", 0n),
      effects: await readEffects(flags.effects),
      dryRun: flags["dry-run"],
      producedBy: producedBy(),
    });
    return proposalOutcome(proposed);
  }
}
