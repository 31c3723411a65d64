import { AbiCoder } from "ethers/abi";
import { keccak256 } from "ethers/crypto";
import { toUtf8Bytes } from "ethers/utils";
import type { Call } from "../proposal/call.ts";
import type { Address, Hex } from "../protocol/hex.ts";

/** A Governor is asked for a vote by its calls in three lists and the hash of its description. */
export function listsOf(calls: readonly Call[]): [Address[], bigint[], Hex[]] {
  return [calls.map(({ to }) => to), calls.map(({ valueWei }) => valueWei), calls.map(({ data }) => data)];
}

export function hashDescription(description: string): Hex {
  return keccak256(toUtf8Bytes(description)) as Hex;
}

/** The id of a vote as OpenZeppelin's `hashProposal` computes it: of the calls and the description, and of nothing else. */
export function hashVote(calls: readonly Call[], description: string, descriptionHash = hashDescription(description)): bigint {
  const types = ["address[]", "uint256[]", "bytes[]", "bytes32"];
  return BigInt(keccak256(AbiCoder.defaultAbiCoder().encode(types, [...listsOf(calls), descriptionHash])));
}
