import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keccak256 } from "ethers/crypto";
import { getAddress } from "ethers/address";
import { hashMessage, id } from "ethers/hash";
import { concat, getBytes, toBeHex, zeroPadValue } from "ethers/utils";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { Rpc } from "../../src/chain/rpc.ts";
import { readFunction } from "../../src/chain/read-function.ts";
import { createKeystore, unlockKeystore } from "../../src/keys/keystore.ts";
import type { Signer } from "../../src/keys/signer.ts";
import { ZERO_ADDRESS } from "../../src/protocol/hex.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";
import { requireHashAgreement, requireOfflineHashAgreement } from "../../src/safe/agree.ts";
import { loadBundle, writeBundle } from "../../src/safe/bundle-file.ts";
import { addSignature, createBundle, mergeBundles } from "../../src/safe/bundle.ts";
import type { SafeBundle } from "../../src/safe/bundle.ts";
import { createSafe } from "../../src/safe/deploy-local.ts";
import { requireOwnerSignature } from "../../src/safe/diagnose-signature.ts";
import { buildExecTransaction, encodeApproveHash, encodeExecTransaction, prevalidatedSignatures, requireExecuted } from "../../src/safe/execute.ts";
import { packCalls } from "../../src/safe/multisend.ts";
import { isSafe, readSafe } from "../../src/safe/read-safe.ts";
import { canonicalAddress } from "../../src/safe/safe-contracts.ts";
import { encodeSignatures } from "../../src/safe/signature.ts";
import { SAFE_TX_TYPES, hashSafeTransaction, safeDomain, safeTransaction, safeTransactionMessage } from "../../src/safe/transaction.ts";
import type { SafeTransaction } from "../../src/safe/transaction.ts";
import { refusalOf, startLocalSafe, testSigner } from "../unit/safe/local-safe.ts";
import type { LocalSafe } from "../unit/safe/local-safe.ts";

const RECEIVER: Address = "0x000000000000000000000000000000000000dEaD";
const OTHER: Address = "0x000000000000000000000000000000000000bEEF";
const CHAIN_ID = 31337n;
let local: LocalSafe;
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lpctl-safe-"));
  local = await startLocalSafe();
  await local.rpc.request("anvil_setBalance", [local.safe, "0xde0b6b3a7640000"], z.unknown());
});
afterAll(async () => {
  await local?.anvil.stop();
  await rm(folder, { recursive: true });
});

const signTransaction = (signer: Signer, safe: Address, tx: SafeTransaction): Promise<Hex> => signer.signTypedData(safeDomain(CHAIN_ID, safe), SAFE_TX_TYPES, safeTransactionMessage(tx));
async function signedBundle(tx: SafeTransaction, signers: readonly Signer[]): Promise<SafeBundle> {
  const facts = await readSafe(local.rpc, local.safe);
  let bundle = createBundle({ chainId: CHAIN_ID, safe: facts, proposalId: null, transaction: tx });
  for (const signer of signers) bundle = addSignature(bundle, { owner: signer.address, kind: "eip712", data: await signTransaction(signer, local.safe, tx) });
  return bundle;
}
const exec = (bundle: SafeBundle, owners: readonly Address[], threshold: bigint): ReturnType<typeof buildExecTransaction> =>
  buildExecTransaction({ chainId: bundle.chainId, safe: bundle.safe.address, transaction: bundle.transaction, signatures: bundle.signatures }, owners, threshold);
const snapshotted = async (attempt: () => Promise<void>): Promise<void> => {
  const snapshot = await local.rpc.request("evm_snapshot", [], z.string());
  try {
    await attempt();
  } finally {
    await local.rpc.request("evm_revert", [snapshot], z.unknown());
  }
};
const setStorage = (address: Address, slot: string, value: string): Promise<unknown> => local.rpc.request("anvil_setStorageAt", [address, zeroPadValue(slot, 32), zeroPadValue(value, 32)], z.unknown());
const setCode = (address: Address, code: Hex): Promise<unknown> => local.rpc.request("anvil_setCode", [address, code], z.unknown());

test("reads a new Safe and proves by code hash that it is one", async () => {
  const facts = await readSafe(local.rpc, local.safe);
  expect(facts).toMatchObject({ version: "1.4.1", singleton: canonicalAddress("SafeL2", "1.4.1"), singletonName: "SafeL2", threshold: 2n, modules: [], guard: ZERO_ADDRESS });
  expect(facts.fallbackHandler).toBe(canonicalAddress("CompatibilityFallbackHandler", "1.4.1"));
  expect(new Set(facts.owners)).toEqual(new Set(local.owners.map(({ address }) => address)));
  expect(await isSafe(local.rpc, local.safe)).toBe(true);
  expect(await isSafe(local.rpc, RECEIVER)).toBe(false);
  expect(await isSafe(local.rpc, canonicalAddress("SafeProxyFactory", "1.4.1"))).toBe(false);
});

test("two owners sign an exported file offline with their keystores, and anyone executes the merged file", async () => {
  const facts = await readSafe(local.rpc, local.safe);
  const transaction = packCalls([{ to: RECEIVER, valueWei: 3n, data: "0x" }, { to: OTHER, valueWei: 4n, data: "0x" }], facts);
  const { safeTxHash } = await requireHashAgreement({ rpc: local.rpc, safe: facts, tx: transaction });
  const exported = join(folder, "exported.json");
  await writeBundle(exported, createBundle({ chainId: CHAIN_ID, safe: facts, proposalId: "0x01", transaction }));

  const signedFiles = await Promise.all(
    ["one", "three"].map(async (name) => {
      const entry = await createKeystore({ directory: join(folder, "keys"), name, password: name, privateKey: id(`lpctl test key ${name}`), scryptN: 2 ** 12 });
      const signer = await unlockKeystore(entry, name);
      const bundle = await loadBundle(exported);
      await requireOfflineHashAgreement({ chainId: bundle.chainId, safe: bundle.safe, tx: bundle.transaction, expected: bundle.hashes.safeTxHash });
      const path = join(folder, `signed-${name}.json`);
      await writeBundle(path, addSignature(bundle, { owner: signer.address, kind: "eip712", data: await signTransaction(signer, bundle.safe.address, bundle.transaction) }));
      return path;
    }),
  );
  const [first, second] = await Promise.all(signedFiles.map(loadBundle));
  if (first === undefined || second === undefined) throw new Error("two files");
  expect(await refusalOf(() => exec(first, facts.owners, facts.threshold))).toBe("LPCTL_SAFE_SIGNATURES_MISSING");

  const call = exec(mergeBundles(first, second), facts.owners, facts.threshold);
  const receipt = await local.send({ ...call, title: "execute" });
  requireExecuted(receipt, local.safe, safeTxHash);
  expect(await local.rpc.balanceWei(RECEIVER)).toBe(3n);
  expect(await local.rpc.balanceWei(OTHER)).toBe(4n);
  expect((await readSafe(local.rpc, local.safe)).nonce).toBe(facts.nonce + 1n);
  expect(await refusalOf(() => requireExecuted(receipt, local.safe, id("another hash") as Hex))).toBe("LPCTL_SAFE_NOT_EXECUTED");
});

test("the Safe accepts an EIP-712, an eth_sign and an approved-hash signature together, in any order of signing", async () => {
  await snapshotted(async () => {
    const [one, two, three] = local.owners;
    await setStorage(local.safe, "0x04", "0x03");
    const facts = await readSafe(local.rpc, local.safe);
    const tx = packCalls([{ to: RECEIVER, valueWei: 1n, data: "0x" }], facts);
    const { safeTxHash } = await requireHashAgreement({ rpc: local.rpc, safe: facts, tx });
    // The key again, because a Signer has no eth_sign: nothing in lpctl makes such a signature, it only reads them.
    const { SigningKey } = await import("ethers/crypto");
    const raw = new SigningKey(id("lpctl test key two")).sign(hashMessage(getBytes(safeTxHash)));
    const ethSign = concat([raw.r, raw.s, toBeHex(raw.v + 4, 1)]);
    expect(requireOwnerSignature(ethSign, { chainId: CHAIN_ID, safe: local.safe, tx, owners: facts.owners }).owner).toBe(two.address);

    await local.rpc.request("anvil_impersonateAccount", [three.address], z.unknown());
    await local.rpc.request("anvil_setBalance", [three.address, "0xde0b6b3a7640000"], z.unknown());
    await local.rpc.request("eth_sendTransaction", [{ from: three.address, to: local.safe, data: encodeApproveHash(safeTxHash) }], z.string());
    const signatures = encodeSignatures([
      { owner: three.address, kind: "approved-hash", data: prevalidatedSignatures([three.address]) },
      { owner: two.address, kind: "eth-sign", data: ethSign as Hex },
      { owner: one.address, kind: "eip712", data: await signTransaction(one, local.safe, tx) },
    ]);
    requireExecuted(await local.send({ to: local.safe, valueWei: 0n, data: encodeExecTransaction(tx, signatures), title: "execute" }), local.safe, safeTxHash);
  });
});

test("ethers, protocol-kit and the Safe on chain agree on any plain transaction", async () => {
  const address = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => getAddress(`0x${Buffer.from(bytes).toString("hex")}`) as Address);
  const data = fc.uint8Array({ minLength: 4, maxLength: 100 }).map((bytes) => `0x${Buffer.from(bytes).toString("hex")}` as Hex);
  const call = fc.record({ to: address, valueWei: fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }), data });
  const safe = { address: local.safe, version: "1.4.1" };
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 4 }), fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }), async (calls, nonce) => {
      await requireHashAgreement({ rpc: local.rpc, safe, tx: packCalls(calls, { version: "1.4.1", nonce }) });
    }),
    { numRuns: 25 },
  );
});

test("stops when the RPC lies about the hash, and names the liar", async () => {
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array));
      const text = Buffer.concat(chunks).toString();
      const answer = await (await fetch(local.anvil.url, { method: "POST", headers: { "content-type": "application/json" }, body: text })).text();
      const lie = text.includes("0xd8d11f78") ? answer.replace(/"result":"0x[0-9a-f]{64}"/, `"result":"0x${"ab".repeat(32)}"`) : answer;
      response.setHeader("content-type", "application/json").end(lie);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const rpc = new Rpc(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const facts = await readSafe(rpc, local.safe);
    const tx = packCalls([{ to: RECEIVER, valueWei: 1n, data: "0x" }], facts);
    await expect(requireHashAgreement({ rpc, safe: facts, tx })).rejects.toMatchObject({ code: "LPCTL_SAFE_HASH_DISAGREEMENT", exit: 3, details: { dissenters: ["the Safe on chain"] } });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test("refuses a batch where other code sits at MultiSendCallOnly's address", async () => {
  await snapshotted(async () => {
    const facts = await readSafe(local.rpc, local.safe);
    const tx = packCalls([{ to: RECEIVER, valueWei: 1n, data: "0x" }, { to: OTHER, valueWei: 1n, data: "0x" }], facts);
    await setCode(canonicalAddress("MultiSendCallOnly", "1.4.1"), "0x60006000fd");
    expect(await refusalOf(() => requireHashAgreement({ rpc: local.rpc, safe: facts, tx }))).toBe("LPCTL_SAFE_DELEGATECALL");
  });
});

test("refuses what takes over a Safe: gas refunds, safeTxGas and foreign delegatecalls", async () => {
  const facts = await readSafe(local.rpc, local.safe);
  const plain = safeTransaction({ to: RECEIVER, valueWei: 0n, data: "0x", operation: 0, nonce: facts.nonce });
  const attempt = async (change: Partial<SafeTransaction>): Promise<[string, string]> => {
    const bundle = await signedBundle({ ...plain, ...change }, local.owners);
    return [
      await refusalOf(() => requireHashAgreement({ rpc: local.rpc, safe: facts, tx: bundle.transaction })),
      await refusalOf(() => exec(bundle, facts.owners, facts.threshold)),
    ];
  };
  expect(await attempt({ safeTxGas: 50_000n })).toEqual(["LPCTL_SAFE_GAS_REFUND", "LPCTL_SAFE_GAS_REFUND"]);
  expect(await attempt({ gasPriceWei: 1n, refundReceiver: OTHER })).toEqual(["LPCTL_SAFE_GAS_REFUND", "LPCTL_SAFE_GAS_REFUND"]);
  expect(await attempt({ operation: 1, data: "0x12345678" })).toEqual(["LPCTL_SAFE_DELEGATECALL", "LPCTL_SAFE_DELEGATECALL"]);
});

test("sees a failed execution in a receipt of status success", async () => {
  await snapshotted(async () => {
    const facts = await readSafe(local.rpc, local.safe);
    const tx = { ...safeTransaction({ to: RECEIVER, valueWei: 10n ** 30n, data: "0x", operation: 0, nonce: facts.nonce }), safeTxGas: 50_000n };
    const bundle = await signedBundle(tx, local.owners.slice(0, 2));
    const receipt = await local.send({ to: local.safe, valueWei: 0n, data: encodeExecTransaction(tx, encodeSignatures(bundle.signatures)), title: "execute" });
    expect(receipt.status).toBe("success");
    await expect(Promise.resolve().then(() => requireExecuted(receipt, local.safe, bundle.hashes.safeTxHash))).rejects.toMatchObject({ code: "LPCTL_SAFE_EXECUTION_FAILED", exit: 4 });
  });
});

test("says which other Safe a signature was made for", async () => {
  const owners = local.owners.map(({ address }) => address);
  const other = await createSafe({ rpc: local.rpc, send: local.send, owners, threshold: 1n, saltNonce: 2n });
  const tx = packCalls([{ to: RECEIVER, valueWei: 1n, data: "0x" }], await readSafe(local.rpc, local.safe));
  const data = await signTransaction(local.owners[0], other, tx);
  expect(() => requireOwnerSignature(data, { chainId: CHAIN_ID, safe: local.safe, tx, owners, otherSafes: [other] })).toThrow(other);
});

test("leaves out the signature of a former owner, and refuses one that was never an owner", async () => {
  const facts = await readSafe(local.rpc, local.safe);
  const tx = packCalls([{ to: RECEIVER, valueWei: 1n, data: "0x" }], facts);
  const bundle = await signedBundle(tx, [local.owners[0], testSigner("stranger")]);
  expect(await refusalOf(() => exec(bundle, facts.owners, facts.threshold))).toBe("LPCTL_SAFE_SIGNATURES_MISSING");
  const stranger = await signTransaction(testSigner("stranger"), local.safe, tx);
  expect(await refusalOf(() => requireOwnerSignature(stranger, { chainId: CHAIN_ID, safe: local.safe, tx, owners: facts.owners }))).toBe("LPCTL_SAFE_SIGNER_NOT_OWNER");
  expect(hashSafeTransaction(CHAIN_ID, local.safe, tx).safeTxHash).toBe(bundle.hashes.safeTxHash);
});

test.each<[what: string, code: string, spoil: () => Promise<Address>]>([
  ["an address without code", "LPCTL_SAFE_NO_CODE", async () => RECEIVER],
  ["the shared singleton", "LPCTL_SAFE_IS_SINGLETON", async () => canonicalAddress("SafeL2", "1.4.1")],
  ["a proxy with other code", "LPCTL_SAFE_UNKNOWN_PROXY", async () => (await setCode(local.safe, `${await local.rpc.code(local.safe)}00`), local.safe)],
  [
    "a singleton with other code that gives the right version",
    "LPCTL_SAFE_UNKNOWN_SINGLETON",
    async () => {
      await setCode(OTHER, `${await local.rpc.code(canonicalAddress("SafeL2", "1.4.1"))}00`);
      await setStorage(local.safe, "0x00", OTHER);
      return local.safe;
    },
  ],
  ["a singleton that gives no version", "LPCTL_SAFE_UNKNOWN_VERSION", async () => (await setStorage(local.safe, "0x00", canonicalAddress("CreateCall", "1.4.1")), local.safe)],
  ["a Safe that was never set up", "LPCTL_SAFE_NOT_SET_UP", async () => (await setStorage(local.safe, "0x04", "0x00"), local.safe)],
  ["a threshold above the number of owners", "LPCTL_SAFE_BAD_OWNERS", async () => (await setStorage(local.safe, "0x04", "0x07"), local.safe)],
])("refuses %s", async (_what, code, spoil) => {
  await snapshotted(async () => {
    const address = await spoil();
    expect(await refusalOf(() => readSafe(local.rpc, address))).toBe(code);
  });
});

test("finds all of 120 modules", async () => {
  await snapshotted(async () => {
    const slotOf = (key: string): string => keccak256(concat([zeroPadValue(key, 32), zeroPadValue("0x01", 32)]));
    const modules = Array.from({ length: 120 }, (_, index) => getAddress(toBeHex(0x1000 + index, 20)));
    const list = ["0x01", ...modules, "0x01"];
    await Promise.all(list.slice(0, -1).map((entry, index) => setStorage(local.safe, slotOf(entry), list[index + 1] ?? "0x01")));
    expect((await readSafe(local.rpc, local.safe)).modules).toEqual(modules);
    expect((await readFunction(local.rpc, local.safe, "function isModuleEnabled(address module) view returns (bool)", [modules[119]]))[0]).toBe(true);
  });
});
