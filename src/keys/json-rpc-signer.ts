import { z } from "zod";
import { formatTag, Rpc } from "../chain/rpc.ts";
import type { RpcKey } from "../config/key-schema.ts";
import { addressSchema } from "../protocol/address-schema.ts";
import { hexSchema } from "../protocol/hex.ts";
import type { KeyContext } from "./key-context.ts";
import type { ExternalSigner } from "./signer.ts";
import { typedDataJson } from "./typed-data-json.ts";

/** geth and clef give the transaction in an object with its bytes, others the bytes. */
const signedSchema = z.union([hexSchema, z.object({ raw: hexSchema }).transform(({ raw }) => raw)]);

/** Signs through a node, web3signer (`eth_signTypedData_v4`) or clef (`account_signTypedData`). Never asked twice: signing is no read. */
export function jsonRpcSigner({ rpc: { url, method }, address }: RpcKey, { say, timeoutSeconds }: KeyContext): ExternalSigner {
  const rpc = new Rpc(url, { timeoutMs: timeoutSeconds * 1_000 });
  const isClef = method === "account_signTypedData";
  return {
    kind: "json-rpc",
    address,
    canSend: true,
    readAddresses: () => rpc.request(isClef ? "account_list" : "eth_accounts", [], z.array(addressSchema)),
    async signTypedData(domain, types, message) {
      const json = typedDataJson(domain, types, message);
      say(`Asking ${rpc.origin} for the signature of ${address}`);
      // clef takes the object, everybody else the text that browsers' wallets take.
      const typed: unknown = isClef ? JSON.parse(json) : json;
      return rpc.request(method, [address, typed], z.string().max(1_000));
    },
    signTransaction(unsigned) {
      say(`Asking ${rpc.origin} for a transaction signed by ${address}`);
      const transaction = {
        type: "0x2",
        from: address,
        ...(unsigned.to === null ? {} : { to: unsigned.to }),
        chainId: formatTag(unsigned.chainId),
        nonce: formatTag(unsigned.nonce),
        value: formatTag(unsigned.valueWei),
        gas: formatTag(unsigned.gasLimit),
        maxFeePerGas: formatTag(unsigned.maxFeePerGasWei),
        maxPriorityFeePerGas: formatTag(unsigned.maxPriorityFeePerGasWei),
        // Nodes know it as `input`, clef as `data`; giving both the same is allowed.
        input: unsigned.data,
        data: unsigned.data,
      };
      return rpc.request(isClef ? "account_signTransaction" : "eth_signTransaction", [transaction], signedSchema);
    },
  };
}
