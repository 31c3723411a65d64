import { concat } from "ethers/utils";
import { readFunction } from "../chain/read-function.ts";
import type { Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { SafeBundle } from "./bundle.ts";
import { encodeSignatures } from "./signature.ts";
import type { SafeSignature } from "./signature.ts";

const BEFORE_1_5 = "function checkNSignatures(bytes32 dataHash, bytes data, bytes signatures, uint256 requiredSignatures) view";
const SINCE_1_5 = "function checkNSignatures(address executor, bytes32 dataHash, bytes signatures, uint256 requiredSignatures) view";
const NOBODY = "0x0000000000000000000000000000000000000000";

/**
 * Asks a Safe about one signature alone, of any kind: the judge of what cannot be recovered here, an approval on chain and the
 * signature of a contract. Before the threshold is reached there is nothing else to ask it.
 * @throws LPCTL_SAFE_NOT_APPROVED, LPCTL_SAFE_CONTRACT_SIGNATURE_REJECTED, LPCTL_SAFE_SIGNATURES_REJECTED, errors of the RPC
 */
export async function requireOneSignature(rpc: Rpc, bundle: Pick<SafeBundle, "safe" | "hashes">, signature: SafeSignature): Promise<void> {
  const { safe, hashes } = bundle;
  const blob = encodeSignatures([signature]);
  const [name, args] =
    safe.version === "1.5.0"
      ? [SINCE_1_5, [NOBODY, hashes.safeTxHash, blob, 1n]]
      : [BEFORE_1_5, [hashes.safeTxHash, concat(["0x1901", hashes.domainHash, hashes.messageHash]), blob, 1n]];
  try {
    await readFunction(rpc, safe.address, name, args);
  } catch (error) {
    if (!(error instanceof LpctlError) || error.code !== "LPCTL_CHAIN_CALL_REVERTED") throw error;
    throw rejected(bundle, signature, error);
  }
}

function rejected({ safe, hashes }: Pick<SafeBundle, "safe" | "hashes">, { owner, kind }: SafeSignature, cause: LpctlError): LpctlError {
  const details = { safe: safe.address, safeTxHash: hashes.safeTxHash, owner };
  const why = cause.why ?? cause.message;
  if (kind === "approved-hash") {
    return new LpctlError({
      code: "LPCTL_SAFE_NOT_APPROVED",
      exit: Exit.refused,
      message: `${owner} has not approved ${hashes.safeTxHash} on chain, though it is said so`,
      next: "Ask the owner to sign the exported file instead",
      details,
    });
  }
  return new LpctlError({
    code: kind === "contract" ? "LPCTL_SAFE_CONTRACT_SIGNATURE_REJECTED" : "LPCTL_SAFE_SIGNATURES_REJECTED",
    exit: Exit.refused,
    message: `The Safe ${safe.address} does not take the signature given in the name of ${owner}`,
    why,
    next: kind === "contract" ? "Have its owners sign anew, or approve on chain instead: lpctl proposal sign" : "Ask the owner to sign the exported file again",
    details,
  });
}
