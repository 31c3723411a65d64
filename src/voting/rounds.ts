import { tryReadFunction } from "../chain/read-function.ts";
import type { Rpc } from "../chain/rpc.ts";
import { contractId } from "../protocol/contract-id.ts";
import { ZERO_ADDRESS, type Address } from "../protocol/hex.ts";

/** The rounds of a protocol, in the blocks that contracts see. */
export interface RoundSpan {
  current: bigint;
  startBlock: bigint;
  lengthBlocks: bigint;
}

/** A contract by its name, from the Controller that a Manager of the protocol obeys. */
export async function readSibling(rpc: Rpc, manager: Address, name: string): Promise<Address | undefined> {
  const controller = (await tryReadFunction(rpc, manager, "function controller() view returns (address)"))?.[0] as Address | undefined;
  if (controller === undefined) return undefined;
  const found = (await tryReadFunction(rpc, controller, "function getContract(bytes32) view returns (address)", [contractId(name)]))?.[0];
  return found === ZERO_ADDRESS ? undefined : (found as Address | undefined);
}

/** Undefined where no RoundsManager is registered beside the contract. */
export async function readRoundSpan(rpc: Rpc, manager: Address): Promise<RoundSpan | undefined> {
  const rounds = await readSibling(rpc, manager, "RoundsManager");
  if (rounds === undefined) return undefined;
  const ask = async (name: string): Promise<bigint | undefined> => (await tryReadFunction(rpc, rounds, `function ${name}() view returns (uint256)`))?.[0] as bigint | undefined;
  const [current, startBlock, lengthBlocks] = await Promise.all([ask("currentRound"), ask("currentRoundStartBlock"), ask("roundLength")]);
  return current === undefined || startBlock === undefined || lengthBlocks === undefined ? undefined : { current, startBlock, lengthBlocks };
}
