import { Interface } from "ethers/abi";
import { contractId, nameOfContractId } from "../protocol/contract-id.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { Call } from "../proposal/call.ts";

const controller = new Interface(["function setContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash)"]);

export interface Registration {
  /** Which of the calls it is. */
  position: number;
  id: Hex;
  /** Undefined for an id whose name is not known. */
  name: string | undefined;
  address: Address;
}

/** Every registry entry that calls write, whatever intent they come from, in order. */
export function registrationsOf(calls: readonly Call[]): Registration[] {
  const selector = controller.getFunction("setContractInfo")?.selector ?? "";
  return calls.flatMap(({ data }, position): Registration[] => {
    if (!data.startsWith(selector)) return [];
    const [id, address] = decode(data);
    return id === undefined || address === undefined ? [] : [{ position, id, name: nameOfContractId(id), address }];
  });
}

/** Where the calls first register a name, if at all. */
export function firstRegistration(calls: readonly Call[], name: string): Registration | undefined {
  return registrationsOf(calls).find(({ id }) => id === contractId(name));
}

function decode(data: Hex): [Hex?, Address?] {
  try {
    const [id, address] = controller.decodeFunctionData("setContractInfo", data);
    return [String(id) as Hex, String(address) as Address];
  } catch {
    return []; // Too short for its arguments: the call reverts, which the simulation tells.
  }
}
