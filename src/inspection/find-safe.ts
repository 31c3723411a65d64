import { readAuthority } from "../authority/climb.ts";
import { branchesOf, type AuthorityNode } from "../authority/node.ts";
import { readFunction } from "../chain/read-function.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Address } from "../protocol/hex.ts";
import { readSafe, type SafeFacts } from "../safe/read-safe.ts";
import { requireController, type Project } from "./project.ts";

/**
 * The Safe a person means: the one at an address, or the one on the way from the Controller to the people.
 * @throws LPCTL_SAFE_NONE and what readSafe throws
 */
export async function findSafe(project: Project, address: Address | undefined): Promise<SafeFacts> {
  if (address !== undefined) return readSafe(project.rpc, address);
  const [owner] = await readFunction(project.rpc, requireController(project), "function owner() view returns (address)");
  const node = firstSafe(await readAuthority(project.rpc, owner as Address));
  if (node !== undefined) return readSafe(project.rpc, node);
  throw new LpctlError({
    code: "LPCTL_SAFE_NONE",
    exit: Exit.usage,
    message: "No Safe stands between the Controller and the people on this network",
    next: "lpctl authority show Controller, or give the Safe's address",
  });
}

function firstSafe(node: AuthorityNode): Address | undefined {
  switch (node.kind) {
    case "safe":
      return node.address;
    case "governor":
    case "timelock":
    case "divided":
      return branchesOf(node).map(firstSafe).find((found) => found !== undefined);
    case "eoa":
    case "vote-governor":
    case "guardian":
    case "unknown":
      return undefined;
  }
}
