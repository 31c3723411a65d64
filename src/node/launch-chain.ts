import { stat } from "node:fs/promises";
import { startAnvil, type Anvil } from "../chain/anvil.ts";
import { LpctlError } from "../errors.ts";
import { LOCAL_ACCOUNT_COUNT } from "./local-accounts.ts";
import { nodePaths } from "./node-record.ts";

export interface LaunchOptions {
  projectFolder: string;
  chainId: bigint;
  /** 0: a block per transaction and no other. */
  blockTimeSeconds: number;
  /** Must be free; absent: `usualPort`, or any free one when that is taken. */
  port: number | undefined;
  usualPort: number;
  /** Where the chain's clock begins, or goes on from; absent: at the time of this machine. */
  timestampSeconds: bigint | undefined;
  /** Called as soon as there is a process, before it answers. */
  onSpawn(chain: { pid: number; port: number; rpcUrl: string }): Promise<void>;
}

/** More than the largest contract needs; blocks are never full. */
const BLOCK_GAS_LIMIT = 1_000_000_000n;
/** What a kill -9 of the chain costs at most, while its state is small. */
const STATE_INTERVAL_SECONDS = 15;
const MEGABYTE = 1_000_000;
/**
 * Reports and verification look a few blocks back. A poll can be counted when its end is 64 blocks deep, and until two owners have
 * signed on its strength. With anvil's 500, ten thousand blocks would take a gigabyte of memory.
 */
const KEPT_STATES = 256;
/**
 * What the contracts are compiled for. From Prague on every block writes its parent's hash into the state (EIP-2935), and anvil
 * hashes the whole state again for each block that changed it: after a few thousand blocks one takes 5 ms instead of 0.1.
 */
const HARDFORK = "cancun";

/**
 * Starts the chain of a project so that it outlives the command. It loads the state it finds in the project's data folder, and
 * writes it there from time to time and when it is stopped.
 * @throws as `startAnvil`
 */
export async function launchChain(options: LaunchOptions): Promise<Anvil> {
  const { blockTimeSeconds, chainId, port, timestampSeconds } = options;
  const { log, state } = nodePaths(options.projectFolder);
  // A great state takes long to write; the chain must have time for something else.
  const megabytes = Math.ceil(((await stat(state).catch(() => undefined))?.size ?? 0) / MEGABYTE);
  const stateIntervalSeconds = Math.max(STATE_INTERVAL_SECONDS, megabytes);
  const start = (at: number | undefined): Promise<Anvil> =>
    startAnvil({
      ...(at === undefined ? {} : { port: at }),
      ...(blockTimeSeconds === 0 ? {} : { blockTimeSeconds, mixedMining: true }),
      ...(timestampSeconds === undefined ? {} : { genesisTimestampSeconds: timestampSeconds }),
      accounts: LOCAL_ACCOUNT_COUNT,
      chainId,
      gasLimit: BLOCK_GAS_LIMIT,
      hardfork: HARDFORK,
      statePath: state,
      stateIntervalSeconds,
      keptStates: KEPT_STATES,
      logPath: log,
      detached: true,
      onSpawn: ({ pid, port: found }) => options.onSpawn({ pid, port: found, rpcUrl: `http://127.0.0.1:${found}` }),
    });
  if (port !== undefined) return start(port);
  return start(options.usualPort).catch((error: unknown) => {
    if (error instanceof LpctlError && error.code === "LPCTL_ANVIL_PORT_TAKEN") return start(undefined);
    throw error;
  });
}
