import { readFunction } from "../chain/read-function.ts";
import type { Rpc } from "../chain/rpc.ts";
import { Interface } from "ethers/abi";
import { concat } from "ethers/utils";
import { Exit, LpctlError } from "../errors.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { contractSignatureMessage, contractSignatureRule, hashSafeMessage, type ChildSafe, type ContractSignatureForm } from "./nested.ts";
import type { SafeVersion } from "./safe-contracts.ts";
import { encodeSignatures, isOwner, parseSignatures, type ParsedSignature, type SafeSignature } from "./signature.ts";
import { hashSafeTransaction, type SafeTransaction } from "./transaction.ts";

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

const ABI = new Interface(["function isValidSignature(bytes data, bytes signature) view returns (bytes4)", "function isValidSignature(bytes32 hash, bytes signature) view returns (bytes4)"]);
const CALLS: Record<ContractSignatureForm, { name: string; magic: string }> = {
  preimage: { name: "isValidSignature(bytes,bytes)", magic: "0x20c13b0b" },
  hash: { name: "isValidSignature(bytes32,bytes)", magic: "0x1626ba7e" },
};

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
 * Asks the child on chain, with the question its parent will ask.
 * @throws LPCTL_SAFE_CONTRACT_SIGNATURE_REJECTED, LPCTL_SAFE_CONTRACT_SIGNATURE_IMPOSSIBLE, errors of the RPC
 */
export async function requireChildAccepts(rpc: Rpc, signature: NestedSignature): Promise<void> {
  const { chainId, parent, tx, child, data } = signature;
  const form = requireForm(signature);
  const { name, magic } = CALLS[form];
  const message = contractSignatureMessage(chainId, parent.address, tx, form);
  const answer = await rpc.call({ from: parent.address, to: child.address, data: ABI.encodeFunctionData(name, [message, data]) as Hex }).catch((error: unknown) => {
    if (error instanceof LpctlError && error.code === "LPCTL_CHAIN_CALL_REVERTED") return error;
    throw error;
  });
  if (typeof answer === "string" && answer.startsWith(magic)) return;
  throw new LpctlError({
    code: "LPCTL_SAFE_CONTRACT_SIGNATURE_REJECTED",
    exit: Exit.refused,
    message: `The Safe ${child.address} does not accept the signature given in its name.`,
    why: answer instanceof LpctlError ? (answer.why ?? answer.message) : `Its ${name} answers ${answer.slice(0, 10)} instead of ${magic}.`,
    next: "Have its owners sign anew, or approve on chain instead: lpctl proposal sign",
    details: { child: child.address, parent: parent.address },
  });
}

/**
 * Asks a Safe whether these signatures are enough for a transaction, before anybody pays for trying: every kind of
 * signature, in the way the Safe's version wants to be asked.
 * @throws LPCTL_SAFE_SIGNATURES_REJECTED, errors of the RPC
 */
export async function requireSafeAccepts(rpc: Rpc, safe: { address: Address; version: SafeVersion }, tx: SafeTransaction, signatures: readonly SafeSignature[]): Promise<void> {
  const { domainHash, messageHash, safeTxHash } = hashSafeTransaction(await rpc.chainId(), safe.address, tx);
  const blob = encodeSignatures(signatures);
  const [name, args] =
    safe.version === "1.5.0"
      ? (["function checkSignatures(address executor, bytes32 dataHash, bytes signatures) view", ["0x0000000000000000000000000000000000000000", safeTxHash, blob]] as const)
      : (["function checkSignatures(bytes32 dataHash, bytes data, bytes signatures) view", [safeTxHash, concat(["0x1901", domainHash, messageHash]), blob]] as const);
  try {
    await readFunction(rpc, safe.address, name, args);
  } catch (error) {
    if (!(error instanceof LpctlError) || error.code !== "LPCTL_CHAIN_CALL_REVERTED") throw error;
    throw new LpctlError({
      code: "LPCTL_SAFE_SIGNATURES_REJECTED",
      exit: Exit.refused,
      message: `The Safe ${safe.address} does not accept these signatures for ${safeTxHash}.`,
      why: error.why ?? error.message,
      next: "lpctl proposal status shows who has signed; owners who are Safes may have changed since",
      details: { safe: safe.address, safeTxHash, signers: signatures.map(({ owner }) => owner) },
      cause: error,
    });
  }
}

function requireForm({ parent, child }: NestedSignature): ContractSignatureForm {
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
