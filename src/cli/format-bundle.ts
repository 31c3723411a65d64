import { decodeKnownCall, knownSignatures } from "../protocol/decode-known.ts";
import type { Hex } from "../protocol/hex.ts";
import { nestedCalls, type NestedCall } from "../protocol/nested-calls.ts";
import { printable } from "../protocol/printable.ts";
import type { SafeBundle } from "../safe/bundle.ts";
import { unpackCalls } from "../safe/multisend.ts";
import { findSelfCall } from "../safe/require-plain.ts";

/** Selectors of a Safe's `approveHash(bytes32)` and `execTransaction(…)`. */
const APPROVE_HASH = "0xd4d9bdcd";
const EXEC_TRANSACTION = "0x6a761202";
/** In lines: what a terminal of the usual height shows at once. */
const LONG_LIST = 15;

/** What a Safe transaction does, decoded from its bytes alone, through every layer that carries calls for later. */
export function formatBundleCalls(bundle: SafeBundle): string {
  const { safe, transaction, chainId, proposalId } = bundle;
  const calls = unpackCalls(transaction);
  const lines = calls.flatMap((call) => formatCall(call, 1));
  const warnings = [
    ...(findSelfCall(safe.address, transaction) === undefined ? [] : ["! It changes the Safe itself: its owners, threshold, modules, guard or fallback handler"]),
    ...(calls.some(({ data }) => data.startsWith(APPROVE_HASH)) ? ["! It agrees, for another Safe, to a transaction of which only the hash is in here"] : []),
    ...(calls.some(({ data }) => data.startsWith(EXEC_TRANSACTION)) ? ["! It has another Safe act: what that one does is in the data of the call"] : []),
  ];
  return [
    `Safe ${safe.address} (version ${safe.version}, chain ${chainId}), nonce ${transaction.nonce}`,
    `proposal ${proposalId === null ? "none" : printable(proposalId)}`,
    ...warnings,
    ...lines,
    ...(calls.length > 1 ? [`  ${calls.length} calls in all`] : []),
    // A long list pushes what stands above it off the screen.
    ...(lines.length > LONG_LIST ? warnings : []),
  ].join("\n");
}

/** Calls that nobody has put into a Safe transaction yet. */
export function formatCalls(calls: readonly NestedCall[]): string {
  return calls.flatMap((call) => formatCall(call, 1)).join("\n");
}

function formatCall({ to, valueWei, data }: NestedCall, depth: number): string[] {
  const indent = "  ".repeat(depth);
  const decoded = decodeKnownCall(data);
  const inner = nestedCalls(data);
  const value = valueWei === 0n ? "" : ` with ${valueWei} wei`;
  if (decoded === undefined) {
    return [`${indent}calls ${to}${value}`, `${indent}  ${describeUnread(data)}`];
  }
  const args = decoded.args.filter(({ type }) => inner.length === 0 || !/\[\]|tuple/.test(type));
  return [
    `${indent}calls ${to}${value}`,
    `${indent}  ${decoded.signature}`,
    ...args.map((arg) => `${indent}    ${arg.name || arg.type}: ${arg.value}`),
    ...inner.flatMap((call) => formatCall(call, depth + 2)),
  ];
}

/** Bytes that no known ABI writes; a selector alone must not make them look like a call that they are not. */
function describeUnread(data: Hex): string {
  if (data === "0x") return "nothing (no calldata)";
  const [like] = knownSignatures(data);
  return like === undefined ? `unknown calldata ${data}` : `WARNING: calldata that begins like ${like} and is not what its ABI writes: ${data}`;
}
