import { Interface } from "ethers/abi";
import { ZERO_ADDRESS, type Address, type Hex } from "../../protocol/hex.ts";
import type { Claim } from "./claims-file.ts";

/** What an account decides when it claims. */
export interface ClaimChoice {
  /** Whom the stake is bonded to; undefined for the delegate of the snapshot. */
  delegate?: Address | undefined;
  /** Who gets tokens and ether; undefined for the account itself. */
  recipient?: Address | undefined;
}

const ENTRY = "(uint256 index, address account, address delegate, uint256 stake, uint256 tokens, uint256 fees)";
const CLAIM = `claim(${ENTRY} entry, bytes32[] proof, (address delegate, address recipient) choice, address[4] hints)`;
const abi = new Interface(["function open(bytes32 stagedRoot)", `function ${CLAIM}`]);
/** The BondingManager finds the place in the pool by itself then. */
const NO_HINTS = [ZERO_ADDRESS, ZERO_ADDRESS, ZERO_ADDRESS, ZERO_ADDRESS];

export function encodeOpen(root: Hex): Hex {
  return abi.encodeFunctionData("open", [root]) as Hex;
}

export function encodeClaim({ entry, proof }: Claim, { delegate = ZERO_ADDRESS, recipient = ZERO_ADDRESS }: ClaimChoice = {}): Hex {
  return abi.encodeFunctionData("claim", [entry, [...proof], [delegate, recipient], NO_HINTS]) as Hex;
}
