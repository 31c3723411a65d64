import { describe, expect, test } from "vitest";
import { pathsToKey, pathsToSafe, simulateApprovals } from "../../../src/authority/nested.ts";
import type { AuthorityNode, SafeNode } from "../../../src/authority/node.ts";
import { ZERO_HASH, type Address, type Hex } from "../../../src/protocol/hex.ts";
import { encodeApproveHash } from "../../../src/safe/execute.ts";
import { packCalls } from "../../../src/safe/multisend.ts";
import { approvalCall } from "../../../src/safe/nested.ts";
import { hashSafeTransaction } from "../../../src/safe/transaction.ts";
import { address } from "../proposal/example-proposal.ts";

const [A, B, DEAD] = [address("a1"), address("a2"), "0x000000000000000000000000000000000000dEaD" as Address];
const key = (at: Address): AuthorityNode => ({ kind: "eoa", address: at });
const safe = (digits: string, threshold: number, owners: AuthorityNode[]): SafeNode => ({ kind: "safe", address: address(digits), version: "1.4.1", threshold, nonce: 7n, owners, modules: [], guard: null });

/** One Safe below two that own the top: it has to act for both. */
const bottom = safe("b0", 1, [key(A)]);
const [left, right] = [safe("b1", 1, [bottom]), safe("b2", 1, [bottom, key(B)])];
const top = safe("b3", 2, [left, right]);

describe("Safes behind a Safe", () => {
  test("are found on every way, shortest first", () => {
    expect(pathsToKey(top, A)).toEqual([[left.address, bottom.address], [right.address, bottom.address]]);
    expect(pathsToKey(top, B)).toEqual([[right.address]]);
    expect(pathsToKey(top, address("c1"))).toEqual([]);
    expect(pathsToSafe(top, top.address)).toEqual([[]]);
    expect(pathsToSafe(top, bottom.address)).toHaveLength(2);
  });

  test("act once for each Safe above them, with one nonce after the other", () => {
    const { approvers, steps } = simulateApprovals(top, ZERO_HASH, 31337n);
    expect(approvers).toEqual([left.address, right.address]);
    const acts = steps.flatMap((step) => (step.kind === "transaction" && step.title.startsWith("The Safe") ? [step] : []));
    expect(acts.map(({ to }) => to)).toEqual([bottom.address, left.address, bottom.address, right.address]);
    const hashOf = (node: SafeNode, nonce: bigint, above: Address, approved: Hex): Hex =>
      hashSafeTransaction(31337n, node.address, packCalls([approvalCall(above, approved)], { version: node.version, nonce })).safeTxHash;
    const consents = [hashOf(bottom, 7n, left.address, hashOf(left, 7n, top.address, ZERO_HASH)), hashOf(bottom, 8n, right.address, hashOf(right, 7n, top.address, ZERO_HASH))];
    expect(steps.flatMap((step) => (step.kind === "transaction" && step.from === A && step.title.startsWith("Owner") ? [step.data] : []))).toEqual(consents.map(encodeApproveHash));
    expect(steps.every((step) => step.kind === "transaction" && step.setup === true)).toBe(true);
  });

  test("that cannot act stand behind owners who can", () => {
    const stuck = safe("b4", 2, [key(A), key(DEAD)]);
    expect(simulateApprovals(safe("b5", 1, [stuck, key(DEAD), key(B)]), ZERO_HASH, 31337n).approvers).toEqual([B]);
    // Where nobody else is left, the fork goes on in their name, and a check says what is wrong with them.
    expect(simulateApprovals(safe("b5", 2, [stuck, key(DEAD), key(B)]), ZERO_HASH, 31337n).approvers).toEqual([B, stuck.address]);
  });
});
