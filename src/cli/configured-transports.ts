import type { ResolvedNetwork } from "../config/resolve-network.ts";
import { LpctlError } from "../errors.ts";
import type { Transport } from "../safe/transport/transport.ts";

/** The Safe service of a network, where one is configured; when it cannot be opened, one that says why when it is asked. */
export async function configuredTransports(network: ResolvedNetwork, chainId: bigint): Promise<Transport[]> {
  const { name, safeServiceUrl, safeServiceKeyFile } = network;
  if (safeServiceUrl === undefined) return [];
  const { openTransport } = await import("../lifecycle/exchange/open-transport.ts");
  try {
    return [await openTransport({ with: undefined, network: name, chainId, safeServiceUrl, safeServiceKeyFile })];
  } catch (error) {
    if (!(error instanceof LpctlError)) throw error;
    const fail = (): Promise<never> => Promise.reject(error);
    return [{ kind: "service", name: `the Safe service of ${name}`, pull: fail, push: fail }];
  }
}
