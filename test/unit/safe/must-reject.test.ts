import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SigningKey } from "ethers/crypto";
import { hashMessage, id } from "ethers/hash";
import { concat, getBytes, toBeHex } from "ethers/utils";
import { describe, expect, test } from "vitest";
import type { Receipt } from "../../../src/chain/rpc.ts";
import { Rpc } from "../../../src/chain/rpc.ts";
import { requireExpectedHash, requireWords } from "../../../src/cli/confirm-signature.ts";
import { parseBytes } from "../../../src/cli/parse-bytes.ts";
import { parseNonce } from "../../../src/cli/parse-nonce.ts";
import { confirmTyped } from "../../../src/cli/prompts.ts";
import { parseCount } from "../../../src/cli/route-flags.ts";
import { differentEffects } from "../../../src/cli/verification.ts";
import { LpctlError } from "../../../src/errors.ts";
import { createKeystore } from "../../../src/keys/keystore.ts";
import { requireOnlyNonceChanged } from "../../../src/lifecycle/nonces/reanchor-proof.ts";
import { planSafeChanges, type SafeChangeRequest } from "../../../src/lifecycle/safe/propose-safe-change.ts";
import { requireOwner } from "../../../src/lifecycle/safe/safe-bundle.ts";
import { parseGivenAddress, requireAddressOn } from "../../../src/protocol/given-address.ts";
import { GS_CODES } from "../../../src/protocol/gs-codes.ts";
import { ZERO_ADDRESS, ZERO_HASH, type Address, type Hex } from "../../../src/protocol/hex.ts";
import { requireOfflineHashAgreement, requireSameOpinion } from "../../../src/safe/agree.ts";
import { parseBuilderFile } from "../../../src/safe/builder-file.ts";
import { formatBundle, mergeBundles, parseBundle } from "../../../src/safe/bundle.ts";
import { requireContractSignature, type NestedSignature } from "../../../src/safe/check-nested.ts";
import { requireOwnerSignature } from "../../../src/safe/diagnose-signature.ts";
import { EXECUTION_FAILURE, requireExecuted } from "../../../src/safe/execute.ts";
import { decodeMultiSend, encodeMultiSend, packCalls } from "../../../src/safe/multisend.ts";
import { contractSignatureMessage, hashSafeMessage } from "../../../src/safe/nested.ts";
import { planNewSafe } from "../../../src/safe/new-safe.ts";
import type { SafeFacts } from "../../../src/safe/read-safe.ts";
import { requirePlainTransaction } from "../../../src/safe/require-plain.ts";
import { canonicalAddress, requireSafeVersion } from "../../../src/safe/safe-contracts.ts";
import { approvedHashSignature, encodeSignatures, parseSignature, parseSignatures, selectSignatures } from "../../../src/safe/signature.ts";
import { hashSafeTransaction, type SafeTransaction } from "../../../src/safe/transaction.ts";
import { loadLedger } from "../../../src/safe/signature-ledger.ts";
import { formatQrParts, parseQrParts } from "../../../src/safe/transport/qr.ts";
import { parseServiceUrl } from "../../../src/safe/transport/service-url.ts";
import { testSigner } from "./local-safe.ts";
import { bundleAt, CHAIN_ID, SAFE, signedBy } from "./transport/bundles.ts";

/**
 * Everything that must not get through, in the order of a signer's questions. What can be tried without a chain is tried here;
 * for the rest the place is named where it is tried on one, and that place must speak of the code.
 */
type Row = [item: string, code: string, exit: 1 | 2 | 3 | 4 | 5 | 7, attempt: () => unknown];
type Elsewhere = [item: string, code: string, file: string];

const TARGET: Address = "0x41675C099F32341bf84BFc5382aF534df5C7461a";
const SENTINEL: Address = "0x0000000000000000000000000000000000000001";
const NOWHERE = new Rpc("http://127.0.0.1:9");
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const bundle = await signedBy(bundleAt(5n), "one", "two");
const { transaction: tx, hashes } = bundle;
const [one, two, stranger] = ["one", "two", "stranger"].map((name) => testSigner(name).address) as [Address, Address, Address];
const owners = [one, two];
const signed = { chainId: CHAIN_ID, safe: SAFE, tx, owners };

const key = (name: string): SigningKey => new SigningKey(id(`lpctl test key ${name}`));
const sign = (hash: Hex, name = "one"): Hex => key(name).sign(hash).serialized as Hex;
const withV = (data: Hex, v: number): Hex => `${data.slice(0, -2)}${toBeHex(v, 1).slice(2)}` as Hex;
const rsv = (r: bigint, s: bigint, v = 27): Hex => concat([toBeHex(r, 32), toBeHex(s, 32), toBeHex(v, 1)]) as Hex;
const hashOf = (change: Partial<SafeTransaction>, chainId = CHAIN_ID, safe = SAFE): Hex => hashSafeTransaction(chainId, safe, { ...tx, ...change }).safeTxHash;

/** The file of a Safe transaction with something else in it. */
function fileWith(change: (file: Record<string, unknown>, transaction: Record<string, unknown>) => void): () => unknown {
  const file = JSON.parse(formatBundle(bundle)) as Record<string, unknown>;
  change(file, file["transaction"] as Record<string, unknown>);
  return () => parseBundle(JSON.stringify(file));
}
const txWith = (field: string, value: unknown) => fileWith((_file, transaction) => (transaction[field] = value));
const plain = (change: Partial<SafeTransaction>) => () => requirePlainTransaction({ ...tx, ...change });
const TWO_CALLS = encodeMultiSend([{ to: TARGET, valueWei: 0n, data: "0x12345678" }, { to: TARGET, valueWei: 5n, data: "0x" }]);
const batch = (calls: Parameters<typeof packCalls>[0]) => () => packCalls(calls, { version: "1.4.1", nonce: 0n });
const agree = (change: Partial<SafeTransaction>) => () => requireOfflineHashAgreement({ chainId: CHAIN_ID, safe: bundle.safe, tx: { ...tx, ...change } });

const FACTS: SafeFacts = { ...bundle.safe, singleton: canonicalAddress("SafeL2", "1.4.1"), singletonName: "SafeL2", owners, threshold: 2n, nonce: 5n, modules: [], guard: ZERO_ADDRESS, moduleGuard: ZERO_ADDRESS, fallbackHandler: ZERO_ADDRESS, blockNumber: 1n };
const change = (request: Partial<SafeChangeRequest>) => () => planSafeChanges(NOWHERE, FACTS, { addOwners: [], removeOwners: [], swapOwners: [], enableModules: [], disableModules: [], ...request });
const newSafe = (more: { owners?: readonly Address[]; threshold?: bigint }) => () => planNewSafe(NOWHERE, { version: "1.4.1", singleton: "SafeL2", owners, threshold: 2n, saltNonce: 0n, ...more });

/** A signature of a child Safe of `one` for its parent, over what `form` says. */
function nested(form: "hash" | "preimage", more: { parent?: "1.4.1" | "1.5.0"; child?: "1.4.1" | "1.5.0"; handler?: NestedSignature["child"]["handler"]; by?: string } = {}): () => unknown {
  const { parent = "1.4.1", child = "1.4.1", by = "one" } = more;
  const handler = more.handler ?? { kind: "official" as const, address: TARGET, name: "CompatibilityFallbackHandler" as const, version: child };
  const { safeMessageHash } = hashSafeMessage(CHAIN_ID, TARGET, contractSignatureMessage(CHAIN_ID, SAFE, tx, form));
  const data = sign(safeMessageHash, by);
  return () => requireContractSignature({ chainId: CHAIN_ID, parent: { address: SAFE, version: parent }, tx, child: { address: TARGET, version: child, handler, owners: [one], threshold: 1n }, data });
}
const contractAt = (offset: bigint): Hex => concat([toBeHex(BigInt(one), 32), toBeHex(offset, 32), "0x00", toBeHex(1, 32), "0xff"]) as Hex;

const receipt = (logs: { topics: Hex[]; data: Hex }[], status: "success" | "reverted" = "success") =>
  ({ transactionHash: ZERO_HASH, status, logs: logs.map((log) => ({ ...log, address: SAFE })) }) as unknown as Receipt;
const executed = (given: Receipt) => () => requireExecuted(given, SAFE, hashes.safeTxHash);

const builder = (text: string) => () => parseBuilderFile(text);
const BATCH = { version: "1.0", chainId: "42161", meta: { name: "x" }, transactions: [{ to: TARGET, value: "0", data: "0x12345678" }] };
const builderWith = (more: Record<string, unknown>) => builder(JSON.stringify({ ...BATCH, transactions: [{ ...BATCH.transactions[0], ...more }] }));

const IDENTITY: Row[] = [
  ["an address whose checksum is wrong", "LPCTL_USAGE_ADDRESS_CHECKSUM", 2, () => parseGivenAddress(SAFE.replace("4e1D", "4e1d"), "SAFE")],
  ["an address with the prefix of another chain", "LPCTL_USAGE_ADDRESS_OTHER_CHAIN", 2, () => requireAddressOn(CHAIN_ID, parseGivenAddress(`eth:${SAFE}`, "SAFE"), "SAFE")],
  ["an address with a prefix nobody knows", "LPCTL_USAGE_ADDRESS_PREFIX", 2, () => parseGivenAddress(`moon:${SAFE}`, "SAFE")],
  ["an ENS name", "LPCTL_USAGE_ADDRESS_NAME", 2, () => parseGivenAddress("safe.livepeer.eth", "SAFE")],
  ["an ENS name behind a prefix", "LPCTL_USAGE_ADDRESS_NAME", 2, () => parseGivenAddress("eth:livepeer.eth", "--owner")],
  ["an address without 0x", "LPCTL_USAGE_NOT_AN_ADDRESS", 2, () => parseGivenAddress(SAFE.slice(2), "SAFE")],
  ["an address with one digit too few", "LPCTL_USAGE_NOT_AN_ADDRESS", 2, () => parseGivenAddress(SAFE.slice(0, -1), "SAFE")],
  ["an address in the notation of banks", "LPCTL_USAGE_NOT_AN_ADDRESS", 2, () => parseGivenAddress("XE65GB6LDNXYOFTX0NSV3FUWKOWIXAMJK36", "SAFE")],
  ["an unknown version", "LPCTL_SAFE_UNKNOWN_VERSION", 3, () => requireSafeVersion("1.2.0")],
  ["a version that cannot be read", "LPCTL_SAFE_UNKNOWN_VERSION", 3, () => requireSafeVersion(undefined)],
  ["a signer that is no owner", "LPCTL_SAFE_SIGNER_NOT_OWNER", 2, () => requireOwner(stranger, SAFE, owners)],
  ["the null address as owner of a new Safe", "LPCTL_SAFE_BAD_OWNERS", 2, newSafe({ owners: [one, ZERO_ADDRESS] })],
  ["the head of the owners' list as owner of a new Safe", "LPCTL_SAFE_BAD_OWNERS", 2, newSafe({ owners: [one, SENTINEL] })],
  ["an owner twice in a new Safe", "LPCTL_SAFE_BAD_OWNERS", 2, newSafe({ owners: [one, one] })],
  ["a new Safe that needs no signature", "LPCTL_SAFE_BAD_OWNERS", 2, newSafe({ threshold: 0n })],
  ["a new Safe that needs more signatures than it has owners", "LPCTL_SAFE_BAD_OWNERS", 2, newSafe({ threshold: 3n })],
  ["the Safe as its own new owner", "LPCTL_SAFE_CHANGE_IMPOSSIBLE", 2, change({ addOwners: [SAFE] })],
  ["the null address as new owner", "LPCTL_SAFE_CHANGE_IMPOSSIBLE", 2, change({ addOwners: [ZERO_ADDRESS] })],
  ["the head of the owners' list as new owner", "LPCTL_SAFE_CHANGE_IMPOSSIBLE", 2, change({ swapOwners: [{ owner: one, newOwner: SENTINEL }] })],
];

const TRANSACTION: Row[] = [
  ["no receiver", "LPCTL_BUNDLE_INVALID", 3, fileWith((_file, transaction) => delete transaction["to"])],
  ["a name as receiver", "LPCTL_BUNDLE_INVALID", 3, txWith("to", "livepeer.eth")],
  ["a receiver with the prefix of a chain", "LPCTL_BUNDLE_INVALID", 3, txWith("to", `eth:${TARGET}`)],
  ["a receiver whose checksum is wrong", "LPCTL_BUNDLE_INVALID", 3, txWith("to", TARGET.replace("5C09", "5c09"))],
  ["a value below zero", "LPCTL_BUNDLE_INVALID", 3, txWith("valueWei", "-1")],
  ["a value with a point", "LPCTL_BUNDLE_INVALID", 3, txWith("valueWei", "1.5")],
  ["a value beyond uint256", "LPCTL_BUNDLE_INVALID", 3, txWith("valueWei", (1n << 256n).toString())],
  ["data that is not hex", "LPCTL_BUNDLE_INVALID", 3, txWith("data", "hello")],
  ["data of odd length", "LPCTL_BUNDLE_INVALID", 3, txWith("data", "0x123456789")],
  ["data shorter than a selector", "LPCTL_BUNDLE_INVALID", 3, txWith("data", "0x123456")],
  ["data shorter than a selector in a batch", "LPCTL_SAFE_CALL_MALFORMED", 3, batch([{ to: TARGET, valueWei: 0n, data: "0x123456" }])],
  ["an operation 2", "LPCTL_BUNDLE_INVALID", 3, txWith("operation", 2)],
  ["a delegatecall to any contract", "LPCTL_SAFE_DELEGATECALL", 3, plain({ operation: 1, valueWei: 0n })],
  ["a delegatecall to the MultiSend that lets delegatecalls through", "LPCTL_SAFE_DELEGATECALL", 3, plain({ operation: 1, valueWei: 0n, to: canonicalAddress("MultiSend", "1.4.1"), data: TWO_CALLS })],
  ["a delegatecall to Safe's own SignMessageLib", "LPCTL_SAFE_DELEGATECALL", 3, plain({ operation: 1, valueWei: 0n, to: canonicalAddress("SignMessageLib", "1.4.1") })],
  ["a delegatecall with a value", "LPCTL_SAFE_DELEGATECALL", 3, plain({ operation: 1, to: canonicalAddress("MultiSendCallOnly", "1.4.1"), data: TWO_CALLS })],
  ["a delegatecall inside a batch", "LPCTL_SAFE_DELEGATECALL", 3, () => decodeMultiSend(TWO_CALLS.replace(`00${TARGET.slice(2).toLowerCase()}`, `01${TARGET.slice(2).toLowerCase()}`) as Hex)],
  ["a batch inside a batch", "LPCTL_SAFE_MULTISEND_NESTED", 3, batch([{ to: canonicalAddress("MultiSendCallOnly", "1.4.1"), valueWei: 0n, data: TWO_CALLS }])],
  ["bytes behind a batch", "LPCTL_SAFE_MULTISEND_MALFORMED", 3, () => decodeMultiSend(`${TWO_CALLS}00`)],
  ["a batch that is cut off", "LPCTL_SAFE_MULTISEND_MALFORMED", 3, () => decodeMultiSend(TWO_CALLS.slice(0, -64) as Hex)],
  ["a batch whose calldata is no multiSend", "LPCTL_SAFE_MULTISEND_MALFORMED", 3, () => decodeMultiSend("0x12345678")],
  ["an empty batch", "LPCTL_SAFE_EMPTY_BATCH", 3, batch([])],
  ...(["safeTxGas", "baseGas", "gasPriceWei"] as const).map((field): Row => [`${field} above zero`, "LPCTL_SAFE_GAS_REFUND", 3, plain({ [field]: 1n })]),
  ...(["gasToken", "refundReceiver"] as const).map((field): Row => [`a ${field}`, "LPCTL_SAFE_GAS_REFUND", 3, plain({ [field]: TARGET })]),
  ...["0d582f13", "f8dc5dd9", "e318b52b", "694e80c3", "610b5925", "e009cfde", "e19a9dd9", "e068df37", "f08a0323"].map(
    (selector): Row => [`the Safe's call 0x${selector} to itself`, "LPCTL_SAFE_SELF_CALL", 3, agree({ to: SAFE, valueWei: 0n, data: `0x${selector}${"00".repeat(32)}` })],
  ),
  ["an initialiser that is not hex", "LPCTL_USAGE_NOT_BYTES", 2, () => parseBytes("hello", "--initializer")],
  ["a threshold that is no number", "LPCTL_USAGE_NOT_A_NUMBER", 2, () => parseCount("two", "--threshold", 0n)],
  ["a threshold of zero", "LPCTL_SAFE_CHANGE_IMPOSSIBLE", 2, change({ threshold: 0n })],
  ["a threshold that the owners left cannot reach", "LPCTL_SAFE_CHANGE_IMPOSSIBLE", 2, change({ removeOwners: [one] })],
];

const NONCE: Row[] = [
  ["a nonce that is no whole number", "LPCTL_USAGE_NOT_A_NONCE", 2, () => parseNonce("1.5")],
  ["a nonce below zero", "LPCTL_USAGE_NOT_A_NONCE", 2, () => parseNonce("-1")],
  ["a nonce in hex", "LPCTL_USAGE_NOT_A_NONCE", 2, () => parseNonce("0x10")],
  ["a nonce beyond uint256", "LPCTL_USAGE_NOT_A_NONCE", 2, () => parseNonce((1n << 256n).toString())],
  ["a nonce as a JSON number, which is rounded above 2^53", "LPCTL_BUNDLE_INVALID", 3, txWith("nonce", 5)],
  ["a new nonce together with other calldata", "LPCTL_REANCHOR_DIFFERENT", 3, () => requireOnlyNonceChanged(bundle, bundleAt(6n, "0x87654321"))],
  ["another nonce in the file than was hashed", "LPCTL_BUNDLE_EDITED", 3, txWith("nonce", "6")],
];

const opinions = (differs: number) => () => requireSameOpinion((["ethers", "protocol-kit", "cast", "the Safe on chain", "the file"] as const).map((by, index) => ({ by, safeTxHash: index === differs ? ZERO_HASH : hashes.safeTxHash })));
const HASH: Row[] = [
  ...["ethers", "protocol-kit", "cast", "the Safe on chain", "the file"].map((by, index): Row => [`a hash of ${by} that differs`, "LPCTL_SAFE_HASH_DISAGREEMENT", 3, opinions(index)]),
  ["another hash than --expect-hash", "LPCTL_SAFE_OTHER_HASH", 3, () => requireExpectedHash(hashes.safeTxHash, ZERO_HASH)],
  ["the words of another transaction", "LPCTL_SAFE_WORDS_DIFFER", 3, () => requireWords(bundle, "abandon ability able about above absent absorb abstract absurd abuse access accident")],
  ["a file whose hashes are not of its transaction", "LPCTL_BUNDLE_EDITED", 3, txWith("operation", 1)],
];

const SIGNATURES: Row[] = [
  ["64 bytes", "LPCTL_SAFE_SIGNATURE_MALFORMED", 3, () => parseSignature(sign(hashes.safeTxHash).slice(0, -2), hashes.safeTxHash)],
  ["66 bytes", "LPCTL_SAFE_SIGNATURE_MALFORMED", 3, () => parseSignature(`${sign(hashes.safeTxHash)}00`, hashes.safeTxHash)],
  ...[2, 26, 29, 30, 33, 255].map((v): Row => [`a last byte of ${v}`, "LPCTL_SAFE_SIGNATURE_MALFORMED", 3, () => parseSignature(withV(sign(hashes.safeTxHash), v), hashes.safeTxHash)]),
  ["r of zero", "LPCTL_SAFE_SIGNATURE_MALFORMED", 3, () => parseSignature(rsv(0n, 1n), hashes.safeTxHash)],
  ["r at the order of the curve", "LPCTL_SAFE_SIGNATURE_MALFORMED", 3, () => parseSignature(rsv(ORDER, 1n), hashes.safeTxHash)],
  ["s of zero", "LPCTL_SAFE_SIGNATURE_MALFORMED", 3, () => parseSignature(rsv(1n, 0n), hashes.safeTxHash)],
  ["s at the order of the curve", "LPCTL_SAFE_SIGNATURE_MALFORMED", 3, () => parseSignature(rsv(1n, ORDER), hashes.safeTxHash)],
  ["a signature of somebody else than is claimed", "LPCTL_SAFE_SIGNATURE_FOREIGN", 3, () => requireOwnerSignature(sign(hashes.safeTxHash, "two"), { ...signed, claimedOwner: one })],
  ["a signature of nobody who owns the Safe", "LPCTL_SAFE_SIGNER_NOT_OWNER", 3, () => requireOwnerSignature(sign(hashes.safeTxHash, "stranger"), signed)],
  ["a delegate's signature that is to count as an owner's", "LPCTL_SAFE_SIGNER_NOT_OWNER", 3, () => requireOwnerSignature(sign(hashes.safeTxHash, "stranger"), { ...signed, claimedOwner: stranger })],
  ["two signatures of one owner", "LPCTL_SAFE_SIGNATURE_DUPLICATE", 3, () => parseSignatures(concat([sign(hashes.safeTxHash), sign(hashes.safeTxHash)]), hashes.safeTxHash)],
  ["a signature for another nonce", "LPCTL_SAFE_SIGNATURE_FOREIGN", 3, () => requireOwnerSignature(sign(hashOf({ nonce: 4n })), signed)],
  ["a signature for another chain", "LPCTL_SAFE_SIGNATURE_FOREIGN", 3, () => requireOwnerSignature(sign(hashOf({}, 1n)), signed)],
  ["a signature for another Safe", "LPCTL_SAFE_SIGNATURE_FOREIGN", 3, () => requireOwnerSignature(sign(hashOf({}, CHAIN_ID, TARGET)), { ...signed, otherSafes: [TARGET] })],
  ["a signature for the delegatecall", "LPCTL_SAFE_SIGNATURE_FOREIGN", 3, () => requireOwnerSignature(sign(hashOf({ operation: 1 })), signed)],
  ["an eth_sign signature marked as EIP-712", "LPCTL_SAFE_SIGNATURE_FOREIGN", 3, () => requireOwnerSignature(sign(hashMessage(getBytes(hashes.safeTxHash)) as Hex), signed)],
  ["fewer signatures than the threshold", "LPCTL_SAFE_SIGNATURES_MISSING", 5, () => selectSignatures(bundle.signatures.slice(0, 1), owners, 2n)],
  ["the signature of a former owner in place of a missing one", "LPCTL_SAFE_SIGNATURES_MISSING", 5, () => selectSignatures(bundle.signatures, [one, stranger], 2n)],
  ["a contract signature that points into the static part", "LPCTL_SAFE_SIGNATURE_MALFORMED", 3, () => parseSignatures(contractAt(10n), hashes.safeTxHash)],
  ["a contract signature out of bounds", "LPCTL_SAFE_SIGNATURE_MALFORMED", 3, () => parseSignatures(contractAt(500n), hashes.safeTxHash)],
  ["bytes behind the signatures", "LPCTL_SAFE_SIGNATURE_MALFORMED", 3, () => parseSignatures(`${encodeSignatures(bundle.signatures)}00`, hashes.safeTxHash)],
  ["an approval with bytes that are none", "LPCTL_BUNDLE_BAD_SIGNATURE", 3, fileWith((file) => (file["signatures"] = [{ owner: one, kind: "approved-hash", data: approvedHashSignature(two).data }]))],
  ["a child Safe that signed in the form of another parent", "LPCTL_SAFE_CONTRACT_SIGNATURE_FOREIGN", 3, nested("hash")],
  ["a child Safe whose signature is of nobody who owns it", "LPCTL_SAFE_CONTRACT_SIGNATURE_FOREIGN", 3, nested("preimage", { by: "stranger" })],
  ["a child Safe that its parent's version cannot ask", "LPCTL_SAFE_CONTRACT_SIGNATURE_IMPOSSIBLE", 3, nested("preimage", { child: "1.5.0" })],
  ["a child Safe without a fallback handler", "LPCTL_SAFE_CONTRACT_SIGNATURE_IMPOSSIBLE", 3, nested("preimage", { handler: { kind: "none" } })],
  ["a child Safe with a foreign fallback handler", "LPCTL_SAFE_CONTRACT_SIGNATURE_IMPOSSIBLE", 3, nested("preimage", { handler: { kind: "foreign", address: TARGET } })],
];

const SERVICE: Row[] = [
  ["http:// to another machine", "LPCTL_SERVICE_INSECURE", 2, () => parseServiceUrl("http://safe.example.org/api")],
  ["an API key in the address", "LPCTL_SERVICE_BAD_URL", 2, () => parseServiceUrl("https://safe.example.org/api?key=1")],
  ["a password in the address", "LPCTL_SERVICE_BAD_URL", 2, () => parseServiceUrl("https://me:secret@safe.example.org/api")],
];

const EXECUTION: Row[] = [
  ["a receipt of success with ExecutionFailure", "LPCTL_SAFE_EXECUTION_FAILED", 4, executed(receipt([{ topics: [EXECUTION_FAILURE, hashes.safeTxHash], data: ZERO_HASH }]))],
  ["a receipt of success without our hash", "LPCTL_SAFE_NOT_EXECUTED", 7, executed(receipt([{ topics: [EXECUTION_FAILURE, ZERO_HASH], data: ZERO_HASH }]))],
  ["other effects on chain than were approved", "LPCTL_PROPOSAL_EFFECTS_DIFFER", 7, () => Promise.reject(differentEffects("001-fix", { equal: false, effectsHash: ZERO_HASH }, hashes.safeTxHash) ?? new Error("equal"))],
  ["a receipt of a revert", "LPCTL_SAFE_EXECUTION_FAILED", 4, executed(receipt([], "reverted"))],
];

const FILES: Row[] = [
  ["an unknown schema", "LPCTL_BUNDLE_UNKNOWN_SCHEMA", 3, fileWith((file) => (file["schema"] = 2))],
  ["an edited transaction", "LPCTL_BUNDLE_EDITED", 3, txWith("valueWei", "2")],
  ["an edited id", "LPCTL_BUNDLE_EDITED", 3, fileWith((file) => (file["id"] = ZERO_HASH))],
  ["a key given twice", "LPCTL_BUNDLE_DUPLICATE_KEY", 3, () => parseBundle(formatBundle(bundle).replace('"schema": 1', '"schema": 1, "schema": 1'))],
  ["__proto__", "LPCTL_BUNDLE_FORBIDDEN_KEY", 3, () => parseBundle(formatBundle(bundle).replace('"schema": 1', '"__proto__": {}, "schema": 1'))],
  ["a large integer as a float", "LPCTL_BUNDLE_INVALID", 3, txWith("valueWei", 1e21)],
  ["text that is not JSON", "LPCTL_BUNDLE_NOT_JSON", 3, () => parseBundle("<!doctype html>")],
  ["signatures of two transactions", "LPCTL_BUNDLE_DIFFERENT", 3, () => mergeBundles(bundle, bundleAt(6n))],
  ["a text without any QR code", "LPCTL_QR_NOT_FOUND", 3, () => parseQrParts("hello")],
  ["more QR codes than anybody scans", "LPCTL_QR_TOO_LARGE", 2, () => formatQrParts({ kind: "bundle", bundle }, 1)],
  ["a list of one's own signatures that cannot be read", "LPCTL_LEDGER_UNREADABLE", 1, () => loadLedger(import.meta.dirname)],
  ["a way out of the folder in a key's name", "LPCTL_KEYS_BAD_NAME", 2, () => createKeystore({ directory: "/nonexistent", name: "../up", password: "x", privateKey: id("x") })],
  ["a confirmation of something else", "LPCTL_PROMPT_CONFIRM_MISMATCH", 2, () => confirmTyped({ what: "Sign", expected: "0x12345678", given: "yes" })],
  ["a batch file that is not JSON", "LPCTL_BUILDER_NOT_JSON", 3, builder("<!doctype html>")],
  ["a batch file of another form", "LPCTL_BUILDER_INVALID", 3, builder('{"version":"1.0"}')],
  ["a batch file with a key given twice", "LPCTL_BUILDER_DUPLICATE_KEY", 3, builder(JSON.stringify(BATCH).replace('"version"', '"version":"1.0","version"'))],
  ["a batch file with __proto__", "LPCTL_BUILDER_FORBIDDEN_KEY", 3, builder(JSON.stringify(BATCH).replace('"version"', '"__proto__":{},"version"'))],
  ["a batch file with a delegatecall", "LPCTL_BUILDER_INVALID", 3, builderWith({ operation: 1 })],
  ["a batch file that pays to a name", "LPCTL_BUILDER_INVALID", 3, builderWith({ to: "livepeer.eth" })],
  ["a batch file with a value below zero", "LPCTL_BUILDER_INVALID", 3, builderWith({ value: "-1" })],
];

/** What only a chain, a service or a terminal can show. */
const ELSEWHERE: Elsewhere[] = [
  ["an RPC of another chain", "LPCTL_CHAIN_ID_DIFFERS", "test/cli/bad-input.test.ts"],
  ["a file for another chain", "LPCTL_BUNDLE_OTHER_CHAIN", "test/e2e/bad-input.test.ts"],
  ["a service for another chain", "LPCTL_SERVICE_OTHER_CHAIN", "test/unit/safe/transport/service.test.ts"],
  ["no code at the Safe's address", "LPCTL_SAFE_NO_CODE", "test/e2e/safe.test.ts"],
  ["a Safe that is the singleton", "LPCTL_SAFE_IS_SINGLETON", "test/e2e/safe.test.ts"],
  ["a proxy of unknown code", "LPCTL_SAFE_UNKNOWN_PROXY", "test/e2e/safe.test.ts"],
  ["a singleton of unknown code", "LPCTL_SAFE_UNKNOWN_SINGLETON", "test/e2e/safe.test.ts"],
  ["a threshold of zero", "LPCTL_SAFE_NOT_SET_UP", "test/e2e/safe.test.ts"],
  ["a threshold above the number of owners", "LPCTL_SAFE_BAD_OWNERS", "test/e2e/safe.test.ts"],
  ["a Safe that owns itself, or is owned by the null address", "LPCTL_SAFE_BAD_OWNERS", "test/unit/safe/must-reject-chain.test.ts"],
  ["other code at MultiSendCallOnly's address", "LPCTL_SAFE_DELEGATECALL", "test/e2e/safe.test.ts"],
  ["a value for a function that takes none", "LPCTL_SAFE_EXECUTION_REVERTS", "test/unit/safe/must-reject-chain.test.ts"],
  ["a call with data to an address without code", "target-without-code", "test/unit/checks/checks.test.ts"],
  ["calldata that no ABI explains", "call-undecoded", "test/unit/checks/calldata.test.ts"],
  ["calldata that its ABI would write otherwise", "calldata-inexact", "test/unit/checks/calldata.test.ts"],
  ["calldata over the limits of nodes", "calldata-over-limit", "test/unit/checks/calldata.test.ts"],
  ["gas over the limit of a block", "gas-over-block", "test/unit/checks/checks.test.ts"],
  ["one call made twice", "call-repeated", "test/unit/checks/outcome-checks.test.ts"],
  ["a fallback handler that Safe did not release", "safe-handler-added", "test/e2e/safe-change.test.ts"],
  ["a guard that stops everything", "safe-stuck", "test/e2e/safe-change.test.ts"],
  ["a guard that does not say that it is one", "safe-guard-unfit", "test/unit/checks/calldata.test.ts"],
  ["a threshold nobody can reach", "safe-threshold-unreachable", "test/unit/checks/calldata.test.ts"],
  ["an owner removed that others act through", "safe-owner-contract-removed", "test/unit/checks/calldata.test.ts"],
  ["a used nonce", "LPCTL_BUNDLE_STALE_NONCE", "test/e2e/safe-execution-diagnosis.test.ts"],
  ["a nonce that another proposal wants", "LPCTL_SAFE_NONCE_TAKEN", "test/e2e/safe-nonces.test.ts"],
  ["a nonce whose turn has not come", "LPCTL_SAFE_NONCE_AHEAD", "test/e2e/safe-execution-diagnosis.test.ts"],
  ["a nonce that moved after the review", "LPCTL_SAFE_NONCE_MOVED", "test/e2e/safe-execution-diagnosis.test.ts"],
  ["a lie of the RPC about the hash", "LPCTL_SAFE_HASH_DISAGREEMENT", "test/e2e/safe.test.ts"],
  ["fields of the service that its hash is not of", "service-transaction-tampered", "test/unit/safe/transport/service.test.ts"],
  ["GS026: a signature of another transaction", "LPCTL_SAFE_SIGNATURE_FOREIGN", "test/e2e/safe-execution-diagnosis.test.ts"],
  ["GS026: a signer that was never an owner", "LPCTL_SAFE_SIGNER_NOT_OWNER", "test/e2e/safe-execution-diagnosis.test.ts"],
  ["GS026: a signature older than an owner change", "LPCTL_SAFE_SIGNATURE_FORMER_OWNER", "test/e2e/safe-execution-diagnosis.test.ts"],
  ["GS026: signatures out of order", "LPCTL_SAFE_SIGNATURE_UNSORTED", "test/e2e/safe-execution-diagnosis.test.ts"],
  ["GS026: one owner twice", "LPCTL_SAFE_SIGNATURE_DUPLICATE", "test/e2e/safe-execution-diagnosis.test.ts"],
  ["GS026: a damaged signature", "LPCTL_SAFE_SIGNATURE_DAMAGED", "test/e2e/safe-execution-diagnosis.test.ts"],
  ["an approval that is not on chain", "LPCTL_SAFE_NOT_APPROVED", "test/unit/safe/must-reject-chain.test.ts"],
  ["a contract that does not take its signature", "LPCTL_SAFE_CONTRACT_SIGNATURE_REJECTED", "test/unit/safe/must-reject-chain.test.ts"],
  ["another Safe than was asked for", "service-other-safe", "test/unit/safe/transport/service.test.ts"],
  ["a confirmation that is none", "service-signature-forged", "test/unit/safe/transport/service.test.ts"],
  ["a transaction that the service hides", "transport-hides", "test/e2e/sync.test.ts"],
  ["an execution that the chain knows nothing of", "transport-claims-executed", "test/e2e/sync.test.ts"],
  ["what this machine's keys signed, and nobody shows", "signed-and-not-shown", "test/e2e/sync.test.ts"],
  ["a list that is cut off", "service-list-cut-off", "test/unit/safe/transport/service.test.ts"],
  ["a Safe that the service does not know", "service-safe-unknown", "test/unit/safe/transport/service.test.ts"],
  ["401, 403, 451", "LPCTL_SERVICE_UNAUTHORIZED", "test/unit/safe/transport/service.test.ts"],
  ["429", "LPCTL_SERVICE_BUSY", "test/unit/safe/transport/service.test.ts"],
  ["5xx", "LPCTL_SERVICE_FAILING", "test/unit/safe/transport/service.test.ts"],
  ["422", "LPCTL_SERVICE_REFUSED", "test/unit/safe/transport/service.test.ts"],
  ["HTML instead of JSON", "LPCTL_SERVICE_NOT_JSON", "test/unit/safe/transport/service.test.ts"],
  ["a redirect to another host", "LPCTL_SERVICE_REDIRECT", "test/unit/safe/transport/service.test.ts"],
  ["an API key that others can read", "LPCTL_KEYS_TOO_OPEN", "test/unit/lifecycle/exchange/open-transport.test.ts"],
  ["a guard that refuses", "LPCTL_SAFE_EXECUTION_REVERTS", "test/unit/safe/must-reject-chain.test.ts"],
  ["too little ether in the Safe", "LPCTL_SAFE_NO_FUNDS", "test/unit/safe/must-reject-chain.test.ts"],
  ["too little ether of who executes", "LPCTL_SENDER_NO_FUNDS", "test/unit/chain/sender.test.ts"],
  ["the same transaction executed by somebody else", "LPCTL_SAFE_ALREADY_EXECUTED", "test/e2e/safe-execution-diagnosis.test.ts"],
  ["another transaction in the place of the one sent", "LPCTL_SENDER_NONCE_TAKEN", "test/unit/chain/sender.test.ts"],
  ["a transaction that a reorganisation took out of the chain", '"kind":"reorged"', "test/unit/chain/sender.test.ts"],
  ["a signature of hours ago for the relay itself (clocks, replays)", "3 * 3_600_000", "test/e2e/relay.test.ts"],
  ["a label that a terminal obeys, or that reads from right to left", "printable", "test/property/printable.test.ts"],
  ["a private key that others can read", "LPCTL_KEYS_TOO_OPEN", "test/unit/keys/keystore.test.ts"],
  ["a link in a shared folder", "transport-file-unsound", "test/unit/safe/transport/folder.test.ts"],
  ["no terminal and no --confirm", "LPCTL_PROMPT_REFUSED", "test/e2e/bad-input.test.ts"],
];

const read = (path: string): string => readFileSync(join(import.meta.dirname, "../../..", path), "utf8");

describe.each([
  ["identity and chain", IDENTITY],
  ["transaction", TRANSACTION],
  ["nonce", NONCE],
  ["hash", HASH],
  ["signatures", SIGNATURES],
  ["service", SERVICE],
  ["execution", EXECUTION],
  ["files", FILES],
])("%s", (_section, rows) => {
  test.each(rows)("%s is refused: %s, exit %i", async (_item, code, exit, attempt) => {
    const error = await refusal(attempt);
    expect({ code: error.code, exit: error.exit as number }).toEqual({ code, exit });
    // A sentence, and what to type or do next.
    expect(error.message).toMatch(/^\S.{15,}/s);
    expect(error.next).toMatch(/\S.{10,}/s);
  });
});

test.each(ELSEWHERE)("%s is refused where it can be tried: %s, %s", (_item, code, file) => {
  // What is looked for is the code alone, since a file as a value would fill the screen.
  expect(read(file).includes(code)).toBe(true);
});

test("every code of these lists is documented, with the exit code that it has", () => {
  const page = read("docs/reference/errors.md");
  const missing = [IDENTITY, TRANSACTION, NONCE, HASH, SIGNATURES, SERVICE, EXECUTION, FILES].flat().filter(([, code, exit]) => {
    const row = new RegExp(`^\\| \`${code}\` \\| ([0-9, ]+) \\|`, "m").exec(page);
    return row?.[1]?.split(", ").includes(String(exit)) !== true;
  });
  expect(missing.map(([item, code]) => [item, code])).toEqual([]);
});

test("the right prefix of a chain is accepted, and any spelling of an address without a wrong checksum", () => {
  for (const text of [SAFE, SAFE.toLowerCase(), `0x${SAFE.slice(2).toUpperCase()}`, `arb1:${SAFE}`]) expect(requireAddressOn(CHAIN_ID, parseGivenAddress(text, "SAFE"), "SAFE")).toBe(SAFE);
});

test("nothing that was typed reaches a terminal as it is", async () => {
  const error = await refusal(() => parseGivenAddress("\u001b[2J0x\u202eabc", "SAFE"));
  for (const dangerous of ["\u001b", "\u202e"]) expect(error.message).not.toContain(dangerous);
});

test("a Safe's own codes are put into words", () => {
  for (const code of ["000", "001", "002", "010", "011", "012", "013", "020", "021", "022", "023", "024", "025", "026", "027", "030", "031", "100", "101", "102", "103", "104", "105", "106", "200", "201", "202", "203", "204", "205", "300", "400"]) {
    expect(GS_CODES[`GS${code}`]?.means.length, code).toBeGreaterThan(10);
    expect(GS_CODES[`GS${code}`]?.next.length, code).toBeGreaterThan(10);
  }
});

async function refusal(attempt: () => unknown): Promise<LpctlError> {
  try {
    await attempt();
  } catch (error) {
    if (error instanceof LpctlError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}
