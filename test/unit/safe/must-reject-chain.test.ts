import { keccak256 } from "ethers/crypto";
import { concat, zeroPadValue } from "ethers/utils";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { LpctlError } from "../../../src/errors.ts";
import { ZERO_ADDRESS, type Address, type Hex } from "../../../src/protocol/hex.ts";
import { addSignature, createBundle, type SafeBundle } from "../../../src/safe/bundle.ts";
import { diagnoseExecution } from "../../../src/safe/diagnose-execution.ts";
import { requireOneSignature } from "../../../src/safe/one-signature.ts";
import { readSafe, type SafeFacts } from "../../../src/safe/read-safe.ts";
import { canonicalAddress } from "../../../src/safe/safe-contracts.ts";
import { approvedHashSignature, contractSignature, type SafeSignature } from "../../../src/safe/signature.ts";
import { SAFE_TX_TYPES, safeDomain, safeTransaction, safeTransactionMessage, type SafeTransaction } from "../../../src/safe/transaction.ts";
import { startLocalSafe, type LocalSafe } from "./local-safe.ts";

/** What of the list in must-reject.test.ts takes a chain and is tried nowhere else. */
const CHAIN_ID = 31337n;
const SENTINEL: Address = "0x0000000000000000000000000000000000000001";
const GUARD: Address = "0x0000000000000000000000000000000000000911";
const GUARD_SLOT = "0x4a204f620c8c5ccdca3fd54d003badd85ba500436a431f0cbda4f558c93c34c8";
const REVERTS: Hex = "0x60006000fd";
const GIVES_ZERO: Hex = "0x60206000f3";

let local: LocalSafe;
let facts: SafeFacts;
let snapshot = "";
beforeAll(async () => {
  local = await startLocalSafe();
  facts = await readSafe(local.rpc, local.safe);
  snapshot = await local.rpc.request("evm_snapshot", [], z.string());
});
beforeEach(async () => {
  await local.rpc.request("evm_revert", [snapshot], z.unknown());
  snapshot = await local.rpc.request("evm_snapshot", [], z.string());
});
afterAll(() => local?.anvil.stop());

test.each([
  ["the Safe itself", () => local.safe],
  ["the null address", () => ZERO_ADDRESS],
])("refuses a Safe with %s among its owners", async (_what, extra) => {
  const last = facts.owners.at(-1) ?? ZERO_ADDRESS;
  await setOwnerBehind(last, extra());
  await setOwnerBehind(extra(), SENTINEL);
  await setStorage("0x03", "0x04");
  const error = await refusal(readSafe(local.rpc, local.safe));
  expect(error).toMatchObject({ code: "LPCTL_SAFE_BAD_OWNERS", exit: 3, why: `${extra()} is among them, and can never sign.` });
});

test.each<[what: string, change: () => Partial<SafeTransaction>, prepare: () => Promise<unknown>, says: RegExp]>([
  ["a value for a contract that takes none", () => ({ to: canonicalAddress("SafeProxyFactory", "1.4.1"), valueWei: 1n }), () => fund(1n), /The call inside fails: 0x/],
  ["what its guard refuses", () => ({}), async () => (await setCode(GUARD, REVERTS), setStorage(GUARD_SLOT, GUARD)), /The Safe has a guard, 0x0*911/i],
])("refuses to send %s", async (_what, change, prepare, says) => {
  await prepare();
  const bundle = await signed(change());
  const error = await refusal(diagnoseExecution(bundle, await readSafe(local.rpc, local.safe), local.rpc));
  expect(error).toMatchObject({ code: "LPCTL_SAFE_EXECUTION_REVERTS", exit: 4 });
  expect(error.why).toMatch(says);
  expect(error.next).toBeDefined();
});

test("refuses to send more ether than the Safe has, and says how much is missing", async () => {
  await fund(1n);
  const error = await refusal(diagnoseExecution(await signed({ to: GUARD, valueWei: 3n }), await readSafe(local.rpc, local.safe), local.rpc));
  expect(error).toMatchObject({ code: "LPCTL_SAFE_NO_FUNDS", exit: 4, why: "It has 1 wei, and the transaction sends 3 wei." });
  expect(error.next).toContain("2 wei more");
});

test("an approval that nobody gave, a contract that says no, and a signature of something else are refused by the Safe itself", async () => {
  const bundle = await signed({});
  const [one] = local.owners;
  const ask = (signature: SafeSignature): Promise<LpctlError> => refusal(requireOneSignature(local.rpc, bundle, signature));
  expect(await ask(approvedHashSignature(one.address))).toMatchObject({ code: "LPCTL_SAFE_NOT_APPROVED", exit: 3 });
  const other = await signed({ nonce: 7n });
  const foreign = other.signatures.find(({ owner }) => owner === one.address) ?? approvedHashSignature(one.address);
  expect(await ask(foreign)).toMatchObject({ code: "LPCTL_SAFE_SIGNATURES_REJECTED", exit: 3 });
  await setCode(one.address, GIVES_ZERO);
  const rejected = await ask(contractSignature(one.address, "0x1234"));
  expect(rejected).toMatchObject({ code: "LPCTL_SAFE_CONTRACT_SIGNATURE_REJECTED", exit: 3 });
  expect(rejected.why).toContain("GS024");
});

async function signed(change: Partial<SafeTransaction>): Promise<SafeBundle> {
  const transaction = { ...safeTransaction({ to: local.safe, valueWei: 0n, data: "0x", operation: 0, nonce: facts.nonce }), ...change };
  let bundle = createBundle({ chainId: CHAIN_ID, safe: facts, proposalId: null, transaction });
  for (const signer of local.owners.slice(0, 2)) {
    const data = await signer.signTypedData(safeDomain(CHAIN_ID, local.safe), SAFE_TX_TYPES, safeTransactionMessage(transaction));
    bundle = addSignature(bundle, { owner: signer.address, kind: "eip712", data });
  }
  return bundle;
}

function fund(wei: bigint): Promise<unknown> {
  return local.rpc.request("anvil_setBalance", [local.safe, `0x${wei.toString(16)}`], z.unknown());
}

function setCode(address: Address, code: Hex): Promise<unknown> {
  return local.rpc.request("anvil_setCode", [address, code], z.unknown());
}

function setStorage(slot: string, value: string): Promise<unknown> {
  return local.rpc.request("anvil_setStorageAt", [local.safe, zeroPadValue(slot, 32), zeroPadValue(value, 32)], z.unknown());
}

/** The owners are a linked list in a mapping at slot 2. */
function setOwnerBehind(owner: Address, next: Address): Promise<unknown> {
  return setStorage(keccak256(concat([zeroPadValue(owner, 32), zeroPadValue("0x02", 32)])), next);
}

async function refusal(attempt: Promise<unknown>): Promise<LpctlError> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof LpctlError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}
