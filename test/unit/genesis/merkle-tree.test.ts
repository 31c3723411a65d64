import { SimpleMerkleTree } from "@openzeppelin/merkle-tree";
import { keccak256 } from "ethers";
import { describe, expect, it } from "vitest";
import { buildMerkleTree, DUPLICATES_SHOWN, verifyMerkleProof } from "../../../src/genesis/merkle-tree.ts";
import type { Hex } from "../../../src/protocol/hex.ts";

/** Addresses that look random and are the same in every run. */
function makeAddresses(count: number): Uint8Array {
  const bytes = new Uint8Array(count * 20);
  for (let index = 0; index < count; index++) bytes.set(Buffer.from(keccak256(`0x${index.toString(16).padStart(8, "0")}`).slice(-40), "hex"), index * 20);
  return bytes;
}

function addressAt(addresses: Uint8Array, index: number): Hex {
  return `0x${Buffer.from(addresses.subarray(index * 20, index * 20 + 20)).toString("hex")}`;
}

function leavesOf(addresses: Uint8Array): string[] {
  return Array.from({ length: addresses.length / 20 }, (_, index) => keccak256(addressAt(addresses, index)));
}

/** MerkleMine's rule in as few words as possible. */
function layeredRoot(leaves: readonly string[]): string {
  let layer = [...leaves].sort();
  while (layer.length > 1) {
    const above: string[] = [];
    for (let index = 0; index < layer.length; index += 2) {
      const pair = layer.slice(index, index + 2).sort();
      above.push(pair.length === 1 ? (pair[0] ?? "") : keccak256(`${pair[0]}${pair[1]?.slice(2)}`));
    }
    layer = above;
  }
  return layer[0] ?? "";
}

describe("buildMerkleTree", () => {
  it("gives OpenZeppelin's root and OpenZeppelin's proofs, byte for byte", async () => {
    for (const count of [1, 2, 3, 5, 7, 8, 100, 1001]) {
      const addresses = makeAddresses(count);
      const leaves = leavesOf(addresses);
      const theirs = SimpleMerkleTree.of(leaves);
      const ours = await buildMerkleTree(addresses);
      expect(ours.root).toBe(theirs.root);
      for (const index of [0, count >> 1, count - 1]) {
        const proof = theirs.getProof(leaves[index] ?? "");
        expect(ours.proofOf(addressAt(addresses, index))).toBe(`0x${proof.map((sibling) => sibling.slice(2)).join("")}`);
      }
    }
  });

  it("builds the shape of 2018 on request: layer by layer, an odd node promoted", async () => {
    for (const count of [1, 2, 3, 5, 6, 7, 11, 100]) {
      const addresses = makeAddresses(count);
      expect((await buildMerkleTree(addresses, "layered")).root).toBe(layeredRoot(leavesOf(addresses)));
    }
  });

  it("has one root in both shapes for 2^k and 3 * 2^k leaves, and two for any other count", async () => {
    const equal: number[] = [];
    for (let count = 1; count <= 33; count++) {
      const addresses = makeAddresses(count);
      const [complete, layered] = await Promise.all([buildMerkleTree(addresses), buildMerkleTree(addresses, "layered")]);
      if (complete.root === layered.root) equal.push(count);
    }
    expect(equal).toEqual([1, 2, 3, 4, 6, 8, 12, 16, 24, 32]);
  });

  it("names addresses that are there twice by their positions in the list", async () => {
    const addresses = makeAddresses(50);
    addresses.set(addresses.subarray(60, 80), 40 * 20);
    addresses.set(addresses.subarray(60, 80), 30 * 20);
    addresses.set(addresses.subarray(0, 20), 49 * 20);
    const tree = await buildMerkleTree(addresses);
    expect(tree.duplicateCount).toBe(2);
    expect(tree.duplicates).toEqual([
      { address: addressAt(addresses, 0), positions: [0, 49] },
      { address: addressAt(addresses, 3), positions: [3, 30, 40] },
    ]);
  });

  it("lists the first duplicates and counts the rest", async () => {
    const half = makeAddresses(500);
    const tree = await buildMerkleTree(new Uint8Array(Buffer.concat([half, half])));
    expect(tree.duplicateCount).toBe(500);
    expect(tree.duplicates.map(({ positions }) => positions[0])).toEqual(Array.from({ length: DUPLICATES_SHOWN }, (_, index) => index));
  });

  it("gives no proof of an address that is not in the tree", async () => {
    const tree = await buildMerkleTree(makeAddresses(9));
    expect(tree.proofOf(`0x${"ab".repeat(20)}`)).toBeUndefined();
  });

  it("refuses an empty list and one that was cut within an address", async () => {
    await expect(buildMerkleTree(new Uint8Array(0))).rejects.toThrow(RangeError);
    await expect(buildMerkleTree(new Uint8Array(39))).rejects.toThrow(RangeError);
  });
});

describe("verifyMerkleProof", () => {
  it("accepts the proof of an address alone, and of either shape", async () => {
    const addresses = makeAddresses(13);
    for (const shape of ["complete", "layered"] as const) {
      const tree = await buildMerkleTree(addresses, shape);
      const proof = tree.proofOf(addressAt(addresses, 4)) ?? "0x";
      expect(await verifyMerkleProof(addressAt(addresses, 4), proof, tree.root)).toBe(true);
      expect(await verifyMerkleProof(addressAt(addresses, 5), proof, tree.root)).toBe(false);
      expect(await verifyMerkleProof(addressAt(addresses, 4), `${proof.slice(0, -2)}${proof.endsWith("00") ? "01" : "00"}` as Hex, tree.root)).toBe(false);
    }
  });

  it("says no to bytes that are no proof", async () => {
    const addresses = makeAddresses(2);
    const tree = await buildMerkleTree(addresses);
    for (const proof of ["0x", "0x00", `0x${"zz".repeat(32)}`, `0x${"00".repeat(33)}`] as Hex[]) {
      expect(await verifyMerkleProof(addressAt(addresses, 0), proof, tree.root)).toBe(false);
    }
    expect(await verifyMerkleProof("0x12", tree.proofOf(addressAt(addresses, 0)) ?? "0x", tree.root)).toBe(false);
  });
});
