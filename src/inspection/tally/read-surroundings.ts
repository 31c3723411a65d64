import { keccak256 } from "ethers/crypto";
import type { Rpc } from "../../chain/rpc.ts";
import { formatTag } from "../../chain/rpc.ts";
import { LpctlError } from "../../errors.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { blockFieldsSchema, hashHeader, type BlockFields } from "../../snapshot/trie/block-header.ts";
import { readContractBlock } from "../../voting/contract-block.ts";
import type { TallySurroundings } from "../../voting/tally/file/tally-file.ts";
import { addressAt, countWords, numberAt, selectorOf, wordAt } from "../../chain/hand-codec.ts";
import { pinReader, type PinnedReader } from "../../voting/tally/pinned-reader.ts";
import { readTallyContracts } from "../../voting/tally/tally-contracts.ts";
import type { TallyInput } from "../../voting/tally/tally-input.ts";

/**
 * What a tally is bound to: the chain by its id and its first block, the block by its header, the contracts by their code.
 * A header whose fields do not hash to the block's hash (chains with other rules) is left out: then the hash alone stands.
 */
export async function readSurroundings(rpc: Rpc, input: TallyInput, controller: Address | undefined): Promise<TallySurroundings> {
  const { vote, at } = input;
  const block = await readContractBlock(rpc, at.blockNumber);
  const reader = await pinReader(rpc, { ...block, hash: at.blockHash });
  const [chainId, genesis, fields, { bondingManager, roundsManager, controller: registry }] = await Promise.all([
    rpc.chainId(),
    readFirstBlock(rpc),
    rpc.request("eth_getBlockByNumber", [formatTag(at.blockNumber), false], blockFieldsSchema),
    readTallyContracts(reader, vote, controller),
  ]);
  const named: readonly (readonly [string, Address | undefined])[] =
    vote.kind === "poll"
      ? [["Poll", vote.address], ["PollCreator", vote.creator], ["Controller", registry], ["BondingManager", bondingManager], ["RoundsManager", roundsManager]]
      : [["Governor", vote.governor], ["votes", vote.token], ["Controller", registry]];
  const contracts: TallySurroundings["contracts"] = [];
  for (const [role, address] of named) {
    if (address === undefined) continue;
    const code = await reader.code(address);
    contracts.push({ role, address, codeHash: keccak256(code) as Hex });
    const target = await readTarget(reader, registry, address);
    if (target !== undefined) contracts.push({ role: `${role}Target`, address: target, codeHash: keccak256(await reader.code(target)) as Hex });
  }
  return { chainId, genesisHash: genesis.hash, header: hashHeader(fields) === at.blockHash ? headerOf(fields) : {}, contracts };
}

/** Block 0; a local chain may begin later. */
async function readFirstBlock(rpc: Rpc): Promise<{ hash: Hex }> {
  return readContractBlock(rpc, 0n).catch((error: unknown) => {
    if (error instanceof LpctlError && error.code === "LPCTL_CHAIN_NO_BLOCK") return readContractBlock(rpc, "earliest");
    throw error;
  });
}

const TARGET_ID = selectorOf("targetContractId()");
const GET_CONTRACT = selectorOf("getContract(bytes32)");

/** What a proxy of the registry runs: its own code says nothing about it. */
async function readTarget(reader: PinnedReader, registry: Address | undefined, proxy: Address): Promise<Address | undefined> {
  if (registry === undefined) return undefined;
  const id = await reader.call(proxy, TARGET_ID).catch(() => "0x");
  if (countWords(id) !== 1) return undefined;
  const target = await reader.call(registry, `${GET_CONTRACT}${wordAt(id, 0)}`).catch(() => "0x");
  return countWords(target) === 1 && numberAt(target, 0) !== 0n ? addressAt(target, 0) : undefined;
}

function headerOf(fields: BlockFields): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
