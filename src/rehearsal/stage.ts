import { mkdir } from "node:fs/promises";
import { startAnvil, LOCAL_CHAIN_ID } from "../chain/anvil.ts";
import type { Project } from "../inspection/project.ts";
import { deploySuite, suiteTargets, type LocalProtocol } from "../node/deploy-suite.ts";
import { writeLiveState } from "../node/live-state.ts";
import { LOCAL_ACCOUNT_COUNT } from "../node/local-accounts.ts";
import type { Hex } from "../protocol/hex.ts";
import { compileContracts } from "../solidity/compile.ts";
import { readGitCommit } from "../solidity/git-commit.ts";
import { packageRoot } from "../package-root.ts";
import type { RehearsalOptions } from "./rehearsal.ts";

/** A chain of its own with the whole protocol on it, and a project that works on it. */
export interface Stage {
  project: Project;
  protocol: LocalProtocol;
  stop(): Promise<void>;
}

const NO_COMMIT: Hex = `0x${"0".repeat(40)}`;
const BLOCK_GAS_LIMIT = 1_000_000_000n;

export async function openStage(
  options: RehearsalOptions,
  delayBlocks: bigint,
  update: (doing: string) => void,
): Promise<Stage> {
  await mkdir(options.folder, { recursive: true });
  update("starting the chain");
  const anvil = await startAnvil({ accounts: LOCAL_ACCOUNT_COUNT, gasLimit: BLOCK_GAS_LIMIT });
  try {
    update("compiling the contracts");
    const [artifacts, commit] = await Promise.all([
      compileContracts({ root: packageRoot(), targets: suiteTargets(), cacheFolders: options.compilerCaches }),
      readGitCommit(packageRoot(), ["contracts"]),
    ]);
    update("deploying");
    const protocol = await deploySuite(anvil.rpc, artifacts, { profile: "launch", phase: "governor", gitCommitHash: commit?.hash ?? NO_COMMIT });
    update("writing live state");
    await writeLiveState(anvil.rpc, protocol);
    const project: Project = {
      folder: options.folder,
      network: "rehearsal",
      chainId: LOCAL_CHAIN_ID,
      controller: protocol.controller,
      rpc: anvil.rpc,
      compilerCaches: options.compilerCaches,
      sources: [],
      compilers: {},
      delayBlocks,
    };
    return { project, protocol, stop: () => anvil.stop() };
  } catch (error) {
    await anvil.stop();
    throw error;
  }
}
