import { ZeroHash, concat, keccak256, toUtf8Bytes } from "ethers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { claimFormat } from "../../src/migration/merkle/claim.ts";
import type { LeafFormat } from "../../src/migration/merkle/leaf-format.ts";
import { buildLeafTree, leafOf } from "../../src/migration/merkle/leaf-tree.ts";
import { lip52 } from "../../src/migration/merkle/lip-52.ts";
import { lip73 } from "../../src/migration/merkle/lip-73.ts";
import { contractId } from "../../src/protocol/contract-id.ts";
import type { Hex } from "../../src/protocol/hex.ts";
import { type Account, ContractsChain, type Deployed, LPT, Protocol } from "./contracts-chain.ts";

let chain: ContractsChain;
let protocol: Protocol;
const stranger = (): Account => chain.account(3);

beforeAll(async () => {
  chain = await ContractsChain.start();
  protocol = await Protocol.deploy(chain, { supplyWei: LPT, inflationPpm: 0n, inflationChangePpm: 0n, poolSize: 1n });
});
afterAll(() => chain.stop());

describe("the MerkleSnapshot", () => {
  const id = contractId("LIP-52");
  const [first, second, third] = ["one", "two", "three"].map((leaf) => keccak256(toUtf8Bytes(leaf))) as [string, string, string];
  const pair = (left: string, right: string): string => keccak256(concat(left < right ? [left, right] : [right, left]));
  const root = pair(pair(first, second), third);
  let snapshot: Deployed;
  beforeAll(async () => {
    snapshot = await chain.deploy(protocol.owner, "MerkleSnapshot", [protocol.controller.address]);
  });

  test("proves nothing before it has a root, not even nothing itself", async () => {
    expect(await chain.read(snapshot, "verify", [id, [], ZeroHash])).toBe(false);
    expect(await chain.read(snapshot, "verify", [id, [second, third], first])).toBe(false);
  });

  test("takes roots of the Controller's owner alone", async () => {
    await expect(chain.send(stranger(), snapshot, "setSnapshot", [id, root])).rejects.toThrow("ManagerCallerNotControllerOwner");
    await chain.send(protocol.owner, snapshot, "setSnapshot", [id, root]);
    expect(await chain.read(snapshot, "snapshot", [id])).toBe(root);
  });

  test("proves each leaf of its tree by the hashes beside its path, and no other", async () => {
    expect(await chain.read(snapshot, "verify", [id, [second, third], first])).toBe(true);
    expect(await chain.read(snapshot, "verify", [id, [first, third], second])).toBe(true);
    expect(await chain.read(snapshot, "verify", [id, [pair(first, second)], third])).toBe(true);
    expect(await chain.read(snapshot, "verify", [id, [third, second], first])).toBe(false);
    expect(await chain.read(snapshot, "verify", [contractId("LIP-73"), [second, third], first])).toBe(false);
  });

  test("believes the proofs of every kind of tree that is built here, odd leaves included", async () => {
    const stakes = Array.from({ length: 7 }, (_, index) => ({ delegator: hexOf(index + 1), delegate: hexOf(0), stakeWei: BigInt(index) * LPT, feesWei: 1n }));
    const claims = claimFormat({ chainId: 31337n, claimContract: snapshot.address, snapshotId: ZeroHash as Hex }, ["uint256"]);
    const rows = stakes.map(({ delegator, stakeWei }) => [delegator, stakeWei]);
    await provesAll(lip73, stakes);
    await provesAll(lip52, stakes.map(({ delegator, stakeWei, feesWei }) => ({ delegator, pendingStakeWei: stakeWei, pendingFeesWei: feesWei })));
    await provesAll(claims, rows);
  });

  async function provesAll<Row>(format: LeafFormat<Row>, rows: readonly Row[]): Promise<void> {
    const tree = await buildLeafTree(format, rows);
    await chain.send(protocol.owner, snapshot, "setSnapshot", [id, tree.root]);
    for (const [index, row] of rows.entries()) {
      const leaf = await leafOf(format, row, index);
      expect(await chain.read(snapshot, "verify", [id, tree.proofAt(index), leaf])).toBe(true);
      expect(await chain.read(snapshot, "verify", [id, tree.proofAt((index + 1) % rows.length), leaf])).toBe(false);
    }
  }

  function hexOf(number: number): Hex {
    return `0x${number.toString(16).padStart(40, "0")}`;
  }
});

describe("the ServiceRegistry", () => {
  test("keeps what each account says of itself, and survives its own upgrade", async () => {
    const registry = await protocol.deployProxied("ServiceRegistry");
    const receipt = await chain.send(stranger(), registry, "setServiceURI", ["https://node.example:8935"]);
    expect(chain.event(receipt, registry, "ServiceURIUpdate").toArray()).toEqual([stranger().address, "https://node.example:8935"]);
    const successor = await chain.deploy(protocol.owner, "ServiceRegistry", [protocol.controller.address]);
    await protocol.register("ServiceRegistryTarget", successor.address);
    expect(await chain.read(registry, "getServiceURI", [stranger().address])).toBe("https://node.example:8935");
    expect(await chain.read(registry, "getServiceURI", [protocol.owner.address])).toBe("");
    await chain.send(stranger(), registry, "setServiceURI", [""]);
    expect(await chain.read(registry, "getServiceURI", [stranger().address])).toBe("");
  });
});
