import { decodeKnownCall, knownInterface } from "../protocol/decode-known.ts";
import { printable } from "../protocol/printable.ts";
import { decodeRevert } from "../protocol/revert-reason.ts";
import { namesOf, type AddressBook } from "./contract-book.ts";
import { nameAddresses } from "./name-addresses.ts";
import type { CallNode } from "../outcome/simulation.ts";

/** The call tree with contract names, function signatures and arguments, as far as the book and known ABIs go. */
export function decodeCalls(node: CallNode, book: AddressBook): CallNode {
  const contract = book.interfaceOf(node.to) ?? (isDelegated(node) ? book.interfaceOf(node.from) : undefined);
  const isCreation = node.type === "CREATE" || node.type === "CREATE2";
  const decoded = isCreation ? undefined : decodeKnownCall(node.input, contract);
  const toName = book.nameOf(node.to);
  return {
    ...node,
    ...(toName === undefined ? {} : { toName }),
    ...(decoded === undefined ? {} : { signature: decoded.signature, args: nameAddresses(decoded.args, namesOf(book)) }),
    children: node.children.map((child) => decodeCalls(child, book)),
  };
}

/**
 * Why a call tree failed, from the call that failed first and took the others with it. Contracts on the way often
 * replace or garble the reason (Safe: `GS013`; LIP-25 Governor: the revert data as a string), so the innermost call is asked.
 */
export function findRevertReason(root: CallNode, book: AddressBook): string | undefined {
  const failed = innermostFailure(root);
  if (failed === undefined) return undefined;
  const contract = book.interfaceOf(failed.to) ?? (isDelegated(failed) ? book.interfaceOf(failed.from) : undefined);
  const abis = contract === undefined ? [knownInterface()] : [contract, knownInterface()];
  const silent = failed.output === "0x" && failed.error !== undefined && !/revert/i.test(failed.error);
  const reason = silent ? failed.error : decodeRevert(failed.output, abis);
  return `${describe(failed, book)}: ${reason}`;
}

/** Also inside a successful root: a Safe swallows the failure of its inner call. */
function innermostFailure(node: CallNode): CallNode | undefined {
  for (const child of node.children.toReversed()) {
    if (node.error !== undefined && child.error === undefined) continue;
    const failed = innermostFailure(child);
    if (failed === undefined) continue;
    // A failed call that its caller survived is not why the caller failed later.
    const survived = node.error !== undefined && child !== node.children.at(-1) && !passesOn(node, child);
    return survived ? node : failed;
  }
  return node.error === undefined ? undefined : node;
}

/** `GS013` in hex: a Safe says it in the place of the reason of its inner call. */
const SAFE_CALL_FAILED = "4753303133";

function passesOn(outer: CallNode, inner: CallNode): boolean {
  return outer.output.includes(SAFE_CALL_FAILED) || (inner.output.length > 2 && outer.output.includes(inner.output.slice(2)));
}

function describe(node: CallNode, book: AddressBook): string {
  const delegator = isDelegated(node) ? book.nameOf(node.from) : undefined;
  return printable(book.nameOf(node.to) ?? delegator ?? node.to);
}

function isDelegated(node: CallNode): boolean {
  return node.type === "DELEGATECALL" || node.type === "CALLCODE";
}
