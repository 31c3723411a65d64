import { join } from "node:path";
import { Interface } from "ethers/abi";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Exit } from "../../src/errors.ts";
import { cancelProposal } from "../../src/lifecycle/cancel-proposal.ts";
import { reviewBundle } from "../../src/lifecycle/safe/review-bundle.ts";
import { loadSafeBundle, signBundle } from "../../src/lifecycle/safe/safe-bundle.ts";
import { verifyBundle } from "../../src/lifecycle/safe/verify-bundle.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";
import { loadBundle, writeBundle } from "../../src/safe/bundle-file.ts";
import { addSignature, createBundle, type SafeBundle } from "../../src/safe/bundle.ts";
import { approvedHashSignature } from "../../src/safe/signature.ts";
import { createSafe } from "../../src/safe/deploy-local.ts";
import { encodeApproveHash, encodeExecTransaction, prevalidatedSignatures } from "../../src/safe/execute.ts";
import { packCalls } from "../../src/safe/multisend.ts";
import { readSafe } from "../../src/safe/read-safe.ts";
import { loadLedger } from "../../src/safe/signature-ledger.ts";
import { failureOf, read, sendAs } from "./local-project.ts";
import { setRate, startSuite, type Suite } from "./suite-project.ts";
import { unlockedSender } from "../unit/safe/local-safe.ts";

const erc20 = new Interface(["function transfer(address to, uint256 amount)"]);
const jobs = new Interface(["function setVerificationRate(uint64 rate)"]);
let suite: Suite;
let safe: Address;
let token: Address;
let rewind: () => Promise<void>;

beforeAll(async () => {
  suite = await startSuite("safe");
  if (suite.protocol.safe === undefined) throw new Error("the phase has a Safe");
  [safe, token] = [suite.protocol.safe, suite.protocol.contracts["LivepeerToken"] ?? "0x"];
  const minter = (await read(suite.rpc, suite.controller, "function getContract(bytes32) view returns (address)", ["0x6e58ad548d72b425ea94c15f453bf26caddb061d82b2551db7fdd3cefe0e9940"])) as Address;
  await sendAs(suite.rpc, minter, token, "function mint(address to, uint256 amount)", [safe, 10n ** 18n]);
  rewind = await suite.checkpoint();
});
afterAll(() => suite.stop());
beforeEach(() => rewind());

async function bundleOf(calls: { to: Address; data: Hex }[], more: { nonce?: bigint; proposalId?: string } = {}): Promise<SafeBundle> {
  const facts = await readSafe(suite.rpc, safe);
  const transaction = packCalls(calls.map((call) => ({ ...call, valueWei: 0n })), { version: facts.version, nonce: facts.nonce + (more.nonce ?? 0n) });
  return createBundle({ chainId: 31337n, safe: facts, proposalId: more.proposalId ?? null, transaction });
}
const rate = (value: bigint) => ({ to: suite.jobsManager, data: jobs.encodeFunctionData("setVerificationRate", [value]) as Hex });
const transfer = (to: Address, amount: bigint) => ({ to: token, data: erc20.encodeFunctionData("transfer", [to, amount]) as Hex });

describe("a transaction that came without a proposal", () => {
  test("is simulated through its Safe, and what it changes has names; the signature is noted before it is made", async () => {
    const ledger = join(suite.project.folder, "home", "signatures.ndjson");
    const bundle = await bundleOf([rate(500n), transfer(suite.accounts.operator, 7n)]);
    const { report, stored, agreed, sign } = await reviewBundle({ ...suite.project, ledger }, bundle, "test");
    expect(stored).toBeUndefined();
    expect(agreed).toEqual(expect.arrayContaining(["ethers", "protocol-kit", "the Safe on chain", "the file"]));
    const changes = report.simulation?.changes.map(({ contract, path, after }) => `${contract}.${path} ${after}`) ?? [];
    expect(changes.join("\n")).toMatch(/JobsManager\.verificationRate 0x0+1f4\n/);
    expect(report.findings.map(({ code }) => code)).toContain("tokens-leave");
    expect(report.compare).toContainEqual(expect.objectContaining({ value: bundle.hashes.safeTxHash }));
    expect(await failureOf(sign(suite.signers.operator, "operator"))).toMatchObject({ code: "LPCTL_SAFE_SIGNER_NOT_OWNER" });
    const signed = await sign(suite.signers["owner-1"], "owner-1");
    expect(signed.signatures).toEqual([expect.objectContaining({ owner: suite.accounts["owner-1"], kind: "eip712" })]);
    expect((await loadLedger(ledger)).signed).toMatchObject([{ safeTxHash: bundle.hashes.safeTxHash, signer: suite.accounts["owner-1"], key: "owner-1", proposalId: null }]);
  });

  test("that reverts is not signed", async () => {
    const failure = await failureOf(reviewBundle(suite.project, await bundleOf([transfer(suite.accounts.operator, 10n ** 30n)]), "test"));
    expect(failure).toMatchObject({ code: "LPCTL_PROPOSAL_REVERTS", exit: Exit.reverted });
  });

  test("is refused for what it has another Safe do to itself, and where it agrees to a hash that nobody has shown", async () => {
    const send = await unlockedSender(suite.rpc);
    const child = await createSafe({ rpc: suite.rpc, send, owners: [safe], threshold: 1n, saltNonce: 77n });
    const owners = new Interface(["function addOwnerWithThreshold(address owner, uint256 threshold)"]);
    const inner = packCalls([{ to: child, valueWei: 0n, data: owners.encodeFunctionData("addOwnerWithThreshold", [suite.accounts.operator, 1n]) as Hex }], { version: "1.4.1", nonce: 0n });
    const change = { to: child, data: encodeExecTransaction(inner, prevalidatedSignatures([safe])) };
    const failure = await failureOf(reviewBundle(suite.project, await bundleOf([rate(500n), change]), "test"));
    expect(failure).toMatchObject({ code: "LPCTL_PROPOSAL_REFUSED", details: { findings: expect.arrayContaining([expect.objectContaining({ code: "safe-storage-changed", title: expect.stringContaining(child) })]) } });
    const unknown = await failureOf(reviewBundle(suite.project, await bundleOf([{ to: child, data: encodeApproveHash(`0x${"ab".repeat(32)}`) }]), "test"));
    expect(unknown).toMatchObject({ code: "LPCTL_PROPOSAL_REFUSED", details: { findings: [expect.objectContaining({ code: "safe-hash-approved" })] } });
  });

  test("and is a rejection changes nothing but the nonce", async () => {
    const { stored } = await setRate(suite, "1 in 500");
    await setRate(suite, "1 in 600");
    const cancelled = await cancelProposal(suite.project, stored, "test");
    if (cancelled.kind !== "rejection") throw new Error("another transaction waits for its nonce");
    const { report } = await reviewBundle(suite.project, await loadBundle(cancelled.path), "test");
    expect(report.findings.filter(({ severity }) => severity === "refuse")).toEqual([]);
    expect(report.simulation?.changes.map(({ path }) => path)).toEqual(["nonce"]);
    // Asked for once more, it keeps what was signed of it.
    await writeBundle(cancelled.path, await signBundle(await loadBundle(cancelled.path), undefined, suite.signers["owner-1"], { ledger: undefined }));
    await cancelProposal(suite.project, stored, "test");
    expect((await loadBundle(cancelled.path)).signatures).toHaveLength(1);
  });
});

describe("a transaction that says it carries out a proposal", () => {
  test("is refused when the proposal asks for other calls", async () => {
    const { stored } = await setRate(suite, "1 in 500");
    const forged = await bundleOf([rate(1n)], { proposalId: stored.proposal.id });
    expect(await failureOf(reviewBundle(suite.project, forged, "test"))).toMatchObject({ code: "LPCTL_BUNDLE_DIFFERENT", exit: Exit.refused });
    expect(await failureOf(verifyBundle(forged, suite.project))).toMatchObject({ code: "LPCTL_BUNDLE_OTHER_CALLS", exit: Exit.refused });
  });

  test("is reviewed as the proposal, and the signature lies beside that too", async () => {
    const { stored } = await setRate(suite, "1 in 500");
    const bundle = await loadSafeBundle(stored);
    if (bundle === undefined) throw new Error("a proposal for a Safe has its transaction");
    const review = await reviewBundle(suite.project, bundle, "test");
    expect(review.stored?.name).toBe(stored.name);
    expect(review.report.intents[0]?.text).toMatch(/verificationRate/);
    await review.sign(suite.signers["owner-2"], undefined);
    const kept = await loadSafeBundle(stored);
    expect(kept?.signatures.map(({ owner }) => owner)).toEqual([suite.accounts["owner-2"]]);
    if (kept === undefined) throw new Error("it was there before");
    expect(await verifyBundle(kept, suite.project)).toMatchObject({ proposal: stored.name, safe: { missing: 1 }, signatures: [{ standing: "owner", blind: false }] });
    const claimed = addSignature(kept, approvedHashSignature(suite.accounts["owner-3"]));
    expect(await verifyBundle(claimed, suite.project)).toMatchObject({ safe: { missing: 1 }, signatures: expect.arrayContaining([expect.objectContaining({ owner: suite.accounts["owner-3"], standing: "denied" })]) });
    await sendAs(suite.rpc, safe, safe, "function removeOwner(address previous, address owner, uint256 threshold)", [suite.accounts["owner-1"], suite.accounts["owner-2"], 1n]);
    expect(await verifyBundle(kept, suite.project)).toMatchObject({ safe: { missing: 1 }, signatures: [{ standing: "former" }] });
  });
});
