import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseNetworkFile } from "../protocol/network-file.ts";
import type { NetworkLayer } from "./config.ts";
import { packageRoot } from "./package-root.ts";

/** The networks that ship with lpctl: one JSON file each in `networks/`. They know addresses, but no RPC URL. */
export async function loadBuiltInNetworks(folder: string = join(packageRoot(), "networks")): Promise<NetworkLayer[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".json")).sort();
  return Promise.all(names.map((name) => loadNetworkFile(folder, join(folder, name))));
}

async function loadNetworkFile(folder: string, path: string): Promise<NetworkLayer> {
  const { name, chainId, controller, explorer } = parseNetworkFile(await readFile(path, "utf8"), path);
  const entry = { chainId: BigInt(chainId), controller, ...(explorer === undefined ? {} : { explorer: explorer.url }) };
  return { origin: { kind: "built-in", where: path }, folder, networks: { [name]: entry } };
}
