import { AbiCoder, Interface } from "ethers";
import { z } from "zod";
import { rpcAddressSchema } from "../../../src/chain/rpc-schemas.ts";
import type { Rpc } from "../../../src/chain/rpc.ts";
import type { Address, Hex } from "../../../src/protocol/hex.ts";
import type { AddressBook } from "../../../src/simulation/contract-book.ts";
import type { Artifact } from "../../../src/solidity/artifact.ts";
import { compileContracts } from "../../../src/solidity/compile.ts";

/** Compiled once for all tests of the process. */
let compiled: Promise<Artifact> | undefined;

export function compileStorageShapes(): Promise<Artifact> {
  compiled ??= compileContracts({
    root: process.cwd(),
    targets: [{ source: "test/fixtures/contracts/StorageShapes.sol", contract: "StorageShapes" }],
  }).then(([artifact]) => {
    if (artifact === undefined) throw new Error("nothing was compiled");
    return artifact;
  });
  return compiled;
}

const receiptSchema = z.object({ contractAddress: rpcAddressSchema });

/** Deploys through the first unlocked account of a local chain. */
export async function deploy(rpc: Rpc, artifact: Artifact, types: string[] = [], args: unknown[] = []): Promise<Address> {
  const data = artifact.creationBytecode + AbiCoder.defaultAbiCoder().encode(types, args).slice(2);
  const [from] = await rpc.request("eth_accounts", [], z.array(rpcAddressSchema));
  const receipt = await rpc.request("eth_sendTransactionSync", [{ from, data, gas: "0xe00000" }], receiptSchema);
  return receipt.contractAddress;
}

export function interfaceOf(artifact: Artifact): Interface {
  return Interface.from(JSON.stringify(artifact.abi));
}

export function encode(artifact: Artifact, name: string, args: unknown[] = []): Hex {
  return interfaceOf(artifact).encodeFunctionData(name, args) as Hex;
}

/** A book with one contract, and names for some addresses. */
export function bookOf(address: Address, artifact: Artifact, names: Record<Address, string> = {}): AddressBook {
  const contract = interfaceOf(artifact);
  return {
    nameOf: (candidate) => (candidate === address ? artifact.name : names[candidate]),
    layoutOf: (candidate) => (candidate === address ? artifact.storageLayout : undefined),
    interfaceOf: (candidate) => (candidate === address ? contract : undefined),
    keyNames: new Map(),
  };
}
