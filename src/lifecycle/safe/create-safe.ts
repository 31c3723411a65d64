import { sendOperations } from "../../chain/sender.ts";
import type { TransactionSigner } from "../../chain/transaction.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { Project } from "../../inspection/project.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { planNewSafe, type NewSafe } from "../../safe/new-safe.ts";
import { readSafe, type SafeFacts } from "../../safe/read-safe.ts";
import { journalFile } from "../journals.ts";

/**
 * Makes a Safe and reads it back: code, version, owners and threshold must be those that were asked for. Run again it finds the one
 * that is there.
 * @param expected where it was said that the Safe will stand
 * @throws what `planNewSafe`, `sendOperations` and `readSafe` throw; LPCTL_SAFE_NOT_AS_ASKED
 */
export async function createSafe(project: Project, wanted: NewSafe, expected: Address, signer: TransactionSigner): Promise<{ safe: SafeFacts; transaction: Hex | null }> {
  const { address, call, exists } = await planNewSafe(project.rpc, wanted);
  if (address !== expected) throw differs(expected, `it would be ${address} now`);
  const [sent] = exists
    ? []
    : await sendOperations({
        rpc: project.rpc,
        chainId: project.chainId,
        signer,
        journalPath: await journalFile(project, `safe-create-${address.slice(2, 18).toLowerCase()}`),
        operations: [{ id: "create", title: `Create the Safe ${address}`, ...call, isDone: async () => (await project.rpc.code(address)) !== "0x" }],
      });
  const safe = await readSafe(project.rpc, address);
  const sameOwners = safe.owners.length === wanted.owners.length && wanted.owners.every((owner) => safe.owners.includes(owner));
  // One that was made before may have changed since; a new one has not.
  if (!exists && (!sameOwners || safe.threshold !== wanted.threshold || safe.version !== wanted.version || safe.modules.length > 0)) throw differs(address, "its owners, threshold, version or modules are others");
  return { safe, transaction: sent?.hash ?? null };
}

function differs(address: Address, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_SAFE_NOT_AS_ASKED",
    exit: Exit.different,
    message: `The Safe ${address} is not the one that was asked for`,
    why,
    next: `Do not use it: lpctl safe show ${address}`,
  });
}
