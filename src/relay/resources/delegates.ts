import { z } from "zod";
import type { RelayContext } from "../context.ts";
import { addressField, formatTime, parseBody, parseChecksummed, parsePathAddress, signatureField, wrong } from "../fields.ts";
import { detail, fieldProblem } from "../http/problem.ts";
import { pageResponse, parsePage } from "../http/pages.ts";
import type { RelayRequest, RelayResponse, Route } from "../http/router.ts";
import type { Delegate, DelegateFilter } from "../store/delegate-store.ts";
import { signerOfDelegate } from "../verify-totp.ts";
import { isOwner } from "../../safe/signature.ts";

/** People who may propose in an owner's name. Their signatures never count as an owner's. */
export function delegateRoutes(context: RelayContext): Route[] {
  return [
    { method: "GET", path: "/v2/delegates/", handle: (request) => listDelegates(context, request) },
    { method: "POST", path: "/v2/delegates/", handle: (request) => addDelegate(context, request) },
    { method: "DELETE", path: "/v2/delegates/:delegate/", handle: (request) => removeDelegate(context, request) },
  ];
}

const LONGEST_LABEL = 50;
const MOST_OF_ONE_OWNER = 100;

function listDelegates(context: RelayContext, request: RelayRequest): RelayResponse {
  const filter: DelegateFilter = {
    safe: addressOf(request.query, "safe"),
    delegate: addressOf(request.query, "delegate"),
    delegator: addressOf(request.query, "delegator"),
    label: request.query.get("label") ?? undefined,
  };
  if (Object.values(filter).every((value) => value === undefined)) throw fieldProblem(400, "nonFieldErrors", "At least one query param must be provided");
  const page = parsePage(request.query);
  const { count, delegates } = context.delegates.list(filter, context.nowMs(), page);
  return pageResponse(request, page, count, delegates.map(present));
}

const newDelegateSchema = z.object({
  safe: addressField.nullish(),
  delegate: addressField,
  delegator: addressField,
  label: z.string(wrong("Not a valid string.")).min(1, "This field may not be blank.").max(LONGEST_LABEL, `Ensure this field has no more than ${LONGEST_LABEL} characters.`),
  signature: signatureField,
  expiryDate: z.iso.datetime({ offset: true, error: "Datetime has wrong format." }).nullish(),
});

async function addDelegate(context: RelayContext, { body }: RelayRequest): Promise<RelayResponse> {
  const given = parseBody(newDelegateSchema, body, 400);
  const safe = given.safe ?? null;
  if (safe !== null) {
    const facts = await context.chain.safe(safe);
    if (facts === undefined) throw fieldProblem(400, "safe", `Safe=${safe} does not exist or it's still not indexed`);
    if (!isOwner(given.delegator, facts.owners)) throw fieldProblem(400, "delegator", `Provided delegator=${given.delegator} is not an owner of Safe=${safe}`);
  }
  const expiresMs = given.expiryDate === undefined || given.expiryDate === null ? null : Date.parse(given.expiryDate);
  if (expiresMs !== null && expiresMs <= context.nowMs()) throw fieldProblem(400, "expiryDate", "This date has passed.");
  const signer = await signerOfDelegate(context, given.delegate, given.signature, [given.delegator]);
  if (signer === undefined) throw fieldProblem(400, "nonFieldErrors", `Signature does not match provided delegator=${given.delegator}, or is of another hour`);
  const delegate: Delegate = { safe, delegate: given.delegate, delegator: given.delegator, label: given.label, expiresMs };
  await context.database.write(() => {
    const { count } = context.delegates.list({ delegator: given.delegator }, context.nowMs(), { limit: 1, offset: 0 });
    if (count >= MOST_OF_ONE_OWNER) throw fieldProblem(400, "delegator", `Provided delegator=${given.delegator} has ${count} delegates already`);
    context.delegates.add(delegate);
  });
  context.onEvent(`${given.delegator} made ${given.delegate} a delegate${safe === null ? "" : ` for ${safe}`}`);
  return { status: 201, body: { ...present(delegate), signature: given.signature } };
}

const removalSchema = z.object({ delegator: addressField, signature: signatureField, safe: addressField.nullish() });

/** Without `safe`, which api-kit never sends, the pair goes for every Safe. The delegate may go by itself. */
async function removeDelegate(context: RelayContext, { params, body }: RelayRequest): Promise<RelayResponse> {
  const delegate = parsePathAddress(params["delegate"]);
  const { delegator, signature, safe = null } = parseBody(removalSchema, body, 422);
  const signer = await signerOfDelegate(context, delegate, signature, [delegator, delegate]);
  if (signer === undefined) throw fieldProblem(422, "nonFieldErrors", `Signature does not match provided delegate=${delegate} or delegator=${delegator}, or is of another hour`);
  const removed = await context.database.write(() => context.delegates.remove(delegate, delegator, safe));
  if (removed === 0) throw detail(404, "Not found.");
  context.onEvent(`${delegate} is no longer a delegate of ${delegator}`);
  return { status: 204 };
}

function present({ safe, delegate, delegator, label, expiresMs }: Delegate): Record<string, unknown> {
  return { safe, delegate, delegator, label, expiryDate: expiresMs === null ? null : formatTime(expiresMs) };
}

function addressOf(query: URLSearchParams, name: "safe" | "delegate" | "delegator"): Delegate["delegate"] | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const address = parseChecksummed(text);
  if (address === undefined) throw fieldProblem(400, name, "Enter a valid checksummed address.");
  return address;
}
