import type { Address, Hex } from "../../../../src/protocol/hex.ts";
import { addSignature, createBundle } from "../../../../src/safe/bundle.ts";
import type { SafeBundle } from "../../../../src/safe/bundle.ts";
import { officialContract, PROXY_CODE_HASHES } from "../../../../src/safe/safe-contracts.ts";
import { SAFE_TX_TYPES, safeDomain, safeTransaction, safeTransactionMessage } from "../../../../src/safe/transaction.ts";
import { testSigner } from "../local-safe.ts";

export const SAFE: Address = "0x4e1DCf7AD4e460CfD30791CCC4F9c8a4f820ec67";
export const CHAIN_ID = 42161n;
const TARGET: Address = "0x41675C099F32341bf84BFc5382aF534df5C7461a";

/** A bundle that nobody has signed. */
export function bundleAt(nonce: bigint, data = "0x12345678", proposalId: string | null = "0xabc"): SafeBundle {
  const [singletonCodeHash] = officialContract("SafeL2", "1.4.1").codeHashes as [Hex];
  return createBundle({
    chainId: CHAIN_ID,
    safe: { address: SAFE, version: "1.4.1", singletonCodeHash, proxyCodeHash: PROXY_CODE_HASHES["1.4.1"] },
    proposalId,
    transaction: safeTransaction({ to: TARGET, valueWei: 1n, data: data as Hex, operation: 0, nonce }),
  });
}

/** With the signatures of throw-away keys. */
export async function signedBy(bundle: SafeBundle, ...names: string[]): Promise<SafeBundle> {
  let signed = bundle;
  for (const signer of names.map(testSigner)) {
    const data = await signer.signTypedData(safeDomain(bundle.chainId, bundle.safe.address), SAFE_TX_TYPES, safeTransactionMessage(bundle.transaction));
    signed = addSignature(signed, { owner: signer.address, kind: "eip712", data });
  }
  return signed;
}
