import { join } from "node:path";
import { Interface } from "ethers";
import { z } from "zod";
import { rpcAddressSchema } from "../../../src/chain/rpc-schemas.ts";
import type { Rpc } from "../../../src/chain/rpc.ts";
import { hash32Schema, type Address, type Hex } from "../../../src/protocol/hex.ts";
import type { AddressBook } from "../../../src/simulation/contract-book.ts";
import type { Artifact } from "../../../src/solidity/artifact.ts";
import { compileContracts } from "../../../src/solidity/compile.ts";

const compiled = new Map<string, Promise<Artifact>>();

/** A contract of test/fixtures/contracts, compiled once for all tests of the process, and from one run to the next. */
export function compileFixture(name: string): Promise<Artifact> {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const target = { source: `test/fixtures/contracts/${name}.sol`, contract: name };
  const artifact = compileContracts({ root: process.cwd(), targets: [target], cacheFolders: [join(process.cwd(), "node_modules/.cache/lpctl-solc")] }).then(([only]) => {
    if (only === undefined) throw new Error("nothing was compiled");
    return only;
  });
  compiled.set(name, artifact);
  return artifact;
}

const minedSchema = z.object({ transactionHash: hash32Schema, contractAddress: rpcAddressSchema.nullable() });

/** Sends from the unlocked account of a local chain. */
async function send(rpc: Rpc, request: { to?: Address; data: string }): Promise<z.infer<typeof minedSchema>> {
  const [from] = await rpc.request("eth_accounts", [], z.array(rpcAddressSchema));
  return rpc.request("eth_sendTransactionSync", [{ from, gas: "0xe00000", ...request }], minedSchema);
}

export async function deploy(rpc: Rpc, artifact: Artifact): Promise<Address> {
  const { contractAddress } = await send(rpc, { data: artifact.creationBytecode });
  if (contractAddress === null) throw new Error("not deployed");
  return contractAddress;
}

export async function sendUnlocked(rpc: Rpc, to: Address, data: Hex): Promise<Hex> {
  return (await send(rpc, { to, data })).transactionHash;
}

export function encode(artifact: Artifact, name: string, args: unknown[] = []): Hex {
  return interfaceOf(artifact).encodeFunctionData(name, args) as Hex;
}

function interfaceOf(artifact: Artifact): Interface {
  return Interface.from(JSON.stringify(artifact.abi));
}

/** A book with one contract, and names for some addresses. */
export function bookOf(address: Address, artifact: Artifact, names: Record<Address, string>): AddressBook {
  const contract = interfaceOf(artifact);
  return {
    nameOf: (candidate) => (candidate === address ? artifact.name : names[candidate]),
    layoutOf: (candidate) => (candidate === address ? artifact.storageLayout : undefined),
    interfaceOf: (candidate) => (candidate === address ? contract : undefined),
    keyNames: new Map(),
  };
}
