import { TypedDataEncoder } from "ethers/hash";
import type { TypedDataDomain, TypedDataField } from "ethers/hash";

/** The JSON that wallets, nodes and `cast` sign: `{ types, domain, primaryType, message }`, with `EIP712Domain` among the types. */
export function typedDataJson(domain: TypedDataDomain, types: Record<string, TypedDataField[]>, message: Record<string, unknown>): string {
  return JSON.stringify(TypedDataEncoder.getPayload(domain, types, message));
}
