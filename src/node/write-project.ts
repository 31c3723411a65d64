import { writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { addNetwork } from "../config/add-network.ts";
import type { Address } from "../protocol/hex.ts";
import type { Profile } from "../protocol/profiles.ts";
import { writeLocalKeys, type LocalKey } from "./local-keys.ts";
import type { NodeProject } from "./node-project.ts";
import { nodePaths } from "./node-record.ts";
import type { Phase } from "./phase.ts";

const LOCAL_GOVERNOR_DELAY_BLOCKS = 10;

/** Writes the keys of a local chain, and its network into `lpctl.yaml`. @throws LPCTL_NODE_KEY_TAKEN */
export async function writeProject(
  project: NodeProject,
  chain: { network: string; rpcUrl: string; chainId: bigint; controller: Address; profile: Profile; phase: Phase },
): Promise<LocalKey[]> {
  const paths = nodePaths(project.folder);
  // A project under version control must not pick up what belongs to one machine.
  await writeFile(join(paths.folder, ".gitignore"), "*\n");
  const keys = await writeLocalKeys(paths.keys, chain.profile);
  const within = (path: string): string => withinProject(project.configPath, path);
  await addNetwork(
    project.configPath,
    chain.network,
    {
      rpcUrl: chain.rpcUrl,
      chainId: chain.chainId.toString(),
      controller: chain.controller,
      ...(chain.phase === "governor" ? { governorDelayBlocks: LOCAL_GOVERNOR_DELAY_BLOCKS } : {}),
      keys: Object.fromEntries(keys.map(({ name, keystore, passwordFile }) => [name, { keystore: within(keystore), passwordFile: within(passwordFile) }])),
    },
    { asDefault: project.isNew },
  );
  return keys;
}

/** Paths in `lpctl.yaml` are relative to it and written with slashes, so that the project can be moved. */
function withinProject(configPath: string, path: string): string {
  return relative(join(configPath, ".."), path).replaceAll("\\", "/");
}
