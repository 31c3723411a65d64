import { decodeKnownCall } from "../protocol/decode-known.ts";
import { printable } from "../protocol/printable.ts";
import type { SafeBundle } from "../safe/bundle.ts";
import { unpackCalls } from "../safe/multisend.ts";

/** What a Safe transaction does, decoded from its bytes alone. */
export function formatBundleCalls(bundle: SafeBundle): string {
  const { safe, transaction, chainId, proposalId } = bundle;
  return [
    `Safe ${safe.address} (version ${safe.version}, chain ${chainId}), nonce ${transaction.nonce}`,
    `proposal ${proposalId === null ? "none" : printable(proposalId)}`,
    ...unpackCalls(transaction).flatMap(({ to, valueWei, data }) => {
      const decoded = decodeKnownCall(data);
      return [
        `  calls ${to}${valueWei === 0n ? "" : ` with ${valueWei} wei`}`,
        ...(decoded === undefined
          ? [`    ${data === "0x" ? "nothing (uses up the nonce)" : `unknown calldata ${data}`}`]
          : [`    ${decoded.signature}`, ...decoded.args.map((arg) => `      ${arg.name || arg.type}: ${arg.value}`)]),
      ];
    }),
  ].join("\n");
}
