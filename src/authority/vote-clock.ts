import { tryReadFunction } from "../chain/read-function.ts";
import type { Rpc } from "../chain/rpc.ts";
import { contractId } from "../protocol/contract-id.ts";
import { ZERO_ADDRESS, type Address } from "../protocol/hex.ts";
import type { VoteGovernorNode } from "./node.ts";

/** Of the protocol whose rounds are a governor's clock. */
export interface Rounds {
  current: bigint;
  lengthBlocks: bigint;
  /** How many blocks the current round has had before this one. */
  blocksIntoRound: bigint;
}

const CONTROLLER = "function controller() view returns (address)";
const GET_CONTRACT = "function getContract(bytes32 id) view returns (address)";

/** A contract registered where the votes' contract is: the RoundsManager, the BondingManager. */
export async function readRegistered(rpc: Rpc, { votes }: VoteGovernorNode, name: string): Promise<Address | undefined> {
  const controller = votes === undefined ? undefined : ((await tryReadFunction(rpc, votes, CONTROLLER))?.[0] as Address | undefined);
  const found = controller === undefined ? undefined : ((await tryReadFunction(rpc, controller, GET_CONTRACT, [contractId(name)]))?.[0] as Address | undefined);
  return found === ZERO_ADDRESS ? undefined : found;
}

/** Undefined where no RoundsManager tells. */
export async function readRounds(rpc: Rpc, node: VoteGovernorNode): Promise<Rounds | undefined> {
  const manager = await readRegistered(rpc, node, "RoundsManager");
  if (manager === undefined) return undefined;
  const ask = async (name: string): Promise<bigint | undefined> => (await tryReadFunction(rpc, manager, `function ${name}() view returns (uint256)`))?.[0] as bigint | undefined;
  const [current, lengthBlocks, start, block] = await Promise.all([ask("currentRound"), ask("roundLength"), ask("currentRoundStartBlock"), ask("blockNum")]);
  if (current === undefined || lengthBlocks === undefined || start === undefined || block === undefined || lengthBlocks === 0n) return undefined;
  return { current, lengthBlocks, blocksIntoRound: block - start };
}
