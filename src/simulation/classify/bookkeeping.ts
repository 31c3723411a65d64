import type { Address } from "../../protocol/hex.ts";
import { pathOf, valueOf } from "../../outcome/place.ts";
import type { StateChange } from "../../outcome/simulation.ts";

export type AuthorityKind = "safe" | "governor" | "timelock" | "vote-governor";

/** What an authority writes into its own storage when it carries something out. Nothing else of it is bookkeeping. */
const RULES: Record<AuthorityKind, { path: RegExp; fits?: (change: StateChange) => boolean; why: string }[]> = {
  safe: [
    { path: /^nonce$/, fits: (change) => BigInt(change.after) > BigInt(change.before), why: "the Safe counts its transactions" },
    { path: /^approvedHashes\[/, why: "an owner's approval of the Safe transaction" },
  ],
  // What stays behind in a queue is no bookkeeping: it could be carried out later.
  governor: [{ path: /^updates\[/, fits: (change) => valueOf(change, "after") === "0", why: "the Governor takes the update out of its queue" }],
  timelock: [{ path: /^_?timestamps\[/, fits: (change) => valueOf(change, "after") === "1", why: "the timelock marks the operation as done" }],
  // The id of a vote is a hash, and nothing else that a governor keeps is looked up by one.
  "vote-governor": [{ path: /\[\d{70,78}\]/, why: "the governor marks what was voted for as executed" }],
};

/**
 * Why a change is bookkeeping; undefined when it is not. Balances and nonces of who sends the transactions are not even
 * among the changes (see `describeDiffs`).
 */
export function findBookkeeping(change: StateChange, authorities: ReadonlyMap<Address, AuthorityKind>): string | undefined {
  if (change.kind === "nonce") return "an account counts what it sends or creates";
  const kind = authorities.get(change.address);
  if (change.kind !== "storage" || kind === undefined) return undefined;
  return RULES[kind].find(({ path, fits }) => path.test(pathOf(change)) && (fits === undefined || fits(change)))?.why;
}
