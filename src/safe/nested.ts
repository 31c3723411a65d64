import { TypedDataEncoder } from "ethers/hash";
import type { TypedDataField } from "ethers/hash";
import { concat } from "ethers/utils";
import type { Address, Hex } from "../protocol/hex.ts";
import { encodeApproveHash } from "./execute.ts";
import type { BatchCall } from "./multisend.ts";
import type { SafeHandler } from "./owner-graph.ts";
import type { SafeVersion } from "./safe-contracts.ts";
import { contractSignature, encodeSignatures, selectSignatures, type SafeSignature } from "./signature.ts";
import { hashSafeTransaction, safeDomain, type SafeTransaction } from "./transaction.ts";

/**
 * What the owners of a child Safe sign when the child gives its parent a contract signature (EIP-1271): a `SafeMessage`
 * of the child around `preimage`, the 66 bytes 0x1901‖domain‖struct of the parent's transaction, or around `hash`, its
 * 32-byte safeTxHash.
 */
export type ContractSignatureForm = "preimage" | "hash";

/** Null when no such signature is ever accepted, and why. */
export type ContractSignatureRule = { form: ContractSignatureForm; why: null } | { form: null; why: string };

/** A child Safe as far as the rule goes. */
export interface ChildSafe {
  version: SafeVersion;
  handler: SafeHandler;
}

/**
 * Whether a child Safe can sign for its parent, and in which form. The parent asks, so the parent's version decides: up to
 * 1.4.1 it calls `isValidSignature(bytes,bytes)` with the preimage, from 1.5.0 `isValidSignature(bytes32,bytes)` with the
 * hash. The child answers through its fallback handler; the one of 1.5.0 no longer knows the first. Every pair was tried on
 * chain with the handler of the child's own kind; an approval on chain (`approveHash`) works for all of them.
 */
export function contractSignatureRule(parent: { version: SafeVersion }, child: ChildSafe): ContractSignatureRule {
  const { handler } = child;
  if (handler.kind === "none") return { form: null, why: "the child has no fallback handler, so it answers no isValidSignature" };
  if (handler.kind === "foreign") return { form: null, why: `the child's fallback handler ${handler.address} is no code that Safe released` };
  if (isOld(handler.version) !== isOld(child.version)) return { form: null, why: `the child is a Safe ${child.version} with the fallback handler of ${handler.version}` };
  if (!isOld(parent.version)) return { form: "hash", why: null };
  if (isOld(child.version)) return { form: "preimage", why: null };
  return { form: null, why: `a Safe ${parent.version} asks isValidSignature(bytes,bytes), which Safe ${child.version} no longer answers` };
}

function isOld(version: SafeVersion): boolean {
  return version !== "1.5.0";
}

export const SAFE_MESSAGE_TYPES: Record<"SafeMessage", TypedDataField[]> = { SafeMessage: [{ name: "message", type: "bytes" }] };

/** The bytes inside the `SafeMessage` that a child's owners sign. */
export function contractSignatureMessage(chainId: bigint, parent: Address, tx: SafeTransaction, form: ContractSignatureForm): Hex {
  const { domainHash, messageHash, safeTxHash } = hashSafeTransaction(chainId, parent, tx);
  return form === "hash" ? safeTxHash : (concat(["0x1901", domainHash, messageHash]) as Hex);
}

/** What a device shows, and what is signed, for a `SafeMessage` of a Safe of version 1.3.0 or later. */
export function hashSafeMessage(chainId: bigint, safe: Address, message: Hex): { domainHash: Hex; messageHash: Hex; safeMessageHash: Hex } {
  const domain = safeDomain(chainId, safe);
  return {
    domainHash: TypedDataEncoder.hashDomain(domain) as Hex,
    messageHash: TypedDataEncoder.from(SAFE_MESSAGE_TYPES).hash({ message }) as Hex,
    safeMessageHash: TypedDataEncoder.hash(domain, SAFE_MESSAGE_TYPES, { message }) as Hex,
  };
}

/**
 * The child's signature for its parent, made of signatures of the child's owners over the `SafeMessage`.
 * @throws LPCTL_SAFE_SIGNATURES_MISSING (exit 5) when they are fewer than the child asks for
 */
export function joinContractSignature(child: { address: Address; owners: readonly Address[]; threshold: bigint }, inner: readonly SafeSignature[]): SafeSignature {
  return contractSignature(child.address, encodeSignatures(selectSignatures(inner, child.owners, child.threshold)));
}

/** The call by which a child Safe approves a transaction of its parent on chain; the child's own transaction carries it. */
export function approvalCall(parent: Address, safeTxHash: Hex): BatchCall {
  return { to: parent, valueWei: 0n, data: encodeApproveHash(safeTxHash) };
}
