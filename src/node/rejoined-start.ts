import { Rpc } from "../chain/rpc.ts";
import { ChainStart, type NodeStep, type StartSettings } from "./chain-start.ts";
import { saveNodeRecord, type NodeRecord } from "./node-record.ts";

/** A chain that runs, and gets back the actors that it has lost. */
export class RejoinedStart extends ChainStart {
  readonly steps: readonly NodeStep[];
  protected readonly resumedAtBlock: bigint;
  protected readonly record: NodeRecord;

  constructor(settings: StartSettings, record: NodeRecord, blockNumber: bigint, found: string, unlock: () => void) {
    super(settings, found, unlock);
    this.record = { ...record, blockTimeSeconds: settings.blockTimeSeconds, actors: settings.actors };
    this.resumedAtBlock = blockNumber;
    const { rpcUrl, port, pid } = record;
    // It ran before this start and runs on, whatever becomes of it.
    this.attach({ url: rpcUrl, port, pid, rpc: new Rpc(rpcUrl), stop: async () => {} });
    this.steps = [
      ...this.actorSteps(),
      this.step("Write keys and configuration", async () => {
        await saveNodeRecord(settings.project.folder, this.record);
        return this.write();
      }),
    ];
  }

  protected async takeBack(): Promise<void> {}
}
