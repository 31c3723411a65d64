import type { Hex } from "../../protocol/hex.ts";
import { standardFormat, type StandardFormat, type StandardRow } from "./standard.ts";

/** What a claim is bound to: one of a fork, of another contract or of another snapshot is another leaf. */
export interface ClaimDomain {
  chainId: bigint;
  /** The contract that will pay the claim, 20 bytes. */
  claimContract: Hex;
  /** 32 bytes. */
  snapshotId: Hex;
}

const HEAD = ["uint256", "address", "bytes32", "uint256", "address"] as const;
const ACCOUNT_COLUMN = 4;

export interface ClaimFormat extends StandardFormat {
  /** The whole leaf, as OpenZeppelin's StandardMerkleTree takes it. */
  leafOf(row: StandardRow, index: number): StandardRow;
}

/**
 * Leaf of a claim: the double hash of abi.encode(chainId, claimContract, snapshotId, index, account, …payload), `index`
 * being the place of the row in its list, which is its bit in the claim contract. Rows are [account, …payload]. The tree is
 * one of OpenZeppelin's StandardMerkleTree over these types.
 * @param payload types of what an account gets, such as uint256 for its stake
 * @throws LPCTL_MERKLE_TYPE_UNKNOWN
 */
export function claimFormat({ chainId, claimContract, snapshotId }: ClaimDomain, payload: readonly string[]): ClaimFormat {
  const standard = standardFormat([...HEAD, ...payload], ACCOUNT_COLUMN);
  const leafOf = (row: StandardRow, index: number): StandardRow => [chainId, claimContract, snapshotId, BigInt(index), ...row];
  return { ...standard, leafOf, write: (message, row, index) => standard.write(message, leafOf(row, index), index) };
}
