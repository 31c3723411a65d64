import type { Config } from "../config/config.ts";
import type { ResolvedNetwork } from "../config/resolve-network.ts";
import type { Address } from "../protocol/hex.ts";
import { configuredKey, keystoreFolders } from "./key-flags.ts";

/**
 * Whose a chosen key is, without a password and without asking a device; undefined where only opening it would tell, or where there is
 * no such key, which whoever opens it is told. For showing what a key would do before anybody is asked to unlock it.
 */
export async function addressOfKey(config: Config, network: Pick<ResolvedNetwork, "keys">, name: string | undefined): Promise<Address | undefined> {
  if (name === undefined) return undefined;
  const configured = configuredKey(network.keys, name);
  if (configured !== undefined && !("keystore" in configured)) return configured.address;
  const { findKeystore } = await import("../keys/keystore.ts");
  return (await findKeystore(keystoreFolders(config), configured?.keystore ?? name).catch(() => undefined))?.address;
}
