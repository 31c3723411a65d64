import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { findSafeNode, pathsToKey } from "../../authority/nested.ts";
import { tryReadFunction } from "../../chain/read-function.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { Signer } from "../../keys/signer.ts";
import type { StoredProposal } from "../../proposal/store.ts";
import { addressSchema } from "../../protocol/address-schema.ts";
import { hash32Schema, hexSchema, type Address, type Hex } from "../../protocol/hex.ts";
import { parseStrictJson } from "../../protocol/strict-json.ts";
import { replaceFile } from "../../replace-file.ts";
import { requireSameOpinion, type HashOpinion } from "../../safe/agree.ts";
import { addSignature, type SafeBundle } from "../../safe/bundle.ts";
import { mergeIntoFile } from "../../safe/merge-into-file.ts";
import { requireContractSignature, requireForm } from "../../safe/check-nested.ts";
import { contractSignatureMessage, hashSafeMessage, joinContractSignature, SAFE_MESSAGE_TYPES, type ContractSignatureForm } from "../../safe/nested.ts";
import { requireOneSignature } from "../../safe/one-signature.ts";
import { readOwnerAccount, type SafeAccount } from "../../safe/owner-graph.ts";
import type { SafeFacts } from "../../safe/read-safe.ts";
import { compareOwners, parseSignature, type SafeSignature } from "../../safe/signature.ts";
import { safeDomain } from "../../safe/transaction.ts";
import { planStored } from "../plan.ts";
import type { Project } from "../../inspection/project.ts";
import { bundlePath, loadSafeBundle, noteSignature, requireOwner } from "../safe/safe-bundle.ts";
import { approvalsFolder } from "../safe/safe-files.ts";
import type { SigningReview } from "../sign-proposal.ts";

/** What the owners of a Safe that owns the proposal's sign instead of an approval: a message, and nothing is executed. */
export interface MessageReview {
  child: SafeAccount;
  form: ContractSignatureForm;
  message: Hex;
  hashes: { domainHash: Hex; messageHash: Hex; safeMessageHash: Hex };
  /** Signatures that the child's owners have given so far. */
  signatures: SafeSignature[];
  /** Who gave the hash of the message. */
  agreed: HashOpinion["by"][];
}

const fileSchema = z.strictObject({
  schema: z.literal(1),
  safe: addressSchema,
  safeMessageHash: hash32Schema,
  message: hexSchema,
  signatures: z.array(z.strictObject({ owner: addressSchema, data: hexSchema })),
});

/**
 * The message that lets a Safe sign for the proposal's Safe, where the versions of the two allow it. Only for Safes that own
 * the proposal's directly: further down an approval on chain is the way.
 * @throws LPCTL_SAFE_SIGNER_NOT_OWNER, LPCTL_SAFE_CONTRACT_SIGNATURE_IMPOSSIBLE, LPCTL_SAFE_HASH_DISAGREEMENT
 */
export async function prepareMessage(project: Project, stored: StoredProposal, parent: { bundle: SafeBundle; safe: SafeFacts }, key: Address): Promise<MessageReview> {
  const { authority } = await planStored(project.rpc, stored);
  const node = findSafeNode(authority, parent.safe.address);
  const [address] = (node === undefined ? [] : pathsToKey(node, key)).flatMap((path) => (path.length === 1 ? path : []));
  const child = address === undefined ? undefined : await readOwnerAccount(project.rpc, address, parent.safe.blockNumber);
  if (child?.kind !== "safe") {
    throw new LpctlError({
      code: "LPCTL_SAFE_SIGNER_NOT_OWNER",
      exit: Exit.usage,
      message: `${key} is not an owner of a Safe that owns ${parent.safe.address} itself`,
      why: "--message is for the owners of such a Safe; further down, Safes approve on chain",
      next: `lpctl proposal sign ${stored.name} --key NAME, without --message`,
    });
  }
  const { chainId, transaction } = parent.bundle;
  const form = requireForm({ parent: parent.safe, child: { ...child.facts, handler: child.handler } });
  const message = contractSignatureMessage(chainId, parent.safe.address, transaction, form);
  const hashes = hashSafeMessage(chainId, child.address, message);
  const onChain = await tryReadFunction(project.rpc, child.address, "function getMessageHash(bytes message) view returns (bytes32)", [message]);
  const opinions: HashOpinion[] = [{ by: "ethers", safeTxHash: hashes.safeMessageHash }, ...(onChain === undefined ? [] : [{ by: "the Safe on chain", safeTxHash: hash32Schema.parse(onChain[0]) } as const])];
  requireSameOpinion(opinions);
  return { child, form, message, hashes, signatures: await loadSignatures(stored, child.address, hashes.safeMessageHash), agreed: opinions.map(({ by }) => by) };
}

/**
 * Signs the message and keeps the signature beside the proposal. With enough of them they become the child's signature of the
 * proposal's Safe transaction, which the Safe on chain has to take.
 * @throws LPCTL_SAFE_SIGNATURE_FOREIGN when what comes back is not the signer's over this message; what requireOneSignature throws
 */
export async function signMessage(project: Project, review: SigningReview, { child, message, hashes, signatures }: MessageReview, stored: StoredProposal, signer: Signer, key?: string): Promise<{ signers: Address[]; isComplete: boolean }> {
  const { address, facts } = child;
  requireOwner(signer.address, address, facts.owners);
  noteSignature(review.bundle, signer, { ledger: review.ledger, key, genesisHash: stored.proposal.genesisHash });
  const data = await signer.signTypedData(safeDomain(review.bundle.chainId, address), SAFE_MESSAGE_TYPES, { message });
  const mine = parseSignature(data, hashes.safeMessageHash);
  if (mine.owner !== signer.address) {
    throw new LpctlError({
      code: "LPCTL_SAFE_SIGNATURE_FOREIGN",
      exit: Exit.refused,
      message: `The signature is not one of ${signer.address} over this message.`,
      why: `Over ${hashes.safeMessageHash} it is the signature of ${mine.owner}.`,
      next: "Do not simply sign again: compare the hash shown by the signing device with the one above first.",
    });
  }
  await review.save();
  // Somebody else may have signed while this person was reading.
  const present = [...signatures, ...(await loadSignatures(stored, address, hashes.safeMessageHash))].filter(({ owner }) => owner !== signer.address);
  const all = [...new Map([...present, { owner: mine.owner, kind: mine.kind, data: mine.data }].map((one) => [one.owner, one])).values()];
  await saveSignatures(stored, address, message, hashes.safeMessageHash, all);
  const counted = all.filter(({ owner }) => facts.owners.includes(owner));
  const isComplete = BigInt(counted.length) >= facts.threshold;
  if (isComplete) await addToProposal(project, review, child, counted, stored);
  return { signers: counted.map(({ owner }) => owner), isComplete };
}

async function addToProposal({ rpc }: Project, review: SigningReview, { address, facts, handler }: SafeAccount, inner: readonly SafeSignature[], stored: StoredProposal): Promise<void> {
  const bundle = (await loadSafeBundle(stored)) ?? review.bundle;
  const signature = joinContractSignature(facts, inner);
  requireContractSignature({ chainId: bundle.chainId, parent: bundle.safe, tx: bundle.transaction, child: { ...facts, address, handler }, data: signature.data });
  await requireOneSignature(rpc, bundle, signature);
  await mergeIntoFile(bundlePath(stored), addSignature(bundle, signature));
}

function messagePath(stored: StoredProposal, child: Address): string {
  return join(approvalsFolder(stored), `${child}.message.json`);
}

/** Those of this very message that are whose they say; of a file about anything else, none. */
async function loadSignatures(stored: StoredProposal, child: Address, safeMessageHash: Hex): Promise<SafeSignature[]> {
  const path = messagePath(stored, child);
  if (!existsSync(path)) return [];
  try {
    const file = fileSchema.parse(parseStrictJson(await readFile(path, "utf8")));
    if (file.safe !== child || file.safeMessageHash !== safeMessageHash) return [];
    return file.signatures.flatMap(({ owner, data }) => {
      const parsed = parseSignature(data, safeMessageHash);
      return parsed.owner === owner ? [{ owner, kind: parsed.kind, data: parsed.data }] : [];
    });
  } catch (cause) {
    throw new LpctlError({
      code: "LPCTL_SAFE_MESSAGE_UNREADABLE",
      exit: Exit.refused,
      message: `${path} is no file of signatures of a Safe's message, or was damaged`,
      next: "Restore it from version control, or remove it and have the owners sign again",
      cause,
    });
  }
}

async function saveSignatures(stored: StoredProposal, safe: Address, message: Hex, safeMessageHash: Hex, signatures: readonly SafeSignature[]): Promise<void> {
  const path = messagePath(stored, safe);
  await mkdir(dirname(path), { recursive: true });
  const sorted = signatures.toSorted(compareOwners).map(({ owner, data }) => ({ owner, data }));
  await replaceFile(path, `${JSON.stringify({ schema: 1, safe, safeMessageHash, message, signatures: sorted }, null, 2)}\n`);
}
