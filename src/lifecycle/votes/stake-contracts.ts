import { findByName, readRegistry } from "../../chain/registry.ts";
import { Exit, LpctlError } from "../../errors.ts";
import { requireController, type Project } from "../../inspection/project.ts";
import type { Address } from "../../protocol/hex.ts";

export interface StakeContracts {
  bondingManager: Address;
  bondingVotes: Address;
}

/** Where stake is, and where it is written down for votes. @throws LPCTL_NETWORK_INCOMPLETE, LPCTL_VOTE_NO_STAKE_CONTRACTS */
export async function readStakeContracts(project: Project): Promise<StakeContracts> {
  const registry = await readRegistry(project.rpc, requireController(project));
  const [bondingManager, bondingVotes] = ["BondingManager", "BondingVotes"].map((name) => findByName(registry, name)?.address);
  if (bondingManager !== undefined && bondingVotes !== undefined) return { bondingManager, bondingVotes };
  throw new LpctlError({
    code: "LPCTL_VOTE_NO_STAKE_CONTRACTS",
    exit: Exit.usage,
    message: `No ${bondingManager === undefined ? "BondingManager" : "BondingVotes"} is registered on network ${project.network}`,
    why: "stake is written down for votes by the one and in the other; the protocol of 2018 has no BondingVotes",
    next: "lpctl authority show Controller",
  });
}
