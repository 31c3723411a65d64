import { keccak256, SigningKey } from "ethers/crypto";
import { solidityPackedKeccak256, verifyMessage } from "ethers/hash";
import { computeAddress } from "ethers/transaction";
import { concat, getBytes } from "ethers/utils";
import { describe, expect, test } from "vitest";
import { deriveStream, receiptProof, receiptRoot } from "../../../../src/node/actors/stream.ts";
import { deriveTickets } from "../../../../src/node/actors/ticket.ts";

const KEY = new SigningKey(`0x${"11".repeat(32)}`);

describe("a stream", () => {
  test("is the same for whoever derives it, and signed by its broadcaster", () => {
    const stream = deriveStream("one", "P720p30f", 3, KEY);
    expect(deriveStream("one", "P720p30f", 3, KEY)).toEqual(stream);
    expect(deriveStream("two", "P720p30f", 3, KEY)).not.toEqual(stream);
    for (const { number, dataHash, signature } of stream.segments) {
      const signed = solidityPackedKeccak256(["string", "uint256", "bytes32"], ["one", number, dataHash]);
      expect(verifyMessage(getBytes(signed), signature)).toBe(computeAddress(KEY));
    }
  });

  test.each([1, 2, 3, 4, 5, 7, 8])("of %d segments has a proof for each receipt", (count) => {
    const { segments } = deriveStream("one", "P720p30f", count, KEY);
    const root = receiptRoot(segments);
    for (const [at, { receipt }] of segments.entries()) {
      const proof = receiptProof(segments, at).slice(2);
      let node: string = receipt;
      for (let from = 0; from < proof.length; from += 64) node = keccak256(concat([node, `0x${proof.slice(from, from + 64)}`].sort((a, b) => (a < b ? -1 : 1))));
      expect(node).toBe(root);
    }
  });
});

test("about half of the tickets win, and both sides know which", () => {
  const request = { seed: 7n, sender: KEY, senderAddress: `0x${"aa".repeat(20)}`, recipient: `0x${"bb".repeat(20)}`, round: 5n, roundBlockHash: `0x${"cc".repeat(32)}`, count: 64 } as const;
  const tickets = deriveTickets(request);
  expect(deriveTickets(request)).toEqual(tickets);
  const winning = tickets.filter(({ wins }) => wins).length;
  expect(winning).toBeGreaterThan(16);
  expect(winning).toBeLessThan(48);
  expect(new Set(tickets.map(({ hash }) => hash)).size).toBe(64);
});
