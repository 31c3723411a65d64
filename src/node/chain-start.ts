import type { Anvil } from "../chain/anvil.ts";
import { onExit } from "../on-exit.ts";
import type { Address } from "../protocol/hex.ts";
import type { Profile } from "../protocol/profiles.ts";
import type { ActorSettings } from "./actor-settings.ts";
import { launchChain, type LaunchOptions } from "./launch-chain.ts";
import type { LocalKey } from "./local-keys.ts";
import type { NodeProject } from "./node-project.ts";
import type { NodeRecord } from "./node-record.ts";
import type { Phase } from "./phase.ts";
import { startRunner, stopRunner } from "./runner/runner-process.ts";
import { writeProject } from "./write-project.ts";

/** Everything decided: what was asked for, what an earlier chain has, or the default. */
export interface StartSettings {
  project: NodeProject;
  /** Name of the network in `lpctl.yaml`. */
  network: string;
  profile: Profile;
  phase: Phase;
  chainId: bigint;
  /** 0: a block per transaction and no other; with actors, as fast as they keep up. */
  blockTimeSeconds: number;
  /** A number that must be free. */
  port: number | undefined;
  /** Null for a chain without actors. */
  actors: ActorSettings | null;
  /** See `SuiteOptions`; of a fresh chain. */
  guardianDays?: number | undefined;
  compilerCaches: string[];
}

/** Plain data: what `node start --json` prints. */
export interface StartedNode {
  network: string;
  rpcUrl: string;
  chainId: bigint;
  profile: Profile;
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
  /** The block from which a stopped chain went on; null for a fresh one. */
  resumedAtBlock: bigint | null;
  /** Null for a chain without actors. */
  actors: (ActorSettings & { pid: number }) | null;
}

export interface NodeStep {
  title: string;
  run(update: (doing: string) => void): Promise<string | void>;
}

/** A start under way; the caller runs the steps in order and always calls `end`. */
export abstract class ChainStart {
  /** What was found of an earlier chain and cleared away. */
  readonly cleared: string | undefined;
  protected readonly settings: StartSettings;
  readonly #unlock: () => void;
  readonly #forget: () => void;
  #anvil: Anvil | undefined;
  #keys: LocalKey[] = [];
  #runnerPid: number | undefined;
  #done = false;
  #ending: Promise<void> | undefined;

  constructor(settings: StartSettings, cleared: string | undefined, unlock: () => void) {
    this.settings = settings;
    this.cleared = cleared;
    this.#unlock = unlock;
    this.#forget = onExit(() => this.end());
  }

  /** To be run in order. */
  abstract readonly steps: readonly NodeStep[];
  /** As it is known now; complete after the last step. */
  protected abstract readonly record: NodeRecord | undefined;
  protected abstract readonly resumedAtBlock: bigint | null;
  /** Takes back what the steps wrote; the chain has been told to end. */
  protected abstract takeBack(chainEnded: Promise<void>): Promise<void>;

  /** After the last step. */
  result(): StartedNode {
    const { project, network, profile, phase, chainId, actors } = this.settings;
    const { anvil, record } = this.#complete();
    return {
      network,
      rpcUrl: anvil.url,
      chainId,
      profile,
      phase,
      controller: record.controller,
      governor: record.governor,
      safe: record.safe,
      contracts: record.contracts,
      keys: Object.fromEntries(this.#keys.map(({ name, address }) => [name, address])),
      pid: anvil.pid,
      configPath: project.configPath,
      cleared: this.cleared ?? null,
      resumedAtBlock: this.resumedAtBlock,
      actors: actors === null || this.#runnerPid === undefined ? null : { ...actors, pid: this.#runnerPid },
    };
  }

  /** To be called in the end, however it ends: before the last step is done it takes everything back. */
  end(): Promise<void> {
    this.#ending ??= this.#finish();
    return this.#ending;
  }

  protected get isEnding(): boolean {
    return this.#ending !== undefined;
  }

  protected get chain(): Anvil {
    if (this.#anvil === undefined) throw new Error("the chain is not started");
    return this.#anvil;
  }

  protected attach(chain: Anvil): void {
    this.#anvil = chain;
  }

  protected async launch(options: Pick<LaunchOptions, "usualPort" | "timestampSeconds" | "onSpawn">): Promise<Anvil> {
    const { project, chainId, port, actors } = this.settings;
    // With actors, their runner says when a block passes.
    const blockTimeSeconds = actors === null ? this.settings.blockTimeSeconds : 0;
    this.#anvil = await launchChain({ projectFolder: project.folder, chainId, blockTimeSeconds, port, ...options });
    return this.#anvil;
  }

  /** The step by which the actors come in; none for a chain without. */
  protected actorSteps(): NodeStep[] {
    const { actors } = this.settings;
    if (actors === null) return [];
    return [this.step(`Let ${countOf(actors.transcoders, "transcoder")} and ${countOf(actors.delegators, "delegator")} in`, () => this.#startActors(actors))];
  }

  async #startActors({ seed, transcoders, delegators, misbehaviour, turnoutPercent, fast }: ActorSettings): Promise<string> {
    const { project, profile, blockTimeSeconds } = this.settings;
    const { anvil, record } = this.#complete();
    const { pid } = await startRunner(project.folder, {
      rpcUrl: anvil.url,
      controller: record.controller,
      cast: { profile, seed: BigInt(seed), transcoders, delegators, misbehaviour, turnoutPercent },
      speed: fast ? { kind: "fast" } : { kind: "paced", blocksPerSecond: 1 / blockTimeSeconds },
    });
    this.#runnerPid = pid;
    return `block ${await anvil.rpc.blockNumber()}`;
  }

  /** The last step: with it the start has succeeded. */
  protected async write(): Promise<string> {
    const { project, network, chainId, phase } = this.settings;
    const { anvil, record } = this.#complete();
    this.#keys = await writeProject(project, { network, rpcUrl: anvil.url, chainId, controller: record.controller, profile: record.profile, phase });
    this.#done = true;
    return project.configPath;
  }

  /** On Ctrl-C the chain is ended under a running step, whose complaint about that would be noise: it just never returns. */
  protected step(title: string, run: NodeStep["run"]): NodeStep {
    return {
      title,
      run: async (update) => {
        try {
          return await run(update);
        } catch (error) {
          if (this.#ending !== undefined) await new Promise<never>(() => {});
          throw error;
        }
      },
    };
  }

  async #finish(): Promise<void> {
    this.#forget();
    if (!this.#done) {
      // The signal goes out at once, before the first wait: this may be the last turn of the process.
      const ended = this.#anvil?.stop() ?? Promise.resolve();
      await stopRunner(this.settings.project.folder);
      await this.takeBack(ended);
    }
    this.#unlock();
  }

  #complete(): { anvil: Anvil; record: NodeRecord & { controller: Address } } {
    const { record } = this;
    if (record === undefined || record.controller === null) throw new Error("the protocol is not deployed");
    return { anvil: this.chain, record: { ...record, controller: record.controller } };
  }
}

function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
