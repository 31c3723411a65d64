import { SimpleMerkleTree } from "@openzeppelin/merkle-tree";
import { keccak256 } from "ethers";
import fc from "fast-check";
import { expect, it } from "vitest";
import { buildMerkleTree, verifyMerkleProof } from "../../src/genesis/merkle-tree.ts";
import type { Hex } from "../../src/protocol/hex.ts";

const addressesArbitrary = fc.uniqueArray(
  fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes): Hex => `0x${Buffer.from(bytes).toString("hex")}`),
  { minLength: 1, maxLength: 70 },
);

function toBytes(addresses: readonly Hex[]): Uint8Array {
  return new Uint8Array(Buffer.from(addresses.map((address) => address.slice(2)).join(""), "hex"));
}

it("has OpenZeppelin's root for any addresses, in whatever order they come", async () => {
  await fc.assert(
    fc.asyncProperty(addressesArbitrary, async (addresses) => {
      const theirs = SimpleMerkleTree.of(addresses.map((address) => keccak256(address)));
      expect((await buildMerkleTree(toBytes(addresses))).root).toBe(theirs.root);
      expect((await buildMerkleTree(toBytes(addresses.toReversed()))).root).toBe(theirs.root);
    }),
    { numRuns: 40 },
  );
});

it("proves every address of a tree, and none that is not in it", async () => {
  await fc.assert(
    fc.asyncProperty(addressesArbitrary, fc.constantFrom("complete" as const, "layered" as const), async (addresses, shape) => {
      const [absent, ...present] = addresses;
      if (absent === undefined || present.length === 0) return;
      const tree = await buildMerkleTree(toBytes(present), shape);
      expect(tree.proofOf(absent)).toBeUndefined();
      for (const address of present) {
        const proof = tree.proofOf(address);
        expect(proof).toBeDefined();
        expect(await verifyMerkleProof(address, proof ?? "0x", tree.root)).toBe(true);
        expect(await verifyMerkleProof(absent, proof ?? "0x", tree.root)).toBe(false);
      }
    }),
    { numRuns: 15 },
  );
});
