import { mkdtemp, rm, stat } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import SafeApiKit from "@safe-global/api-kit";
import { hashMessage } from "ethers/hash";
import { concat } from "ethers/utils";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { findFreePort } from "../../src/chain/anvil.ts";
import { LpctlError } from "../../src/errors.ts";
import type { Signer } from "../../src/keys/signer.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";
import { startRelay } from "../../src/relay/relay.ts";
import type { Relay, RelayOptions } from "../../src/relay/relay.ts";
import { addSignature, createBundle } from "../../src/safe/bundle.ts";
import { createSafe } from "../../src/safe/deploy-local.ts";
import { encodeApproveHash, encodeExecTransaction } from "../../src/safe/execute.ts";
import { encodeMultiSend } from "../../src/safe/multisend.ts";
import { readSafe } from "../../src/safe/read-safe.ts";
import { canonicalAddress } from "../../src/safe/safe-contracts.ts";
import { approvedHashSignature, contractSignature, encodeSignatures } from "../../src/safe/signature.ts";
import { hashSafeTransaction, safeTransaction } from "../../src/safe/transaction.ts";
import { serviceTransport } from "../../src/safe/transport/service.ts";
import { parseServiceUrl } from "../../src/safe/transport/service-url.ts";
import { startLocalSafe, testSigner } from "../unit/safe/local-safe.ts";
import type { LocalSafe } from "../unit/safe/local-safe.ts";
import { deploySafeRelease } from "../unit/safe/safe-releases.ts";
import { sendAs } from "./local-project.ts";
import { ask, asWalletClient, CHAIN_ID, hashOf, NO_HASH, payment, proposalBody, RECEIVER, safeMessageHash, safeTransactionData, signDelegate, signDeletion, signSafeMessage, signSafeTransaction } from "./relay-client.ts";

const GENEROUS = { requestsPerSecond: 10_000, requestBurst: 10_000 };
const STRANGER = testSigner("stranger");
let local: LocalSafe;
let folder = "";
let relay: Relay;
let service: SafeApiKit;
let one: Signer;
let two: Signer;
let three: Signer;
let saltNonce = 100n;

const relayOptions = (more: Partial<RelayOptions> = {}): RelayOptions => ({ rpc: local.rpc, chainId: CHAIN_ID, databasePath: join(folder, "relay.sqlite"), limits: GENEROUS, pollMs: 60_000, ...more });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lpctl-relay-"));
  local = await startLocalSafe();
  [one, two, three] = local.owners;
  relay = await startRelay(relayOptions());
  service = new SafeApiKit({ chainId: CHAIN_ID, txServiceUrl: relay.url });
});
afterAll(async () => {
  await relay?.close();
  await local?.anvil.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A Safe of its own for each test, 2 of the same three owners, with money in it. */
async function newSafe(owners: readonly Address[] = local.owners.map(({ address }) => address)): Promise<Address> {
  saltNonce += 1n;
  const safe = await createSafe({ rpc: local.rpc, send: local.send, owners, threshold: 2n, saltNonce });
  await local.rpc.request("anvil_setBalance", [safe, "0xde0b6b3a7640000"], z.unknown());
  return safe;
}

async function propose(safe: Address, tx = payment(0n), signer = one): Promise<Hex> {
  expect(await ask(`${relay.url}/v2/safes/${safe}/multisig-transactions/`, "POST", await proposalBody(safe, tx, signer))).toMatchObject({ status: 201, body: undefined });
  return hashOf(safe, tx);
}

const confirmationsUrl = (hash: string): string => `${relay.url}/v1/multisig-transactions/${hash}/confirmations/`;
const transactionUrl = (hash: string): string => `${relay.url}/v2/multisig-transactions/${hash}/`;
const listUrl = (safe: string, query = ""): string => `${relay.url}/v2/safes/${safe}/multisig-transactions/${query}`;

/** Sends a transaction with the signatures that the service gives. */
async function executeFromService(hash: string): Promise<Hex> {
  const tx = await service.getTransaction(hash);
  const transaction = safeTransaction({ to: tx.to as Address, valueWei: BigInt(tx.value), data: (tx.data ?? "0x") as Hex, operation: tx.operation === 0 ? 0 : 1, nonce: BigInt(tx.nonce) });
  const receipt = await local.send({ to: tx.safe as Address, data: encodeExecTransaction(transaction, tx.signatures as Hex), valueWei: 0n, title: "execute" });
  expect(receipt.status).toBe("success");
  return receipt.transactionHash;
}

test("api-kit proposes, lists, confirms, reads back and executes, and the relay sees the execution", async () => {
  const safe = await newSafe();
  expect(await service.getServiceInfo()).toMatchObject({ name: "lpctl relay", api_version: "v1" });
  const singletons = await service.getServiceSingletonsInfo();
  expect(singletons).toContainEqual(expect.objectContaining({ address: canonicalAddress("SafeL2", "1.4.1"), version: "1.4.1+L2", l2: true }));
  const info = await service.getSafeInfo(safe);
  expect(info).toMatchObject({ address: safe, nonce: "0", threshold: 2, singleton: canonicalAddress("SafeL2", "1.4.1"), modules: [], version: "1.4.1+L2" });
  expect(new Set(info.owners)).toEqual(new Set(local.owners.map(({ address }) => address)));
  expect(await service.getNextNonce(safe)).toBe("0");

  const data = encodeMultiSend([{ to: RECEIVER, valueWei: 5n, data: "0x" }, { to: safe, valueWei: 0n, data: "0x694e80c30000000000000000000000000000000000000000000000000000000000000001" }]);
  const tx = safeTransaction({ to: canonicalAddress("MultiSendCallOnly", "1.4.1"), valueWei: 0n, data, operation: 1, nonce: 0n });
  const safeTxHash = hashOf(safe, tx);
  await service.proposeTransaction({ safeAddress: safe, safeTransactionData: safeTransactionData(tx), safeTxHash, senderAddress: one.address, senderSignature: await signSafeTransaction(one, safe, tx), origin: "lpctl" });
  expect(await service.getNextNonce(safe)).toBe("1");

  const pending = await service.getPendingTransactions(safe);
  expect(pending).toMatchObject({ count: 1, next: null, previous: null, countUniqueNonce: 1 });
  expect(pending.results[0]).toMatchObject({ safe, safeTxHash, nonce: "0", isExecuted: false, confirmationsRequired: 2, trusted: true, proposer: one.address, origin: '{"name":"lpctl"}' });
  expect(pending.results[0]?.dataDecoded).toMatchObject({ method: "multiSend", parameters: [{ name: "transactions", valueDecoded: [{ to: RECEIVER, value: "5" }, { dataDecoded: { method: "changeThreshold", parameters: [{ value: "1" }] } }] }] });
  expect(await service.decodeData(data)).toEqual(pending.results[0]?.dataDecoded);

  await service.confirmTransaction(safeTxHash, await signSafeTransaction(two, safe, tx));
  const confirmations = await service.getTransactionConfirmations(safeTxHash);
  expect(confirmations).toMatchObject({ count: 2 });
  expect(new Set(confirmations.results.map(({ owner, signatureType }) => `${owner} ${signatureType}`))).toEqual(new Set([`${one.address} EOA`, `${two.address} EOA`]));

  const transactionHash = await executeFromService(safeTxHash);
  expect(await service.getTransaction(safeTxHash)).toMatchObject({ isExecuted: true, isSuccessful: true, transactionHash, executor: expect.stringMatching(/^0x/), confirmations: [{}, {}] });
  expect(await service.getPendingTransactions(safe)).toMatchObject({ count: 0 });
  expect(await service.getMultisigTransactions(safe, { executed: true })).toMatchObject({ count: 1 });
  expect(await service.getSafeInfo(safe)).toMatchObject({ nonce: "1", threshold: 1 });
  expect(await service.getSafesByOwner(one.address)).toEqual({ safes: expect.arrayContaining([safe]) });
  expect(await service.getSafeCreationInfo(safe)).toMatchObject({ factoryAddress: canonicalAddress("SafeProxyFactory", "1.4.1"), singleton: canonicalAddress("SafeL2", "1.4.1"), saltNonce: String(saltNonce), dataDecoded: { method: "setup" } });
  const estimate = await service.estimateSafeTransaction(safe, { to: RECEIVER, value: "1", data: "0x", operation: 0 });
  expect(Number(estimate.safeTxGas)).toBeGreaterThan(2_000);
});

test("lpctl's own transport brings a file's signatures there, and others' back", async () => {
  const safe = await newSafe();
  const tx = payment(0n);
  const transport = serviceTransport({ url: parseServiceUrl(relay.url), chainId: CHAIN_ID });
  let bundle = createBundle({ chainId: CHAIN_ID, safe: await readSafe(local.rpc, safe), proposalId: null, transaction: tx });
  for (const signer of [one, two]) bundle = addSignature(bundle, { owner: signer.address, kind: "eip712", data: await signSafeTransaction(signer, safe, tx) });
  const pushed = await transport.push(bundle);
  expect(pushed).toMatchObject({ changed: true, refused: [], findings: [] });
  expect(new Set(pushed.signatures)).toEqual(new Set([one.address, two.address]));
  expect(await transport.push(bundle)).toMatchObject({ changed: false, refused: [], findings: [] });
  await service.confirmTransaction(hashOf(safe, tx), await signSafeTransaction(three, safe, tx));
  expect(await transport.pull(safe, 0n)).toMatchObject([{ safeTxHash: hashOf(safe, tx), transaction: tx, signatures: [{}, {}, {}], findings: [] }]);
});

test("api-kit adds and removes delegates, who may propose and never count as owners", async () => {
  const safe = await newSafe();
  const delegate = STRANGER;
  await service.addSafeDelegate({ safeAddress: safe, delegateAddress: delegate.address, delegatorAddress: one.address, signer: asWalletClient(one), label: "bot" });
  expect(await service.getSafeDelegates({ safeAddress: safe })).toMatchObject({ count: 1, results: [{ safe, delegate: delegate.address, delegator: one.address, label: "bot" }] });

  const hash = await propose(safe, payment(0n), delegate);
  expect(await service.getTransaction(hash)).toMatchObject({ proposer: one.address, proposedByDelegate: delegate.address, trusted: true, confirmations: [], signatures: null });
  const refused = await ask(confirmationsUrl(hash), "POST", { signature: await signSafeTransaction(delegate, safe, payment(0n)) });
  expect(refused).toMatchObject({ status: 400, body: { signature: [expect.stringContaining(`Signer=${delegate.address} is not an owner`)] } });

  await expect(service.removeSafeDelegate({ delegateAddress: delegate.address, delegatorAddress: one.address, signer: asWalletClient(two) })).rejects.toMatchObject({ statusCode: 422 });
  await service.removeSafeDelegate({ delegateAddress: delegate.address, delegatorAddress: one.address, signer: asWalletClient(one) });
  expect(await service.getSafeDelegates({ delegatorAddress: one.address })).toMatchObject({ count: 0 });
  await expect(service.removeSafeDelegate({ delegateAddress: delegate.address, delegatorAddress: one.address, signer: asWalletClient(one) })).rejects.toMatchObject({ statusCode: 404 });

  const body = { safe, delegate: delegate.address, delegator: one.address, label: "bot" };
  const add = async (more: object): Promise<number> => (await ask(`${relay.url}/v2/delegates/`, "POST", { ...body, signature: await signDelegate(one, delegate.address), ...more })).status;
  const anHourMs = 3_600_000;
  expect(await add({ signature: await signDelegate(one, delegate.address, Date.now() - 3 * anHourMs) })).toBe(400);
  expect(await add({ signature: await signDelegate(two, delegate.address) })).toBe(400);
  expect(await add({ delegator: delegate.address, signature: await signDelegate(delegate, delegate.address) })).toBe(400);
  expect(await add({ label: "" })).toBe(400);
  expect(await add({ signature: await signDelegate(one, delegate.address, Date.now() - anHourMs) })).toBe(201);
  expect((await ask(`${relay.url}/v2/delegates/`)).status).toBe(400);
});

test("paths without their slash are redirected, and unknown ones are not found", async () => {
  const redirected = await ask(`${relay.url}/v2/delegates?safe=${local.safe}`);
  expect(redirected.status).toBe(301);
  expect(redirected.headers.get("location")).toBe(`/api/v2/delegates/?safe=${local.safe}`);
  expect((await ask(`${relay.url}/v1/about`)).headers.get("location")).toBe("/api/v1/about/");
  expect(await ask(`${relay.url}/v1/nothing/`)).toMatchObject({ status: 404, body: { detail: "Not found." } });
  const other = await ask(`${relay.url}/v1/about/`, "DELETE");
  expect(other.status).toBe(405);
  expect(other.headers.get("allow")).toBe("GET");
  expect(await ask(`${relay.url}/v1/about/ethereum-rpc/`)).toMatchObject({ status: 200, body: { chain_id: 31337 } });
});

test("what is not known or not well written is answered as the service does", async () => {
  const nowhere = "0x000000000000000000000000000000000000bEEF";
  for (const path of [`v1/safes/${nowhere}/`, `v2/safes/${nowhere}/multisig-transactions/`, `v1/safes/${canonicalAddress("SafeL2", "1.4.1")}/`, `v1/safes/${nowhere}/creation/`]) {
    expect(await ask(`${relay.url}/${path}`), path).toMatchObject({ status: 404, body: undefined });
  }
  const lowered = local.safe.toLowerCase();
  expect(await ask(`${relay.url}/v1/safes/${lowered}/`)).toMatchObject({ status: 422, body: { code: 1, message: "Checksum address validation failed", arguments: [lowered] } });
  expect((await ask(`${relay.url}/v2/safes/nonsense/multisig-transactions/`)).status).toBe(422);
  expect(await ask(transactionUrl(NO_HASH))).toMatchObject({ status: 404, body: { detail: "No MultisigTransaction matches the given query." } });
  expect((await ask(confirmationsUrl(NO_HASH), "POST", { signature: `0x${"11".repeat(65)}` })).status).toBe(404);
  expect((await ask(confirmationsUrl("nonsense"))).status).toBe(404);
  expect(await ask(listUrl(local.safe, "?nonce=first"))).toMatchObject({ status: 400, body: { nonce: ["Enter a number."] } });
  expect((await ask(listUrl(local.safe, "?executed=perhaps"))).status).toBe(400);
  expect((await ask(`${relay.url}/v1/data-decoder/`, "POST", { data: "0x12345678" })).status).toBe(404);
  expect((await ask(`${relay.url}/v1/data-decoder/`, "POST", { data: "12345678" })).status).toBe(422);
});

test("a proposal is refused for each thing that can be wrong with it", async () => {
  const safe = await newSafe();
  const other = await newSafe();
  const tx = payment(0n);
  const good = await proposalBody(safe, tx, one);
  const post = async (change: object, where = safe): Promise<[number, unknown]> => {
    const { status, body } = await ask(listUrl(where), "POST", { ...good, ...change });
    return [status, body];
  };
  const refused = async (change: object, field: string, text: string | RegExp, where = safe): Promise<void> => {
    const [status, body] = await post(change, where);
    expect([status, body], field).toEqual([422, expect.objectContaining({ [field]: [expect.stringMatching(text)] })]);
  };
  await refused({ contractTransactionHash: NO_HASH }, "nonFieldErrors", `Contract-transaction-hash=${hashOf(safe, tx)} does not match provided contract-tx-hash=${NO_HASH}`);
  // The same bytes for another Safe, and with one field changed on the way.
  await refused({}, "nonFieldErrors", "does not match", other);
  await refused({ value: "2" }, "nonFieldErrors", "does not match");
  await refused({ operation: 1 }, "nonFieldErrors", "does not match");
  await refused({ sender: STRANGER.address }, "nonFieldErrors", "is not an owner or delegate");
  await refused({ sender: two.address }, "nonFieldErrors", `Signature does not match sender=${two.address}. Calculated owner=${one.address}`);
  await refused({ signature: await signSafeTransaction(STRANGER, safe, tx) }, "nonFieldErrors", `Signer=${STRANGER.address} is not an owner`);
  await refused({ signature: await signSafeTransaction(one, safe, payment(3n)) }, "nonFieldErrors", "at nonce 3 instead of 0");
  await refused({ signature: `0x${"ff".repeat(65)}` }, "nonFieldErrors", "not a Safe signature");
  await refused({ signature: "0x1234" }, "signature", "65 bytes");
  await refused({ to: tx.to.toLowerCase() }, "to", "not checksumed");
  await refused({ value: "-1" }, "value", "valid integer");
  await refused({ value: "0x1" }, "value", "valid integer");
  await refused({ nonce: 1.5 }, "nonce", "valid integer");
  await refused({ data: "0x123" }, "data", "hexadecimal");
  await refused({ operation: 2 }, "operation", "valid choice");
  await refused({ nonce: undefined }, "nonce", "required");
  await refused({ sender: null }, "sender", "null");
  await refused({ origin: "x".repeat(201) }, "origin", "200");
  await refused({}, "nonFieldErrors", "does not exist", "0x000000000000000000000000000000000000bEEF");
  expect((await ask(listUrl(safe), "POST", `{"to": "${RECEIVER}", "to": "${RECEIVER}"}`)).status).toBe(400);
  expect((await ask(listUrl(safe), "POST", "{")).status).toBe(400);
  expect((await ask(listUrl(safe), "POST", "{}", { "content-type": "text/plain" })).status).toBe(415);
  expect(await ask(listUrl(safe, "?trusted=false"))).toMatchObject({ body: { count: 0 } });

  // Sent twice at once it is taken once.
  expect((await Promise.all([post({}), post({})])).map(([status]) => status).toSorted((left, right) => left - right)).toEqual([201, 422]);
  await refused({}, "nonFieldErrors", "already exists");
  // Sent again with another owner's signature beside, it gains that.
  expect((await post({ signature: concat([String(good["signature"]), await signSafeTransaction(two, safe, tx)]) }))[0]).toBe(201);
  await executeFromService(hashOf(safe, tx));
  await refused({}, "nonFieldErrors", "nonce=0 .* already executed");
});

test("a confirmation is refused for each thing that can be wrong with it", async () => {
  const safe = await newSafe();
  const tx = payment(0n);
  const hash = await propose(safe, tx);
  const post = (signature: unknown): ReturnType<typeof ask> => ask(confirmationsUrl(hash), "POST", { signature });
  const refused = async (signature: unknown, text: string): Promise<void> => expect(await post(signature)).toMatchObject({ status: 400, body: { signature: [expect.stringContaining(text)] } });
  const ofTwo = await signSafeTransaction(two, safe, tx);
  const ofThree = await signSafeTransaction(three, safe, tx);
  await refused(undefined, "required");
  await refused(await signSafeTransaction(STRANGER, safe, tx), "is not an owner");
  await refused(await signSafeTransaction(one, safe, tx), "already confirmed");
  await refused(await signSafeTransaction(two, local.safe, tx), "is not an owner");
  await refused(`${ofTwo}00`, "not a Safe signature");
  // One bad signature refuses its neighbours.
  await refused(concat([ofTwo, await signSafeTransaction(STRANGER, safe, tx)]), "is not an owner");
  await refused(encodeSignatures([approvedHashSignature(two.address)]), "has not approved the hash on chain");
  expect(await ask(confirmationsUrl(hash))).toMatchObject({ body: { count: 1 } });

  expect(await post(concat([ofTwo, ofThree]))).toMatchObject({ status: 201, body: { signature: concat([ofTwo, ofThree]) } });
  expect(await ask(confirmationsUrl(hash))).toMatchObject({ body: { count: 3 } });
  // Another transaction takes the nonce: this one can get no more signatures.
  const rival = payment(0n, 2n);
  const rivalHash = await propose(safe, rival);
  await post(ofTwo);
  expect((await ask(confirmationsUrl(rivalHash), "POST", { signature: await signSafeTransaction(two, safe, rival) })).status).toBe(201);
  await executeFromService(hash);
  const late = await ask(confirmationsUrl(rivalHash), "POST", { signature: await signSafeTransaction(three, safe, rival) });
  expect(late).toMatchObject({ status: 400, body: { signature: [expect.stringContaining("already executed")] } });
  expect(await service.getTransaction(rivalHash)).toMatchObject({ isExecuted: false });
});

test("the proposer alone deletes, and nothing that was executed", async () => {
  const safe = await newSafe();
  const tx = payment(0n);
  const hash = await propose(safe, tx);
  const remove = (signature: unknown): ReturnType<typeof ask> => ask(transactionUrl(hash), "DELETE", { safeTxHash: hash, signature });
  expect(await remove(await signDeletion(two, safe, hash))).toMatchObject({ status: 400, body: { nonFieldErrors: [expect.stringContaining("proposer")] } });
  expect((await remove(await signDeletion(one, local.safe, hash))).status).toBe(400);
  expect((await remove(await signDeletion(one, safe, hash, Date.now() - 3 * 3_600_000))).status).toBe(400);
  expect((await remove(undefined)).status).toBe(400);
  expect((await remove(await signDeletion(one, safe, hash))).status).toBe(204);
  expect((await ask(transactionUrl(hash))).status).toBe(404);
  expect((await remove(await signDeletion(one, safe, hash))).status).toBe(404);

  await propose(safe, tx);
  await service.confirmTransaction(hash, await signSafeTransaction(two, safe, tx));
  await executeFromService(hash);
  expect(await remove(await signDeletion(one, safe, hash))).toMatchObject({ status: 400, body: { nonFieldErrors: ["Executed transactions cannot be deleted"] } });
});

test("lists are filtered, ordered and cut into pages, and no digit of a nonce is lost", async () => {
  const safe = await newSafe();
  const far = 2n ** 53n + 1n;
  const body = await proposalBody(safe, payment(far), one);
  // As text, and as a JSON number that a float cannot hold.
  expect((await ask(listUrl(safe), "POST", JSON.stringify({ ...body, nonce: 0 }).replace('"nonce":0', `"nonce":${far}`))).status).toBe(201);
  expect((await ask(listUrl(safe), "POST", { ...(await proposalBody(safe, payment(far + 1n), one)), nonce: String(far + 1n) })).status).toBe(201);
  for (const nonce of [0n, 1n, 10n]) await propose(safe, payment(nonce));
  await propose(safe, payment(1n, 7n));
  expect((await ask(listUrl(safe), "POST", { ...(await proposalBody(safe, payment(2n), one)), signature: null })).status).toBe(201);

  const noncesOf = async (query: string): Promise<string[]> => ((await ask(listUrl(safe, query))).body as { results: { nonce: string }[] }).results.map(({ nonce }) => nonce);
  expect(await noncesOf("")).toEqual([String(far + 1n), String(far), "10", "1", "1", "0"]);
  expect(await noncesOf("?ordering=nonce&trusted=false")).toEqual(["0", "1", "1", "2", "10", String(far), String(far + 1n)]);
  expect(await noncesOf("?ordering=created")).toEqual([String(far), String(far + 1n), "0", "1", "10", "1"]);
  expect(await noncesOf("?nonce=1")).toEqual(["1", "1"]);
  expect(await noncesOf(`?nonce__gte=10&nonce__lt=${far + 1n}`)).toEqual([String(far), "10"]);
  expect(await noncesOf("?has_confirmations=false&trusted=false")).toEqual(["2"]);
  expect(await noncesOf("?executed=true")).toEqual([]);
  expect(await service.getPendingTransactions(safe, { hasConfirmations: true, ordering: "nonce", limit: 2 })).toMatchObject({ count: 6, results: [{ nonce: "0" }, { nonce: "1" }] });

  const seen: string[] = [];
  let url: string | null = listUrl(safe, "?limit=4&ordering=nonce");
  let previous: string | null = null;
  while (url !== null) {
    const page: { next: string | null; previous: string | null; count: number; countUniqueNonce: number; results: { safeTxHash: string }[] } = (await ask(url)).body as never;
    expect(page).toMatchObject({ count: 6, countUniqueNonce: 5, previous });
    seen.push(...page.results.map(({ safeTxHash }) => safeTxHash));
    previous = page.next === null ? null : `${listUrl(safe)}?limit=4&ordering=nonce`;
    url = page.next;
  }
  expect(new Set(seen).size).toBe(6);

  // A signature makes the unsigned one visible to all.
  expect((await ask(confirmationsUrl(hashOf(safe, payment(2n))), "POST", { signature: await signSafeTransaction(two, safe, payment(2n)) })).status).toBe(201);
  expect(await noncesOf("?nonce=2")).toEqual(["2"]);
});

test("an execution counts while it is on the chain: across a restart, a reorganisation, and both", async () => {
  const safe = await newSafe();
  const hash = await propose(safe);
  await service.confirmTransaction(hash, await signSafeTransaction(two, safe, payment(0n)));
  const fork = await local.rpc.request("evm_snapshot", [], z.string());
  const isExecuted = async (): Promise<boolean> => (await service.getTransaction(hash)).isExecuted;
  const transactionHash = await executeFromService(hash);
  expect(await isExecuted()).toBe(true);
  const restart = async (): Promise<void> => {
    await relay.close();
    relay = await startRelay(relayOptions({ port: Number(new URL(relay.url).port) }));
  };
  await restart();
  expect(await service.getTransaction(hash)).toMatchObject({ isExecuted: true, transactionHash });

  await local.rpc.request("evm_revert", [fork], z.literal(true));
  expect(await isExecuted()).toBe(false);
  const again = await local.rpc.request("evm_snapshot", [], z.string());
  // A block more in between, so that the same transaction is in another block than before.
  await local.rpc.request("anvil_mine", ["0x3"], z.unknown());
  await executeFromService(hash);
  expect(await isExecuted()).toBe(true);
  await relay.close();
  await local.rpc.request("evm_revert", [again], z.literal(true));
  await local.rpc.request("anvil_mine", ["0x9"], z.unknown());
  relay = await startRelay(relayOptions({ port: Number(new URL(relay.url).port) }));
  expect(await isExecuted()).toBe(false);
  expect((await service.getTransaction(hash)).confirmations).toHaveLength(2);
});

test("contract signatures and approvals are judged by the Safe, and former owners count no more", async () => {
  const child = await newSafe();
  const parent = await newSafe([child, one.address, three.address]);
  const tx = payment(0n);
  const hashes = hashSafeTransaction(CHAIN_ID, parent, tx);
  const hash = await propose(parent, tx, one);

  // A 1.4.1 parent asks its owner about the preimage, not the hash.
  const preimage = concat(["0x1901", hashes.domainHash, hashes.messageHash]) as Hex;
  const blob = async (message: Hex, ...signers: Signer[]): Promise<Hex> =>
    encodeSignatures(await Promise.all(signers.map(async (signer) => ({ owner: signer.address, kind: "eip712" as const, data: await signSafeMessage(signer, child, message) }))));
  const confirm = async (inner: Hex): Promise<number> => (await ask(confirmationsUrl(hash), "POST", { signature: encodeSignatures([contractSignature(child, inner)]) })).status;
  expect(await confirm(await blob(preimage, one))).toBe(400);
  expect(await confirm(await blob(hashes.safeTxHash, one, two))).toBe(400);
  expect(await confirm(await blob(preimage, one, two))).toBe(201);

  // An approval on chain is a confirmation without anybody telling the relay.
  await local.rpc.request("anvil_impersonateAccount", [three.address], z.unknown());
  await sendAs(local.rpc, three.address, parent, "function approveHash(bytes32 hash)", [hash]);
  const { results } = await service.getTransactionConfirmations(hash);
  expect(Object.fromEntries(results.map(({ owner, signatureType }) => [owner, signatureType]))).toEqual({ [one.address]: "EOA", [child]: "CONTRACT_SIGNATURE", [three.address]: "APPROVED_HASH" });

  await sendAs(local.rpc, parent, parent, "function swapOwner(address previous, address old, address next)", [child, one.address, two.address]);
  const after = await service.getTransaction(hash);
  expect(new Set(after.confirmations?.map(({ owner }) => owner))).toEqual(new Set([child, three.address]));
  await executeFromService(hash);
  expect(await service.getTransaction(hash)).toMatchObject({ isExecuted: true, isSuccessful: true, confirmations: [{}, {}, {}] });
  // Approved before anybody proposed it.
  const next = payment(1n);
  await sendAs(local.rpc, three.address, parent, "function approveHash(bytes32 hash)", [hashOf(parent, next)]);
  await propose(parent, next, two);
  expect((await service.getTransactionConfirmations(hashOf(parent, next))).results.map(({ signatureType }) => signatureType)).toEqual(expect.arrayContaining(["EOA", "APPROVED_HASH"]));
  expect(encodeApproveHash(hash)).toMatch(/^0xd4d9bdcd/);
});

test.each(["1.3.0", "1.5.0"] as const)("a Safe of version %s: contract signatures by its rule, failures told from successes", async (version) => {
  const child = await newSafe();
  const release = await deploySafeRelease(local.rpc, local.send, version);
  const parent = await release.create([child, one.address, three.address], 2);
  await local.rpc.request("anvil_setBalance", [parent, "0xde0b6b3a7640000"], z.unknown());
  const tx = payment(0n);
  const hashes = hashSafeTransaction(CHAIN_ID, parent, tx);
  const hash = await propose(parent, tx, one);
  const preimage = concat(["0x1901", hashes.domainHash, hashes.messageHash]) as Hex;
  const inner = async (message: Hex): Promise<Hex> =>
    encodeSignatures(await Promise.all([one, two].map(async (signer) => ({ owner: signer.address, kind: "eip712" as const, data: await signSafeMessage(signer, child, message) }))));
  const confirm = async (message: Hex): Promise<number> => (await ask(confirmationsUrl(hash), "POST", { signature: encodeSignatures([contractSignature(child, await inner(message))]) })).status;
  const [right, wrong] = version === "1.5.0" ? [hashes.safeTxHash, preimage] : [preimage, hashes.safeTxHash];
  expect(await confirm(wrong)).toBe(400);
  expect(await confirm(right)).toBe(201);
  await executeFromService(hash);
  expect(await service.getTransaction(hash)).toMatchObject({ isExecuted: true, isSuccessful: true });
  expect(await service.getSafeInfo(parent)).toMatchObject({ version: `${version}+L2`, nonce: "1" });
  expect(await service.getSafeCreationInfo(parent)).toMatchObject({ factoryAddress: release.factory, singleton: release.singleton, dataDecoded: { method: "setup" } });

  // With gas set aside for it the inner call may fail while the nonce is used: the parent is no owner of its child.
  const failing = { ...safeTransaction({ to: child, valueWei: 0n, data: encodeApproveHash(hash), operation: 0, nonce: 1n }), safeTxGas: 30_000n };
  const failingHash = await propose(parent, failing, one);
  await service.confirmTransaction(failingHash, await signSafeTransaction(three, parent, failing));
  const { signatures } = await service.getTransaction(failingHash);
  await local.send({ to: parent, data: encodeExecTransaction(failing, signatures as Hex), valueWei: 0n, title: "execute" });
  expect(await service.getTransaction(failingHash)).toMatchObject({ isExecuted: true, isSuccessful: false, safeTxGas: "30000" });
});

test("api-kit collects signatures of a message", async () => {
  const safe = await newSafe();
  const text = "I am this Safe.";
  const messageHash = safeMessageHash(safe, hashMessage(text) as Hex);
  await service.addMessage(safe, { message: text, signature: await signSafeMessage(one, safe, hashMessage(text) as Hex) });
  await service.addMessageSignature(messageHash, await signSafeMessage(two, safe, hashMessage(text) as Hex));
  await expect(service.addMessageSignature(messageHash, await signSafeMessage(STRANGER, safe, hashMessage(text) as Hex))).rejects.toMatchObject({ statusCode: 400 });
  const stored = await service.getMessage(messageHash);
  expect(stored).toMatchObject({ safe, message: text, proposedBy: one.address, confirmations: [{ owner: expect.any(String) }, {}] });
  expect(stored.preparedSignature).toHaveLength(2 + 2 * 130);
  expect(await service.getMessages(safe)).toMatchObject({ count: 1 });
  await expect(service.getMessage(NO_HASH)).rejects.toMatchObject({ statusCode: 404 });
});

test("a relay that others reach wants a token, knows its names, and keeps within its limits", async () => {
  const refusal = async (more: Partial<RelayOptions>): Promise<string> => {
    try {
      await (await startRelay(relayOptions({ databasePath: join(folder, "other.sqlite"), ...more }))).close();
    } catch (error) {
      return error instanceof LpctlError ? error.code : String(error);
    }
    return "started";
  };
  expect(await refusal({ host: "0.0.0.0" })).toBe("LPCTL_RELAY_TOKEN_NEEDED");
  expect(await refusal({ publicUrl: new URL("https://safe.example.org") })).toBe("LPCTL_RELAY_TOKEN_NEEDED");
  expect(await refusal({ token: "short" })).toBe("LPCTL_RELAY_TOKEN_WEAK");
  expect(await refusal({ chainId: 1n })).toBe("LPCTL_RELAY_WRONG_CHAIN");
  expect(await refusal({ databasePath: join(folder, "relay.sqlite") })).toBe("LPCTL_RELAY_DATABASE_IN_USE");
  expect(await refusal({ port: Number(new URL(relay.url).port) })).toBe("LPCTL_RELAY_PORT_TAKEN");
  expect(await refusal({})).toBe("started");
  expect((await stat(join(folder, "other.sqlite"))).mode & 0o777).toBe(0o600);

  // Behind a proxy it goes by the name that the proxy passes on, also in the addresses it gives.
  const token = "a".repeat(40);
  const port = await findFreePort();
  const proxied = await startRelay(relayOptions({ databasePath: join(folder, "proxied.sqlite"), port, token, publicUrl: new URL("https://safe.example.org") }));
  onTestFinished(() => proxied.close());
  expect(proxied.url).toBe("https://safe.example.org/api");
  const safe = await newSafe();
  for (const nonce of [0n, 1n]) {
    const body = await proposalBody(safe, payment(nonce), one);
    expect((await ask(`http://127.0.0.1:${port}/api/v2/safes/${safe}/multisig-transactions/`, "POST", body, { authorization: `Bearer ${token}` })).status).toBe(201);
  }
  const raw = await rawStatus(port, `GET /api/v2/safes/${safe}/multisig-transactions/?limit=1 HTTP/1.1\r\nHost: safe.example.org\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`);
  expect(raw).toContain(`"next":"https://safe.example.org/api/v2/safes/${safe}/multisig-transactions/?limit=1&offset=1"`);
});

test("rebinding pages, wrong tokens, floods, large bodies and slow clients are turned away", async () => {
  const token = "b".repeat(40);
  const guarded = await startRelay(relayOptions({ databasePath: join(folder, "limits.sqlite"), token, limits: { requestsPerSecond: 1, requestBurst: 8, bodyBytes: 2_000, headSeconds: 1, requestSeconds: 1 } }));
  onTestFinished(() => guarded.close());
  const about = `${guarded.url}/v1/about/`;
  const port = Number(new URL(guarded.url).port);
  const bearer = { authorization: `Bearer ${token}` };
  expect(await rawStatus(port, `GET /api/v1/about/ HTTP/1.1\r\nHost: evil.example:${port}\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`)).toContain(" 421 ");
  expect((await ask(about, "GET", undefined, { ...bearer, origin: "https://evil.example" })).status).toBe(403);
  const anonymous = await ask(about);
  expect([anonymous.status, anonymous.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
  expect((await ask(about, "GET", undefined, { authorization: `Bearer ${"c".repeat(40)}` })).status).toBe(401);
  expect(await new SafeApiKit({ chainId: CHAIN_ID, txServiceUrl: guarded.url, apiKey: token }).getServiceSingletonsInfo()).not.toEqual([]);
  expect((await ask(`${guarded.url}/v1/data-decoder/`, "POST", { data: `0x${"00".repeat(2_000)}` }, bearer)).status).toBe(413);
  const statuses = [];
  let last = await ask(about, "GET", undefined, bearer);
  while (last.status === 200 && statuses.push(last.status) < 20) last = await ask(about, "GET", undefined, bearer);
  expect([last.status, last.headers.get("retry-after")]).toEqual([429, "1"]);
  // Half a request, and then nothing.
  expect(await rawStatus(port, "GET /api/v1/about/ HTTP/1.1\r\nHost: 127")).toContain(" 408 ");
});

/** Sends text and gives what comes back until the other side closes. */
function rawStatus(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.setEncoding("utf8").on("data", (chunk: string) => (received += chunk));
    socket.on("close", () => resolve(received)).on("error", reject);
  });
}

test("a chain that is away is a 503 that tells nothing of it, and what is stored stays readable", async () => {
  const safe = await newSafe();
  const hash = await propose(safe);
  await relay.close();
  let away = false;
  const lines: string[] = [];
  const flaky = local.rpc.through((transport) => ({
    endpoint: transport.endpoint,
    send: (method, params) => (away ? Promise.reject(new LpctlError({ code: "LPCTL_RPC_UNREACHABLE", exit: 6, message: "https://key@secret.example is away" })) : transport.send(method, params)),
  }));
  const port = Number(new URL(relay.url).port);
  relay = await startRelay(relayOptions({ rpc: flaky, port, onProblem: (line) => lines.push(line) }));
  away = true;
  const proposed = await ask(listUrl(safe), "POST", await proposalBody(safe, payment(1n), one));
  expect(proposed).toMatchObject({ status: 503, body: { detail: "The chain does not answer. Try again." } });
  expect(await ask(transactionUrl(hash))).toMatchObject({ status: 200, body: { safeTxHash: hash, confirmations: [{}] } });
  expect(await ask(listUrl(safe))).toMatchObject({ status: 200, body: { count: 1 } });
  expect((await ask(listUrl(local.safe))).status).toBe(503);
  expect(lines.length).toBeLessThanOrEqual(1);
  away = false;
  expect((await ask(listUrl(safe), "POST", await proposalBody(safe, payment(1n), one))).status).toBe(201);
  await relay.close();
  relay = await startRelay(relayOptions({ port }));
});
