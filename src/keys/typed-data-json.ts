import { TypedDataEncoder } from "ethers/hash";
import type { TypedDataDomain, TypedDataField } from "ethers/hash";

/** The JSON that wallets, nodes and `cast` sign: `{ types, domain, primaryType, message }`, with `EIP712Domain` among the types. */
export function typedDataJson(domain: TypedDataDomain, types: Record<string, TypedDataField[]>, message: Record<string, unknown>): string {
  const payload = TypedDataEncoder.getPayload(domain, types, message) as { domain: { chainId?: string } };
  const { chainId } = payload.domain;
  // A plain number is what every wallet reads; ethers writes hexadecimal, which some compare as text with the chain they are on.
  const plain = chainId === undefined ? {} : { chainId: Number.isSafeInteger(Number(chainId)) ? Number(chainId) : BigInt(chainId).toString() };
  return JSON.stringify({ ...payload, domain: { ...payload.domain, ...plain } });
}
