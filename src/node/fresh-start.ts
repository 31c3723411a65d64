import { z } from "zod";
import { formatTag } from "../chain/rpc.ts";
import { packageRoot } from "../package-root.ts";
import type { Artifact } from "../solidity/artifact.ts";
import { compileContracts } from "../solidity/compile.ts";
import { NO_COMMIT, readGitCommit } from "../solidity/git-commit.ts";
import type { ParameterValues } from "../genesis/profile-parameters.ts";
import { profileParameter } from "../genesis/profile-parameters.ts";
import type { Profile } from "../protocol/profiles.ts";
import { ChainStart, type NodeStep, type StartSettings } from "./chain-start.ts";
import { deploySuite, suiteTargets } from "./deploy-suite.ts";
import { forgetState, saveEarlierState } from "./kept-state.ts";
import { bondAndReward, writeLiveState } from "./live-state.ts";
import { removeNodeRecord, saveNodeRecord, type NodeRecord } from "./node-record.ts";
import { readGenesisHash } from "./observe-node.ts";

const USUAL_PORT = 8545;
/** Deploying takes more blocks than seconds: the chain begins in the past, so that it does not end up in the future. */
const HEAD_START_SECONDS = 900;

/** A chain from its first block, with the whole protocol on it. */
export class FreshStart extends ChainStart {
  readonly steps: readonly NodeStep[];
  protected readonly resumedAtBlock = null;
  protected record: NodeRecord | undefined;
  #artifacts: Artifact[] = [];
  #saving: Promise<void> = Promise.resolve();

  constructor(settings: StartSettings, cleared: string | undefined, unlock: () => void) {
    super(settings, cleared, unlock);
    const { profile, phase } = settings;
    this.steps = [
      this.step("Start the chain", () => this.#startChain()),
      this.step("Compile the contracts", (update) => this.#compile(update)),
      this.step(`Deploy the protocol, profile ${profile}, phase ${phase}`, () => this.#deploy()),
      ...(settings.actors === null ? [this.step(profile === "launch" ? "Bond, delegate, reward and post a job" : "Bond, delegate, reward and fund tickets", () => this.#live())] : []),
      ...this.actorSteps(),
      this.step("Write keys and configuration", () => this.write()),
    ];
  }

  protected async takeBack(chainEnded: Promise<void>): Promise<void> {
    const { folder } = this.settings.project;
    removeNodeRecord(folder);
    // One that was being written would appear again.
    await this.#saving.catch(() => {});
    removeNodeRecord(folder);
    // anvil writes its state down when it ends.
    await chainEnded;
    await forgetState(folder);
  }

  async #startChain(): Promise<string> {
    const { network, profile, phase, chainId, blockTimeSeconds, actors } = this.settings;
    const timestampSeconds = BigInt(Math.floor(Date.now() / 1000) - HEAD_START_SECONDS);
    const anvil = await this.launch({
      usualPort: USUAL_PORT,
      timestampSeconds,
      // Whoever comes after a kill finds the process here, however early it was.
      onSpawn: async (chain) => {
        this.record = {
          schema: 2,
          network,
          ...chain,
          chainId,
          genesisHash: null,
          blockTimeSeconds,
          profile,
          phase,
          startedAt: new Date().toISOString(),
          stoppedAt: null,
          controller: null,
          governor: null,
          safe: null,
          contracts: {},
          actors,
        };
        await this.#save();
      },
    });
    this.record = { ...this.#started(), genesisHash: await readGenesisHash(anvil.rpc) };
    await this.#save();
    return anvil.url;
  }

  /** Never returns when the start is being taken back. */
  #save(): Promise<void> {
    if (this.isEnding) return new Promise<never>(() => {});
    this.#saving = saveNodeRecord(this.settings.project.folder, this.#started());
    return this.#saving;
  }

  async #compile(update: (doing: string) => void): Promise<string> {
    this.#artifacts = await compileContracts({
      root: packageRoot(),
      targets: suiteTargets(this.settings.profile),
      cacheFolders: this.settings.compilerCaches,
      onProgress: ({ contract, done, total }) => update(`${contract} (${done} of ${total})`),
    });
    return `${this.#artifacts.length} contracts`;
  }

  async #deploy(): Promise<string> {
    const { profile, phase, actors, guardianDays } = this.settings;
    const commit = await readGitCommit(packageRoot(), ["contracts"]);
    const { controller, governor, safe, contracts } = await deploySuite(this.chain.rpc, this.#artifacts, {
      profile,
      phase,
      gitCommitHash: commit?.hash ?? NO_COMMIT,
      guardianDays,
      ...(actors === null ? {} : { parameters: roomFor(actors.transcoders, profile) }),
    });
    // Whoever wants to have a vote of their own among the actors.
    if (profile === "current" && actors !== null) await bondAndReward(this.chain.rpc, { profile, contracts });
    await this.#setClock();
    // The Controller goes into the file last: with it the chain counts as set up.
    this.record = { ...this.#started(), controller, governor: governor ?? null, safe: safe ?? null, contracts };
    return `Controller ${controller}`;
  }

  async #live(): Promise<string> {
    const { rpc } = this.chain;
    const { profile, contracts } = this.#started();
    await writeLiveState(rpc, { profile, contracts });
    await this.#setClock();
    return `block ${await rpc.blockNumber()}`;
  }

  async #setClock(): Promise<void> {
    await this.chain.rpc.request("anvil_setTime", [formatTag(BigInt(Math.floor(Date.now() / 1000)))], z.unknown());
  }

  protected override async write(): Promise<string> {
    const { folder } = this.settings.project;
    await saveEarlierState(folder, this.chain.rpc);
    await this.#save();
    return super.write();
  }

  #started(): NodeRecord {
    if (this.record === undefined) throw new Error("the chain is not started");
    return this.record;
  }
}

const POOL_SIZE = "BondingManager.numActiveTranscoders";
/** Beside the actors, for transcoders of one's own. */
const SPARE_PLACES = 5n;

/** A pool that takes all transcoders of the cast, where the usual one would not. */
function roomFor(transcoders: number, profile: Profile): ParameterValues {
  const usual = BigInt(profileParameter(profile, POOL_SIZE, {}).value);
  const needed = BigInt(transcoders) + SPARE_PLACES;
  return { [POOL_SIZE]: needed > usual ? needed : usual };
}
