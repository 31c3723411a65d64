import { branchesOf, type AuthorityNode } from "../authority/node.ts";
import type { Rpc } from "../chain/rpc.ts";
import { ZERO_ADDRESS, type Address } from "../protocol/hex.ts";
import { contractSignatureRule } from "../safe/nested.ts";
import { readOwnerGraph, safesOf, type OwnerAccount, type OwnerGraph, type SafeHandler } from "../safe/owner-graph.ts";
import { whoCanAct, type WhoCanAct } from "../safe/who-can-act.ts";

/** Whose hands a contract is in: people, what gets past their signatures, and what can no longer work. */
export interface Power extends WhoCanAct {
  /** A module acts in its Safe's name without any signature of the owners. */
  modules: { safe: Address; module: Address; kind: OwnerAccount["kind"] }[];
  /** Owners whose key nobody has. */
  nobody: { safe: Address; owner: Address; why: string }[];
  /** Owners and modules that are code of which lpctl cannot tell who commands it. */
  contracts: { address: Address; why: string }[];
  safes: { address: Address; version: string; threshold: number; owners: number; guard: Address | null; handler: SafeHandler }[];
  /** Each Safe that owns another, and whether it can sign for it; an approval on chain is always possible. */
  pairs: { parent: Address; child: Address; contractSignature: boolean; why: string | null }[];
}

/** Undefined where votes decide, and not people with keys. */
export async function readPower(rpc: Rpc, authority: AuthorityNode): Promise<Power | undefined> {
  const roots = actorsOf(authority);
  return roots.length === 0 ? undefined : describePower(await readOwnerGraph(rpc, roots));
}

/** Pure: what a graph means. */
export function describePower(graph: OwnerGraph): Power {
  const safes = safesOf(graph);
  const accountOf = (address: Address): OwnerAccount => graph.accounts.get(address) ?? { kind: "contract", address, why: "not looked at" };
  return {
    ...whoCanAct(graph),
    modules: safes.flatMap(({ address, facts }) => facts.modules.map((module) => ({ safe: address, module, kind: accountOf(module).kind }))),
    nobody: safes.flatMap(({ address, facts }) => facts.owners.flatMap((owner) => nobodyAt(accountOf(owner), address))),
    contracts: [...graph.accounts.values()].flatMap((account) => (account.kind === "contract" ? [{ address: account.address, why: account.why }] : [])),
    safes: safes.map(({ address, facts, handler }) => ({
      address,
      version: facts.version,
      threshold: Number(facts.threshold),
      owners: facts.owners.length,
      guard: facts.guard === ZERO_ADDRESS ? null : facts.guard,
      handler,
    })),
    pairs: safes.flatMap((parent) =>
      parent.facts.owners.flatMap((owner) => {
        const child = accountOf(owner);
        if (child.kind !== "safe") return [];
        const { form, why } = contractSignatureRule(parent.facts, { version: child.facts.version, handler: child.handler });
        return [{ parent: parent.address, child: child.address, contractSignature: form !== null, why }];
      }),
    ),
  };
}

function nobodyAt(account: OwnerAccount, safe: Address): Power["nobody"] {
  return account.kind === "nobody" ? [{ safe, owner: account.address, why: account.why }] : [];
}

/** Where signatures begin: behind Governors and timelocks, which only wait. Any one of them is enough. */
function actorsOf(node: AuthorityNode): Address[] {
  switch (node.kind) {
    case "eoa":
    case "safe":
    case "unknown":
      return [node.address];
    case "governor":
    case "timelock":
    case "divided":
      return [...new Set(branchesOf(node).flatMap(actorsOf))];
    case "vote-governor":
    case "guardian":
      return [];
  }
}
