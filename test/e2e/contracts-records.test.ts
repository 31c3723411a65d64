import { ZeroHash, concat, keccak256, toUtf8Bytes } from "ethers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contractId } from "../../src/protocol/contract-id.ts";
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
