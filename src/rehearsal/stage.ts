import { mkdir, rm } from "node:fs/promises";
import { startAnvil, LOCAL_CHAIN_ID } from "../chain/anvil.ts";
import type { Project } from "../inspection/project.ts";
import { deploySuite, suiteTargets, type LocalProtocol } from "../node/deploy-suite.ts";
import { writeLiveState } from "../node/live-state.ts";
import { LOCAL_ACCOUNT_COUNT } from "../node/local-accounts.ts";
import type { Phase } from "../node/phase.ts";
import type { ParameterValues } from "../genesis/profile-parameters.ts";
import type { Policy } from "../protocol/policy.ts";
import type { Profile } from "../protocol/profiles.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { Artifact } from "../solidity/artifact.ts";
import { compileContracts } from "../solidity/compile.ts";
import { NO_COMMIT, readGitCommit } from "../solidity/git-commit.ts";
import { parseSourceReference } from "../solidity/source-reference.ts";
import { packageRoot } from "../package-root.ts";
import type { RehearsalOptions } from "./rehearsal.ts";

/** A chain of its own with the whole protocol on it, and a project that works on it. */
export interface Stage {
  project: Project;
  protocol: LocalProtocol;
  gitCommitHash: Hex;
  stop(): Promise<void>;
}

export interface StageOptions {
  /** Blocks the Governor waits. */
  delayBlocks: bigint;
  /** Contracts of the suite that start with other code than theirs: `{ JobsManager: "contracts/historic/X.sol:X" }`. */
  instead?: Readonly<Record<string, string>> | undefined;
  /** Stake, a round with its reward, a deposit and a job, written by hand. Left out where actors will do all of that. */
  isLived?: boolean | undefined;
  /** Who governs. Default: a Governor that belongs to a Safe. */
  phase?: Phase | undefined;
  /** Default: that of 2018. */
  profile?: Profile | undefined;
  /** By id in the catalogue. */
  parameters?: ParameterValues | undefined;
  policy?: Policy | undefined;
  /** False: what comes after a proposal is not tried when it is prepared, where that is not what is rehearsed. */
  aftermath?: boolean | undefined;
}

const BLOCK_GAS_LIMIT = 1_000_000_000n;

/** Empties the rehearsal's folder, starts a chain, and deploys the suite with those who govern it. */
export async function openStage(options: RehearsalOptions, wanted: StageOptions, update: (doing: string) => void): Promise<Stage> {
  await rm(options.folder, { recursive: true, force: true });
  await mkdir(options.folder, { recursive: true });
  update("starting the chain");
  const anvil = await startAnvil({ accounts: LOCAL_ACCOUNT_COUNT, gasLimit: BLOCK_GAS_LIMIT });
  try {
    update("compiling the contracts");
    const instead = Object.entries(wanted.instead ?? {});
    const profile = wanted.profile ?? "launch";
    const [artifacts, commit] = await Promise.all([compileSuite(options.compilerCaches, instead, wanted.profile), readGitCommit(packageRoot(), ["contracts"])]);
    const gitCommitHash = commit?.hash ?? NO_COMMIT;
    update("deploying");
    const protocol = await deploySuite(anvil.rpc, artifacts, { profile, phase: wanted.phase ?? "governor", gitCommitHash, ...(wanted.parameters === undefined ? {} : { parameters: wanted.parameters }) });
    if (wanted.isLived !== false) {
      update("writing live state");
      await writeLiveState(anvil.rpc, protocol);
    }
    const project: Project = {
      folder: options.folder,
      network: "rehearsal",
      chainId: LOCAL_CHAIN_ID,
      controller: protocol.controller,
      rpc: anvil.rpc,
      compilerCaches: options.compilerCaches,
      sources: instead.map(([, reference]) => reference),
      compilers: {},
      delayBlocks: wanted.delayBlocks,
      policy: wanted.policy,
      ...(wanted.aftermath === undefined ? {} : { aftermath: wanted.aftermath }),
    };
    return { project, protocol, gitCommitHash, stop: () => anvil.stop() };
  } catch (error) {
    await anvil.stop();
    throw error;
  }
}

/** The suite's artifacts; those of other code go by the name of what they stand for. */
async function compileSuite(cacheFolders: string[], instead: readonly [name: string, reference: string][], profile: Profile | undefined): Promise<Artifact[]> {
  const others = instead.map(([name, reference]) => {
    const { source, contract = "" } = parseSourceReference(reference);
    return { name, source, contract };
  });
  const targets = [...suiteTargets(profile), ...others.map(({ source, contract }) => ({ source, contract }))];
  const artifacts = await compileContracts({ root: packageRoot(), targets, cacheFolders });
  return artifacts.flatMap((artifact) => {
    const other = others.find(({ contract }) => contract === artifact.name);
    if (other !== undefined) return [{ ...artifact, name: other.name }];
    return instead.some(([name]) => name === artifact.name) ? [] : [artifact];
  });
}

/** Where a contract of the suite is. */
export function addressIn({ protocol }: Stage, name: string): Address {
  const address = protocol.contracts[name];
  if (address === undefined) throw new Error(`the suite has a ${name}`);
  return address;
}
