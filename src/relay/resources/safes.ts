import type { SafeFacts } from "../../safe/read-safe.ts";
import type { RelayContext } from "../context.ts";
import { readCreation } from "../creation.ts";
import { formatTime, parsePathAddress } from "../fields.ts";
import { detail, unknownSafe } from "../http/problem.ts";
import { pageResponse, parsePage } from "../http/pages.ts";
import type { RelayRequest, RelayResponse, Route } from "../http/router.ts";

/** Safes as they are on chain, and whose they are. A Safe is known when it stands there, whether anyone proposed for it or not. */
export function safeRoutes(context: RelayContext): Route[] {
  return [
    { method: "GET", path: "/v1/safes/:address/", handle: (request) => showSafe(context, request) },
    { method: "GET", path: "/v1/safes/:address/creation/", handle: (request) => showCreation(context, request) },
    { method: "GET", path: "/v1/owners/:address/safes/", handle: (request) => listSafes(context, request, ({ owners }) => owners) },
    { method: "GET", path: "/v1/modules/:address/safes/", handle: (request) => listSafes(context, request, ({ modules }) => modules) },
    // Not collected here; a client that asks for all there is gets an empty page, not an error.
    { method: "GET", path: "/v1/safes/:address/incoming-transfers/", handle: (request) => emptyPage(context, request) },
    { method: "GET", path: "/v1/safes/:address/module-transactions/", handle: (request) => emptyPage(context, request) },
  ];
}

/** The Safe of a path. @throws HttpProblem 404 without a body where there is none, 422 for what is no address */
export async function requireSafe(context: RelayContext, address: string | undefined): Promise<SafeFacts> {
  const safe = await context.chain.safe(parsePathAddress(address));
  if (safe === undefined) throw unknownSafe();
  return safe;
}

async function showSafe(context: RelayContext, { params }: RelayRequest): Promise<RelayResponse> {
  const safe = await requireSafe(context, params["address"]);
  return {
    status: 200,
    body: {
      address: safe.address,
      nonce: String(safe.nonce),
      threshold: Number(safe.threshold),
      owners: safe.owners,
      masterCopy: safe.singleton,
      modules: safe.modules,
      fallbackHandler: safe.fallbackHandler,
      guard: safe.guard,
      moduleGuard: safe.moduleGuard,
      version: `${safe.version}${safe.singletonName === "SafeL2" ? "+L2" : ""}`,
    },
  };
}

async function showCreation(context: RelayContext, { params }: RelayRequest): Promise<RelayResponse> {
  const safe = await requireSafe(context, params["address"]);
  const creation = await readCreation(context.chain.rpc, safe);
  if (creation === undefined) throw detail(404, "The chain's node does not tell how this Safe was made.");
  return { status: 200, body: { ...creation, created: formatTime(creation.createdMs), createdMs: undefined } };
}

/** Of the Safes that somebody proposed for: no chain tells all Safes of an owner. */
async function listSafes(context: RelayContext, { params }: RelayRequest, membersOf: (safe: SafeFacts) => readonly string[]): Promise<RelayResponse> {
  const member = parsePathAddress(params["address"]);
  const found = await Promise.all(context.chainStore.safes().map(({ address }) => context.chain.safe(address).catch(() => undefined)));
  return { status: 200, body: { safes: found.filter((safe) => safe !== undefined && membersOf(safe).includes(member)).map((safe) => safe?.address) } };
}

async function emptyPage(context: RelayContext, request: RelayRequest): Promise<RelayResponse> {
  await requireSafe(context, request.params["address"]);
  return pageResponse(request, parsePage(request.query), 0, []);
}
