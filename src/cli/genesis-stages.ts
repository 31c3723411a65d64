import type { OperationResult } from "../chain/operation.ts";
import type { Rpc } from "../chain/rpc.ts";
import type { TransactionSigner } from "../chain/transaction.ts";
import type { OpenedGenesis } from "../genesis/open-genesis.ts";
import { GENESIS_STAGES, stageOf, type GenesisStage } from "../genesis/plan-genesis.ts";
import { runGenesis } from "../genesis/run-genesis.ts";
import { runTasks } from "./tasks.ts";

const TITLES: Record<GenesisStage, string> = {
  suite: "Deploy the suite and set its parameters",
  allocation: "Mint the supply into its buckets",
  grants: "Make the grants",
  end: "End the genesis: crowd, company, Minter",
  handover: "Hand the Controller over",
};

interface Stage {
  stage: GenesisStage;
  total: number;
  update: (doing: string) => void;
  finish: () => void;
  finished: Promise<void>;
}

/** Sends a genesis and shows it stage by stage. */
export async function sendInStages(rpc: Rpc, opened: OpenedGenesis, signer: TransactionSigner): Promise<OperationResult[]> {
  const ids = opened.prepared.plan.transactions.map(({ id }) => stageOf(id));
  const stages = GENESIS_STAGES.map((stage): Stage => {
    const total = ids.filter((each) => each === stage).length;
    let finish = (): void => {};
    const finished = new Promise<void>((resolve) => (finish = resolve));
    return { stage, total, update: () => {}, finish, finished };
  }).filter(({ total }) => total > 0);
  let sending: Promise<OperationResult[]> | undefined;
  const begin = (): Promise<OperationResult[]> => {
    const isOver = (count: number): void => {
      // Stages are contiguous in a plan; what an earlier run confirmed is not reported again.
      for (const [index, each] of stages.entries()) {
        const before = stages.slice(0, index + 1).reduce((sum, { total }) => sum + total, 0);
        if (count >= before) each.finish();
      }
    };
    return runGenesis(rpc, opened, {
      signer,
      onProgress: ({ kind, operation, index, total }) => {
        isOver(index);
        const stage = stages.find((each) => each.stage === stageOf(operation.id));
        stage?.update(`${kind} ${index + 1} of ${total}: ${operation.title}`);
        if (kind === "confirmed" || kind === "skipped") isOver(index + 1);
      },
    });
  };
  await runTasks(
    stages.map((each) => ({
      title: TITLES[each.stage],
      run: async (_: undefined, update: (doing: string) => void): Promise<string> => {
        each.update = update;
        sending ??= begin();
        await Promise.race([each.finished, sending]);
        return each.total === 1 ? "1 transaction" : `${each.total} transactions`;
      },
    })),
    undefined,
  );
  if (sending === undefined) throw new Error("a genesis has stages");
  return sending;
}
