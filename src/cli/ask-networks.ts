import { networkNames, type Config } from "../config/config.ts";
import { readEnvironment } from "../config/environment.ts";
import { resolveNetwork, type ResolvedNetwork } from "../config/resolve-network.ts";
import { LpctlError } from "../errors.ts";
import type { AskedNetwork } from "../lifecycle/nonces/signed-hashes.ts";
import { openNetwork } from "./open-network.ts";

/**
 * Every configured network of these chains, asked who it is; one that does not answer says why. Nothing is asked of any other.
 * @param chosen the one a person named; only there `LPCTL_RPC_URL` counts
 */
export async function askNetworks(config: Config, chainIds: ReadonlySet<bigint>, chosen: ResolvedNetwork | undefined): Promise<AskedNetwork[]> {
  const environment = { ...readEnvironment(), rpcUrl: undefined };
  const resolved = networkNames(config).flatMap((name): ResolvedNetwork[] => {
    if (name === chosen?.name) return [chosen];
    try {
      return [resolveNetwork(config, { networkFlag: name, forWriting: false, environment })];
    } catch (error) {
      if (error instanceof LpctlError) return [];
      throw error;
    }
  });
  const wanted = resolved.flatMap((network) => (network.chainId !== undefined && chainIds.has(network.chainId) ? [{ ...network, chainId: network.chainId }] : []));
  return Promise.all(wanted.map((network) => askNetwork(config, network)));
}

async function askNetwork(config: Config, network: ResolvedNetwork & { chainId: bigint }): Promise<AskedNetwork> {
  const { name, chainId } = network;
  try {
    const project = await openNetwork(config, network);
    const { hash: genesisHash } = await project.rpc.block(0n);
    return { name, chainId, project, genesisHash };
  } catch (error) {
    if (error instanceof LpctlError) return { name, chainId, problem: error.message };
    throw error;
  }
}
