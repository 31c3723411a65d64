import { compilerCacheFolders } from "../config/compiler-cache.ts";
import type { Config } from "../config/config.ts";
import { readEnvironment } from "../config/environment.ts";
import { signatureLedgerPath } from "../config/ledger-path.ts";
import { requiredVote } from "../config/required-vote.ts";
import type { ResolvedNetwork } from "../config/resolve-network.ts";
import type { Project } from "../inspection/project.ts";
import type { Policy } from "../protocol/policy.ts";

/**
 * A project on one of its networks. The chain must be the one that the configuration names.
 * @throws LPCTL_CHAIN_ID_DIFFERS, LPCTL_RPC_*
 */
export async function openNetwork(config: Config, network: ResolvedNetwork & { chainId: bigint }): Promise<Project> {
  const [{ Rpc }, { requireChain }] = await Promise.all([import("../chain/rpc.ts"), import("../inspection/project.ts")]);
  const { rpcTimeoutSeconds } = readEnvironment();
  const rpc = new Rpc(network.rpcUrl, rpcTimeoutSeconds === undefined ? {} : { timeoutMs: rpcTimeoutSeconds * 1_000 });
  await requireChain(rpc, network.chainId, network.name);
  return {
    folder: config.projectFolder,
    network: network.name,
    chainId: network.chainId,
    controller: network.controller,
    rpc,
    compilerCaches: compilerCacheFolders(),
    sources: config.sources.value,
    compilers: config.compilers.value,
    delayBlocks: network.governorDelayBlocks ?? 0n,
    policy: policyFor(config, network.name),
    ledger: signatureLedgerPath(),
  };
}

function policyFor(config: Config, network: string): Policy | undefined {
  const requires = requiredVote(config, network)?.value;
  return requires === undefined ? config.policy?.value : { refuse: [], allow: [], ...config.policy?.value, requires };
}
