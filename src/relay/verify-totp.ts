import { TypedDataEncoder } from "ethers/hash";
import type { TypedDataDomain, TypedDataField } from "ethers/hash";
import type { Address, Hex } from "../protocol/hex.ts";
import { recoverSigner } from "../safe/signature.ts";
import type { RelayContext } from "./context.ts";

const HOUR_MS = 3_600_000;
/** The domain of what people sign for the service itself. */
const SERVICE = { name: "Safe Transaction Service", version: "1.0" } as const;

const DELEGATE_TYPES: Record<string, TypedDataField[]> = {
  Delegate: [
    { name: "delegateAddress", type: "address" },
    { name: "totp", type: "uint256" },
  ],
};
const DELETE_TYPES: Record<string, TypedDataField[]> = {
  DeleteRequest: [
    { name: "safeTxHash", type: "bytes32" },
    { name: "totp", type: "uint256" },
  ],
};

/** Who among `signers` has signed, in this hour or the last, that `delegate` is (or is no longer) a delegate. */
export function signerOfDelegate(context: RelayContext, delegate: Address, signature: Hex, signers: readonly Address[]): Promise<Address | undefined> {
  return findSigner(context, signature, signers, (totp) =>
    TypedDataEncoder.hash({ ...SERVICE, chainId: context.chainId }, DELEGATE_TYPES, { delegateAddress: delegate, totp }),
  );
}

/** Who among `signers` has signed, in this hour or the last, that a transaction be deleted. */
export function signerOfDeletion(context: RelayContext, of: { safe: Address; safeTxHash: Hex }, signature: Hex, signers: readonly Address[]): Promise<Address | undefined> {
  const domain: TypedDataDomain = { ...SERVICE, chainId: context.chainId, verifyingContract: of.safe };
  return findSigner(context, signature, signers, (totp) => TypedDataEncoder.hash(domain, DELETE_TYPES, { safeTxHash: of.safeTxHash, totp }));
}

/** The number of the hour is in what is signed, so that a signature that somebody else sees is soon worth nothing. */
async function findSigner(context: RelayContext, signature: Hex, signers: readonly Address[], hashAt: (totp: number) => string): Promise<Address | undefined> {
  const hour = Math.floor(context.nowMs() / HOUR_MS);
  for (const totp of [hour, hour - 1]) {
    const hash = hashAt(totp) as Hex;
    const recovered = recover(signature, hash);
    const found = signers.find((signer) => signer === recovered);
    if (found !== undefined) return found;
    for (const signer of signers) if (await context.chain.takesAsContract(signer, hash, signature)) return signer;
  }
  return undefined;
}

function recover(signature: Hex, hash: Hex): Address | undefined {
  if (signature.length !== 2 + 65 * 2) return undefined;
  try {
    return recoverSigner(signature, Number.parseInt(signature.slice(-2), 16) >= 31 ? "eth-sign" : "eip712", hash);
  } catch {
    return undefined;
  }
}
