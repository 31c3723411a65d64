import { Exit, LpctlError } from "../../errors.ts";
import { printable } from "../../protocol/printable.ts";

export function noRows(format: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_MERKLE_EMPTY",
    exit: Exit.refused,
    message: "There are no rows to build a Merkle tree from",
    why: `A tree of nothing has no root (${format}).`,
    next: "Check where the rows come from, and which of them were excluded",
  });
}

/** @param row from 0, in the order of the list */
export function rowInvalid(row: number, format: string, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_MERKLE_ROW_INVALID",
    exit: Exit.refused,
    message: `Row ${row} cannot be a leaf of a Merkle tree`,
    why: `${why} (${format}).`,
    next: "Correct that row; rows are counted from 0",
    details: { row, format },
  });
}

export function typeUnknown(type: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_MERKLE_TYPE_UNKNOWN",
    exit: Exit.usage,
    message: `A leaf cannot have a value of the type ${printable(type)}`,
    why: "Leaves are made of elementary types of one word: address, bool, uint8 to uint256, int8 to int256, bytes1 to bytes32.",
    next: "Name types of that kind; of a longer value put its hash into the leaf",
    details: { type: printable(type) },
  });
}

export function treeFileInvalid(why: string, details: Record<string, unknown> = {}): LpctlError {
  return new LpctlError({
    code: "LPCTL_MERKLE_FILE_INVALID",
    exit: Exit.refused,
    message: "The file is not a Merkle tree, or no longer the one that was written",
    why,
    next: "Get the file again from whoever published it, or build the tree from its rows",
    details,
  });
}
