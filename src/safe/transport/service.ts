import { z } from "zod";
import { Exit, LpctlError } from "../../errors.ts";
import type { Finding } from "../../finding.ts";
import { ZERO_HASH } from "../../protocol/hex.ts";
import type { Address } from "../../protocol/hex.ts";
import { printable } from "../../protocol/printable.ts";
import type { SafeBundle } from "../bundle.ts";
import { encodeSignatures } from "../signature.ts";
import type { SafeSignature } from "../signature.ts";
import { judgeAnswer } from "./judge-answer.ts";
import { chainSchema, pageSchema, parseAnswer } from "./service-answers.ts";
import { serviceFetch } from "./service-fetch.ts";
import type { ServiceFetch, ServiceLimits } from "./service-fetch.ts";
import { openKit } from "./service-kit.ts";
import type { CallKit } from "./service-kit.ts";
import { NO_CLAIMS } from "./transport.ts";
import type { PulledTransaction, PushOutcome, Transport } from "./transport.ts";

export interface ServiceOptions {
  /** From `parseServiceUrl`. */
  url: URL;
  chainId: bigint;
  /** From a file of its own; it travels in a header, to this host only. */
  apiKey?: string | undefined;
  limits?: ServiceLimits | undefined;
}

const PAGE = 100;
/** A list longer than this is no queue of a Safe. */
const MOST_LISTED = 5_000;
const ORIGIN = "lpctl";

/**
 * A Safe Transaction Service, hosted or our own relay. Whatever it says is computed again (`judgeAnswer`); all it can do is to
 * withhold something.
 * @throws LPCTL_SERVICE_* (exit 6) when it cannot be used; LPCTL_SERVICE_OTHER_CHAIN (exit 3)
 */
export function serviceTransport(options: ServiceOptions): Transport {
  const { url, chainId } = options;
  let opened: Promise<Session> | undefined;
  const session = (): Promise<Session> => (opened ??= openSession(options));
  return {
    name: `the Safe service at ${printable(url.host)}`,
    kind: "service",
    pull: async (safe, sinceNonce) => pullFrom(await session(), chainId, safe, sinceNonce),
    push: async (bundle) => pushTo(await session(), bundle),
  };
}

interface Session {
  host: string;
  kit: CallKit;
}

async function openSession({ url, chainId, apiKey, limits }: ServiceOptions): Promise<Session> {
  const host = printable(url.host);
  if (apiKey === undefined && /(^|\.)(safe\.global|5afe\.dev)$/.test(url.hostname) && url.hostname.startsWith("api.")) {
    throw new LpctlError({
      code: "LPCTL_SERVICE_KEY_NEEDED",
      exit: Exit.usage,
      message: `The Safe service at ${host} wants an API key`,
      next: "Write it into a file of mode 0600 and name the file in networks.<name>.safeServiceKeyFile",
    });
  }
  const fetch = serviceFetch(url, limits);
  await requireChainOf(fetch, url, host, chainId, apiKey);
  return { host, kit: await openKit({ chainId, base: url, apiKey, fetch }) };
}

/** api-kit has no method for it, and never asks. A service that does not say is held to its hashes alone. */
async function requireChainOf(fetch: ServiceFetch, url: URL, host: string, chainId: bigint, apiKey: string | undefined): Promise<void> {
  const headers = { accept: "application/json", ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }) };
  const answer = await fetch(`${url.href}/v1/about/ethereum-rpc/`, { headers });
  if (!answer.ok) return;
  const actual = parseAnswer(chainSchema, JSON.parse((await answer.text()) || "null"), host, "its chain");
  if (actual === chainId) return;
  throw new LpctlError({
    code: "LPCTL_SERVICE_OTHER_CHAIN",
    exit: Exit.refused,
    message: `The Safe service at ${host} is for chain ${actual}, and this network is chain ${chainId}`,
    next: "Correct networks.<name>.safeServiceUrl; nothing was sent",
    details: { service: actual, network: chainId },
  });
}

/** Both lists: the one that the service trusts, which leaves out what nobody has signed, and the one with everything. */
async function pullFrom(session: Session, chainId: bigint, safe: Address, sinceNonce: bigint): Promise<PulledTransaction[]> {
  const findings: Finding[] = [];
  const answers: unknown[] = [];
  for (const trusted of [true, false]) {
    const listed = await list(session, safe, sinceNonce, trusted);
    answers.push(...listed.results);
    if (listed.unknown && findings.length === 0) {
      findings.push({ severity: "warning", code: "service-safe-unknown", title: `${session.host} does not know the Safe ${safe}`, detail: "it may not have read so far in the chain, or be of another one; that it lists nothing says nothing" });
    }
    if (listed.missing > 0) {
      findings.push({ severity: "warning", code: "service-list-cut-off", title: `${session.host} says that it has ${listed.missing} more transactions of ${safe} than it gives`, detail: "what is missing may be what matters" });
    }
  }
  const pulled = new Map<string, PulledTransaction>();
  for (const answer of answers) {
    const judged = judgeAnswer(chainId, safe, answer);
    if (judged.transaction !== null && judged.transaction.nonce < sinceNonce) continue;
    // Two answers for one hash: what is wrong with either counts.
    const key = `${judged.safeTxHash}${judged.transaction === null ? judged.findings.map(({ code, detail }) => code + (detail ?? "")).join() : ""}`;
    const known = pulled.get(key);
    if (known === undefined || known.signatures.length + known.findings.length < judged.signatures.length + judged.findings.length) pulled.set(key, judged);
  }
  if (findings.length > 0) pulled.set("list", { safeTxHash: ZERO_HASH, transaction: null, signatures: [], bundle: null, claims: NO_CLAIMS, findings });
  return [...pulled.values()];
}

/** Every page. Its `next` is an address, of which only the existence counts. `unknown`: it has no such Safe (404). */
async function list({ host, kit }: Session, safe: Address, sinceNonce: bigint, trusted: boolean): Promise<{ results: unknown[]; missing: number; unknown: boolean }> {
  const results: unknown[] = [];
  for (;;) {
    const options = { nonce__gte: sinceNonce.toString(), ordering: "nonce", limit: PAGE, offset: results.length, ...(trusted ? {} : { trusted: "false" }) };
    const answer = await known(host, kit((api) => api.getMultisigTransactions(safe, options) as Promise<unknown>));
    if (answer === undefined) return { results, missing: 0, unknown: true };
    const page = parseAnswer(pageSchema, answer, host, "its list of transactions");
    results.push(...page.results);
    const ended = page.next === null || page.next === undefined || page.results.length === 0;
    if (ended) return { results, missing: Math.max(0, page.count - results.length), unknown: false };
    if (results.length >= MOST_LISTED) {
      throw new LpctlError({ code: "LPCTL_SERVICE_BAD_ANSWER", exit: Exit.network, message: `The Safe service at ${host} gives a list without end`, why: `after ${results.length} transactions there are still more`, next: "Do not use this service; go on without it: lpctl safe sync --with FOLDER" });
    }
  }
}

/** Proposes what it does not know, confirms what it lacks, and looks whether it kept what it took. */
async function pushTo(session: Session, bundle: SafeBundle): Promise<PushOutcome> {
  const refused: string[] = [];
  const before = await read(session, bundle);
  // Whoever gives other fields for this hash gets nothing more.
  if (before?.transaction === null) return { changed: false, signatures: [], refused: [], findings: before.findings };
  const present = new Set(before?.signatures.map(({ owner }) => owner));
  let changed = false;
  if (before === undefined) {
    const [first] = bundle.signatures.toSorted((left, right) => proving(left) - proving(right));
    if (first === undefined) return { changed, signatures: [], refused: [`${session.host} takes a transaction only with the signature of an owner, and nobody has signed ${bundle.hashes.safeTxHash}`], findings: [] };
    const refusal = await propose(session, bundle, first);
    if (refusal !== undefined) return { changed, signatures: [], refused: [refusal], findings: [] };
    changed = true;
    present.add(first.owner);
  }
  for (const signature of bundle.signatures.filter(({ owner }) => !present.has(owner))) {
    const refusal = await refusalOf(session.host, `the signature of ${signature.owner}`, session.kit((api) => api.confirmTransaction(bundle.hashes.safeTxHash, encodeSignatures([signature]))));
    if (refusal === undefined) changed = true;
    else refused.push(refusal);
  }
  if (!changed) return { changed, signatures: [], refused, findings: before?.findings ?? [] };
  const after = await read(session, bundle);
  const known = new Set(before?.signatures.map(({ owner }) => owner));
  const arrived = (after?.signatures ?? []).map(({ owner }) => owner).filter((owner) => !known.has(owner));
  return { changed, signatures: arrived, refused, findings: [...(after?.findings ?? []), ...kept(session.host, bundle, after, refused)] };
}

function proving({ kind }: SafeSignature): number {
  return ["eip712", "eth-sign", "contract", "approved-hash"].indexOf(kind);
}

async function propose({ host, kit }: Session, { safe, transaction: tx, hashes }: SafeBundle, first: SafeSignature): Promise<string | undefined> {
  if (tx.nonce > BigInt(Number.MAX_SAFE_INTEGER)) return `${host} takes nonces as JSON numbers, which cannot hold ${tx.nonce}`;
  const safeTransactionData = {
    to: tx.to,
    value: tx.valueWei.toString(),
    data: tx.data,
    operation: tx.operation,
    safeTxGas: tx.safeTxGas.toString(),
    baseGas: tx.baseGas.toString(),
    gasPrice: tx.gasPriceWei.toString(),
    gasToken: tx.gasToken,
    refundReceiver: tx.refundReceiver,
    nonce: Number(tx.nonce),
  };
  const proposal = { safeAddress: safe.address, safeTransactionData, safeTxHash: hashes.safeTxHash, senderAddress: first.owner, senderSignature: encodeSignatures([first]), origin: ORIGIN };
  return refusalOf(host, `the transaction ${hashes.safeTxHash}`, kit((api) => api.proposeTransaction(proposal)));
}

async function read({ host, kit }: Session, bundle: SafeBundle): Promise<PulledTransaction | undefined> {
  const answer = await known(host, kit((api) => api.getTransaction(bundle.hashes.safeTxHash) as Promise<unknown>));
  return answer === undefined ? undefined : judgeAnswer(bundle.chainId, bundle.safe.address, answer);
}

/** A service that answers "created" and forgets is lying, or broken; either way the others will not see the signature there. */
function kept(host: string, bundle: SafeBundle, after: PulledTransaction | undefined, refused: readonly string[]): Finding[] {
  const { safeTxHash } = bundle.hashes;
  if (after === undefined) return [{ severity: "refuse", code: "service-hides", title: `${host} took the transaction ${safeTxHash} and does not show it`, detail: "send the file to the others another way" }];
  if (after.transaction === null || refused.length > 0) return [];
  const shown = new Set(after.signatures.map(({ owner }) => owner));
  const hidden = bundle.signatures.filter(({ owner }) => !shown.has(owner)).map(({ owner }) => owner);
  if (hidden.length === 0) return [];
  return [{ severity: "refuse", code: "service-hides", title: `${host} took signatures of ${safeTxHash} and does not show them`, detail: `those of ${hidden.join(", ")}; send the file to the others another way` }];
}

const httpErrorSchema = z.object({ statusCode: z.int(), data: z.unknown().optional(), message: z.unknown() });

/** The answer; undefined where the service says that it knows nothing of the kind. @throws LPCTL_SERVICE_REFUSED */
async function known<T>(host: string, answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    const refusal = httpErrorSchema.safeParse(error);
    if (!refusal.success) throw error;
    if (refusal.data.statusCode === 404) return undefined;
    throw new LpctlError({ code: "LPCTL_SERVICE_REFUSED", exit: Exit.network, message: `The Safe service at ${host} refused a question (${refusal.data.statusCode})`, why: said(refusal.data), next: "Check the address of the service and of the Safe", cause: error });
  }
}

/** Why the service does not take something, in a sentence; undefined when it took it. */
async function refusalOf(host: string, what: string, sending: Promise<unknown>): Promise<string | undefined> {
  try {
    await sending;
    return undefined;
  } catch (error) {
    const refusal = httpErrorSchema.safeParse(error);
    if (!refusal.success) throw error;
    return `${host} did not take ${what} (${refusal.data.statusCode}): ${said(refusal.data)}`;
  }
}

function said({ data, message }: { data?: unknown; message: unknown }): string {
  return printable(data === undefined ? String(message) : (JSON.stringify(data) ?? String(message))).slice(0, 300);
}

