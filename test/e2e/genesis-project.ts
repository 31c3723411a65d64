import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startAnvil, type Anvil } from "../../src/chain/anvil.ts";
import type { Rpc } from "../../src/chain/rpc.ts";
import { addNetwork } from "../../src/config/add-network.ts";
import { createLocalSafe } from "../../src/node/create-local-safe.ts";
import { LOCAL_ACCOUNT_COUNT, localAccounts } from "../../src/node/local-accounts.ts";
import { writeLocalKeys } from "../../src/node/local-keys.ts";
import { walletSigner } from "../../src/keys/unlocked-key.ts";
import type { Signer } from "../../src/keys/signer.ts";
import type { Project } from "../../src/inspection/project.ts";
import type { Address } from "../../src/protocol/hex.ts";
import { COMPILE_CACHES } from "./local-project.ts";

/** An empty chain with a Safe on it, and a folder that is configured for it: what stands before a genesis. */
export interface GenesisProject {
  folder: string;
  rpc: Rpc;
  url: string;
  project: Project;
  safe: Address;
  deployer: Address;
  signer: Signer;
  stop(): Promise<void>;
}

export async function startGenesisProject(): Promise<GenesisProject> {
  const [anvil, folder] = await Promise.all([startAnvil({ accounts: LOCAL_ACCOUNT_COUNT, gasLimit: 1_000_000_000n }), mkdtemp(join(tmpdir(), "lpctl-genesis-"))]);
  try {
    return await configure(anvil, folder);
  } catch (error) {
    await anvil.stop();
    throw error;
  }
}

async function configure(anvil: Anvil, folder: string): Promise<GenesisProject> {
  const { rpc, url } = anvil;
  const [safe, keys] = await Promise.all([createLocalSafe(rpc), writeLocalKeys(join(folder, ".lpctl", "keys"))]);
  const entries = keys.map(({ name, keystore, passwordFile }) => [name, { keystore, passwordFile }] as const);
  await addNetwork(join(folder, "lpctl.yaml"), "local", { rpcUrl: url, chainId: 31337, keys: Object.fromEntries(entries) });
  const { operator } = localAccounts();
  return {
    folder,
    rpc,
    url,
    safe,
    deployer: operator.address,
    signer: walletSigner(operator.privateKey),
    project: { folder, network: "local", chainId: 31337n, controller: undefined, rpc, compilerCaches: COMPILE_CACHES, sources: [], compilers: {}, delayBlocks: 0n },
    async stop() {
      await anvil.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
