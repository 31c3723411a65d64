import { Exit, LpctlError } from "../errors.ts";
import type { Address } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import type { StateView } from "../snapshot/view/state-view.ts";
import type { MovedAccount } from "./fork-terms.ts";

/** What is wrong with a list of moves whatever the snapshot says: where in the list, and what. */
export function findBadMoves(moved: readonly MovedAccount[], excluded: readonly { account: Address }[]): { index: number; key: "from" | "to"; problem: string }[] {
  const problems: { index: number; key: "from" | "to"; problem: string }[] = [];
  const left = new Set(excluded.map(({ account }) => account));
  for (const [index, { from, to }] of moved.entries()) {
    const complain = (key: "from" | "to", problem: string): void => void problems.push({ index, key, problem });
    const before = moved.slice(0, index);
    if (BigInt(from) === 0n) complain("from", "nobody has the zero address");
    if (BigInt(to) === 0n) complain("to", "nobody has the zero address");
    if (from === to) complain("to", `${to} is where it is already`);
    if (before.some((other) => other.from === from)) complain("from", `${from} is there twice`);
    if (before.some((other) => other.to === to)) complain("to", `${to} is there twice, and two accounts cannot become one`);
    if (from !== to && moved.some((other) => other.from === to)) complain("to", `${to} goes to another account itself`);
    if (left.has(from)) complain("from", `${from} is excluded, too`);
    if (left.has(to)) complain("to", `${to} is excluded`);
  }
  return problems;
}

/** @throws LPCTL_FORK_MOVE for an account of the protocol itself, or one to which something goes that is a contract of the fork */
export function requireMovable(view: StateView, moved: readonly MovedAccount[], remade: ReadonlyMap<Address, Address>): void {
  const fresh = new Set(remade.values());
  const nameOf = (account: Address): string => printable(view.contractAt(account)?.name ?? "a contract");
  for (const { from, to } of moved) {
    if (remade.has(from)) throw badMove(`${from} is ${nameOf(from)}, which the fork makes anew at an address of its own`, from, to);
    if (remade.has(to) || fresh.has(to)) throw badMove(`${to} is ${nameOf(to)} of the protocol, and holds what is of others`, from, to);
  }
}

export function badMove(why: string, from: Address, to: Address): LpctlError {
  return new LpctlError({
    code: "LPCTL_FORK_MOVE",
    exit: Exit.refused,
    message: `What ${from} has cannot go to ${to}`,
    why,
    next: "Correct `moved` in the fork file; an account that something goes to must have nothing in the snapshot",
    details: { from, to },
  });
}
