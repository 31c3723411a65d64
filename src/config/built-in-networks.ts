import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { NetworkFile } from "../protocol/network-file.ts";
import type { NetworkLayer } from "./config.ts";
import { packageRoot } from "../package-root.ts";

/** The networks that ship with lpctl: one JSON file each in `networks/`. They know addresses, but no RPC URL. */
export async function loadBuiltInNetworks(folder: string = join(packageRoot(), "networks")): Promise<NetworkLayer[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".json")).sort();
  return Promise.all(names.map((name) => loadNetworkFile(folder, join(folder, name))));
}

/**
 * Not checked against the schema of network files here: these are our own, the tests hold them to it,
 * and loading the schema would cost every command a fifth of its start.
 */
async function loadNetworkFile(folder: string, path: string): Promise<NetworkLayer> {
  const { name, chainId, controller, explorer } = JSON.parse(await readFile(path, "utf8")) as NetworkFile;
  const entry = { chainId: BigInt(chainId), controller, ...(explorer === undefined ? {} : { explorer: explorer.url }) };
  return { origin: { kind: "built-in", where: path }, folder, networks: { [name]: entry } };
}
