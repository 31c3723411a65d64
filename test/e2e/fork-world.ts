import { gunzipSync } from "node:zlib";
import { z } from "zod";
import { startAnvil, type Anvil } from "../../src/chain/anvil.ts";
import { formatTag, type Rpc } from "../../src/chain/rpc.ts";
import { targetIdName, contractId } from "../../src/protocol/contract-id.ts";
import { readFunction } from "../../src/chain/read-function.ts";
import { hash32Schema, hexSchema, ZERO_ADDRESS, type Address, type Hex } from "../../src/protocol/hex.ts";
import { rpcAddressSchema } from "../../src/chain/rpc-schemas.ts";
import type { Profile } from "../../src/protocol/profiles.ts";
import { SUITE } from "../../src/protocol/suite.ts";
import type { ContractState, ProtocolState } from "../../src/snapshot/state.ts";
import { verifyAccountProof } from "../../src/snapshot/trie/account-proof.ts";
import { blockFieldsSchema } from "../../src/snapshot/trie/block-header.ts";
import { slotWordsOf } from "../../src/snapshot/trie/storage-root.ts";
import { loadLayouts } from "../../src/snapshot/view/load-layouts.ts";
import { openView, type StateView } from "../../src/snapshot/view/state-view.ts";
import type { LocalProtocol } from "../../src/node/deploy-suite.ts";
import { COMPILE_CACHES } from "./local-project.ts";

const dumpSchema = z.object({ accounts: z.record(rpcAddressSchema, z.object({ storage: z.record(z.string(), z.string()) })) });
const proofSchema = z.object({ accountProof: z.array(hexSchema) });
const SOURCES: Readonly<Record<string, string>> = { Minter: "Minter", Verifier: "LivepeerVerifier" };

/** The state of a local chain's protocol, from what the node itself says it holds: the tests of forks need no reader of keys. */
export async function stateOfLocalChain(rpc: Rpc, { profile, controller, contracts }: Pick<LocalProtocol, "profile" | "controller" | "contracts">): Promise<ProtocolState> {
  // Cheat codes change state without a block.
  await rpc.request("evm_mine", [], z.unknown());
  const block = await rpc.request("eth_getBlockByNumber", ["latest", false], blockFieldsSchema);
  const packed = await rpc.request("anvil_dumpState", [], hexSchema);
  const { accounts } = dumpSchema.parse(JSON.parse(gunzipSync(Buffer.from(packed.slice(2), "hex")).toString("utf8")));
  const names = new Map<Address, string>([[controller, "Controller"]]);
  for (const [name, address] of Object.entries(contracts)) {
    // The TicketBroker is the JobsManager, too.
    if (!(profile === "current" && name === "JobsManager")) names.set(address, name);
    const target = String((await readFunction(rpc, controller, "function getContract(bytes32) view returns (address)", [contractId(targetIdName(name))]))[0]) as Address;
    if (target !== ZERO_ADDRESS && !(profile === "current" && name === "JobsManager")) names.set(target, targetIdName(name));
  }
  const states: ContractState[] = [];
  for (const [address, name] of names) {
    const words = Object.entries(accounts[address]?.storage ?? {}).map(([slot, value]) => [hash32Schema.parse(slot), hash32Schema.parse(value)] as const);
    const live = words.filter(([, value]) => BigInt(value) !== 0n).sort(([left], [right]) => (left < right ? -1 : 1));
    const { accountProof } = await rpc.request("eth_getProof", [address, [], "latest"], proofSchema);
    const account = verifyAccountProof(block.stateRoot, address, accountProof);
    if (account === undefined) throw new Error(`${name} has no account`);
    states.push({
      address,
      name,
      layoutOf: layoutOf(name, profile),
      account,
      code: await rpc.code(address),
      words: slotWordsOf(live),
      writtenZeros: words.filter(([, value]) => BigInt(value) === 0n).map(([slot]) => slot),
    });
  }
  const addresses = Object.keys(accounts).map((address) => rpcAddressSchema.parse(address)).sort();
  return { chainId: await rpc.chainId(), block, controller, contracts: states.sort((left, right) => (left.address < right.address ? -1 : 1)), preimages: { addresses, words: [] } };
}

function layoutOf(name: string, profile: Profile): string | undefined {
  const plain = name.endsWith("Target") ? name.slice(0, -"Target".length) : name;
  const source = plain === "Minter" && profile === "current" ? "PreciseMinter" : (SOURCES[plain] ?? plain);
  const known = SUITE.find((each) => each.name === source);
  return known === undefined ? undefined : `${known.source}:${known.name}`;
}

export async function viewOfLocalChain(rpc: Rpc, protocol: LocalProtocol): Promise<StateView> {
  const state = await stateOfLocalChain(rpc, protocol);
  return openView(state, { layouts: await loadLayouts(state, COMPILE_CACHES) });
}

/** Another chain, where a fork is to be made, with an account that pays. */
export async function startTargetChain(options: { chainId?: bigint } = {}): Promise<Anvil> {
  const anvil = await startAnvil({ accounts: 2, gasLimit: 1_000_000_000n, genesisTimestampSeconds: 1_800_000_000n, ...options });
  // Old enough for a round to have begun.
  await anvil.rpc.request("anvil_mine", ["0x40"], z.unknown());
  return anvil;
}

export async function headOf(rpc: Rpc): Promise<{ chainId: bigint; block: bigint; timestampSeconds: bigint; blockGasLimit: bigint }> {
  const { number, timestampSeconds } = await rpc.block("latest");
  const { gasLimit } = await rpc.request("eth_getBlockByNumber", [formatTag(number), false], z.object({ gasLimit: z.string() }));
  return { chainId: await rpc.chainId(), block: number, timestampSeconds, blockGasLimit: BigInt(gasLimit) };
}

export const COMMIT: Hex = `0x${"f0".repeat(20)}`;
