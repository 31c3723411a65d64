import * as Flags from "@oclif/core/flags";
import type { Project } from "../inspection/project.ts";
import { printable } from "../protocol/printable.ts";
import type { SafeBundle } from "../safe/bundle.ts";
import { writeReview } from "./output.ts";

/** Of every command that signs what a proposal or a file asks for. */
export const rivalFlags = {
  "despite-rivals": Flags.boolean({ summary: "Sign although another proposal of this project wants the same nonce." }),
};

/** Shows what else wants the nonce, and what it waits for. @throws LPCTL_SAFE_NONCE_TAKEN */
export async function warnOfNonce(project: Project, bundle: SafeBundle, flags: { "despite-rivals": boolean }): Promise<void> {
  const [{ judgeNonce }, { readSafe }] = await Promise.all([import("../lifecycle/nonces/nonce-rules.ts"), import("../safe/read-safe.ts")]);
  show(await judgeNonce(project, await readSafe(project.rpc, bundle.safe.address), bundle, flags["despite-rivals"]));
}

/** As far as it can be told without a network. */
export async function warnOfNonceOffline(ledger: string, bundle: SafeBundle): Promise<void> {
  const { judgeNonceOffline } = await import("../lifecycle/nonces/nonce-rules.ts");
  show(await judgeNonceOffline(ledger, bundle));
}

function show(sentences: readonly string[]): void {
  if (sentences.length > 0) writeReview(sentences.map((sentence) => `WARNING: ${printable(sentence)}`).join("\n"));
}
