import type { Project } from "../../inspection/project.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { Address } from "../../protocol/hex.ts";
import { mergeBundles, type BundleSignature, type SafeBundle } from "../../safe/bundle.ts";
import { requireReadableChild } from "../../safe/check-nested.ts";
import { notOwner } from "../../safe/diagnose-signature.ts";
import { requireOneSignature } from "../../safe/one-signature.ts";
import type { SafeFacts } from "../../safe/read-safe.ts";
import { newSigners } from "../../safe/transport/transport.ts";

export interface Taken {
  bundle: SafeBundle;
  /** Owners whose signatures are new in it. */
  added: Address[];
  refused: { signature: BundleSignature; error: LpctlError }[];
}

/**
 * A bundle with signatures that came from elsewhere. Each was recovered already when it was read; here it must be of a current
 * owner, and what only the Safe can judge the Safe is asked about. One that fails never keeps another out.
 */
export async function takeSignatures(project: Pick<Project, "rpc">, bundle: SafeBundle, safe: SafeFacts, signatures: readonly BundleSignature[]): Promise<Taken> {
  const owners = new Set(safe.owners);
  const candidate = mergeBundles(bundle, { ...bundle, signatures: [...signatures] });
  const fresh = new Set(newSigners(bundle.signatures, candidate.signatures));
  const good: BundleSignature[] = [];
  const refused: Taken["refused"] = [];
  for (const signature of signatures.filter(({ owner }) => fresh.has(owner))) {
    const error = await faultOf(project, bundle, owners, safe, signature);
    if (error === undefined) good.push(signature);
    else refused.push({ signature, error });
  }
  const merged = mergeBundles(bundle, { ...bundle, signatures: good }, { ...bundle, signatures: signatures.filter(({ owner }) => !fresh.has(owner)) });
  return { bundle: merged, added: newSigners(bundle.signatures, merged.signatures), refused };
}

async function faultOf({ rpc }: Pick<Project, "rpc">, bundle: SafeBundle, owners: ReadonlySet<Address>, safe: SafeFacts, signature: BundleSignature): Promise<LpctlError | undefined> {
  if (!owners.has(signature.owner)) return notOwner(signature.owner, { safe: safe.address, owners: safe.owners });
  if (signature.kind === "eip712" || signature.kind === "eth-sign") return undefined;
  try {
    if (signature.kind === "contract") await requireReadableChild(rpc, bundle, signature);
    await requireOneSignature(rpc, bundle, signature);
    return undefined;
  } catch (error) {
    if (error instanceof LpctlError && error.exit === Exit.refused) return error;
    throw error;
  }
}
