import { networkNames, type Config } from "../config/config.ts";
import { describeKey } from "../config/explain-config.ts";
import { kindOfKey, type KeystoreKey } from "../config/key-schema.ts";
import { resolveKey, type ResolvedKey, type ResolvedNetwork } from "../config/resolve-network.ts";
import type { SignerKind } from "../keys/signer.ts";
import type { Address } from "../protocol/hex.ts";
import { configuredKey, keystoreFolders, loadSigner, openExternalKey } from "./key-flags.ts";

export interface ConfiguredKey {
  network: string;
  name: string;
  kind: SignerKind;
  /** Absent where a keystore's file does not tell it, or is not there. */
  address?: Address | undefined;
  /** File, program, path on the device, or URL without secrets. */
  where: string;
}

/** The keys that lpctl.yaml names, of every network; the nearest file's entry counts. */
export async function listConfiguredKeys(config: Config): Promise<ConfiguredKey[]> {
  const found: ConfiguredKey[] = [];
  for (const network of networkNames(config)) {
    const keys = new Map<string, ResolvedKey>();
    for (const { folder, networks } of config.networkLayers) {
      for (const [name, entry] of Object.entries(networks[network]?.keys ?? {})) if (!keys.has(name)) keys.set(name, resolveKey(folder, entry));
    }
    for (const [name, key] of keys) found.push({ network, name, kind: kindOfKey(key), address: await addressOf(key), where: describeKey(key) });
  }
  return found;
}

export interface KeyLook {
  kind: SignerKind;
  address?: Address | undefined;
  where: string;
  /** What shows that the key is where it is said to be. */
  checked: "none" | "address" | "signature";
}

/**
 * Asks where a key is for its address, or for a test signature, and compares. A keystore's file is only read, unless a
 * signature is asked for, which takes its password.
 * @throws LPCTL_KEYS_OTHER_ADDRESS when it has another address; what asking it throws
 */
export async function lookAtKey(
  config: Config,
  network: Pick<ResolvedNetwork, "keys"> | undefined,
  name: string,
  options: { testSignature: boolean; "password-file"?: string | undefined },
): Promise<KeyLook> {
  const configured = configuredKey(network?.keys ?? {}, name);
  const isKeystore = configured === undefined || "keystore" in configured;
  if (options.testSignature) {
    const signer = await loadSigner(config, network, { key: name, "password-file": options["password-file"] });
    const { testSignature } = await import("../keys/test-signature.ts");
    await testSignature(signer);
    const where = isKeystore ? await keystorePath(config, configured, name) : describeKey(configured);
    return { kind: signer.kind, address: signer.address, where, checked: "signature" };
  }
  if (isKeystore) {
    const path = await keystorePath(config, configured, name);
    return { kind: "keystore", address: await addressOf({ keystore: path }), where: path, checked: "none" };
  }
  const inner = await openExternalKey(configured);
  const addresses = await inner.readAddresses();
  if (!addresses.includes(configured.address)) {
    const { sourceOf } = await import("../keys/guarded-signer.ts");
    const { otherAddress } = await import("../keys/other-address.ts");
    throw otherAddress(sourceOf(inner), configured.address, addresses, "Do not sign with it before you know why. Correct the key in lpctl.yaml, or choose another account, device or path.");
  }
  return { kind: inner.kind, address: configured.address, where: describeKey(configured), checked: "address" };
}

async function keystorePath(config: Config, configured: KeystoreKey | undefined, name: string): Promise<string> {
  const { findKeystore } = await import("../keys/keystore.ts");
  return (await findKeystore(keystoreFolders(config), configured?.keystore ?? name)).path;
}

async function addressOf(key: ResolvedKey | KeystoreKey): Promise<Address | undefined> {
  if (!("keystore" in key)) return key.address;
  const { findKeystore } = await import("../keys/keystore.ts");
  return (await findKeystore([], key.keystore).catch(() => undefined))?.address;
}
