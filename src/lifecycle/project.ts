import { Exit, LpctlError } from "../errors.ts";
import { Rpc } from "../chain/rpc.ts";
import type { Address } from "../protocol/hex.ts";

/** One checkout of somebody's governance work, and the network that is being worked on. */
export interface Project {
  /** Holds `lpctl.yaml`, `proposals/` and `.lpctl/`. */
  folder: string;
  network: string;
  chainId: bigint;
  controller: Address;
  rpc: Rpc;
  /** Read in order when compiling; the last is written. */
  compilerCaches: string[];
  /** `path:Name` of contracts beyond the suite, for naming storage and finding what a proxy runs. */
  sources: string[];
  /** LIP-25 Governor: blocks between staging and executing, unless a command says otherwise. */
  delayBlocks: bigint;
  /** Told what is being done, for the person watching. */
  progress?: ((what: string) => void) | undefined;
}

/**
 * Makes sure that the RPC speaks for the chain the configuration names: the first thing any command does
 * before it believes an answer.
 * @throws LPCTL_CHAIN_ID_DIFFERS
 */
export async function requireChain(rpc: Rpc, chainId: bigint, network: string): Promise<void> {
  const actual = await rpc.chainId();
  if (actual !== chainId) {
    throw new LpctlError({
      code: "LPCTL_CHAIN_ID_DIFFERS",
      exit: Exit.usage,
      message: `Network ${network} is chain ${chainId}, but ${rpc.origin} serves chain ${actual}`,
      next: "Correct `rpcUrl` or `chainId` of the network in lpctl.yaml: lpctl config explain",
    });
  }
}
