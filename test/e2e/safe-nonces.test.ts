import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { burnNonces } from "../../src/lifecycle/nonces/burn-nonces.ts";
import { reanchorProposal } from "../../src/lifecycle/nonces/reanchor-proposal.ts";
import { judgeNonce, judgeNonceOffline } from "../../src/lifecycle/nonces/nonce-rules.ts";
import { rejectionOf, rejectNonce, signRejection } from "../../src/lifecycle/nonces/reject-nonce.ts";
import { bundlePath, loadSafeBundle, signBundle } from "../../src/lifecycle/safe/safe-bundle.ts";
import { readSafeQueue, type QueueEntry, type SafeQueue } from "../../src/lifecycle/nonces/safe-queue.ts";
import { readSignedHashes, type SignedHash } from "../../src/lifecycle/nonces/signed-hashes.ts";
import type { LocalRole } from "../../src/node/local-accounts.ts";
import { sendUnlocked } from "../../src/node/setup-sender.ts";
import type { StoredProposal } from "../../src/proposal/store.ts";
import type { Hex } from "../../src/protocol/hex.ts";
import type { SafeBundle } from "../../src/safe/bundle.ts";
import { writeBundle } from "../../src/safe/bundle-file.ts";
import { buildExecTransaction, requireExecuted } from "../../src/safe/execute.ts";
import { readSafe, type SafeFacts } from "../../src/safe/read-safe.ts";
import { loadLedger, recordSignature } from "../../src/safe/signature-ledger.ts";
import type { Transport } from "../../src/safe/transport/transport.ts";
import { failureOf } from "./local-project.ts";
import { setRate, startSuite, type Suite } from "./suite-project.ts";

/** One after the other on one chain: each test goes on where the one before ended. */
let suite: Suite;
let genesisHash: Hex;
let first: StoredProposal;
let second: StoredProposal;

beforeAll(async () => {
  suite = await startSuite("safe");
  suite.project.ledger = join(suite.project.folder, "data", "signatures.ndjson");
  genesisHash = (await suite.rpc.block(0n)).hash;
  first = (await setRate(suite, "400")).stored;
  second = (await setRate(suite, "500")).stored;
});
afterAll(() => suite?.stop());

test("the queue names what is next, what waits, and what to type", async () => {
  const { entries } = await queue();
  expect(entries.map(brief)).toEqual([
    ["0", "next", first.name, 0],
    ["1", "queued", second.name, 0],
  ]);
  expect(entries.map(({ next }) => next)).toEqual(["lpctl proposal sign 1 --key NAME", "lpctl proposal sign 2 --key NAME"]);
  await sign(first, "owner-1");
  await sign(first, "owner-2");
  await sign(second, "owner-1");
  expect((await queue()).entries.map(({ signers, missing, next }) => [signers.length, missing, next])).toEqual([
    [2, 0, "lpctl proposal execute 1 --key NAME"],
    [1, 1, "lpctl proposal sign 2 --key NAME"],
  ]);
});

test("a rejection conflicts with what it ends, and one far ahead leaves a gap", async () => {
  const here = await rejectNonce(suite.project, await safe(), 0n);
  expect(here.kills.map(({ proposal }) => proposal)).toEqual([first.name]);
  const far = await rejectNonce(suite.project, await safe(), 2n ** 53n + 1n);
  expect(far.waitsFor).toBe(2n ** 53n + 1n);
  const { entries } = await queue();
  expect(entries.map(({ nonce, lastNonce, state }) => [nonce, lastNonce, state])).toEqual([
    [0n, 0n, "conflict"],
    [0n, 0n, "conflict"],
    [1n, 1n, "queued"],
    [2n, 2n ** 53n, "gap"],
    [2n ** 53n + 1n, 2n ** 53n + 1n, "queued"],
  ]);
  expect(entries[3]?.next).toBe("lpctl safe reject 2");
  await rm(far.path);
});

test("a transport that fails is named, and one that answers is seen in the queue", async () => {
  const [entry] = (await loadLedger(suite.project.ledger ?? "")).signed;
  if (entry === undefined) throw new Error("something was signed");
  const hidden = { ...entry.transaction, nonce: 4n };
  const pulled = { safeTxHash: `0x${"ab".repeat(32)}` as Hex, transaction: hidden, signatures: [], bundle: null, claims: { executed: null, proposer: null, proposedByDelegate: null }, findings: [] };
  const answering: Transport = { kind: "service", name: "the service", pull: async () => [pulled], push: () => Promise.reject(new Error("not asked")) };
  const failing: Transport = { ...answering, name: "the other service", pull: async () => Promise.reject(await failureOf(rejectNonce({ ...suite.project, chainId: 1n }, await safe(), 0n))) };
  const { entries, missing } = await readSafeQueue(suite.project, await safe(), { transports: [answering, failing] });
  expect(entries.at(-1)).toMatchObject({ nonce: 4n, next: "lpctl safe sync", from: [{ kind: "transport", name: "the service" }] });
  expect(missing).toEqual([expect.stringMatching(/^the other service: /)]);
});

test("what was signed for a nonce that another transaction used is dead, everywhere and by name", async () => {
  const rejection = await rejectNonce(suite.project, await safe(), 0n);
  await execute(await signed(rejection.bundle, "owner-2", "owner-3"));
  const { entries } = await queue();
  expect(entries[0]).toMatchObject({ proposal: first.name, state: "dead", usedBy: { safeTxHash: rejection.bundle.hashes.safeTxHash }, next: "lpctl safe reanchor 1" });
  expect(await states()).toEqual([
    ["owner-1", second.name, "executable", 1],
    ["owner-1", first.name, "dead", null],
    ["owner-2", first.name, "dead", null],
  ]);
  expect(await failureOf(rejectNonce(suite.project, await safe(), 0n))).toMatchObject({ code: "LPCTL_SAFE_ALREADY_EXECUTED" });
});

test("a proposal whose nonce was used gets the next free one, and nothing but the nonce changes", async () => {
  const before = await bundleOf(first);
  const done = await reanchorProposal(suite.project, first);
  expect(done.after.transaction).toEqual({ ...before.transaction, nonce: 2n });
  expect(done.proof.hashAtOldNonce).toBe(before.hashes.safeTxHash);
  expect(done.proof.fields.filter(({ same }) => !same).map(({ field }) => field)).toEqual(["nonce"]);
  expect(done).toMatchObject({ old: { state: "dead", signatures: 2 }, effectsHash: first.proposal.effectsHash, rivals: [] });
  expect(done.after.signatures).toEqual([]);
  expect((await queue()).entries.map(brief)).toEqual([
    ["1", "next", second.name, 1],
    ["2", "queued", first.name, 0],
  ]);
  expect(await failureOf(reanchorProposal(suite.project, first, { nonce: 2n }))).toMatchObject({ code: "LPCTL_REANCHOR_SAME_NONCE", exit: 2 });
  expect(await failureOf(reanchorProposal(suite.project, first, { nonce: 0n }))).toMatchObject({ code: "LPCTL_REANCHOR_USED_NONCE", exit: 2 });
});

test("a proposal that can still be executed is not moved unless somebody insists, and then its old form stays in the queue", async () => {
  expect(await failureOf(reanchorProposal(suite.project, second))).toMatchObject({ code: "LPCTL_REANCHOR_SAME_NONCE" });
  const refused = await failureOf(reanchorProposal(suite.project, second, { nonce: 3n }));
  expect(refused).toMatchObject({ code: "LPCTL_REANCHOR_STILL_LIVE", exit: 3, details: { nonce: 1n, signatures: 1 } });
  const moved = await reanchorProposal(suite.project, second, { nonce: 3n, despiteSignatures: true });
  expect(moved.old).toEqual({ state: "live", usedBy: null, signatures: 1 });
  expect((await queue()).entries.map(({ nonce, state, what, signers }) => [nonce, state, what, signers.length])).toEqual([
    [1n, "next", `earlier form of ${second.name}`, 1],
    [2n, "queued", first.proposal.title, 0],
    [3n, "queued", second.proposal.title, 0],
  ]);
});

test("burning ends what this machine's keys signed and can still be executed, with all that comes before it", async () => {
  await noteForeign(4n);
  const burn = await burnNonces(suite.project, await safe());
  expect(burn.live.map(({ nonce, missing }) => [nonce, missing])).toEqual([[1n, 1], [4n, 1]]);
  expect(burn.rejections.map(({ nonce, kills }) => [nonce, kills.length])).toEqual([[1n, 1], [2n, 1], [3n, 1], [4n, 1]]);
  const [next, ...later] = burn.rejections;
  if (next === undefined) throw new Error("a rejection");
  for (const { path } of later) await rm(path);

  const half = await signRejection(suite.project, await safe(), next, suite.signers["owner-1"], "owner-1");
  // Prepared again, it keeps the signature it has.
  const [again] = (await burnNonces(suite.project, await safe(), { nonce: 1n })).rejections;
  expect(again?.bundle.signatures).toEqual(half.bundle.signatures);
  await execute(await signed(half.bundle, "owner-3"));
  expect(new Set((await states()).map(([, , state]) => state))).toEqual(new Set(["dead"]));
  expect((await burnNonces(suite.project, await safe(), { nonce: 9n })).rejections.map(({ nonce }) => nonce)).toEqual([9n]);
});

test("a proposal takes the place of another, and going back brings what was signed then", async () => {
  await sign(second, "owner-3");
  const replaced = await reanchorProposal(suite.project, second, { nonce: 2n, despiteSignatures: true });
  expect(replaced.rivals.map(({ safeTxHash }) => safeTxHash)).toEqual([(await bundleOf(first)).hashes.safeTxHash]);
  expect(new Set((await queue()).entries.filter(({ state }) => state === "conflict").map(({ proposal }) => proposal))).toEqual(new Set([first.name, second.name]));
  const [mine, facts] = [await bundleOf(second), await safe()];
  expect(await failureOf(judgeNonce(suite.project, facts, mine, false))).toMatchObject({ code: "LPCTL_SAFE_NONCE_TAKEN", exit: 3, message: expect.stringContaining(first.name) as string });
  expect(await judgeNonce(suite.project, facts, mine, true)).toEqual([expect.stringContaining(`Nonce 2 is wanted by another transaction too: ${first.name}`)]);
  // A rejection ends both; nobody has to insist on it.
  expect(await judgeNonce(suite.project, facts, rejectionOf(suite.project, facts, 2n), false)).toHaveLength(2);
  expect(await judgeNonce(suite.project, facts, rejectionOf(suite.project, facts, 9n), false)).toEqual(expect.arrayContaining(["It waits for nonce 5 to 8, and nothing is known for these."]));
  expect(await judgeNonceOffline(suite.project.ledger ?? "", { ...mine, transaction: { ...mine.transaction, nonce: 4n } })).toEqual([expect.stringContaining("Your key owner-1 signed another transaction with nonce 4")]);
  const back = await reanchorProposal(suite.project, second, { nonce: 3n });
  expect(back.after.signatures.map(({ owner }) => owner)).toEqual([suite.accounts["owner-3"]]);
});

test("what was signed on a chain that nobody can ask, or on another of the same id, is unknown and says why", async () => {
  const ledger = await loadLedger(suite.project.ledger ?? "");
  const [entry] = ledger.signed;
  if (entry === undefined) throw new Error("something was signed");
  const asked = await readSignedHashes([{ ...entry, chainId: 42161n }, { ...entry, signer: suite.accounts.operator, genesisHash: `0x${"11".repeat(32)}` }], [network()]);
  expect(asked.map(({ state }) => state)).toEqual(["unknown", "unknown"]);
  expect(new Set(asked.map(({ why }) => why))).toEqual(new Set(["no network of chain 42161 is configured with an RPC", "the chain of this id that can be asked is another one: it began with another block"]));
  const [stranger] = await readSignedHashes([{ ...entry, nonce: 99n, signer: suite.accounts.operator }], [network()]);
  expect(stranger?.state).toBe("not-owner");
});

async function safe(): Promise<SafeFacts> {
  return readSafe(suite.rpc, (await bundleOf(first)).safe.address);
}

async function queue(): Promise<SafeQueue> {
  return readSafeQueue(suite.project, await safe());
}

function brief({ nonce, state, proposal, signers }: QueueEntry): (string | number | null)[] {
  return [String(nonce), state, proposal, signers.length];
}

async function bundleOf(stored: StoredProposal): Promise<SafeBundle> {
  const bundle = await loadSafeBundle(stored);
  if (bundle === undefined) throw new Error("no bundle");
  return bundle;
}

async function signed(bundle: SafeBundle, ...owners: LocalRole[]): Promise<SafeBundle> {
  let more = bundle;
  for (const owner of owners) more = await signBundle(more, undefined, suite.signers[owner], { ledger: undefined });
  return more;
}

/** Without the review, which has tests of its own and takes seconds; noted as the commands note it. */
async function sign(stored: StoredProposal, owner: LocalRole): Promise<void> {
  const bundle = await bundleOf(stored);
  await writeBundle(bundlePath(stored), await signBundle(bundle, undefined, suite.signers[owner], { ledger: suite.project.ledger, key: owner, genesisHash }));
}

async function execute({ chainId, transaction, signatures, hashes, safe: { address } }: SafeBundle): Promise<void> {
  const { owners, threshold } = await safe();
  const from = suite.accounts.operator;
  const receipt = await sendUnlocked(suite.rpc, from, await suite.rpc.nonce(from), buildExecTransaction({ chainId, safe: address, transaction, signatures }, owners, threshold));
  requireExecuted(receipt, address, hashes.safeTxHash);
}

/** A signature that another project, or nobody's file, holds. */
async function noteForeign(nonce: bigint): Promise<void> {
  const ledger = await loadLedger(suite.project.ledger ?? "");
  const entry = ledger.signed[0];
  if (entry === undefined) throw new Error("something was signed");
  const { schema: _schema, at: _at, kind: _kind, ...rest } = entry;
  recordSignature(suite.project.ledger ?? "", { ...rest, nonce, transaction: { ...entry.transaction, nonce }, safeTxHash: `0x${"cd".repeat(32)}` });
}

function network(): Parameters<typeof readSignedHashes>[1][number] {
  return { name: "local", chainId: 31337n, project: suite.project, genesisHash };
}

/** Of what is no rejection: who signed, what, and how it stands. */
async function states(): Promise<[key: string, what: string, state: SignedHash["state"], missing: number | null][]> {
  const { signed: entries } = await loadLedger(suite.project.ledger ?? "");
  const names = new Map([first, second].map(({ proposal, name }) => [proposal.id as string, name]));
  const found = await readSignedHashes(entries, [network()]);
  return found
    .filter(({ proposalId, safeTxHash }) => proposalId !== null && !safeTxHash.startsWith("0xcdcd"))
    .map(({ key, proposalId, state, missing }): [string, string, SignedHash["state"], number | null] => [key, names.get(proposalId ?? "") ?? "", state, missing])
    .toSorted(([keyA, , stateA], [keyB, , stateB]) => `${stateB}${keyA}`.localeCompare(`${stateA}${keyB}`));
}
