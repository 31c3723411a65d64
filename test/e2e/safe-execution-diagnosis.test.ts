import { Interface } from "ethers/abi";
import { concat, dataSlice } from "ethers/utils";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { LpctlError } from "../../src/errors.ts";
import { ownerThrough } from "../../src/lifecycle/nonces/owner-through.ts";
import type { Signer } from "../../src/keys/signer.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";
import { addSignature, createBundle, type SafeBundle } from "../../src/safe/bundle.ts";
import { createSafe } from "../../src/safe/deploy-local.ts";
import { diagnoseExecution, type DiagnosisOptions } from "../../src/safe/diagnose-execution.ts";
import { buildExecTransaction, encodeApproveHash, requireExecuted } from "../../src/safe/execute.ts";
import { readExecutions } from "../../src/safe/read-executions.ts";
import { readSafe, type SafeFacts } from "../../src/safe/read-safe.ts";
import { encodeSignatures } from "../../src/safe/signature.ts";
import { SAFE_TX_TYPES, safeDomain, safeTransaction, safeTransactionMessage, type SafeTransaction } from "../../src/safe/transaction.ts";
import { startLocalSafe, testSigner, type LocalSafe } from "../unit/safe/local-safe.ts";
import { failureOf } from "./local-project.ts";

const CHAIN_ID = 31337n;
const RECEIVER: Address = "0x000000000000000000000000000000000000dEaD";
const SAFE_ABI = new Interface(["function swapOwner(address prevOwner, address oldOwner, address newOwner)"]);
const SENTINEL: Address = "0x0000000000000000000000000000000000000001";

let local: LocalSafe;
let other: Address;
let facts: SafeFacts;
let tx: SafeTransaction;
/** Ascending by address, as a Safe wants them. */
let owners: Signer[];

beforeAll(async () => {
  local = await startLocalSafe();
  owners = local.owners.toSorted((left, right) => (BigInt(left.address) < BigInt(right.address) ? -1 : 1));
  other = await createSafe({ rpc: local.rpc, send: local.send, owners: local.owners.map(({ address }) => address), threshold: 2n, saltNonce: 7n });
  await execute(await signed(empty(0n)));
  await execute(await signed(empty(1n)));
  facts = await readSafe(local.rpc, local.safe);
  tx = empty(facts.nonce);
});
afterAll(() => local?.anvil.stop());

test("a key that owns a Safe which owns the Safe is found behind it", async () => {
  const parent = await createSafe({ rpc: local.rpc, send: local.send, owners: [local.safe, testSigner("partner").address], threshold: 2n, saltNonce: 3n });
  const above = await readSafe(local.rpc, parent);
  expect(await ownerThrough(local.rpc, above, local.owners[0].address)).toBe(local.safe);
  expect(await ownerThrough(local.rpc, above, testSigner("stranger").address)).toBeUndefined();
});

describe("an execution that cannot happen is told by its cause", () => {
  test("nothing, when it can", async () => {
    await expect(diagnose(await signed(tx))).resolves.toBeUndefined();
    await expect(diagnose(await signed(tx), { signatures: encodeSignatures((await signed(tx)).signatures) })).resolves.toBeUndefined();
  });

  test("a used nonce names the transaction that used it, and its own execution by anyone is no failure of it", async () => {
    const { known } = await readExecutions(local.rpc, facts);
    expect(known.map(({ nonce, outcome }) => [nonce, outcome])).toEqual([[1n, "success"], [0n, "success"]]);
    const stale = await failure(await signed({ ...tx, nonce: 1n, to: RECEIVER }));
    expect(stale.code).toBe("LPCTL_BUNDLE_STALE_NONCE");
    expect(stale.why).toContain(known[0]?.transaction);
    const again = await failure(await signed(empty(0n)));
    expect(again).toMatchObject({ code: "LPCTL_SAFE_ALREADY_EXECUTED", details: { outcome: "success", transaction: known[1]?.transaction } });
  });

  test("a nonce whose turn has not come, and one that moved while it was looked at", async () => {
    const early = await failure(await signed({ ...tx, nonce: 2n ** 53n + 3n }));
    expect(early).toMatchObject({ code: "LPCTL_SAFE_NONCE_AHEAD", exit: 5 });
    expect(early.why).toContain(`transactions 2 to ${2n ** 53n + 2n} come first`);
    expect(await failure(await signed(tx), { reviewedNonce: 1n })).toMatchObject({ code: "LPCTL_SAFE_NONCE_MOVED", exit: 7, details: { reviewedNonce: 1n, currentNonce: 2n } });
  });

  test("a signature of another nonce, chain, Safe or kind of call says of which", async () => {
    const good = await sign(owners[0], tx);
    for (const [bytes, what] of [
      [await sign(owners[1], { ...tx, nonce: tx.nonce + 1n }), "the same transaction at nonce 3 instead of 2"],
      [await sign(owners[1], tx, { chainId: 42161n }), "the same transaction for chain 42161"],
      [await sign(owners[1], tx, { safe: other }), `the same transaction for the Safe ${other}`],
      [await sign(owners[1], { ...tx, operation: 1 }), "the same transaction as a delegatecall"],
    ] as const) {
      const error = await failure(await signed(tx), { signatures: blob(good, bytes), otherSafes: [other] });
      expect(error.code).toBe("LPCTL_SAFE_SIGNATURE_FOREIGN");
      expect(error.message).toContain(`The second signature is not of this transaction: ${owners[1]?.address} signed ${what}`);
    }
  });

  test("somebody who never was an owner", async () => {
    const stranger = testSigner("stranger");
    await local.rpc.request("anvil_setBalance", [stranger.address, "0x1"], z.unknown());
    const error = await failure(await signed(tx), { signatures: blob(await sign(stranger, tx), await sign(owners[1], tx)) });
    expect(error.code).toBe("LPCTL_SAFE_SIGNER_NOT_OWNER");
    expect(error.message).toContain(`The first signature: ${stranger.address} is not an owner`);
  });

  test("signatures in the wrong order, and one owner twice", async () => {
    const [first, second] = [await sign(owners[0], tx), await sign(owners[1], tx)];
    expect(await failure(await signed(tx), { signatures: blob(second, first) })).toMatchObject({ code: "LPCTL_SAFE_SIGNATURE_UNSORTED", next: expect.stringContaining("safe import") as string });
    expect(await failure(await signed(tx), { signatures: blob(first, first) })).toMatchObject({ code: "LPCTL_SAFE_SIGNATURE_DUPLICATE" });
  });

  test("a damaged signature: bits that fell over, an impossible r, a last byte of its own", async () => {
    const [first, second] = [await sign(owners[0], tx), await sign(owners[1], tx)];
    const flipped = concat([dataSlice(second, 0, 40), "0xffffffff", dataSlice(second, 44)]) as Hex;
    expect(await failure(await signed(tx), { signatures: blob(first, flipped) })).toMatchObject({ code: "LPCTL_SAFE_SIGNATURE_DAMAGED", details: { position: 2 } });
    const impossible = concat([`0x${"ff".repeat(32)}`, dataSlice(second, 32)]) as Hex;
    expect((await failure(await signed(tx), { signatures: blob(first, impossible) })).why).toContain("beyond the order of the curve");
    const odd = concat([dataSlice(second, 0, 64), "0x09"]) as Hex;
    expect((await failure(await signed(tx), { signatures: blob(first, odd) })).why).toContain("Its last byte is 9");
  });

  test("the call inside keeps its own reason", async () => {
    const error = await failure(await signed({ ...tx, to: other, data: encodeApproveHash(`0x${"11".repeat(32)}`) }));
    expect(error).toMatchObject({ code: "LPCTL_SAFE_EXECUTION_REVERTS", exit: 4, details: { gsCode: "GS013", innerTo: other } });
    expect(error.why).toContain(`${other} answers "GS030: only an owner can approve a hash"`);
  });

  test("an owner who was one when they signed", async () => {
    const before = await signed({ ...tx, nonce: tx.nonce + 1n });
    const [leaving] = before.signatures;
    const at = facts.owners.findIndex((owner) => owner === leaving?.owner);
    const data = SAFE_ABI.encodeFunctionData("swapOwner", [facts.owners[at - 1] ?? SENTINEL, leaving?.owner, testSigner("new").address]) as Hex;
    await execute(await signed({ ...tx, to: local.safe, data }));
    facts = await readSafe(local.rpc, local.safe);
    const error = await failureOf(diagnoseExecution(before, facts, local.rpc));
    expect(error.code).toBe("LPCTL_SAFE_SIGNATURE_FORMER_OWNER");
    expect(error.message).toContain(leaving?.owner);
    expect(error.why).toMatch(/removed this owner in 0x[0-9a-f]{64} \(block \d+\)/);
  });
});

function empty(nonce: bigint): SafeTransaction {
  return safeTransaction({ to: local.safe, valueWei: 0n, data: "0x", operation: 0, nonce });
}

async function sign(signer: Signer | undefined, transaction: SafeTransaction, where: { chainId?: bigint; safe?: Address } = {}): Promise<Hex> {
  if (signer === undefined) throw new Error("an owner");
  return signer.signTypedData(safeDomain(where.chainId ?? CHAIN_ID, where.safe ?? local.safe), SAFE_TX_TYPES, safeTransactionMessage(transaction));
}

async function signed(transaction: SafeTransaction): Promise<SafeBundle> {
  let bundle = createBundle({ chainId: CHAIN_ID, safe: facts ?? (await readSafe(local.rpc, local.safe)), proposalId: null, transaction });
  for (const owner of owners.slice(0, 2)) bundle = addSignature(bundle, { owner: owner.address, kind: "eip712", data: await sign(owner, transaction) });
  return bundle;
}

async function execute({ chainId, transaction, signatures, hashes }: SafeBundle): Promise<void> {
  const { owners: current, threshold } = await readSafe(local.rpc, local.safe);
  const receipt = await local.send({ ...buildExecTransaction({ chainId, safe: local.safe, transaction, signatures }, current, threshold), title: "execute" });
  requireExecuted(receipt, local.safe, hashes.safeTxHash);
}

function blob(...parts: Hex[]): Hex {
  return concat(parts) as Hex;
}

function diagnose(bundle: SafeBundle, options?: DiagnosisOptions): Promise<void> {
  return diagnoseExecution(bundle, facts, local.rpc, options);
}

function failure(bundle: SafeBundle, options?: DiagnosisOptions): Promise<LpctlError> {
  return failureOf(diagnose(bundle, options));
}
