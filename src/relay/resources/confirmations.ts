import { z } from "zod";
import type { RelayContext } from "../context.ts";
import { parseBody, signatureField } from "../fields.ts";
import { fieldProblem, unknownSafe, unknownTransaction } from "../http/problem.ts";
import { pageResponse, parsePage } from "../http/pages.ts";
import type { RelayRequest, RelayResponse, Route } from "../http/router.ts";
import { presentConfirmation, standingConfirmations } from "../present-transaction.ts";
import { storeSignature } from "../store-signature.ts";
import { verifySignatures } from "../verify-signatures.ts";
import { lookAtChain, requireTransaction } from "./multisig-transactions.ts";

/** Signatures of a Safe transaction, one owner each. */
export function confirmationRoutes(context: RelayContext): Route[] {
  const path = "/v1/multisig-transactions/:hash/confirmations/";
  return [
    { method: "GET", path, handle: (request) => listConfirmations(context, request) },
    { method: "POST", path, handle: (request) => confirm(context, request) },
  ];
}

async function listConfirmations(context: RelayContext, request: RelayRequest): Promise<RelayResponse> {
  await lookAtChain(context);
  const stored = requireTransaction(context, request.params["hash"]);
  const safe = stored.execution === undefined ? await context.chain.safe(stored.safe).catch(() => undefined) : undefined;
  const standing = standingConfirmations(stored, context.transactions.confirmations(stored), safe);
  const page = parsePage(request.query);
  return pageResponse(request, page, standing.length, standing.slice(page.offset, page.offset + page.limit).map(presentConfirmation));
}

const bodySchema = z.object({ signature: signatureField });

/** Answers 201 once all that is new in it is on the disk. One bad signature refuses the lot. */
async function confirm(context: RelayContext, { params, body }: RelayRequest): Promise<RelayResponse> {
  const { transactions } = context;
  const { safeTxHash, safe: address, transaction } = requireTransaction(context, params["hash"]);
  const { signature } = parseBody(bodySchema, body, 400);
  const safe = await context.chain.safe(address);
  if (safe === undefined) throw unknownSafe();
  if (transaction.nonce < safe.nonce) throw refusal(`Transaction with safe-tx-hash=${safeTxHash} was already executed, or another one with nonce=${transaction.nonce} was`);
  const verdict = await verifySignatures(context, { safe, transaction, safeTxHash, signatures: signature, delegates: [] });
  if ("problem" in verdict) throw refusal(verdict.problem);
  const nowMs = context.nowMs();
  const added = await context.database.write(() => {
    if (transactions.find(safeTxHash) === undefined) throw unknownTransaction();
    const fresh = verdict.ofOwners.filter((each) => storeSignature(context, safe, safeTxHash, each, nowMs));
    if (fresh.length === 0) throw refusal(`Signer=${verdict.ofOwners.map(({ owner }) => owner).join(", ")} has already confirmed transaction with safe-tx-hash=${safeTxHash}`);
    transactions.trust(safeTxHash, nowMs);
    return fresh;
  });
  for (const { owner } of added) context.onEvent(`confirmed ${safeTxHash} by ${owner}`);
  return { status: 201, body: { signature } };
}

function refusal(text: string): Error {
  return fieldProblem(400, "signature", text);
}
