import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startAnvil, type Anvil } from "../../src/chain/anvil.ts";
import type { Signer } from "../../src/keys/signer.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";
import { requireChildAccepts, requireContractSignature, requireSafeAccepts, type NestedSignature } from "../../src/safe/check-nested.ts";
import { deploySafeContracts, type SendTransaction } from "../../src/safe/deploy-local.ts";
import { encodeExecTransaction, requireExecuted } from "../../src/safe/execute.ts";
import { packCalls } from "../../src/safe/multisend.ts";
import { approvalCall, contractSignatureMessage, contractSignatureRule, joinContractSignature, SAFE_MESSAGE_TYPES, type ContractSignatureForm } from "../../src/safe/nested.ts";
import { readOwnerGraph, type SafeAccount } from "../../src/safe/owner-graph.ts";
import { SAFE_VERSIONS, type SafeVersion } from "../../src/safe/safe-contracts.ts";
import { approvedHashSignature, encodeSignatures, type SafeSignature } from "../../src/safe/signature.ts";
import { hashSafeTransaction, SAFE_TX_TYPES, safeDomain, safeTransactionMessage, type SafeTransaction } from "../../src/safe/transaction.ts";
import { refusalOf, testSigner, unlockedSender } from "../unit/safe/local-safe.ts";
import { deploySafeRelease, type SafeRelease } from "../unit/safe/safe-releases.ts";

const CHAIN_ID = 31337n;
const RECEIVER: Address = "0x00000000000000000000000000000000c0ffee00";
const [one, two, three] = [testSigner("one"), testSigner("two"), testSigner("three")];

let anvil: Anvil;
let send: SendTransaction;
const releases = new Map<SafeVersion, SafeRelease>();

beforeAll(async () => {
  anvil = await startAnvil();
  send = await unlockedSender(anvil.rpc);
  await deploySafeContracts({ rpc: anvil.rpc, send });
  for (const version of SAFE_VERSIONS) releases.set(version, await deploySafeRelease(anvil.rpc, send, version));
});
afterAll(() => anvil?.stop());

const releaseOf = (version: SafeVersion): SafeRelease => {
  const release = releases.get(version);
  if (release === undefined) throw new Error(version);
  return release;
};
const sign = async (signer: Signer, safe: Address, tx: SafeTransaction): Promise<SafeSignature> => ({
  owner: signer.address,
  kind: "eip712",
  data: await signer.signTypedData(safeDomain(CHAIN_ID, safe), SAFE_TX_TYPES, safeTransactionMessage(tx)),
});
const execute = async (safe: Address, tx: SafeTransaction, signatures: readonly SafeSignature[]): Promise<void> => {
  const receipt = await send({ to: safe, valueWei: 0n, data: encodeExecTransaction(tx, encodeSignatures(signatures)), title: "execute" });
  requireExecuted(receipt, safe, hashSafeTransaction(CHAIN_ID, safe, tx).safeTxHash);
};
async function read(address: Address): Promise<SafeAccount> {
  const account = (await readOwnerGraph(anvil.rpc, [address])).accounts.get(address);
  if (account?.kind !== "safe") throw new Error(`${address} is no Safe`);
  return account;
}

/** A parent of two owners, a key and a Safe of two keys, all of which have to sign; and a transaction of it. */
async function family(parentVersion: SafeVersion, childVersion: SafeVersion, handler?: Address): Promise<{ parent: SafeAccount; child: SafeAccount; tx: SafeTransaction; hash: Hex }> {
  const child = await releaseOf(childVersion).create([one.address, two.address], 2, handler);
  const parent = await read(await releaseOf(parentVersion).create([child, three.address], 2));
  const tx = packCalls([{ to: RECEIVER, valueWei: 0n, data: "0x" }], parent.facts);
  return { parent, child: await read(child), tx, hash: hashSafeTransaction(CHAIN_ID, parent.address, tx).safeTxHash };
}

/** The child's signature in a form, right or wrong for its parent. */
async function childSignature({ parent, child, tx }: Awaited<ReturnType<typeof family>>, form: ContractSignatureForm): Promise<SafeSignature> {
  const message = contractSignatureMessage(CHAIN_ID, parent.address, tx, form);
  const inner = await Promise.all(
    [one, two].map(async (owner): Promise<SafeSignature> => ({ owner: owner.address, kind: "eip712", data: await owner.signTypedData(safeDomain(CHAIN_ID, child.address), SAFE_MESSAGE_TYPES, { message }) })),
  );
  return joinContractSignature(child.facts, inner);
}
const judged = ({ parent, child, tx }: Awaited<ReturnType<typeof family>>, { data }: SafeSignature): NestedSignature => ({
  chainId: CHAIN_ID,
  parent: parent.facts,
  tx,
  child: { ...child.facts, handler: child.handler },
  data,
});

const FORM: Record<SafeVersion, Record<SafeVersion, ContractSignatureForm | null>> = {
  "1.3.0": { "1.3.0": "preimage", "1.4.1": "preimage", "1.5.0": null },
  "1.4.1": { "1.3.0": "preimage", "1.4.1": "preimage", "1.5.0": null },
  "1.5.0": { "1.3.0": "hash", "1.4.1": "hash", "1.5.0": "hash" },
};
const PAIRS = SAFE_VERSIONS.flatMap((parent) => SAFE_VERSIONS.map((child) => [parent, child, FORM[parent][child]] as const));

describe("a Safe that owns a Safe", () => {
  test.each(PAIRS)("parent %s and child %s: approves on chain", async (parentVersion, childVersion) => {
    const { parent, child, tx, hash } = await family(parentVersion, childVersion);
    const approval = packCalls([approvalCall(parent.address, hash)], child.facts);
    await execute(child.address, approval, await Promise.all([one, two].map((owner) => sign(owner, child.address, approval))));
    await execute(parent.address, tx, [await sign(three, parent.address, tx), approvedHashSignature(child.address)]);
  });

  test.each(PAIRS)("parent %s and child %s: the signature it can give is %s", async (parentVersion, childVersion, expected) => {
    const { rpc } = anvil;
    const safes = await family(parentVersion, childVersion);
    const { parent, child, tx } = safes;
    expect(contractSignatureRule(parent.facts, { ...child.facts, handler: child.handler }).form).toBe(expected);
    const direct = await sign(three, parent.address, tx);
    const working: ContractSignatureForm[] = [];
    for (const form of ["preimage", "hash"] as const) {
      const signature = await childSignature(safes, form);
      const verdict = judged(safes, signature);
      const isRight = form === expected;
      // Offline, the child asked on chain, the parent asked on chain: all three say the same.
      expect(await refusalOf(() => requireContractSignature(verdict))).toBe(isRight ? "accepted" : expected === null ? "LPCTL_SAFE_CONTRACT_SIGNATURE_IMPOSSIBLE" : "LPCTL_SAFE_CONTRACT_SIGNATURE_FOREIGN");
      if (expected !== null) expect(await refusalOf(() => requireChildAccepts(rpc, verdict))).toBe(isRight ? "accepted" : "LPCTL_SAFE_CONTRACT_SIGNATURE_REJECTED");
      if ((await refusalOf(() => requireSafeAccepts(rpc, parent.facts, tx, [direct, signature]))) === "accepted") working.push(form);
    }
    expect(working).toEqual(expected === null ? [] : [expected]);
    if (expected !== null) await execute(parent.address, tx, [direct, await childSignature(safes, expected)]);
  });
});
