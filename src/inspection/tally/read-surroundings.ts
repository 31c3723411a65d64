import { keccak256 } from "ethers/crypto";
import type { Rpc } from "../../chain/rpc.ts";
import { formatTag } from "../../chain/rpc.ts";
import { hexSchema, type Address } from "../../protocol/hex.ts";
import { blockFieldsSchema, hashHeader, type BlockFields } from "../../simulation/witness/block-header.ts";
import { readContractBlock } from "../../voting/contract-block.ts";
import type { TallySurroundings } from "../../voting/tally/file/tally-file.ts";
import { pinReader } from "../../voting/tally/pinned-reader.ts";
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
    readContractBlock(rpc, 0n),
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
    const code = await rpc.request("eth_getCode", [address, formatTag(at.blockNumber)], hexSchema);
    contracts.push({ role, address, codeHash: keccak256(code) as `0x${string}` });
  }
  return { chainId, genesisHash: genesis.hash, header: hashHeader(fields) === at.blockHash ? headerOf(fields) : {}, contracts };
}

function headerOf(fields: BlockFields): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
