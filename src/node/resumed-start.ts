import { Exit, LpctlError } from "../errors.ts";
import { ChainStart, type NodeStep, type StartSettings } from "./chain-start.ts";
import { prepareState, type KeptState } from "./kept-state.ts";
import { saveNodeRecord, type NodeRecord } from "./node-record.ts";
import { readGenesisHash } from "./observe-node.ts";

/** A stopped chain that goes on where it was: same blocks, same contracts, same keys. */
export class ResumedStart extends ChainStart {
  readonly steps: readonly NodeStep[];
  protected readonly resumedAtBlock: bigint;
  protected record: NodeRecord;
  readonly #kept: KeptState;

  constructor(settings: StartSettings, kept: KeptState, record: NodeRecord, cleared: string | undefined, unlock: () => void) {
    super(settings, cleared, unlock);
    this.record = record;
    this.resumedAtBlock = kept.blockNumber;
    this.#kept = kept;
    this.steps = [
      this.step(`Go on with the chain at block ${kept.blockNumber}`, () => this.#startChain()),
      ...this.actorSteps(),
      this.step("Write keys and configuration", () => this.write()),
    ];
  }

  /** The state that was loaded is whole, and the chain is stopped again. */
  protected async takeBack(chainEnded: Promise<void>): Promise<void> {
    await chainEnded;
    await saveNodeRecord(this.settings.project.folder, { ...this.record, stoppedAt: new Date().toISOString() });
  }

  async #startChain(): Promise<string> {
    const { project, network, blockTimeSeconds, actors } = this.settings;
    await prepareState(project.folder, this.#kept);
    const now = BigInt(Math.floor(Date.now() / 1000));
    // A chain that was ahead of this machine's clock would otherwise go back in time with its next block.
    const timestampSeconds = this.#kept.timestampSeconds > now ? this.#kept.timestampSeconds : undefined;
    const anvil = await this.launch({
      usualPort: this.record.port,
      timestampSeconds,
      onSpawn: async (chain) => {
        this.record = { ...this.record, ...chain, network, blockTimeSeconds, startedAt: new Date().toISOString(), stoppedAt: null, actors };
        await saveNodeRecord(project.folder, this.record);
      },
    });
    await this.#requireSame();
    return anvil.url;
  }

  /** The file that anvil loaded could be that of another chain. */
  async #requireSame(): Promise<void> {
    const { rpc } = this.chain;
    const { controller } = this.record;
    const [genesisHash, code] = await Promise.all([readGenesisHash(rpc), controller === null ? "0x" : rpc.code(controller)]);
    if (genesisHash === this.record.genesisHash && code !== "0x") return;
    throw new LpctlError({
      code: "LPCTL_NODE_STATE_OTHER",
      exit: Exit.refused,
      message: "The state that was kept is not that of this project's chain.",
      why: genesisHash === this.record.genesisHash ? `There is no code at the Controller ${controller ?? ""}.` : `Its first block is ${genesisHash}, not ${this.record.genesisHash}.`,
      next: "Begin anew: lpctl node start --fresh",
      details: { path: this.#kept.path },
    });
  }
}
