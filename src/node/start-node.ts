import { writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { z } from "zod";
import { startAnvil, type Anvil } from "../chain/anvil.ts";
import { formatTag } from "../chain/rpc.ts";
import { addNetwork } from "../config/add-network.ts";
import { Exit, LpctlError } from "../errors.ts";
import { onExit } from "../on-exit.ts";
import { packageRoot } from "../package-root.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { Artifact } from "../solidity/artifact.ts";
import { compileContracts } from "../solidity/compile.ts";
import { readGitCommit } from "../solidity/git-commit.ts";
import { deploySuite, suiteTargets, type LocalProtocol } from "./deploy-suite.ts";
import { writeLiveState } from "./live-state.ts";
import { LOCAL_ACCOUNT_COUNT } from "./local-accounts.ts";
import { writeLocalKeys, type LocalKey } from "./local-keys.ts";
import type { NodeProject } from "./node-project.ts";
import { loadNodeRecord, lockNode, nodePaths, removeNodeRecord, saveNodeRecord, type NodeRecord } from "./node-record.ts";
import { observeNode, readGenesisHash } from "./observe-node.ts";
import type { Phase } from "./phase.ts";
import { endRecorded } from "./stop-node.ts";

export interface StartOptions {
  project: NodeProject;
  /** Name of the network in `lpctl.yaml`. */
  network: string;
  phase: Phase;
  /** A number that must be free; absent: 8545, or any free one when that is taken. */
  port: number | undefined;
  chainId: bigint;
  /** 0: a block per transaction and no other. */
  blockTimeSeconds: number;
  compilerCaches: string[];
}

/** Plain data: what `node start --json` prints. */
export interface StartedNode {
  network: string;
  rpcUrl: string;
  chainId: bigint;
  phase: Phase;
  controller: Address;
  governor: Address | null;
  safe: Address | null;
  /** Registered name to address. */
  contracts: Record<string, Address>;
  /** Name for `--key` to address. */
  keys: Record<string, Address>;
  pid: number;
  configPath: string;
  /** What was cleared away first, one sentence. */
  cleared: string | null;
}

export interface NodeStep {
  title: string;
  run(update: (doing: string) => void): Promise<string | void>;
}

export interface NodeStart {
  /** What was found of an earlier chain and cleared away. */
  cleared: string | undefined;
  /** To be run in order. */
  steps: NodeStep[];
  /** After the last step. */
  result(): StartedNode;
  /** To be called in the end, however it ends: before the last step is done it takes everything back. */
  end(): Promise<void>;
}

const USUAL_PORT = 8545;
/** More than the largest contract needs; blocks are never full. */
const BLOCK_GAS_LIMIT = 1_000_000_000n;
const LOCAL_GOVERNOR_DELAY_BLOCKS = 10;
const NO_COMMIT: Hex = `0x${"0".repeat(40)}`;
/** Deploying takes more blocks than seconds: the chain begins in the past, so that it does not end up in the future. */
const HEAD_START_SECONDS = 900;

/**
 * Prepares a local chain that outlives the command, with the whole protocol on it. `lpctl.yaml` is written in the last
 * step, when everything else has succeeded. The caller runs the steps and always calls `end`.
 * @throws LPCTL_NODE_RUNNING, LPCTL_NODE_BUSY, LPCTL_NODE_NOT_OURS, LPCTL_NODE_RECORD_UNREADABLE
 */
export async function prepareNode(options: StartOptions): Promise<NodeStart> {
  const { folder } = options.project;
  const unlock = lockNode(folder);
  try {
    const earlier = await loadNodeRecord(folder);
    const cleared = earlier === undefined ? undefined : await clearAway(folder, earlier);
    return new Start(options, cleared, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

/** We hold the lock, so a chain that is only half set up belongs to a command that was killed. */
async function clearAway(folder: string, record: NodeRecord): Promise<string> {
  if (record.controller !== null && (await observeNode(record)).state === "running") {
    throw new LpctlError({
      code: "LPCTL_NODE_RUNNING",
      exit: Exit.refused,
      message: `A local chain of this project is running at ${record.rpcUrl}.`,
      why: `It was started in phase ${record.phase} at ${record.startedAt}.`,
      next: "lpctl node stop, then lpctl node start",
      details: { rpcUrl: record.rpcUrl, pid: record.pid, phase: record.phase },
    });
  }
  return (await endRecorded(folder, record)).account;
}

class Start implements NodeStart {
  readonly cleared: string | undefined;
  readonly steps: NodeStep[];
  readonly #options: StartOptions;
  readonly #unlock: () => void;
  readonly #forget: () => void;
  #anvil: Anvil | undefined;
  #record: NodeRecord | undefined;
  #artifacts: Artifact[] = [];
  #protocol: LocalProtocol | undefined;
  #keys: LocalKey[] = [];
  #done = false;
  #ending: Promise<void> | undefined;

  constructor(options: StartOptions, cleared: string | undefined, unlock: () => void) {
    this.#options = options;
    this.cleared = cleared;
    this.#unlock = unlock;
    this.#forget = onExit(() => this.end());
    const steps: NodeStep[] = [
      { title: "Start the chain", run: () => this.#startChain() },
      { title: "Compile the contracts", run: (update) => this.#compile(update) },
      { title: `Deploy the protocol, phase ${options.phase}`, run: () => this.#deploy() },
      { title: "Bond, delegate, reward and post a job", run: () => this.#live() },
      { title: "Write keys and configuration", run: () => this.#write() },
    ];
    this.steps = steps.map(({ title, run }) => ({ title, run: (update) => this.#unlessEnding(() => run(update)) }));
  }

  result(): StartedNode {
    const { project, network, phase, chainId } = this.#options;
    const { anvil, protocol } = this.#ready();
    return {
      network,
      rpcUrl: anvil.url,
      chainId,
      phase,
      controller: protocol.controller,
      governor: protocol.governor ?? null,
      safe: protocol.safe ?? null,
      contracts: protocol.contracts,
      keys: Object.fromEntries(this.#keys.map(({ name, address }) => [name, address])),
      pid: anvil.pid,
      configPath: project.configPath,
      cleared: this.cleared ?? null,
    };
  }

  end(): Promise<void> {
    this.#ending ??= this.#finish();
    return this.#ending;
  }

  async #finish(): Promise<void> {
    this.#forget();
    // The signal goes out at once, before the first wait: this may be the last turn of the process.
    const stopped = this.#done ? undefined : this.#anvil?.stop();
    if (!this.#done) removeNodeRecord(this.#options.project.folder);
    this.#unlock();
    await stopped;
  }

  /** On Ctrl-C the chain is ended under a running step, whose complaint about that would be noise: it just never returns. */
  async #unlessEnding<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (this.#ending !== undefined) await new Promise<never>(() => {});
      throw error;
    }
  }

  async #startChain(): Promise<string> {
    const { project, network, phase, chainId, blockTimeSeconds } = this.#options;
    const anvil = await this.#launch();
    this.#anvil = anvil;
    this.#record = {
      schema: 1,
      network,
      pid: anvil.pid,
      port: anvil.port,
      rpcUrl: anvil.url,
      chainId,
      genesisHash: await readGenesisHash(anvil.rpc),
      blockTimeSeconds,
      phase,
      startedAt: new Date().toISOString(),
      controller: null,
    };
    await saveNodeRecord(project.folder, this.#record);
    return anvil.url;
  }

  async #launch(): Promise<Anvil> {
    const { project, port, chainId, blockTimeSeconds } = this.#options;
    const start = (at: number | undefined): Promise<Anvil> =>
      startAnvil({
        ...(at === undefined ? {} : { port: at }),
        ...(blockTimeSeconds === 0 ? {} : { blockTimeSeconds, mixedMining: true }),
        accounts: LOCAL_ACCOUNT_COUNT,
        chainId,
        gasLimit: BLOCK_GAS_LIMIT,
        genesisTimestampSeconds: BigInt(Math.floor(Date.now() / 1000) - HEAD_START_SECONDS),
        logPath: nodePaths(project.folder).log,
        detached: true,
      });
    if (port !== undefined) return start(port);
    return start(USUAL_PORT).catch((error: unknown) => {
      if (error instanceof LpctlError && error.code === "LPCTL_ANVIL_PORT_TAKEN") return start(undefined);
      throw error;
    });
  }

  async #compile(update: (doing: string) => void): Promise<string> {
    this.#artifacts = await compileContracts({
      root: packageRoot(),
      targets: suiteTargets(),
      cacheFolders: this.#options.compilerCaches,
      onProgress: ({ contract, done, total }) => update(`${contract} (${done} of ${total})`),
    });
    return `${this.#artifacts.length} contracts`;
  }

  async #deploy(): Promise<string> {
    const commit = await readGitCommit(packageRoot(), ["contracts"]);
    this.#protocol = await deploySuite(this.#running().rpc, this.#artifacts, { profile: "launch", phase: this.#options.phase, gitCommitHash: commit?.hash ?? NO_COMMIT });
    return `Controller ${this.#protocol.controller}`;
  }

  async #live(): Promise<string> {
    const { anvil, protocol } = this.#ready();
    await writeLiveState(anvil.rpc, protocol);
    await anvil.rpc.request("anvil_setTime", [formatTag(BigInt(Math.floor(Date.now() / 1000)))], z.unknown());
    return `block ${await anvil.rpc.blockNumber()}`;
  }

  async #write(): Promise<string> {
    const { project, network, phase, chainId } = this.#options;
    const { anvil, protocol, record } = this.#ready();
    const paths = nodePaths(project.folder);
    // A project under version control must not pick up what belongs to one machine.
    await writeFile(join(paths.folder, ".gitignore"), "*\n");
    this.#keys = await writeLocalKeys(paths.keys);
    await saveNodeRecord(project.folder, { ...record, controller: protocol.controller });
    await addNetwork(
      project.configPath,
      network,
      {
        rpcUrl: anvil.url,
        chainId: chainId.toString(),
        controller: protocol.controller,
        ...(phase === "governor" ? { governorDelayBlocks: LOCAL_GOVERNOR_DELAY_BLOCKS } : {}),
        keys: Object.fromEntries(
          this.#keys.map(({ name, keystore, passwordFile }) => [
            name,
            { keystore: withinProject(project.configPath, keystore), passwordFile: withinProject(project.configPath, passwordFile) },
          ]),
        ),
      },
      { asDefault: project.isNew },
    );
    this.#done = true;
    return project.configPath;
  }

  #running(): Anvil {
    if (this.#anvil === undefined) throw new Error("the chain is not started");
    return this.#anvil;
  }

  #ready(): { anvil: Anvil; protocol: LocalProtocol; record: NodeRecord } {
    if (this.#protocol === undefined || this.#record === undefined) throw new Error("the protocol is not deployed");
    return { anvil: this.#running(), protocol: this.#protocol, record: this.#record };
  }
}

/** Paths in `lpctl.yaml` are relative to it and written with slashes, so that the project can be moved. */
function withinProject(configPath: string, path: string): string {
  return relative(join(configPath, ".."), path).replaceAll("\\", "/");
}
