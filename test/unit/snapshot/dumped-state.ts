/** The state of a whole local protocol: anvil gives all the storage there is. */
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { z } from "zod";
import { readFunction } from "../../../src/chain/read-function.ts";
import { rpcAddressSchema } from "../../../src/chain/rpc-schemas.ts";
import type { Rpc } from "../../../src/chain/rpc.ts";
import { contractId, targetIdName } from "../../../src/protocol/contract-id.ts";
import { hash32Schema, hexSchema, ZERO_ADDRESS, type Address, type Hex } from "../../../src/protocol/hex.ts";
import type { Profile } from "../../../src/protocol/profiles.ts";
import { SUITE } from "../../../src/protocol/suite.ts";
import { discoverPreimages } from "../../../src/snapshot/keys/discover-preimages.ts";
import type { ContractState, Preimages, ProtocolState } from "../../../src/snapshot/state.ts";
import { blockFieldsSchema } from "../../../src/snapshot/trie/block-header.ts";
import { slotWordsOf } from "../../../src/snapshot/trie/storage-root.ts";
import { loadLayouts } from "../../../src/snapshot/view/load-layouts.ts";
import type { LayoutBook } from "../../../src/snapshot/view/state-view.ts";
import { CONTRACT_CACHES } from "../contracts/compiled-suite.ts";

const dumpSchema = z.object({ accounts: z.record(rpcAddressSchema, z.object({ storage: z.record(z.string(), z.string()) })) });
const proofSchema = z.object({ nonce: hexish(), balance: hexish(), storageHash: hash32Schema, codeHash: hash32Schema });

function hexish(): z.ZodType<bigint> {
  return z.string().transform((text) => BigInt(text));
}

export interface DumpedProtocol {
  profile: Profile;
  controller: Address;
  contracts: Readonly<Record<string, Address>>;
}

/** @param preimages where they are known already */
export async function dumpState(rpc: Rpc, { profile, controller, contracts }: DumpedProtocol, preimages?: Preimages): Promise<ProtocolState> {
  const packed = await rpc.request("anvil_dumpState", [], hexSchema);
  const dump = dumpSchema.parse(JSON.parse((await promisify(gunzip)(Buffer.from(packed.slice(2), "hex"))).toString("utf8")));
  const block = await rpc.request("eth_getBlockByNumber", ["latest", false], blockFieldsSchema);
  const proxied = Object.keys(contracts).map(targetIdName);
  const targets = await Promise.all(proxied.map(async (name): Promise<[string, Address]> => [name, (await readFunction(rpc, controller, "function getContract(bytes32) view returns (address)", [contractId(name)]))[0] as Address]));
  const named: [string, Address][] = [
    ["Controller", controller],
    ...Object.entries(contracts).filter(([name]) => !(name === "JobsManager" && profile === "current")),
    ...targets.filter(([, address]) => address !== ZERO_ADDRESS),
  ];
  const states = await Promise.all(
    named.map(async ([name, address]): Promise<ContractState> => {
      const storage = Object.entries(dump.accounts[address]?.storage ?? {});
      const words = storage.map(([slot, value]): [Hex, Hex] => [hash32Schema.parse(slot), hash32Schema.parse(value)]).filter(([, value]) => BigInt(value) !== 0n);
      const proof = await rpc.request("eth_getProof", [address, [], block.hash], proofSchema);
      return {
        address,
        name,
        layoutOf: layoutOf(name, profile),
        account: { nonce: proof.nonce, balanceWei: proof.balance, storageHash: proof.storageHash, codeHash: proof.codeHash },
        code: await rpc.code(address),
        words: slotWordsOf(words.toSorted(([left], [right]) => (left < right ? -1 : 1))),
        writtenZeros: [],
      };
    }),
  );
  const layouts = await layoutsFor({ contracts: states });
  const known = states.flatMap((state) => {
    const layout = state.layoutOf === undefined ? undefined : layouts.get(state.layoutOf);
    return layout === undefined ? [] : [{ ...state, layout }];
  });
  const { addresses, words } = preimages ?? (await discoverPreimages(rpc, { number: BigInt(block.number), hash: block.hash }, known));
  return {
    chainId: 31_337n,
    block,
    controller,
    contracts: states.toSorted((left, right) => (left.address.toLowerCase() < right.address.toLowerCase() ? -1 : 1)),
    preimages: { addresses, words },
  };
}

export function layoutsFor(state: Pick<ProtocolState, "contracts">): Promise<LayoutBook> {
  return loadLayouts(state, CONTRACT_CACHES);
}

/** Names of contracts that are registered under another one than their source's. */
function layoutOf(name: string, profile: Profile): string | undefined {
  const contract = name.endsWith("Target") ? name.slice(0, -"Target".length) : name === "Minter" && profile === "current" ? "PreciseMinter" : name === "Verifier" ? "LivepeerVerifier" : name;
  const source = SUITE.find((entry) => entry.name === contract)?.source;
  return source === undefined ? undefined : `${source}:${contract}`;
}
