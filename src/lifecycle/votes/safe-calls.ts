import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Project } from "../../inspection/project.ts";
import type { Call } from "../../proposal/call.ts";
import type { Address } from "../../protocol/hex.ts";
import { requireHashAgreement, type HashAgreement } from "../../safe/agree.ts";
import { createBundle, type SafeBundle } from "../../safe/bundle.ts";
import { withSignaturesOf } from "../../safe/bundle-file.ts";
import { mergeIntoFile } from "../../safe/merge-into-file.ts";
import { packCalls } from "../../safe/multisend.ts";
import { readSafe } from "../../safe/read-safe.ts";
import { readSafeQueue } from "../nonces/safe-queue.ts";
import { safeFolder } from "../safe/safe-files.ts";

export interface SafeCalls {
  bundle: SafeBundle;
  path: string;
  /** Nonces that have to be used before this one; 0 when it is this one's turn. */
  waitsFor: bigint;
  agreed: HashAgreement["agreed"];
}

/**
 * Writes a Safe transaction that makes calls and belongs to no proposal: to be signed by `safe sign FILE`, which simulates and
 * checks it as it does any other. It gets the next nonce that nothing known wants; the same calls written again keep their
 * nonce and the signatures of their file.
 * @param name of the file, without nonce and ending
 * @throws what readSafe and requireHashAgreement throw, LPCTL_BUNDLE_OTHER_FILE
 */
export async function writeSafeCalls(project: Project, address: Address, calls: readonly Call[], options: { name: string; path?: string | undefined }): Promise<SafeCalls> {
  const safe = await readSafe(project.rpc, address);
  const { entries } = await readSafeQueue(project, safe);
  const at = (nonce: bigint): SafeBundle => createBundle({ chainId: project.chainId, safe, proposalId: null, transaction: packCalls(calls, { version: safe.version, nonce }) });
  const taken = entries.filter(({ state }) => state !== "gap");
  let nonce = safe.nonce;
  while (taken.some((entry) => entry.nonce === nonce && entry.safeTxHash !== at(nonce).hashes.safeTxHash)) nonce += 1n;
  const fresh = at(nonce);
  const { agreed } = await requireHashAgreement({ rpc: project.rpc, safe, tx: fresh.transaction, expected: fresh.hashes.safeTxHash });
  const path = options.path ?? join(safeFolder(project, safe.address), `${options.name}-${nonce}.json`);
  const bundle = await withSignaturesOf(path, fresh);
  await mkdir(dirname(path), { recursive: true });
  return { bundle: await mergeIntoFile(path, bundle), path, waitsFor: nonce - safe.nonce, agreed };
}
