import { hashMessage, TypedDataEncoder } from "ethers/hash";
import type { TypedDataField } from "ethers/hash";
import { z } from "zod";
import { LpctlError } from "../../errors.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { encodeSignatures, isOwner } from "../../safe/signature.ts";
import type { SafeSignature } from "../../safe/signature.ts";
import type { SafeFacts } from "../../safe/read-safe.ts";
import { safeDomain } from "../../safe/transaction.ts";
import type { RelayContext } from "../context.ts";
import { formatTime, parseBody, parsePathHash, signatureField, wrong } from "../fields.ts";
import { detail, fieldProblem, unknownSafe } from "../http/problem.ts";
import { pageResponse, parsePage } from "../http/pages.ts";
import type { RelayRequest, RelayResponse, Route } from "../http/router.ts";
import { SIGNATURE_TYPES } from "../present-transaction.ts";
import type { StoredMessage } from "../store/message-store.ts";
import { describeRefusal, notAnOwner, parseSignaturesOf } from "../verify-signatures.ts";
import { requireSafe } from "./safes.ts";

/** Messages that a Safe signs off chain: a text, or typed data of an app. */
export function messageRoutes(context: RelayContext): Route[] {
  return [
    { method: "GET", path: "/v1/safes/:address/messages/", handle: (request) => listMessages(context, request) },
    { method: "POST", path: "/v1/safes/:address/messages/", handle: (request) => addMessage(context, request) },
    { method: "GET", path: "/v1/messages/:hash/", handle: ({ params }) => ({ status: 200, body: present(context, requireMessage(context, params["hash"])) }) },
    { method: "POST", path: "/v1/messages/:hash/signatures/", handle: (request) => confirmMessage(context, request) },
  ];
}

const SAFE_MESSAGE_TYPES: Record<string, TypedDataField[]> = { SafeMessage: [{ name: "message", type: "bytes" }] };
const typedDataSchema = z.object({
  types: z.record(z.string(), z.array(z.object({ name: z.string(), type: z.string() }))),
  primaryType: z.string(),
  domain: z.record(z.string(), z.unknown()),
  message: z.record(z.string(), z.unknown()),
});
const messageSchema = z.object({
  message: z.union([z.string().min(1), typedDataSchema], wrong("A text or EIP-712 typed data is required.")),
  safeAppId: z.int().nonnegative().nullish(),
  signature: signatureField,
  origin: z.string().max(200).nullish(),
});
const signatureSchema = z.object({ signature: signatureField });

async function addMessage(context: RelayContext, { params, body }: RelayRequest): Promise<RelayResponse> {
  const safe = await requireSafe(context, params["address"]);
  const given = parseBody(messageSchema, body, 400);
  const messageHash = hashSafeMessage(context.chainId, safe.address, hashText(given.message));
  const signatures = await verify(context, safe, messageHash, given.signature);
  const [first] = signatures;
  if (first === undefined) throw fieldProblem(400, "signature", "There is no signature.");
  const nowMs = context.nowMs();
  await context.database.write(() => {
    if (context.messages.find(messageHash) !== undefined) throw fieldProblem(400, "nonFieldErrors", `Message with hash ${messageHash} for safe ${safe.address} already exists`);
    context.messages.insert({
      messageHash,
      safe: safe.address,
      message: JSON.stringify(given.message),
      proposedBy: first.owner,
      safeAppId: given.safeAppId ?? null,
      origin: given.origin ?? "",
      createdMs: nowMs,
      modifiedMs: nowMs,
    });
    for (const signature of signatures) context.messages.confirm(messageHash, signature, nowMs);
  });
  context.onEvent(`message ${messageHash} of ${safe.address}, by ${first.owner}`);
  return { status: 201 };
}

async function confirmMessage(context: RelayContext, { params, body }: RelayRequest): Promise<RelayResponse> {
  const { messageHash, safe: address } = requireMessage(context, params["hash"]);
  const { signature } = parseBody(signatureSchema, body, 400);
  const safe = await context.chain.safe(address);
  if (safe === undefined) throw unknownSafe();
  const signatures = await verify(context, safe, messageHash, signature);
  const nowMs = context.nowMs();
  await context.database.write(() => {
    const added = signatures.filter((each) => context.messages.confirm(messageHash, each, nowMs));
    if (added.length === 0) throw fieldProblem(400, "signature", `Message ${messageHash} was already signed by ${signatures.map(({ owner }) => owner).join(", ")}`);
  });
  return { status: 201 };
}

const ORDERS = { created: "created_ms ASC", "-created": "created_ms DESC", modified: "modified_ms ASC", "-modified": "modified_ms DESC" } as const;

async function listMessages(context: RelayContext, request: RelayRequest): Promise<RelayResponse> {
  const safe = await requireSafe(context, request.params["address"]);
  const page = parsePage(request.query);
  const asked = request.query.get("ordering") ?? "";
  const order = Object.entries(ORDERS).find(([name]) => name === asked)?.[1] ?? "created_ms DESC";
  const { count, messages } = context.messages.list(safe.address, order, page);
  return pageResponse(request, page, count, messages.map((message) => present(context, message)));
}

function requireMessage(context: RelayContext, hash: string | undefined): StoredMessage {
  const messageHash = parsePathHash(hash);
  const stored = messageHash === undefined ? undefined : context.messages.find(messageHash);
  if (stored === undefined) throw detail(404, "No SafeMessage matches the given query.");
  return stored;
}

/** Every signature must be of an owner now; those of contracts are asked of the contracts (EIP-1271). */
async function verify(context: RelayContext, safe: SafeFacts, messageHash: Hex, blob: Hex): Promise<SafeSignature[]> {
  const parsed = parseBlob(blob, messageHash, safe);
  for (const { owner, kind, data } of parsed) {
    if (!isOwner(owner, safe.owners)) throw fieldProblem(400, "signature", notAnOwner(owner, safe));
    if (kind === "approved-hash") throw fieldProblem(400, "signature", "A message cannot be approved on chain; sign it");
    if (kind === "contract" && !(await context.chain.takesAsContract(owner, messageHash, data))) throw fieldProblem(400, "signature", `The contract ${owner} does not take this signature`);
  }
  return parsed.map(({ owner, kind, data }) => ({ owner, kind, data }));
}

function parseBlob(blob: Hex, hash: Hex, safe: SafeFacts): SafeSignature[] {
  try {
    return parseSignaturesOf(blob, hash, safe);
  } catch (error) {
    if (error instanceof LpctlError) throw fieldProblem(400, "signature", describeRefusal(error));
    throw error;
  }
}

/** A text as wallets sign it (EIP-191), typed data by EIP-712. */
function hashText(message: string | z.output<typeof typedDataSchema>): Hex {
  if (typeof message === "string") return hashMessage(message) as Hex;
  const { EIP712Domain: _, ...types } = message.types;
  try {
    return TypedDataEncoder.hash(message.domain, types, message.message) as Hex;
  } catch {
    throw fieldProblem(400, "message", "This is not EIP-712 typed data.");
  }
}

/** What owners sign: the message's hash within the Safe's domain. */
function hashSafeMessage(chainId: bigint, safe: Address, hash: Hex): Hex {
  return TypedDataEncoder.hash(safeDomain(chainId, safe), SAFE_MESSAGE_TYPES, { message: hash }) as Hex;
}

function present(context: RelayContext, stored: StoredMessage): Record<string, unknown> {
  const confirmations = context.messages.confirmations(stored.messageHash);
  return {
    created: formatTime(stored.createdMs),
    modified: formatTime(stored.modifiedMs),
    safe: stored.safe,
    messageHash: stored.messageHash,
    message: JSON.parse(stored.message) as unknown,
    proposedBy: stored.proposedBy,
    safeAppId: stored.safeAppId,
    confirmations: confirmations.map((confirmation) => ({
      created: formatTime(confirmation.createdMs),
      modified: formatTime(confirmation.createdMs),
      owner: confirmation.owner,
      signature: encodeSignatures([confirmation]),
      signatureType: SIGNATURE_TYPES[confirmation.kind],
    })),
    preparedSignature: encodeSignatures(confirmations),
    origin: stored.origin,
  };
}
