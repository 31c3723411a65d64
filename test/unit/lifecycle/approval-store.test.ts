import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getAddress } from "ethers/address";
import { expect, test } from "vitest";
import { listApprovalFiles, signedTransaction } from "../../../src/lifecycle/approvals/approval-store.ts";
import type { StoredProposal } from "../../../src/proposal/store.ts";
import { ZERO_HASH } from "../../../src/protocol/hex.ts";
import { addSignature, createBundle } from "../../../src/safe/bundle.ts";
import { approvedHashSignature } from "../../../src/safe/signature.ts";
import { safeTransaction } from "../../../src/safe/transaction.ts";
import { address, exampleProposal, SET_RATE } from "../proposal/example-proposal.ts";

test("approvals lie beside a proposal at any depth; links that lead back to their own folder are no way down", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lpctl-approvals-"));
  try {
    const stored: StoredProposal = { proposal: exampleProposal([SET_RATE]), folder, name: "001-rate" };
    const [first = "", second = "", third = ""] = ["a1", "b2", "c3"].map((digits) => getAddress(`0x${digits.repeat(20)}`));
    const approvals = join(folder, "approvals");
    await mkdir(join(approvals, third), { recursive: true });
    for (const name of [first, second, third, join(third, first)]) await writeFile(join(approvals, `${name}.json`), "{}");
    for (const name of [first, second]) await symlink(".", join(approvals, name));
    expect((await listApprovalFiles(stored)).map(({ file }) => file).toSorted()).toEqual([first, second, third, join(third, first)].map((name) => join(approvals, `${name}.json`)).toSorted());
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("an approval on chain that a file claims for an owner makes no signer of them", () => {
  const safe = { address: address("5afe"), version: "1.4.1" as const, singletonCodeHash: ZERO_HASH, proxyCodeHash: ZERO_HASH };
  const bundle = createBundle({ chainId: 1n, safe, proposalId: null, transaction: safeTransaction({ to: address("a1"), valueWei: 0n, data: "0x", operation: 0, nonce: 0n }) });
  expect(signedTransaction(addSignature(bundle, approvedHashSignature(address("b2"))), []).signers).toEqual([]);
});
