import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Hex } from "../../../../src/protocol/hex.ts";
import type { SafeBundle } from "../../../../src/safe/bundle.ts";
import { encodeSignatures, parseSignature } from "../../../../src/safe/signature.ts";

/** A transaction as a Transaction Service gives it. */
export type Row = Record<string, unknown> & { safeTxHash: string; confirmations: Record<string, unknown>[] };

export interface FakeService {
  url: string;
  /** What it lists; tests put lies into it. */
  rows: Row[];
  /** `GET /api/v1/…` and the like, in order. */
  asked: string[];
  /** Instead of the ordinary answer, when it gives true. */
  before: (request: IncomingMessage, response: ServerResponse, path: string) => boolean;
  close(): void;
}

/** Believes everything, keeps everything, and says whatever a test wants. */
export async function startFakeService(chainId: bigint): Promise<FakeService> {
  const service: FakeService = { url: "", rows: [], asked: [], before: () => false, close: () => {} };
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array));
      const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
      service.asked.push(`${request.method ?? ""} ${request.url ?? ""}`);
      if (service.before(request, response, pathname)) return;
      const body = chunks.length === 0 ? undefined : (JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>);
      answer(service, request.method ?? "GET", pathname, searchParams, body, chainId, response);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  service.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
  service.close = () => {
    server.closeAllConnections();
    server.close();
  };
  return service;
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** A bundle as the service would show it. */
export function rowOf({ safe, transaction, hashes, signatures }: SafeBundle): Row {
  return {
    safe: safe.address,
    to: transaction.to,
    value: transaction.valueWei.toString(),
    data: transaction.data === "0x" ? null : transaction.data,
    operation: transaction.operation,
    safeTxGas: "0",
    baseGas: "0",
    gasPrice: "0",
    gasToken: transaction.gasToken,
    refundReceiver: transaction.refundReceiver,
    nonce: transaction.nonce.toString(),
    safeTxHash: hashes.safeTxHash,
    isExecuted: false,
    trusted: signatures.length > 0,
    proposer: null,
    proposedByDelegate: null,
    confirmations: signatures.map((signature) => ({ owner: signature.owner, signature: encodeSignatures([signature]), signatureType: "EOA" })),
  };
}

function answer(service: FakeService, method: string, path: string, query: URLSearchParams, body: Record<string, unknown> | undefined, chainId: bigint, response: ServerResponse): void {
  if (path === "/api/v1/about/ethereum-rpc/") return sendJson(response, 200, { version: "x", chainId: Number(chainId), chain: "x" });
  const one = service.rows.find(({ safeTxHash }) => path.includes(safeTxHash));
  if (method === "GET" && path.includes("/safes/")) {
    const rows = service.rows.filter((row) => query.get("trusted") === "false" || row["trusted"] !== false);
    const [offset, limit] = [Number(query.get("offset") ?? 0), Number(query.get("limit") ?? 100)];
    const next = offset + limit < rows.length ? "http://elsewhere.invalid/next" : null;
    return sendJson(response, 200, { count: rows.length, next, previous: null, results: rows.slice(offset, offset + limit) });
  }
  if (method === "POST" && path.includes("/safes/")) {
    const { contractTransactionHash, sender, signature, ...fields } = body ?? {};
    service.rows.push({ ...fields, nonce: String(fields["nonce"]), safe: path.split("/")[4], safeTxHash: String(contractTransactionHash), trusted: true, isExecuted: false, confirmations: [{ owner: sender, signature, signatureType: "EOA" }] });
    return void response.writeHead(201).end();
  }
  if (one === undefined) return sendJson(response, 404, { detail: "No MultisigTransaction matches the given query." });
  if (method === "GET") return sendJson(response, 200, one);
  const signature = String(body?.["signature"]);
  one.confirmations.push({ owner: parseSignature(signature, one.safeTxHash as Hex).owner, signature, signatureType: "EOA" });
  return sendJson(response, 201, body);
}
