import { getAddress, keccak256 } from "ethers";
import { branchesOf, type AuthorityNode, type SafeNode } from "../../authority/node.ts";
import type { Rpc } from "../../chain/rpc.ts";
import type { SafeFindingFacts } from "../../checks/check.ts";
import { isDead } from "../../protocol/dead-address.ts";
import { ZERO_ADDRESS, type Address, type Hex } from "../../protocol/hex.ts";
import { WELL_KNOWN_SLOTS } from "../../protocol/storage-slots.ts";
import { OFFICIAL_CONTRACTS, officialContractOfCode } from "../../safe/safe-contracts.ts";

const HANDLER_SLOT = WELL_KNOWN_SLOTS.find(({ name }) => name === "fallbackManager.handler")?.slot ?? "0x";

export const SAFE_LIBRARIES: ReadonlySet<Address> = new Set(
  OFFICIAL_CONTRACTS.filter(({ name }) => ["MultiSend", "MultiSendCallOnly", "SignMessageLib"].includes(name)).flatMap(({ addresses }) => addresses),
);

/** Every Safe on a route, with what weakens it. Code and version are proven already, by whoever read the route. */
export async function readSafeFacts(rpc: Rpc, authority: AuthorityNode): Promise<SafeFindingFacts[]> {
  const safes = [...new Map(safesIn(authority).map((safe) => [safe.address, safe])).values()];
  return Promise.all(safes.map((safe) => readFacts(rpc, safe)));
}

async function readFacts(rpc: Rpc, safe: SafeNode): Promise<SafeFindingFacts> {
  const word = await rpc.storage(safe.address, HANDLER_SLOT);
  const handler = getAddress(`0x${word.slice(-40)}`) as Address;
  const isForeign = handler !== ZERO_ADDRESS && officialContractOfCode(keccak256(await rpc.code(handler)) as Hex) === undefined;
  const keys = keysBehind(safe);
  return {
    address: safe.address,
    version: safe.version,
    threshold: safe.threshold,
    owners: safe.owners.map((owner) => {
      const { kind, address } = owner;
      // A Safe whose own owners cannot reach its threshold signs as little as an address without a key.
      return { address, kind: kind === "eoa" ? "key" : kind === "safe" ? "safe" : "other", isDead: (kind === "eoa" && isDead(address)) || (kind === "safe" && !mayAct(owner)) };
    }),
    repeated: [...new Set(keys.filter((key, index) => keys.indexOf(key) !== index))],
    modules: safe.modules,
    guard: safe.guard ?? undefined,
    foreignHandler: isForeign ? handler : undefined,
  };
}

/** Contracts of unknown kind are given the benefit of the doubt: a warning names them. */
function mayAct(node: AuthorityNode): boolean {
  if (node.kind === "safe") return node.owners.filter(mayAct).length >= node.threshold;
  if (node.kind === "unknown") return node.why === undefined;
  return node.kind !== "eoa" || !isDead(node.address);
}

function keysBehind(node: AuthorityNode): Address[] {
  if (node.kind === "eoa") return [node.address];
  return node.kind === "safe" ? node.owners.flatMap(keysBehind) : [];
}

/** Safes whose signatures a route may need, those of Safes that own Safes included. */
export function safesIn(node: AuthorityNode): SafeNode[] {
  switch (node.kind) {
    case "safe":
      return [node, ...node.owners.flatMap(safesIn)];
    case "governor":
      return safesIn(node.owner);
    case "timelock":
      return [...node.proposers, ...(node.executors === "anyone" ? [] : node.executors)].flatMap(safesIn);
    case "divided":
      return branchesOf(node).flatMap(safesIn);
    case "eoa":
    case "vote-governor":
    case "guardian":
    case "unknown":
      return [];
  }
}
