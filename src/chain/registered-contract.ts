import { contractId } from "../protocol/contract-id.ts";
import { ZERO_ADDRESS, type Address } from "../protocol/hex.ts";
import { tryReadFunction } from "./read-function.ts";
import type { BlockTag, Rpc } from "./rpc.ts";

/** What a Controller has under a name; undefined where that is nothing, or where it is no Controller. */
export async function readRegistered(rpc: Rpc, controller: Address, name: string, at: BlockTag = "latest"): Promise<Address | undefined> {
  const found = await tryReadFunction(rpc, controller, "function getContract(bytes32 id) view returns (address)", [contractId(name)], at);
  return found === undefined || found[0] === ZERO_ADDRESS ? undefined : (found[0] as Address);
}

/** A contract by its name, from the Controller that a Manager of the protocol obeys; undefined where the contract is none. */
export async function readSibling(rpc: Rpc, manager: Address, name: string, at: BlockTag = "latest"): Promise<Address | undefined> {
  const controller = await tryReadFunction(rpc, manager, "function controller() view returns (address)", [], at);
  return controller === undefined ? undefined : readRegistered(rpc, controller[0] as Address, name, at);
}
