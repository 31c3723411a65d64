import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { confirmFlags, confirmSending } from "../../src/cli/confirm-sending.ts";
import { keyFlags, loadSigner } from "../../src/cli/key-flags.ts";
import { writeReview } from "../../src/cli/output.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { parseCount } from "../../src/cli/route-flags.ts";

export default class SafeCreate extends ProjectCommand<typeof SafeCreate> {
  static override summary = "Make a new Safe.";
  static override description =
    "Only from contracts that Safe released, known by the hash of their code on this chain. The address follows from owners, threshold, version and " +
    "salt, and is shown before anything is sent; what was made is read back and compared. Whoever sends the transaction gets no rights by it.";
  static override flags = {
    ...keyFlags,
    ...confirmFlags,
    owner: Flags.string({ multiple: true, required: true, helpValue: "ADDRESS", summary: "An owner; repeatable." }),
    threshold: Flags.string({ required: true, helpValue: "N", summary: "How many owners have to sign." }),
    version: Flags.string({ options: ["1.3.0", "1.4.1", "1.5.0"], default: "1.4.1", summary: "Of Safe's contracts." }),
    l1: Flags.boolean({ summary: "The singleton without events for every transaction: cheaper, and usual on mainnet only." }),
    salt: Flags.string({ helpValue: "N", summary: "For another Safe of the same owners. Default: 0." }),
  };
  static override examples = ["<%= config.bin %> safe create --owner 0x… --owner 0x… --owner 0x… --threshold 2 --key deployer"];

  protected override async execute(): Promise<Outcome> {
    const { flags } = this;
    const wanted = {
      version: flags.version as "1.3.0" | "1.4.1" | "1.5.0",
      singleton: flags.l1 ? ("Safe" as const) : ("SafeL2" as const),
      owners: flags.owner.map((owner) => this.address(owner, "--owner")),
      threshold: parseCount(flags.threshold, "--threshold", 0n),
      saltNonce: parseCount(flags.salt, "--salt", 0n),
    };
    const project = await this.openProject("write");
    const { planNewSafe } = await import("../../src/safe/new-safe.ts");
    const { createSafe } = await import("../../src/lifecycle/safe/create-safe.ts");
    const { address, exists } = await planNewSafe(project.rpc, wanted);
    writeReview([`Safe ${wanted.version} at ${address}${exists ? ", which is there already" : ""}`, `  threshold  ${wanted.threshold} of ${wanted.owners.length}`, ...wanted.owners.map((owner) => `  owner      ${owner}`)].join("\n"));
    const signer = await loadSigner(await this.loadConfig(), await this.network("write"), flags, "send");
    if (!exists) await confirmSending(project, `Create the Safe ${address}`, flags.confirm);
    const { safe, transaction } = await createSafe(project, wanted, address, signer);
    return {
      result: { address, version: safe.version, singleton: safe.singletonName, owners: safe.owners, threshold: safe.threshold, transaction },
      text: transaction === null ? `The Safe ${address} was there already, ${safe.threshold} of ${safe.owners.length}` : `The Safe ${address} is there, ${safe.threshold} of ${safe.owners.length}, code and owners as asked for`,
      next: `lpctl safe show ${address}`,
    };
  }
}
