import * as Flags from "@oclif/core/flags";
import { Exit } from "../../src/errors.ts";
import type { Outcome } from "../../src/cli/base-command.ts";
import { configuredTransports } from "../../src/cli/configured-transports.ts";
import { confirmSignature, signatureFlags } from "../../src/cli/confirm-signature.ts";
import { formatBurn } from "../../src/cli/format-burn.ts";
import { rejectionResult } from "../../src/cli/format-rejection.ts";
import { keyFlags, loadSigner } from "../../src/cli/key-flags.ts";
import { writeReview } from "../../src/cli/output.ts";
import { parseNonce } from "../../src/cli/parse-nonce.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import type { Project } from "../../src/inspection/project.ts";
import type { Burn } from "../../src/lifecycle/nonces/burn-nonces.ts";
import type { Rejection } from "../../src/lifecycle/nonces/reject-nonce.ts";
import type { SafeFacts } from "../../src/safe/read-safe.ts";

export default class SafeBurn extends ProjectCommand<typeof SafeBurn> {
  static override summary = "After a wrong signature: prepare rejections for every nonce at which something signed can still be executed.";
  static override description =
    "Looks at what your own keys have signed (with --all at what anybody has, as far as it is known here), and prepares an empty transaction for " +
    "every nonce from the Safe's present one to the last of them, since a Safe goes through its nonces one by one. With --key signs them too, after a " +
    "typed confirmation for each. Whatever waits for those nonces ends with it; a proposal gets another one with safe reanchor.";
  static override flags = {
    safe: Flags.string({ helpValue: "ADDRESS", summary: "Default: the Safe on the way to the Controller." }),
    nonce: Flags.string({ helpValue: "NONCE", summary: "Only this nonce, whether or not anything signed for it is known.", exclusive: ["all"] }),
    all: Flags.boolean({ summary: "Also what only others have signed." }),
    ...keyFlags,
    ...signatureFlags,
    confirm: Flags.string({ multiple: true, helpValue: "TEXT", summary: "Answers to the typed confirmations, for scripts: the first bytes of each safeTxHash, or all of it." }),
  };
  static override examples = ["<%= config.bin %> safe burn", "<%= config.bin %> safe burn --key owner-1", "<%= config.bin %> safe burn --safe 0x… --nonce 7"];

  protected override async execute(): Promise<Outcome> {
    const nonce = this.flags.nonce === undefined ? undefined : parseNonce(this.flags.nonce);
    const address = this.flags.safe === undefined ? undefined : this.address(this.flags.safe, "--safe");
    const project = await this.openProject("write");
    const { findSafe } = await import("../../src/inspection/find-safe.ts");
    const { burnNonces } = await import("../../src/lifecycle/nonces/burn-nonces.ts");
    const safe = await findSafe(project, address);
    const transports = this.flags.all ? await configuredTransports(await this.network("write"), project.chainId) : [];
    const burn = await burnNonces(project, safe, { nonce, all: this.flags.all, transports });
    const signed = this.flags.key === undefined ? burn : { ...burn, rejections: await this.sign(project, safe, burn) };
    const [first] = signed.rejections;
    return {
      result: {
        safe: safe.address,
        nonce: safe.nonce,
        threshold: safe.threshold,
        live: signed.live,
        rejections: signed.rejections.map(rejectionResult),
        beyond: signed.beyond,
        missing: signed.missing,
      },
      text: () => formatBurn(signed, safe),
      exit: first === undefined ? Exit.done : Exit.waiting,
      next: first === undefined ? undefined : nextStep(first, safe),
    };
  }

  private async sign(project: Project, safe: SafeFacts, burn: Burn): Promise<Rejection[]> {
    const { signRejection } = await import("../../src/lifecycle/nonces/reject-nonce.ts");
    const { requireOwner } = await import("../../src/lifecycle/safe/safe-bundle.ts");
    const signer = await loadSigner(await this.loadConfig(), await this.network("write"), this.flags);
    requireOwner(signer.address, safe.address, safe.owners);
    writeReview(formatBurn(burn, safe));
    const given = this.flags.confirm;
    const signed: Rejection[] = [];
    for (const rejection of burn.rejections) {
      const { safeTxHash } = rejection.bundle.hashes;
      const confirm = given === undefined ? undefined : (given.find((text) => text.length >= 10 && safeTxHash.startsWith(text.toLowerCase())) ?? given[0]);
      await confirmSignature(rejection.bundle, signer.address, rejection.agreed, { ...this.flags, confirm });
      signed.push(await signRejection(project, safe, rejection, signer, this.flags.key));
    }
    return signed;
  }
}

function nextStep({ bundle, path }: Rejection, { threshold }: SafeFacts): string {
  return bundle.signatures.length < Number(threshold) ? `lpctl safe sign ${path} --key NAME, and so on for each` : `lpctl safe execute ${path} --key NAME, and so on for each, in this order`;
}
