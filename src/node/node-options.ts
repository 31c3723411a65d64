import { LOCAL_CHAIN_ID } from "../chain/anvil.ts";
import type { Config } from "../config/config.ts";
import { Exit, LpctlError } from "../errors.ts";

const NETWORK_NAME = /^[A-Za-z][A-Za-z0-9-]{0,31}$/;

/**
 * Seconds between blocks, from a flag: whole or decimal, 0 for a block per transaction and no other.
 * @throws LPCTL_USAGE_BAD_VALUE
 */
export function parseBlockTime(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^[0-9]{1,4}(\.[0-9]{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  // anvil does nothing but mine below a tenth of a second.
  if (seconds === 0 || (seconds >= 0.1 && seconds <= 3600)) return seconds;
  throw new LpctlError({
    code: "LPCTL_USAGE_BAD_VALUE",
    exit: Exit.usage,
    message: "--block-time takes seconds from 0.1 to 3600, or 0 for a block per transaction.",
    next: "lpctl node start --block-time 1",
  });
}

/**
 * Seconds between blocks, from blocks per second.
 * @throws LPCTL_USAGE_BAD_VALUE
 */
export function parseBlocksPerSecond(text: string | undefined, hasActors: boolean): number | undefined {
  if (text === undefined) return undefined;
  const most = hasActors ? 1000 : 10;
  const perSecond = /^[0-9]{1,4}(\.[0-9]{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (perSecond >= 0.001 && perSecond <= most) return 1 / perSecond;
  throw new LpctlError({
    code: "LPCTL_USAGE_BAD_VALUE",
    exit: Exit.usage,
    message: `--blocks-per-second takes a number from 0.001 to ${most}${hasActors ? "" : " for a chain without actors"}.`,
    ...(hasActors ? {} : { why: "Faster than that, a chain by the clock does nothing but mine." }),
    next: "lpctl node start --fast lets blocks pass as fast as the actors keep up",
  });
}

/**
 * The chain id for a local chain. Never that of a real network: a signature made on this chain would be valid there.
 * @throws LPCTL_NODE_CHAIN_ID_REAL
 */
export function chooseChainId(wanted: number | undefined, config: Pick<Config, "networkLayers">): bigint {
  const chainId = wanted === undefined ? LOCAL_CHAIN_ID : BigInt(wanted);
  const real = config.networkLayers
    .flatMap(({ origin, networks }) => Object.entries(networks).map(([name, entry]) => ({ origin, name, entry })))
    .find(({ origin, entry }) => entry.chainId === chainId && (origin.kind === "built-in" || isElsewhere(entry.rpcUrl)));
  if (real === undefined) return chainId;
  throw new LpctlError({
    code: "LPCTL_NODE_CHAIN_ID_REAL",
    exit: Exit.refused,
    message: `${chainId} is the chain id of the network ${real.name}.`,
    why: "What is signed on a local chain with that id would be valid on the real one.",
    next: `Leave --chain-id out to use ${LOCAL_CHAIN_ID}, or choose an id that no network has.`,
  });
}

/**
 * The name under which a local chain goes into `lpctl.yaml`. Never that of another network, whose entry would then
 * point at the local chain.
 * @throws LPCTL_USAGE_BAD_VALUE, LPCTL_NODE_NAME_TAKEN
 */
export function chooseNetworkName(name: string, config: Pick<Config, "networkLayers">): string {
  if (!NETWORK_NAME.test(name)) {
    throw new LpctlError({
      code: "LPCTL_USAGE_BAD_VALUE",
      exit: Exit.usage,
      message: "--name takes letters, digits and '-', starting with a letter, at most 32 of them.",
      next: "lpctl node start --name local",
    });
  }
  for (const { origin, networks } of config.networkLayers) {
    const entry = Object.hasOwn(networks, name) ? networks[name] : undefined;
    if (entry === undefined || (origin.kind !== "built-in" && !isElsewhere(entry.rpcUrl))) continue;
    throw new LpctlError({
      code: "LPCTL_NODE_NAME_TAKEN",
      exit: Exit.refused,
      message: `${name} is the name of another network (${origin.where}).`,
      why: "Its entry would point at the local chain from now on.",
      next: "Leave --name out, or choose a name that no network has.",
    });
  }
  return name;
}

function isElsewhere(rpcUrl: string | undefined): boolean {
  if (rpcUrl === undefined || !URL.canParse(rpcUrl)) return false;
  const { hostname } = new URL(rpcUrl);
  return hostname !== "localhost" && hostname !== "[::1]" && !hostname.startsWith("127.");
}
