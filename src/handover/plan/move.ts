import type { Address, Hex } from "../../protocol/hex.ts";
import { nameOf, type PrivilegeGraph } from "../graph/privilege.ts";

/** One privilege that changes hands. */
export type Move =
  | { kind: "owner"; contract: Address; from: Address; to: Address }
  | { kind: "grant"; contract: Address; role: Hex; roleName: string; account: Address }
  | { kind: "revoke"; contract: Address; role: Hex; roleName: string; account: Address }
  /** One function of one contract, by a rule of the DividedOwner `contract`. */
  | { kind: "rule"; contract: Address; target: Address; selector: Hex; signature: string; from: Address; to: Address };

export function describeMove(graph: PrivilegeGraph, move: Move): string {
  const name = (address: Address): string => nameOf(graph, address);
  switch (move.kind) {
    case "owner":
      return `owner of ${name(move.contract)}: ${name(move.from)} -> ${name(move.to)}`;
    case "grant":
      return `${move.roleName} of ${name(move.contract)}: given to ${name(move.account)}`;
    case "revoke":
      return `${move.roleName} of ${name(move.contract)}: taken from ${name(move.account)}`;
    case "rule":
      return `${move.signature} of ${name(move.target)}: ${name(move.from)} -> ${name(move.to)}, by a rule of ${name(move.contract)}`;
  }
}
