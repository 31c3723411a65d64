import { z } from "zod";
import type { Address } from "../../protocol/hex.ts";
import type { RelayContext } from "../context.ts";
import { parseBody, parseChecksummed, parsePathAddress, parsePathHash, signatureField } from "../fields.ts";
import { detail, fieldProblem, HttpProblem, unknownTransaction } from "../http/problem.ts";
import { pageResponse, parsePage } from "../http/pages.ts";
import type { RelayRequest, RelayResponse, Route } from "../http/router.ts";
import { presentTransaction, standingConfirmations } from "../present-transaction.ts";
import type { SafeNow } from "../present-transaction.ts";
import { propose } from "../propose.ts";
import type { StoredTransaction, TransactionFilter, TransactionOrder } from "../store/transaction-store.ts";
import { signerOfDeletion } from "../verify-totp.ts";
import { requireSafe } from "./safes.ts";

/** Safe transactions: what is proposed, what became of it. */
export function multisigTransactionRoutes(context: RelayContext): Route[] {
  return [
    { method: "GET", path: "/v2/safes/:address/multisig-transactions/", handle: (request) => listTransactions(context, request, {}) },
    // All that is collected here are these; transfers and transactions of modules are not.
    { method: "GET", path: "/v2/safes/:address/all-transactions/", handle: (request) => listTransactions(context, request, { txType: "MULTISIG_TRANSACTION", transfers: [] }) },
    { method: "POST", path: "/v2/safes/:address/multisig-transactions/", handle: async ({ params, body }) => propose(context, parsePathAddress(params["address"]), body) },
    { method: "GET", path: "/v2/multisig-transactions/:hash/", handle: (request) => showTransaction(context, request) },
    { method: "DELETE", path: "/v2/multisig-transactions/:hash/", handle: (request) => deleteTransaction(context, request) },
  ];
}

/** The transaction of a path. @throws HttpProblem 404 */
export function requireTransaction(context: RelayContext, hash: string | undefined): StoredTransaction {
  const safeTxHash = parsePathHash(hash);
  const stored = safeTxHash === undefined ? undefined : context.transactions.find(safeTxHash);
  if (stored === undefined) throw unknownTransaction();
  return stored;
}

/** How long an answer waits for a chain that is slow; then it tells what is stored. */
const PATIENCE_MS = 2_000;

/** Brings what is stored up to the chain as it is now; a chain that does not answer keeps nobody from reading. */
export async function lookAtChain(context: RelayContext): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS);
  });
  await Promise.race([context.watcher.catchUp().catch(() => {}), late]);
  clearTimeout(timer);
}

async function safeNow(context: RelayContext, stored: StoredTransaction): Promise<SafeNow | undefined> {
  return stored.execution === undefined ? context.chain.safe(stored.safe).catch(() => undefined) : undefined;
}

async function showTransaction(context: RelayContext, { params }: RelayRequest): Promise<RelayResponse> {
  await lookAtChain(context);
  const stored = requireTransaction(context, params["hash"]);
  const safe = await safeNow(context, stored);
  const standing = standingConfirmations(stored, context.transactions.confirmations(stored), safe);
  return { status: 200, body: presentTransaction(stored, standing, safe) };
}

async function listTransactions(context: RelayContext, request: RelayRequest, more: Record<string, unknown>): Promise<RelayResponse> {
  const address = parsePathAddress(request.params["address"]);
  const filter = parseFilter(request.query);
  const page = parsePage(request.query);
  const safe = await safeToList(context, address);
  await lookAtChain(context);
  const { count, uniqueNonces, transactions } = context.transactions.list(address, filter, parseOrder(request.query.get("ordering")), page);
  const results = transactions.map((stored) => ({ ...presentTransaction(stored, standingConfirmations(stored, context.transactions.confirmations(stored), safe), safe), ...more }));
  return pageResponse(request, page, count, results, { countUniqueNonce: uniqueNonces });
}

/** Undefined for a Safe that somebody proposed for while the chain does not answer. @throws HttpProblem 404, 422, 503 */
async function safeToList(context: RelayContext, address: Address): Promise<SafeNow | undefined> {
  try {
    return await requireSafe(context, address);
  } catch (error) {
    const isAway = error instanceof HttpProblem && error.status === 503;
    if (isAway && context.chainStore.safes().some((safe) => safe.address === address)) return undefined;
    throw error;
  }
}

const deletionSchema = z.object({ signature: signatureField });

async function deleteTransaction(context: RelayContext, { params, body }: RelayRequest): Promise<RelayResponse> {
  await lookAtChain(context);
  const stored = requireTransaction(context, params["hash"]);
  const { signature } = parseBody(deletionSchema, body, 400);
  const { safe, safeTxHash } = stored;
  if (stored.execution !== undefined) throw fieldProblem(400, "nonFieldErrors", "Executed transactions cannot be deleted");
  const proposer = stored.proposedByDelegate ?? stored.proposer;
  const signer = await signerOfDeletion(context, { safe, safeTxHash }, signature, [proposer]);
  if (signer === undefined) throw fieldProblem(400, "nonFieldErrors", `Provided signature is not of the proposer=${proposer}, or is of another hour`);
  await context.database.write(() => {
    const now = context.transactions.find(safeTxHash);
    if (now === undefined) throw unknownTransaction();
    if (now.execution !== undefined) throw fieldProblem(400, "nonFieldErrors", "Executed transactions cannot be deleted");
    context.transactions.remove(safeTxHash);
  });
  context.onEvent(`deleted ${safeTxHash} of ${safe}, by ${signer}`);
  return { status: 204 };
}

const NONCE_FILTERS = [
  ["nonce", "="],
  ["nonce__gte", ">="],
  ["nonce__gt", ">"],
  ["nonce__lte", "<="],
  ["nonce__lt", "<"],
] as const;

/** @throws HttpProblem 400 for a value that is none; unknown names count as absent, as in the service */
function parseFilter(query: URLSearchParams): TransactionFilter {
  const nonces = NONCE_FILTERS.flatMap(([name, operator]): TransactionFilter["nonces"][number][] => {
    const text = query.get(name);
    if (text === null || text === "") return [];
    if (!/^\d{1,78}$/.test(text)) throw fieldProblem(400, name, "Enter a number.");
    return [[operator, BigInt(text)]];
  });
  const to = query.get("to");
  const transactionHash = query.get("transaction_hash");
  const parsedTo = to === null || to === "" ? undefined : parseChecksummed(to);
  if (to !== null && to !== "" && parsedTo === undefined) throw fieldProblem(400, "to", "Enter a valid checksummed address.");
  const parsedHash = transactionHash === null || transactionHash === "" ? undefined : parsePathHash(transactionHash);
  if (transactionHash !== null && transactionHash !== "" && parsedHash === undefined) throw new HttpProblem(400, { transactionHash: ["Enter a valid hash."] });
  return {
    executed: parseBoolean(query, "executed"),
    hasConfirmations: parseBoolean(query, "has_confirmations"),
    // Unsigned ones are shown only to who asks for them: anyone may write an owner's name below a proposal.
    trustedOnly: parseBoolean(query, "trusted") ?? true,
    nonces,
    to: parsedTo,
    transactionHash: parsedHash,
  };
}

function parseBoolean(query: URLSearchParams, name: string): boolean | undefined {
  const text = query.get(name)?.toLowerCase();
  if (text === undefined || text === "") return undefined;
  if (text === "true" || text === "1") return true;
  if (text === "false" || text === "0") return false;
  throw detail(400, `${name} is true or false.`);
}

const ORDERS: Readonly<Record<string, TransactionOrder[0]>> = {
  nonce: "nonce",
  created: "created_ms",
  submissionDate: "created_ms",
  submission_date: "created_ms",
  modified: "modified_ms",
  executionDate: "executed_ms",
  execution_date: "executed_ms",
};
const DEFAULT_ORDER: readonly TransactionOrder[] = [["nonce", "DESC"], ["created_ms", "DESC"]];

function parseOrder(text: string | null): readonly TransactionOrder[] {
  const orders = (text ?? "").split(",").flatMap((part): TransactionOrder[] => {
    const descending = part.startsWith("-");
    const name = descending ? part.slice(1) : part;
    const column = Object.hasOwn(ORDERS, name) ? ORDERS[name] : undefined;
    return column === undefined ? [] : [[column, descending ? "DESC" : "ASC"]];
  });
  return orders.length === 0 ? DEFAULT_ORDER : orders;
}
