import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { readAuthority } from "../../src/authority/climb.ts";
import { formatAuthority } from "../../src/authority/format-authority.ts";
import { describePower } from "../../src/inspection/read-power.ts";
import { readApprovalState } from "../../src/lifecycle/approvals/approval-state.ts";
import { approveOnChain } from "../../src/lifecycle/approvals/approve-on-chain.ts";
import { executeProposal } from "../../src/lifecycle/execute-proposal.ts";
import { proposeParameters } from "../../src/lifecycle/propose-parameters.ts";
import { readStatus } from "../../src/lifecycle/status/proposal-status.ts";
import { prepareMessage, signMessage } from "../../src/lifecycle/approvals/sign-message.ts";
import { prepareApproval, prepareApprovalOf, signApproval } from "../../src/lifecycle/approvals/sign-approval.ts";
import { reviewForSigning, signReviewed, type SigningReview } from "../../src/lifecycle/sign-proposal.ts";
import { verifyProposal } from "../../src/lifecycle/verify-proposal.ts";
import type { StoredProposal } from "../../src/proposal/store.ts";
import type { LocalRole } from "../../src/node/local-accounts.ts";
import type { Signer } from "../../src/keys/signer.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";
import { requireContractSignature, type NestedSignature } from "../../src/safe/check-nested.ts";
import type { SendTransaction } from "../../src/safe/deploy-local.ts";
import { encodeExecTransaction, requireExecuted } from "../../src/safe/execute.ts";
import { packCalls } from "../../src/safe/multisend.ts";
import { approvalCall, contractSignatureMessage, contractSignatureRule, joinContractSignature, SAFE_MESSAGE_TYPES, type ContractSignatureForm } from "../../src/safe/nested.ts";
import { requireOneSignature } from "../../src/safe/one-signature.ts";
import { readOwnerGraph, type SafeAccount } from "../../src/safe/owner-graph.ts";
import { SAFE_VERSIONS, type SafeVersion } from "../../src/safe/safe-contracts.ts";
import { approvedHashSignature, encodeSignatures, type SafeSignature } from "../../src/safe/signature.ts";
import { hashSafeTransaction, SAFE_TX_TYPES, safeDomain, safeTransactionMessage, type SafeTransaction } from "../../src/safe/transaction.ts";
import { failureOf, NO_DELAY, PROPOSE, sendAs } from "./local-project.ts";
import { readRate, startSuite, type Suite } from "./suite-project.ts";
import { refusalOf, testSigner, unlockedSender } from "../unit/safe/local-safe.ts";
import { deploySafeRelease, type SafeRelease } from "../unit/safe/safe-releases.ts";

const CHAIN_ID = 31337n;
const RECEIVER: Address = "0x00000000000000000000000000000000c0ffee00";
const [one, two, three] = [testSigner("one"), testSigner("two"), testSigner("three")];

let suite: Suite;
let send: SendTransaction;
const releases = new Map<SafeVersion, SafeRelease>();

beforeAll(async () => {
  suite = await startSuite("governor");
  send = await unlockedSender(suite.rpc);
  for (const version of SAFE_VERSIONS) releases.set(version, await deploySafeRelease(suite.rpc, send, version));
});
afterAll(() => suite?.stop());

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
  const account = (await readOwnerGraph(suite.rpc, [address])).accounts.get(address);
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
    const { rpc } = suite;
    const safes = await family(parentVersion, childVersion);
    const { parent, child, tx } = safes;
    expect(contractSignatureRule(parent.facts, { ...child.facts, handler: child.handler }).form).toBe(expected);
    const direct = await sign(three, parent.address, tx);
    const working: ContractSignatureForm[] = [];
    for (const form of ["preimage", "hash"] as const) {
      const signature = await childSignature(safes, form);
      const verdict = judged(safes, signature);
      const isRight = form === expected;
      // Offline and the parent asked on chain say the same.
      expect(await refusalOf(() => requireContractSignature(verdict))).toBe(isRight ? "accepted" : expected === null ? "LPCTL_SAFE_CONTRACT_SIGNATURE_IMPOSSIBLE" : "LPCTL_SAFE_CONTRACT_SIGNATURE_FOREIGN");
      const answer = await refusalOf(() => requireOneSignature(rpc, { safe: { ...parent.facts }, hashes: hashSafeTransaction(CHAIN_ID, parent.address, tx) }, signature));
      expect(answer).toBe(isRight ? "accepted" : "LPCTL_SAFE_CONTRACT_SIGNATURE_REJECTED");
      if (answer === "accepted") working.push(form);
    }
    expect(working).toEqual(expected === null ? [] : [expected]);
    if (expected !== null) await execute(parent.address, tx, [direct, await childSignature(safes, expected)]);
  });
});

test("reads circles, shared contracts, delegated keys, modules and handlers, each account once", async () => {
  const { rpc } = suite;
  const [delegated, handler, module]: Address[] = [testSigner("delegated").address, suite.controller, testSigner("module").address];
  const singleton = releaseOf("1.4.1").singleton;
  const first = await releaseOf("1.3.0").create([one.address, delegated ?? "0x"], 1);
  const second = await releaseOf("1.5.0").create([first, two.address, singleton, suite.controller], 2);
  await rpc.request("anvil_setCode", [delegated, `0xef0100${suite.controller.slice(2)}`], z.unknown());
  await sendAs(rpc, first, first, "function addOwnerWithThreshold(address owner, uint256 threshold)", [second, 2]);
  await sendAs(rpc, first, first, "function enableModule(address module)", [module]);
  await sendAs(rpc, first, first, "function setFallbackHandler(address handler)", [handler]);

  const { accounts, ...graph } = await readOwnerGraph(rpc, [second]);
  const kinds = new Map([[first, "safe"], [second, "safe"], [one.address, "key"], [two.address, "key"], [delegated, "key"], [module, "key"], [singleton, "nobody"], [suite.controller, "contract"]]);
  expect(new Map([...accounts].map(([address, { kind }]) => [address, kind]))).toEqual(kinds);
  expect(accounts.get(first)).toMatchObject({ handler: { kind: "foreign", address: handler }, facts: { modules: [module] } });
  expect(accounts.get(delegated ?? "0x")).toMatchObject({ delegatesTo: suite.controller });
  expect(describePower({ accounts, ...graph })).toMatchObject({ smallest: { atLeast: 3 }, smallestThroughModules: { people: expect.arrayContaining([two.address, module]) as unknown }, pairs: [{ parent: second, child: first, contractSignature: false }, { parent: first, child: second, contractSignature: false }] });
  expect(formatAuthority(await readAuthority(rpc, second)).join("\n")).toContain(`${second}  above already: they own each other`);
  expect(await refusalOf(() => readOwnerGraph(rpc, [second], { depth: 0 }))).toBe("LPCTL_SAFE_NESTED_TOO_DEEP");
  expect(await refusalOf(() => readOwnerGraph(rpc, [second], { accounts: 4 }))).toBe("LPCTL_SAFE_OWNERS_TOO_MANY");
});

describe("a Governor owned by a Safe of a key and a Safe of a key and a Safe", () => {
  let [top, middle, bottom]: Address[] = [];
  let stored: StoredProposal;
  let review: SigningReview;
  const setRateAtOnce = () => proposeParameters(suite.project, [{ name: "verificationRate", value: "1 in 500", acceptRaw: false }], { ...PROPOSE, ...NO_DELAY });
  const waiting = async (): Promise<string> => (await readStatus(suite.project, stored)).summary;
  const addressOf = (role: LocalRole): Address => suite.accounts[role];
  /** As `proposal sign` does it. */
  const signAs = async (role: LocalRole): Promise<Address> => {
    const signer = suite.signers[role];
    const approval = await prepareApproval(suite.project, stored, review, signer.address);
    const signed = approval === undefined ? await signReviewed(review, stored, signer) : await signApproval(review, approval, stored, signer);
    return signed.safe.address;
  };

  beforeAll(async () => {
    bottom = await releaseOf("1.3.0").create([addressOf("owner-3"), addressOf("delegator")], 2);
    middle = await releaseOf("1.4.1").create([addressOf("owner-2"), bottom, addressOf("transcoder")], 2);
    top = await releaseOf("1.5.0").create([addressOf("owner-1"), middle], 2);
    const { governor } = suite.protocol;
    if (governor === undefined) throw new Error("no Governor");
    await sendAs(suite.rpc, governor, governor, "function transferOwnership(address)", [top]);
  });

  test("stops when the guard of a Safe in the middle refuses its approval", async () => {
    const guard: Address = "0x00000000000000000000000000000000badbad00";
    const setGuard = (word: string): Promise<unknown> => suite.rpc.request("anvil_setStorageAt", [middle, "0x4a204f620c8c5ccdca3fd54d003badd85ba500436a431f0cbda4f558c93c34c8", word], z.unknown());
    await suite.rpc.request("anvil_setCode", [guard, "0x60006000fd"], z.unknown());
    await setGuard(`0x${guard.slice(2).padStart(64, "0")}`);
    expect(await failureOf(setRateAtOnce())).toMatchObject({ code: "LPCTL_SIMULATION_SETUP_REVERTED", message: expect.stringContaining(`The Safe ${middle} approves for ${top}`) as unknown });
    await setGuard(`0x${"0".repeat(64)}`);
  });

  test("carries a proposal from the lowest signature to the changed value", async () => {
    ({ stored } = await setRateAtOnce());
    review = await reviewForSigning(suite.project, stored, "test");
    expect(await waiting()).toBe(`waiting: 2 more signatures of 2; the Safe ${middle} needs 2 of its 3 owners to approve`);

    expect(await signAs("owner-3")).toBe(bottom);
    expect(await waiting()).toBe(`waiting: 2 more signatures of 2; the Safe ${middle} needs 2 more of 2 to approve (the Safe ${bottom} needs 1 more of 2 to approve)`);
    expect(await signAs("owner-1")).toBe(top);
    expect(await signAs("owner-2")).toBe(middle);
    expect(await waiting()).toBe(`waiting: 1 more signature of 2; the Safe ${middle} needs 1 more of 2 to approve (the Safe ${bottom} needs 1 more of 2 to approve)`);
    expect(await failureOf(prepareApproval(suite.project, stored, review, addressOf("operator")))).toMatchObject({ code: "LPCTL_SAFE_SIGNER_NOT_OWNER" });
    expect(await failureOf(readApprovalState(suite.project, stored, suite.controller))).toMatchObject({ code: "LPCTL_SAFE_NOT_BEHIND" });

    // The last one sends its consent instead of signing.
    const approval = await prepareApprovalOf(suite.project, stored, review, bottom ?? "0x");
    const sent = await approveOnChain(suite.project, stored, review, approval, suite.signers.delegator);
    expect(sent).toMatch(/^0x/);
    expect(await approveOnChain(suite.project, stored, review, approval, suite.signers.delegator)).toBe(sent);
    expect(await readApprovalState(suite.project, stored, bottom ?? "0x")).toMatchObject({ state: "ready", given: [addressOf("owner-3"), addressOf("delegator")], approves: { safe: middle } });
    expect(await waiting()).toContain("ready: ");

    const unexecuted = await suite.rpc.request("evm_snapshot", [], z.string());
    const [executed] = await executeProposal(suite.project, stored, { signer: suite.signers.operator });
    expect(executed).toMatchObject({ kind: "safe", state: { state: "done" } });
    // Two approvals and the transaction that they approve.
    expect(executed?.sent).toHaveLength(3);
    expect(await readRate(suite)).toBe(500n);
    expect(await verifyProposal(suite.project, stored, review.proposed.assessment.simulation)).toMatchObject({ equal: true });
    await suite.rpc.request("evm_revert", [unexecuted], z.literal(true));
  });

  test("takes a message of the Safe in the middle instead of its approval", async () => {
    // As if nobody had approved.
    await rm(join(stored.folder, "approvals"), { recursive: true });
    expect(await signAs("owner-2")).toBe(middle);
    await suite.rpc.request("anvil_setStorageAt", [middle, "0x5", `0x${"1".padStart(64, "0")}`], z.unknown());
    expect(await waiting()).toContain(`the Safe ${middle} has used nonce 0, for which its approval was made: its owners have to sign anew`);
    expect(await signAs("owner-2")).toBe(middle);
    expect(await waiting()).toContain(`the Safe ${middle} needs 1 more of 2 to approve`);
    expect(await readApprovalState(suite.project, stored, middle ?? "0x")).toMatchObject({ state: "waiting", transaction: { nonce: 1n }, missing: 1 });
    await rm(join(stored.folder, "approvals"), { recursive: true });
    const message = (role: LocalRole): ReturnType<typeof prepareMessage> => prepareMessage(suite.project, stored, review, addressOf(role));
    expect(await failureOf(message("owner-3"))).toMatchObject({ code: "LPCTL_SAFE_SIGNER_NOT_OWNER" });
    const other: Signer = { ...suite.signers["owner-2"], signTypedData: (domain, types) => suite.signers["owner-2"].signTypedData(domain, types, { message: "0x12" }) };
    expect(await failureOf(signMessage(suite.project, review, await message("owner-2"), stored, other))).toMatchObject({ code: "LPCTL_SAFE_SIGNATURE_FOREIGN" });
    expect(await signMessage(suite.project, review, await message("owner-2"), stored, suite.signers["owner-2"])).toEqual({ signers: [addressOf("owner-2")], isComplete: false });
    expect(await waiting()).toBe(`waiting: 1 more signature of 2; the Safe ${middle} needs 2 of its 3 owners to approve`);
    expect(await signMessage(suite.project, review, await message("transcoder"), stored, suite.signers.transcoder)).toMatchObject({ isComplete: true });
    expect(await waiting()).toContain("ready: ");
  });
});
