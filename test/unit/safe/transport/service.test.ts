import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { SafeBundle } from "../../../../src/safe/bundle.ts";
import { approvedHashSignature, contractSignature, encodeSignatures } from "../../../../src/safe/signature.ts";
import { serviceTransport } from "../../../../src/safe/transport/service.ts";
import { parseServiceUrl } from "../../../../src/safe/transport/service-url.ts";
import type { PulledTransaction, Transport } from "../../../../src/safe/transport/transport.ts";
import { refusalOf, testSigner } from "../local-safe.ts";
import { bundleAt, CHAIN_ID, SAFE, signedBy } from "./bundles.ts";
import { rowOf, sendJson, startFakeService, type FakeService, type Row } from "./fake-service.ts";

const bundle = await signedBy(bundleAt(5n), "one", "two");
const [one, two] = ["one", "two"].map((name) => testSigner(name).address);
let service: FakeService;
// It takes seconds on a busy machine, which is not what the limits below are about.
beforeAll(() => import("@safe-global/api-kit"), 60_000);
beforeEach(async () => {
  service = await startFakeService(CHAIN_ID);
});
afterEach(() => service.close());

function transport(limits = { requestMs: 20_000, totalMs: 30_000 }, apiKey?: string): Transport {
  return serviceTransport({ url: parseServiceUrl(service.url), chainId: CHAIN_ID, limits, apiKey });
}

/** What the service's list makes of one row. */
async function pulled(...rows: Row[]): Promise<PulledTransaction[]> {
  service.rows = rows;
  return transport().pull(SAFE, 0n);
}

test("gives back a transaction whose hash and signatures hold, through api-kit and without a window left behind", async () => {
  const [only, ...others] = await pulled(rowOf(bundle));
  expect(others).toEqual([]);
  expect(only).toMatchObject({ safeTxHash: bundle.hashes.safeTxHash, transaction: bundle.transaction, findings: [] });
  expect(only?.signatures).toEqual(expect.arrayContaining(bundle.signatures));
  expect(service.asked.some((line) => line.startsWith(`GET /api/v2/safes/${SAFE}/multisig-transactions/`) && line.includes("nonce__gte=0"))).toBe(true);
  expect("window" in globalThis).toBe(false);
});

test("sees transactions that the service does not trust, and follows the list to its end by counting", async () => {
  const rows = await Promise.all(Array.from({ length: 120 }, async (_, index) => rowOf(index === 3 ? bundleAt(BigInt(index)) : index % 50 === 0 ? await signedBy(bundleAt(BigInt(index)), "one") : bundleAt(BigInt(index)))));
  const all = await pulled(...rows);
  expect(all.map(({ transaction }) => transaction?.nonce)).toHaveLength(120);
  expect(service.asked.every((line) => !line.includes("elsewhere"))).toBe(true);
});

test.each<[what: string, change: (row: Row) => void, code: string, says: RegExp]>([
  ["a call turned into a delegatecall", (row) => (row["operation"] = 1), "service-transaction-tampered", /delegatecall/],
  ["another receiver", (row) => (row["to"] = SAFE), "service-transaction-tampered", /its fields give 0x/],
  ["another value", (row) => (row["value"] = "2"), "service-transaction-tampered", /its fields give 0x/],
  ["a refund", (row) => (row["gasPrice"] = "1"), "service-transaction-tampered", /its fields give 0x/],
  ["another Safe", (row) => (row["safe"] = "0x41675C099F32341bf84BFc5382aF534df5C7461a"), "service-other-safe", /it calls it 0x/],
  ["a nonce that is no integer", (row) => (row["nonce"] = 5.5), "service-answer-unreadable", /nonce/],
  ["a value above uint256", (row) => (row["value"] = "9".repeat(78)), "service-answer-unreadable", /value/],
])("takes nothing of %s", async (_what, change, code, says) => {
  const row = rowOf(bundle);
  change(row);
  const [only] = await pulled(row);
  expect(only).toMatchObject({ transaction: null, signatures: [], findings: [{ severity: "refuse", code }] });
  expect(only?.findings[0]?.detail).toMatch(says);
});

test("keeps the good signatures and names the forged ones", async () => {
  const row = rowOf(bundle);
  const foreign = await signedBy(bundleAt(6n), "one");
  row.confirmations = [
    { owner: two, signature: row.confirmations.find(({ owner }) => owner === two)?.["signature"] },
    { owner: one, signature: encodeSignatures(foreign.signatures) },
    { owner: SAFE, signature: "0x1234" },
    { owner: 5 },
  ];
  const [only] = await pulled(row);
  expect(only?.signatures.map(({ owner }) => owner)).toEqual([two]);
  expect(only?.findings.map(({ code }) => code)).toEqual(["service-signature-forged", "service-signature-forged", "service-answer-unreadable"]);
  expect(only?.findings[0]?.detail).toContain("at nonce 6 instead of 5");
});

test("mends signatures of contracts, which come with an offset into a list that is not there", async () => {
  const row = rowOf(bundleAt(5n));
  const inner = `0x${"ab".repeat(130)}` as const;
  const alone = encodeSignatures([contractSignature(SAFE, inner)]);
  // As if it had been the second of two.
  const shifted = `${alone.slice(0, 66)}${(130 + 65).toString(16).padStart(64, "0")}${alone.slice(130)}`;
  for (const signature of [alone, shifted]) {
    row.confirmations = [{ owner: SAFE, signature, signatureType: "CONTRACT_SIGNATURE" }, { owner: one, signature: approvedHashSignature(one ?? SAFE).data, signatureType: "APPROVED_HASH" }];
    const [only] = await pulled(row);
    expect(only).toMatchObject({ findings: [], signatures: [contractSignature(SAFE, inner), approvedHashSignature(one ?? SAFE)] });
  }
  row.confirmations = [{ owner: one, signature: alone }];
  expect((await pulled(row))[0]?.findings).toMatchObject([{ code: "service-signature-forged" }]);
});

test("says when a list is cut off", async () => {
  service.before = (request, response, path) => {
    if (!path.includes("/safes/")) return false;
    sendJson(response, 200, { count: 7, next: null, results: [rowOf(bundle)] });
    return true;
  };
  expect((await transport().pull(SAFE, 0n)).flatMap(({ findings }) => findings)).toMatchObject([{ severity: "warning", code: "service-list-cut-off" }, { code: "service-list-cut-off" }]);
});

test("tells a Safe that the service does not know from one without transactions", async () => {
  expect(await pulled()).toEqual([]);
  service.before = (_request, response, path) => path.includes("/safes/") && (response.writeHead(404).end(), true);
  expect((await transport().pull(SAFE, 0n)).flatMap(({ findings }) => findings)).toMatchObject([{ severity: "warning", code: "service-safe-unknown" }]);
});

test("proposes what the service does not know, confirms what it lacks, and does both once", async () => {
  const outcome = await transport().push(bundle);
  expect(outcome).toMatchObject({ changed: true, refused: [], findings: [] });
  expect(new Set(outcome.signatures)).toEqual(new Set([one, two]));
  expect(await transport().push(bundle)).toMatchObject({ changed: false, signatures: [] });
  expect(service.asked.filter((line) => line.startsWith("POST"))).toHaveLength(2);
});

test("does not put a nonce above 2^53 into a JSON number, which would be another nonce", async () => {
  const far = await signedBy(bundleAt(2n ** 53n + 1n), "one");
  expect((await transport().push(far)).refused[0]).toContain("which cannot hold 9007199254740993");
  expect(service.asked.filter((line) => line.startsWith("POST"))).toEqual([]);
});

test("a service that takes a signature and does not show it is found out at once", async () => {
  service.before = (request, response, path) => {
    if (request.method !== "POST") return false;
    if (!path.includes("/confirmations/")) service.rows.push({ ...rowOf(bundle), confirmations: [] });
    response.writeHead(201).end();
    return true;
  };
  const { findings, signatures } = await transport().push(bundle);
  expect(signatures).toEqual([]);
  expect(findings).toMatchObject([{ severity: "refuse", code: "service-hides" }]);
});

test("says what the service refuses in its own words, made harmless", async () => {
  service.before = (request, response) => {
    if (request.method !== "POST") return false;
    sendJson(response, 422, { nonFieldErrors: ["Sender is not an owner\u001b[31m"] });
    return true;
  };
  const { refused } = await transport().push(bundle);
  expect(refused).toHaveLength(1);
  expect(refused[0]).toContain("Sender is not an owner");
  expect(refused[0]).not.toContain("\u001b");
  expect((await transport().push({ ...bundle, signatures: [] })).refused[0]).toContain("nobody has signed");
});

type Before = FakeService["before"];
const status = (code: number, headers: Record<string, string> = {}, body = "{}"): Before => (_request, response) => {
  response.writeHead(code, { "content-type": "application/json", ...headers }).end(body);
  return true;
};
test.each<[what: string, before: Before, code: string, atMost: number]>([
  ["is rate limited for longer than anyone waits", status(429, { "retry-after": "3600" }), "LPCTL_SERVICE_BUSY", 1],
  ["fails whenever it is asked", status(503), "LPCTL_SERVICE_FAILING", 4],
  ["wants a key", status(401), "LPCTL_SERVICE_UNAUTHORIZED", 1],
  ["forbids it", status(403), "LPCTL_SERVICE_UNAUTHORIZED", 1],
  ["takes the question for a wrong one", (_request, response, path) => path.includes("/safes/") && (sendJson(response, 422, { code: 1, message: "Checksum address validation failed" }), true), "LPCTL_SERVICE_REFUSED", 2],
  ["does not serve the Safe", status(451), "LPCTL_SERVICE_UNAUTHORIZED", 1],
  ["answers with a web page", status(200, { "content-type": "text/html" }, "<!doctype html>"), "LPCTL_SERVICE_NOT_JSON", 1],
  ["sends its visitors to another host", status(302, { location: "https://evil.invalid/api" }), "LPCTL_SERVICE_REDIRECT", 1],
  ["goes round in circles", (request, response) => (response.writeHead(301, { location: request.url }).end(), true), "LPCTL_SERVICE_REDIRECT", 4],
  ["gives a key twice", status(200, {}, '{"chainId":42161,"chainId":1}'), "LPCTL_SERVICE_BAD_ANSWER", 1],
  ["gives __proto__", status(200, {}, '{"__proto__":{},"chainId":42161}'), "LPCTL_SERVICE_BAD_ANSWER", 1],
  ["is for another chain", status(200, {}, '{"chainId":1}'), "LPCTL_SERVICE_OTHER_CHAIN", 1],
  ["is for another chain, in the other spelling", status(200, {}, '{"chain_id":"1"}'), "LPCTL_SERVICE_OTHER_CHAIN", 1],
  ["never answers", () => true, "LPCTL_SERVICE_TIMED_OUT", 1],
  ["closes the connection", (request) => (request.socket.destroy(), true), "LPCTL_SERVICE_UNREACHABLE", 1],
])("a service that %s is named, with nothing believed", async (_what, before, code, atMost) => {
  service.before = before;
  expect(await refusalOf(() => transport({ requestMs: 300, totalMs: 2_500 }).pull(SAFE, 0n))).toBe(code);
  expect(service.asked.length).toBeLessThanOrEqual(atMost);
});

test("waits as long as a busy service asks, where that is short", async () => {
  let refusals = 2;
  service.before = (request, response, path) => path.includes("/safes/") && refusals-- > 0 && (response.writeHead(429, { "retry-after": "0" }).end(), true);
  expect(await pulled(rowOf(bundle))).toHaveLength(1);
});

test("sends the API key in a header, to this host, also when it redirects within itself", async () => {
  const keys: (string | undefined)[] = [];
  service.before = (request, response, path) => {
    keys.push(request.headers.authorization);
    if (!path.endsWith("/multisig-transactions/")) return false;
    response.writeHead(301, { location: (request.url ?? "").replace("multisig-transactions/", "multisig-transactions//") }).end();
    return true;
  };
  service.rows = [rowOf(bundle)];
  await transport(undefined, "key-of-the-service").pull(SAFE, 0n).catch(() => undefined);
  expect(keys.length).toBeGreaterThan(1);
  expect(new Set(keys)).toEqual(new Set(["Bearer key-of-the-service"]));
  expect(service.asked.join()).not.toContain("key-of-the-service");
});

test("a service that is not there costs one sentence", async () => {
  const gone = transport();
  service.close();
  await expect(gone.push(bundle)).rejects.toMatchObject({ code: "LPCTL_SERVICE_UNREACHABLE", exit: 6, why: "ECONNREFUSED" });
});

test.each([
  ["http://safe.example.org/api", "LPCTL_SERVICE_INSECURE"],
  ["https://user:pass@safe.example.org/api", "LPCTL_SERVICE_BAD_URL"],
  ["https://safe.example.org/api?key=1", "LPCTL_SERVICE_BAD_URL"],
  ["https://safe.example.org/", "LPCTL_SERVICE_BAD_URL"],
  ["ftp://127.0.0.1/api", "LPCTL_SERVICE_BAD_URL"],
  ["nonsense", "LPCTL_SERVICE_BAD_URL"],
  ["http://127.0.0.1.evil.org/api", "LPCTL_SERVICE_INSECURE"],
  ["https://safe.example.org/api/", "accepted"],
  ["http://[::1]:8000/api", "accepted"],
])("the address %s: %s", async (text, code) => {
  expect(await refusalOf(() => parseServiceUrl(text))).toBe(code);
});

test("the hosted service is not asked without a key", async () => {
  const hosted = serviceTransport({ url: parseServiceUrl("https://api.safe.global/tx-service/arb1/api"), chainId: CHAIN_ID });
  expect(await refusalOf(() => hosted.push(bundle as SafeBundle))).toBe("LPCTL_SERVICE_KEY_NEEDED");
});
