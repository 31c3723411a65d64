import { printable } from "../protocol/printable.ts";
import { networkNames } from "./config.ts";
import type { Config } from "./config.ts";
import type { NetworkEntry } from "./config-schema.ts";
import { formatOrigin } from "./explain-config.ts";
import { redactUrl } from "./redact-url.ts";

interface DescribedNetwork {
  name: string;
  /** Without secrets. */
  rpcUrl: string | null;
  chainId: bigint | null;
  controller: string | null;
  keys: string[];
  from: string[];
}

export interface DescribedConfig {
  projectPath: string | null;
  projectFolder: string;
  userPath: string | null;
  defaultNetwork: string | null;
  keysDirectory: string;
  sources: string[];
  networks: DescribedNetwork[];
}

/** The whole configuration as data and as text, without secrets. */
export function describeConfig(config: Config): { result: DescribedConfig; text: string } {
  const result: DescribedConfig = {
    projectPath: config.projectPath ?? null,
    projectFolder: config.projectFolder,
    userPath: config.userPath ?? null,
    defaultNetwork: config.defaultNetwork?.value ?? null,
    keysDirectory: config.keysDirectory.value,
    sources: config.sources.value,
    networks: networkNames(config).map((name) => describeNetwork(config, name)),
  };
  return { result, text: formatConfig(result) };
}

function describeNetwork(config: Config, name: string): DescribedNetwork {
  const layers = config.networkLayers.filter((layer) => Object.hasOwn(layer.networks, name));
  const first = <K extends keyof NetworkEntry>(key: K): NetworkEntry[K] | undefined =>
    layers.map((layer) => layer.networks[name]?.[key]).find((value) => value !== undefined);
  const rpcUrl = first("rpcUrl");
  return {
    name,
    rpcUrl: rpcUrl === undefined ? null : redactUrl(rpcUrl),
    chainId: first("chainId") ?? null,
    controller: first("controller") ?? null,
    keys: [...new Set(layers.flatMap((layer) => Object.keys(layer.networks[name]?.keys ?? {})))],
    from: layers.map((layer) => formatOrigin(layer.origin)),
  };
}

function formatConfig(config: DescribedConfig): string {
  const lines = [
    `Project file    ${config.projectPath ?? "none (searched here and upwards for lpctl.yaml)"}`,
    `User file       ${config.userPath ?? "none"}`,
    `Keys            ${config.keysDirectory}`,
    `Sources         ${config.sources.join(", ")}`,
    `Default network ${config.defaultNetwork ?? "none"}`,
  ];
  if (config.networks.length === 0) return [...lines, "", "No networks. Start a local chain, which adds one: lpctl node start"].map(printable).join("\n");
  for (const network of config.networks) {
    lines.push("", `Network ${network.name}  (${network.from.join(", ")})`);
    lines.push(`  RPC         ${network.rpcUrl ?? "not set"}`);
    lines.push(`  Chain id    ${network.chainId ?? "not set"}`);
    lines.push(`  Controller  ${network.controller ?? "not set"}`);
    if (network.keys.length > 0) lines.push(`  Keys        ${network.keys.join(", ")}`);
  }
  return lines.map(printable).join("\n");
}
