import type { Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { SafeBundle } from "./bundle.ts";
import { contractSignatureMessage, contractSignatureRule, hashSafeMessage, type ChildSafe, type ContractSignatureForm } from "./nested.ts";
import { readOwnerAccount } from "./owner-graph.ts";
import type { SafeVersion } from "./safe-contracts.ts";
import { isOwner, parseSignatures, type ParsedSignature, type SafeSignature } from "./signature.ts";
import type { SafeTransaction } from "./transaction.ts";

/** A contract signature and everything that judges it. */
export interface NestedSignature {
  chainId: bigint;
  parent: { address: Address; version: SafeVersion };
  tx: SafeTransaction;
  child: ChildSafe & { address: Address; owners: readonly Address[]; threshold: bigint };
  /** The bytes that `isValidSignature` of the child receives. */
  data: Hex;
}

/** `undecided`: nothing is wrong with it, and only the chain can tell whether it is right. */
export interface NestedVerdict {
  signers: Address[];
  undecided: boolean;
}

/**
 * Judges a contract signature of a child Safe without a chain: the pair of versions allows it, and the signatures inside
 * recover to as many of the child's owners as it asks for, over the message that this parent will ask about.
 * @throws LPCTL_SAFE_CONTRACT_SIGNATURE_IMPOSSIBLE, LPCTL_SAFE_CONTRACT_SIGNATURE_FOREIGN, LPCTL_SAFE_SIGNATURE_MALFORMED
 */
export function requireContractSignature(signature: NestedSignature): NestedVerdict {
  const { child, data } = signature;
  const form = requireForm(signature);
  // Without bytes the child is asked for a message that it has signed on chain.
  if (data === "0x") return { signers: [], undecided: true };
  const inner = parseInner(signature, form);
  const counted = inner.slice(0, Number(child.threshold));
  const stranger = counted.find(({ owner }) => !isOwner(owner, child.owners));
  if (counted.length < Number(child.threshold) || stranger !== undefined) throw foreign(signature, form, stranger?.owner, inner.length);
  return { signers: counted.map(({ owner }) => owner), undecided: counted.some(({ kind }) => kind === "contract" || kind === "approved-hash") };
}

/**
 * As `requireContractSignature`, with the child as it is on chain. For an owner that is a contract of another kind there is
 * nothing to take apart; only the Safe that asks it can judge then.
 */
export async function requireReadableChild(rpc: Rpc, bundle: Pick<SafeBundle, "chainId" | "safe" | "transaction">, signature: SafeSignature): Promise<void> {
  const account = await readOwnerAccount(rpc, signature.owner, await rpc.blockNumber());
  if (account.kind !== "safe") return;
  requireContractSignature({ chainId: bundle.chainId, parent: bundle.safe, tx: bundle.transaction, child: { ...account.facts, handler: account.handler }, data: signature.data });
}

/** @throws LPCTL_SAFE_CONTRACT_SIGNATURE_IMPOSSIBLE */
export function requireForm({ parent, child }: { parent: NestedSignature["parent"]; child: ChildSafe & { address: Address } }): ContractSignatureForm {
  const rule = contractSignatureRule(parent, child);
  if (rule.form !== null) return rule.form;
  throw new LpctlError({
    code: "LPCTL_SAFE_CONTRACT_SIGNATURE_IMPOSSIBLE",
    exit: Exit.refused,
    message: `The Safe ${child.address} cannot sign for the Safe ${parent.address}.`,
    why: `${rule.why[0]?.toUpperCase() ?? ""}${rule.why.slice(1)}.`,
    next: "It can approve on chain: its owners sign with lpctl proposal sign, and proposal execute sends the approval.",
    details: { parent: parent.address, child: child.address },
  });
}

function parseInner({ chainId, parent, tx, child, data }: NestedSignature, form: ContractSignatureForm): ParsedSignature[] {
  return parseSignatures(data, hashSafeMessage(chainId, child.address, contractSignatureMessage(chainId, parent.address, tx, form)).safeMessageHash);
}

/** Says what the signatures were made over instead, where that can be found out. */
function foreign(signature: NestedSignature, form: ContractSignatureForm, stranger: Address | undefined, count: number): LpctlError {
  const { child, parent } = signature;
  const other = form === "hash" ? "preimage" : "hash";
  const fitsOther = stranger !== undefined && parseInner(signature, other).every(({ owner }) => isOwner(owner, child.owners));
  return new LpctlError({
    code: "LPCTL_SAFE_CONTRACT_SIGNATURE_FOREIGN",
    exit: Exit.refused,
    message: `The signature in the name of the Safe ${child.address} is not of this transaction.`,
    why:
      stranger === undefined
        ? `It holds ${count} of the ${child.threshold} signatures that the Safe asks for.`
        : fitsOther
          ? `Its owners signed the ${other === "hash" ? "32-byte hash" : "66-byte preimage"}; a parent of version ${parent.version} asks for the ${form === "hash" ? "32-byte hash" : "66-byte preimage"}.`
          : `${stranger}, recovered from it, is no owner of that Safe: it was made over something else.`,
    next: "Have its owners sign anew, or approve on chain instead: lpctl proposal sign",
    details: { child: child.address, parent: parent.address, form },
  });
}
