import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { executeProposal } from "../../src/lifecycle/execute-proposal.ts";
import { importSignatures, openForExport } from "../../src/lifecycle/exchange/exchange-bundle.ts";
import { proposeBatch, readImport } from "../../src/lifecycle/exchange/import-file.ts";
import { openTransport } from "../../src/lifecycle/exchange/open-transport.ts";
import { bundlePath, loadSafeBundle, signBundle } from "../../src/lifecycle/safe/safe-bundle.ts";
import { syncBundles, type Synced } from "../../src/lifecycle/exchange/sync-bundles.ts";
import type { StoredProposal } from "../../src/proposal/store.ts";
import type { Address } from "../../src/protocol/hex.ts";
import { startRelay, type Relay } from "../../src/relay/relay.ts";
import { createBundle, mergeBundles, type SafeBundle } from "../../src/safe/bundle.ts";
import { formatBuilderFile } from "../../src/safe/builder-file.ts";
import { loadBundle, writeBundle } from "../../src/safe/bundle-file.ts";
import { encodeApproveHash } from "../../src/safe/execute.ts";
import { unpackCalls } from "../../src/safe/multisend.ts";
import { approvedHashSignature, contractSignature, encodeSignatures } from "../../src/safe/signature.ts";
import { safeTransaction } from "../../src/safe/transaction.ts";
import { formatQrParts } from "../../src/safe/transport/qr.ts";
import { sendUnlocked } from "../../src/node/setup-sender.ts";
import { rowOf, startFakeService, type FakeService } from "../unit/safe/transport/fake-service.ts";
import { failureOf, PROPOSE, NO_DELAY } from "./local-project.ts";
import { readRate, setRate, startSuite, type Suite } from "./suite-project.ts";

const OTHER: Address = "0x000000000000000000000000000000000000bEEF";
let alice: Suite;
let folder = "";
let relay: Relay;
let fake: FakeService;
let stored: StoredProposal;
let empty: SafeBundle;

beforeAll(async () => {
  [alice, folder, fake] = await Promise.all([startSuite("safe"), mkdtemp(join(tmpdir(), "lpctl-sync-")), startFakeService(31337n), import("@safe-global/api-kit")]);
  relay = await startRelay({ rpc: alice.rpc, chainId: 31337n, databasePath: join(folder, "relay.sqlite"), pollMs: 60_000 });
  ({ stored } = await setRate(alice, "1 in 500"));
  empty = (await loadSafeBundle(stored)) ?? expect.fail("the proposal has a Safe transaction");
});
afterAll(async () => {
  await relay?.close();
  fake?.close();
  await alice?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Somebody else's checkout, with the proposal as nobody has signed it. */
async function checkout(name: string, ...signers: ("owner-1" | "owner-2" | "owner-3")[]): Promise<{ project: Suite["project"]; stored: StoredProposal }> {
  const project = { ...alice.project, folder: join(folder, name) };
  const theirs = { ...stored, folder: stored.folder.replace(alice.project.folder, project.folder) };
  await cp(stored.folder, theirs.folder, { recursive: true });
  let bundle = empty;
  for (const signer of signers) bundle = await signBundle(bundle, undefined, alice.signers[signer], { ledger: undefined });
  await writeBundle(bundlePath(theirs), bundle);
  return { project, stored: theirs };
}
const owners = (...names: ("owner-1" | "owner-2" | "owner-3")[]): Address[] => names.map((name) => alice.accounts[name]);
const sync = async ({ project }: { project: Suite["project"] }, where: string): Promise<Synced> =>
  syncBundles(project, await openTransport({ with: where, network: "local", chainId: 31337n, safeServiceUrl: undefined, safeServiceKeyFile: undefined }));
const signersIn = async ({ stored: theirs }: { stored: StoredProposal }): Promise<Address[]> => (await loadSafeBundle(theirs))?.signatures.map(({ owner }) => owner) ?? [];
const codes = ({ findings }: Synced): string[] => findings.map(({ severity, code }) => `${severity} ${code}`);

test("two people meet at a relay, and what they signed apart is enough", async () => {
  const [one, two] = [await checkout("one", "owner-1"), await checkout("two", "owner-3")];
  expect(await sync(one, relay.url)).toMatchObject({ bundles: [{ sent: owners("owner-1"), received: [], signatures: 1, threshold: 2n }], findings: [], failure: undefined });
  expect(await sync(two, relay.url)).toMatchObject({ bundles: [{ sent: owners("owner-3"), received: owners("owner-1"), signatures: 2 }], findings: [] });
  expect(await sync(one, relay.url)).toMatchObject({ bundles: [{ sent: [], received: owners("owner-3"), signatures: 2 }], findings: [] });
  expect(await readFile(bundlePath(one.stored), "utf8")).toBe(await readFile(bundlePath(two.stored), "utf8"));
});

test("a folder and a file do the same, also one after the other", async () => {
  const [one, two, three] = [await checkout("f1", "owner-1"), await checkout("f2", "owner-2"), await checkout("f3", "owner-3")];
  const [shared, file] = [join(folder, "shared"), join(folder, "one.json")];
  for (const who of [one, two, one]) await sync(who, shared);
  expect(await sync(three, file)).toMatchObject({ bundles: [{ sent: owners("owner-3") }] });
  expect(await sync(one, file)).toMatchObject({ bundles: [{ received: owners("owner-3"), signatures: 3 }], findings: [] });
  expect(new Set(await signersIn(one))).toEqual(new Set(owners("owner-1", "owner-2", "owner-3")));
});

test("signatures travel by QR code and back, and into the right proposal", async () => {
  const [one, two] = [await checkout("q1", "owner-1"), await checkout("q2", "owner-2")];
  const text = join(folder, "scanned.txt");
  const content = { kind: "signatures" as const, safeTxHash: empty.hashes.safeTxHash, signatures: (await openForExport(two.project, two.stored)).signatures };
  await writeFile(text, formatQrParts(content, 150).toReversed().join("\n"));
  const imported = await readImport(text);
  if (imported.kind === "batch") throw new Error("it is signatures");
  expect(await importSignatures(one.project, imported, text)).toMatchObject({ added: owners("owner-2"), threshold: 2n });
  expect(await failureOf(importSignatures(one.project, { ...content, signatures: content.signatures.map((signature) => ({ ...signature, owner: OTHER })) }, text))).toMatchObject({ code: "LPCTL_BUNDLE_BAD_SIGNATURE" });
  expect(await failureOf(importSignatures(one.project, { ...content, safeTxHash: `0x${"11".repeat(32)}` }, text))).toMatchObject({ code: "LPCTL_BUNDLE_NO_PROPOSAL" });
});

test("a rejection that belongs to no proposal travels too", async () => {
  const [one, two] = [await checkout("r1"), await checkout("r2")];
  const { safe, transaction } = empty;
  const rejection = createBundle({ chainId: 31337n, safe, proposalId: null, transaction: safeTransaction({ to: safe.address, valueWei: 0n, data: "0x", operation: 0, nonce: transaction.nonce }) });
  const [mine, theirs] = [one, two].map(({ project }) => join(project.folder, "safe", "local", safe.address, "reject-0.json"));
  for (const [path = "", signer] of [[mine, "owner-1"], [theirs, "owner-3"]] as const) {
    await mkdir(dirname(path), { recursive: true });
    await writeBundle(path, await signBundle(rejection, undefined, alice.signers[signer], { ledger: undefined }));
  }
  await sync(one, join(folder, "rejections"));
  expect(await sync(two, join(folder, "rejections"))).toMatchObject({ bundles: [{ label: stored.name }, { label: "reject-0", received: owners("owner-1"), sent: owners("owner-3"), signatures: 2 }], findings: [] });
  const content = { kind: "bundle" as const, bundle: await loadBundle(theirs ?? "") };
  expect(await importSignatures(one.project, content, "theirs")).toMatchObject({ stored: undefined, label: "reject-0", path: mine, added: owners("owner-3") });
  // A file holds one of the two: the one that is in it, and without one nobody guesses.
  const file = join(folder, "which.json");
  expect(await failureOf(sync(one, file))).toMatchObject({ code: "LPCTL_SYNC_WHICH", exit: 2 });
  expect(existsSync(file)).toBe(false);
  await writeBundle(file, rejection);
  expect(await sync(one, file)).toMatchObject({ bundles: [{ label: "reject-0", sent: owners("owner-1", "owner-3") }] });
});

test("a file of ours that somebody changed is named, and keeps no other from being exchanged", async () => {
  const one = await checkout("changed", "owner-1");
  await cp(one.stored.folder, `${one.stored.folder}-again`, { recursive: true });
  const path = join(`${one.stored.folder}-again`, "bundle.json");
  await writeFile(path, (await readFile(path, "utf8")).replace('"operation": 0', '"operation": 1'));
  const synced = await sync(one, join(folder, "after-change"));
  expect(synced).toMatchObject({ bundles: [{ label: stored.name, sent: owners("owner-1") }], findings: [{ severity: "refuse", code: "own-file-unsound", detail: expect.stringContaining("LPCTL_BUNDLE_EDITED") as unknown }] });
});

test("a service that is gone costs nothing but what it was to carry", async () => {
  const one = await checkout("gone", "owner-1");
  const before = await readFile(bundlePath(one.stored), "utf8");
  const closed = await startFakeService(31337n);
  closed.close();
  const synced = await sync(one, closed.url);
  expect(synced).toMatchObject({ failure: { code: "LPCTL_SERVICE_UNREACHABLE", exit: 6 }, bundles: [] });
  expect(synced.notMoved).toEqual([expect.stringContaining(empty.hashes.safeTxHash)]);
  expect(await readFile(bundlePath(one.stored), "utf8")).toBe(before);
});

test("a service that hides what it showed before, or took, is found out", async () => {
  const [one, both] = [await checkout("hide", "owner-1"), await checkout("hide2", "owner-1", "owner-3")];
  fake.rows = [rowOf((await loadSafeBundle(both.stored)) ?? empty)];
  expect(codes(await sync(one, fake.url))).toEqual([]);
  fake.rows = [rowOf((await loadSafeBundle((await checkout("hide3", "owner-1")).stored)) ?? empty)];
  fake.before = (request, response) => request.method === "POST" && (response.writeHead(201).end(), true);
  expect(codes(await sync(one, fake.url))).toEqual(["refuse transport-hides", "refuse service-hides"]);
  fake.rows = [];
  fake.before = () => false;
  expect(codes(await sync(one, fake.url))).toEqual(["refuse transport-hides"]);
  expect(new Set(await signersIn(one))).toEqual(new Set(owners("owner-1", "owner-3")));
});

test("nothing false is taken over: tampered fields, forged and foreign signatures, claims about the chain", async () => {
  const one = await checkout("lies");
  const signed = (await loadSafeBundle((await checkout("lies2", "owner-1", "owner-3")).stored)) ?? empty;
  const attempt = async (change: (row: ReturnType<typeof rowOf>) => void): Promise<string[]> => {
    const row = rowOf(signed);
    change(row);
    fake.rows = [row];
    await writeBundle(bundlePath(one.stored), empty);
    return codes(await sync(one, fake.url)).filter((code) => !code.includes("hides"));
  };
  expect(await attempt((row) => (row["operation"] = 1))).toEqual(["refuse service-transaction-tampered"]);
  expect(await signersIn(one)).toEqual([]);
  expect(await attempt((row) => (row.confirmations[0] = { ...row.confirmations[0], owner: alice.accounts["owner-2"] }))).toEqual(["refuse service-signature-forged"]);
  expect(await signersIn(one)).toHaveLength(1);
  expect(await attempt((row) => (row["isExecuted"] = true))).toEqual(["refuse transport-claims-executed"]);
  const stranger = await signBundle(empty, undefined, alice.signers.operator, { ledger: undefined });
  expect(await attempt((row) => ((row["proposer"] = alice.accounts.operator), (row.confirmations = rowOf(stranger).confirmations)))).toEqual(["warning signature-not-of-owner"]);
  expect(await signersIn(one)).toEqual([]);
  const claims = (signature: ReturnType<typeof approvedHashSignature>) => (row: ReturnType<typeof rowOf>) => (row.confirmations = [{ owner: signature.owner, signature: encodeSignatures([signature]) }]);
  const [first = OTHER] = owners("owner-1");
  expect(await attempt(claims(approvedHashSignature(first)))).toEqual(["refuse signature-rejected"]);
  expect(await attempt(claims(contractSignature(first, "0x1234")))).toEqual(["refuse signature-rejected"]);
  expect(await signersIn(one)).toEqual([]);
  await sendUnlocked(alice.rpc, first, await alice.rpc.nonce(first), { to: empty.safe.address, data: encodeApproveHash(empty.hashes.safeTxHash), valueWei: 0n });
  expect(await attempt(claims(approvedHashSignature(first)))).toEqual([]);
  expect(await signersIn(one)).toEqual([first]);
});

test("names what the user's key has signed and nobody shows", async () => {
  const one = await checkout("ledger", "owner-1");
  const ledger = join(folder, "signatures.ndjson");
  const { safe, transaction } = empty;
  const elsewhere = createBundle({ chainId: 31337n, safe, proposalId: null, transaction: { ...transaction, nonce: transaction.nonce + 1n } });
  for (const bundle of [empty, elsewhere]) await signBundle(bundle, undefined, alice.signers["owner-1"], { ledger, key: "owner-1" });
  fake.rows = [];
  const synced = await sync({ project: { ...one.project, ledger } }, fake.url);
  expect(synced.findings).toMatchObject([{ severity: "warning", code: "signed-and-not-shown", title: expect.stringContaining(elsewhere.hashes.safeTxHash) as unknown }]);
  fake.rows.push(rowOf(elsewhere));
  expect(codes(await sync({ project: { ...one.project, ledger } }, fake.url))).toEqual(["info foreign-transaction"]);
});

test("shows what only the service has: another transaction at our nonce, one that takes over the Safe, one that changes it", async () => {
  const one = await checkout("foreign", "owner-1");
  const { nonce } = empty.transaction;
  const safe = { address: empty.safe.address, version: empty.safe.version, singletonCodeHash: empty.safe.singletonCodeHash, proxyCodeHash: empty.safe.proxyCodeHash };
  const rival = (parts: Partial<ReturnType<typeof safeTransaction>>): ReturnType<typeof rowOf> =>
    rowOf(createBundle({ chainId: 31337n, safe, proposalId: null, transaction: { ...safeTransaction({ to: OTHER, valueWei: 1n, data: "0x", operation: 0, nonce }), ...parts } }));
  fake.rows = [rowOf((await loadSafeBundle(one.stored)) ?? empty), rival({}), rival({ operation: 1, valueWei: 0n, data: "0x12345678" }), rival({ to: safe.address, valueWei: 0n, data: "0x694e80c30000000000000000000000000000000000000000000000000000000000000001" }), rival({ nonce: nonce + 4n })];
  const synced = await sync(one, fake.url);
  expect(codes(synced)).toEqual(["warning nonce-contested", "refuse foreign-transaction-dangerous", "warning foreign-transaction-changes-safe", "info foreign-transaction"]);
  expect(synced.foreign.map(({ what }) => what)).toEqual([`transfer to ${OTHER} with 1 wei`, `delegatecall of ${OTHER}`, `changeThreshold(1) to ${safe.address}`, `transfer to ${OTHER} with 1 wei`]);
});

test("a batch of the Transaction Builder becomes a proposal, and a proposal becomes one", async () => {
  const one = await checkout("builder");
  const path = join(folder, "batch.json");
  const calls = unpackCalls(empty.transaction);
  const batch = { chainId: 31337n, name: "Set the rate", description: "", safe: empty.safe.address, calls };
  await writeFile(path, formatBuilderFile(batch, 0));
  const imported = await readImport(path);
  if (imported.kind !== "batch") throw new Error("it is a batch");
  const proposed = await proposeBatch(one.project, imported.batch, { ...PROPOSE, ...NO_DELAY });
  expect(proposed.stored.proposal).toMatchObject({ title: "Set the rate", intents: [{ kind: "calls", calls }] });
  expect(unpackCalls((await openForExport(one.project, proposed.stored)).transaction)).toEqual(calls);
  expect(await failureOf(proposeBatch(one.project, { ...batch, chainId: 1n }, { ...PROPOSE, ...NO_DELAY }))).toMatchObject({ code: "LPCTL_BUILDER_OTHER_CHAIN", exit: 3 });
});

test("what was collected at the relay executes, and is then over for the next exchange", async () => {
  const three = await checkout("three");
  expect(await sync(three, relay.url)).toMatchObject({ bundles: [{ received: expect.arrayContaining(owners("owner-1", "owner-3")) as unknown, signatures: 2 }] });
  const merged = (await loadSafeBundle(three.stored)) ?? empty;
  expect(mergeBundles(empty, merged).signatures).toHaveLength(2);
  await executeProposal(three.project, three.stored, { signer: alice.signers.operator });
  expect(await readRate(alice)).toBe(500n);
  expect(await sync(three, relay.url)).toMatchObject({ bundles: [], foreign: [], findings: [] });
});
