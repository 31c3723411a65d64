import { z } from "zod";
import type { Address, Hex } from "../protocol/hex.ts";
import { isOfficialAddress } from "../safe/safe-contracts.ts";
import type { SafeFacts } from "../safe/read-safe.ts";
import { isOwner } from "../safe/signature.ts";
import type { SafeSignature } from "../safe/signature.ts";
import { hashSafeTransaction } from "../safe/transaction.ts";
import type { SafeTransaction } from "../safe/transaction.ts";
import type { RelayContext } from "./context.ts";
import { addressField, dataField, hashField, integerField, optionalAddressField, parseBody, signatureField, wrong } from "./fields.ts";
import { fieldProblem } from "./http/problem.ts";
import type { RelayResponse } from "./http/router.ts";
import { storeSignature } from "./store-signature.ts";
import { verifySignatures } from "./verify-signatures.ts";

const LONGEST_ORIGIN = 200;

const proposalSchema = z.object({
  to: addressField,
  value: integerField,
  data: dataField,
  operation: z.union([z.literal([0, 1]), z.enum(["0", "1"])], wrong("Not a valid choice.")).transform((value): 0 | 1 => (Number(value) === 0 ? 0 : 1)),
  safeTxGas: integerField,
  baseGas: integerField,
  gasPrice: integerField,
  gasToken: optionalAddressField,
  refundReceiver: optionalAddressField,
  nonce: integerField,
  contractTransactionHash: hashField,
  sender: addressField,
  signature: signatureField.or(z.literal("")).nullish(),
  origin: z.string(wrong("Not a valid string.")).max(LONGEST_ORIGIN, `Ensure this field has no more than ${LONGEST_ORIGIN} characters.`).nullish(),
});
type Body = z.output<typeof proposalSchema>;

/** Libraries that Safe released to be run within a Safe. */
const LIBRARIES = ["MultiSend", "MultiSendCallOnly", "SignMessageLib", "CreateCall"] as const;

/**
 * Takes a proposal: the hash is computed again from its ten fields, its signatures must be of owners or their delegates, its
 * sender one of them. Answers 201 without a body once it is on the disk. Sent again with more signatures it gains those.
 * @throws HttpProblem 422 with the reason
 */
export async function propose(context: RelayContext, safeAddress: Address, body: unknown): Promise<RelayResponse> {
  const given = parseBody(proposalSchema, body, 422);
  const safe = await context.chain.safe(safeAddress);
  if (safe === undefined) throw refusal(`Safe=${safeAddress} does not exist or it's still not indexed`);
  const transaction = toTransaction(given);
  const { safeTxHash } = hashSafeTransaction(context.chainId, safeAddress, transaction);
  if (safeTxHash !== given.contractTransactionHash) {
    throw refusal(`Contract-transaction-hash=${safeTxHash} does not match provided contract-tx-hash=${given.contractTransactionHash}`);
  }
  if (transaction.nonce < safe.nonce) throw refusal(`Tx with nonce=${transaction.nonce} for safe=${safeAddress} was already executed; current nonce=${safe.nonce}`);
  if (context.officialDelegatecallsOnly && transaction.operation === 1 && !LIBRARIES.some((name) => isOfficialAddress(name, transaction.to))) {
    throw refusal("Operation DELEGATE_CALL is not allowed");
  }
  const party = await identify(context, safe, given, { transaction, safeTxHash });
  const nowMs = context.nowMs();
  await context.database.write(() => {
    const { transactions, chainStore } = context;
    const known = transactions.find(safeTxHash);
    if (known === undefined) {
      requireRoom(context, safe, party.trusted);
      const { proposer, proposedByDelegate, trusted } = party;
      transactions.insert({ safeTxHash, safe: safeAddress, transaction, origin: given.origin ?? "", proposer, proposedByDelegate, trusted, threshold: Number(safe.threshold), createdMs: nowMs });
      chainStore.watch(safeAddress, Number(safe.blockNumber));
    }
    const added = party.signatures.filter((signature) => storeSignature(context, safe, safeTxHash, signature, nowMs)).length;
    if (known !== undefined && added === 0 && (known.trusted || !party.trusted)) throw refusal(`Tx with safe-tx-hash=${safeTxHash} already exists`);
    if (party.trusted) transactions.trust(safeTxHash, nowMs);
  });
  context.onEvent(`proposed ${safeTxHash} of ${safeAddress}, nonce ${transaction.nonce}, by ${party.proposedByDelegate ?? party.proposer}`);
  return { status: 201 };
}

interface Party {
  proposer: Address;
  proposedByDelegate: Address | null;
  signatures: SafeSignature[];
  /** The sender, an owner or a delegate of one, has signed. */
  trusted: boolean;
}

/** Who proposes, and what of that is proven. */
async function identify(context: RelayContext, safe: SafeFacts, given: Body, hashed: { transaction: SafeTransaction; safeTxHash: Hex }): Promise<Party> {
  const { sender } = given;
  const standing = context.delegates.ofOwners(safe.address, safe.owners, context.nowMs());
  const delegator = standing.find(({ delegate }) => delegate === sender)?.delegator;
  const senderIsOwner = isOwner(sender, safe.owners);
  if (!senderIsOwner && delegator === undefined) {
    throw refusal(`Sender=${sender} is not an owner or delegate. Current owners=[${safe.owners.join(", ")}]. Delegates=[${standing.map(({ delegate }) => delegate).join(", ")}]`);
  }
  const party = { proposer: delegator !== undefined && !senderIsOwner ? delegator : sender, proposedByDelegate: senderIsOwner ? null : sender };
  if (given.signature === undefined || given.signature === null || given.signature === "") return { ...party, signatures: [], trusted: false };
  const verdict = await verifySignatures(context, { safe, ...hashed, signatures: given.signature, delegates: standing.map(({ delegate }) => delegate) });
  if ("problem" in verdict) throw refusal(verdict.problem);
  const signers = [...verdict.ofOwners.map(({ owner }) => owner), ...verdict.ofDelegates];
  if (!signers.includes(sender)) throw refusal(`Signature does not match sender=${sender}. Calculated owner=${signers.join(", ")}`);
  return { ...party, signatures: verdict.ofOwners, trusted: true };
}

function requireRoom({ transactions, limits }: RelayContext, safe: SafeFacts, trusted: boolean): void {
  if (trusted || transactions.countUntrusted(safe.address, safe.nonce) < limits.unsignedProposals) return;
  throw refusal(`Safe=${safe.address} has ${limits.unsignedProposals} proposals that nobody signed; sign this one, or have some deleted`);
}

function toTransaction(given: Body): SafeTransaction {
  return {
    to: given.to,
    valueWei: given.value,
    data: given.data,
    operation: given.operation,
    safeTxGas: given.safeTxGas,
    baseGas: given.baseGas,
    gasPriceWei: given.gasPrice,
    gasToken: given.gasToken,
    refundReceiver: given.refundReceiver,
    nonce: given.nonce,
  };
}

function refusal(text: string): Error {
  return fieldProblem(422, "nonFieldErrors", text);
}
