import type { OperationResult } from "../chain/operation.ts";
import type { Rpc } from "../chain/rpc.ts";
import type { TransactionSigner } from "../chain/transaction.ts";
import { beginFork, type OpenedFork } from "../fork/open-fork.ts";
import { runFork } from "../fork/run-fork.ts";
import { runTasks } from "./tasks.ts";

/** The stages of a fork, in order; each transaction belongs to one. */
const STAGES = ["suite", "mint", "load", "fund", "handover"] as const;
type Stage = (typeof STAGES)[number];

const TITLES: Record<Stage, string> = {
  suite: "Deploy the suite and the loader",
  mint: "Mint every balance",
  load: "Load every word, and burn the loader",
  fund: "Pay what the contracts owe",
  handover: "Hand the Controller over",
};

function stageOf(id: string): Stage {
  const isDeployment = id.includes(":deploy:");
  const first = STAGES.find((stage) => id.startsWith(`${stage}:`));
  return isDeployment ? "suite" : (first ?? "suite");
}

interface Shown {
  stage: Stage;
  total: number;
  update: (doing: string) => void;
  finish: () => void;
  finished: Promise<void>;
}

/** Sends a fork and shows it stage by stage. */
export async function sendForkInStages(rpc: Rpc, opened: OpenedFork, signer: TransactionSigner): Promise<OperationResult[]> {
  const ids = opened.prepared.plan.transactions.map(({ id }) => stageOf(id));
  const stages = STAGES.map((stage): Shown => {
    let finish = (): void => {};
    const finished = new Promise<void>((resolve) => (finish = resolve));
    return { stage, total: ids.filter((each) => each === stage).length, update: () => {}, finish, finished };
  }).filter(({ total }) => total > 0);
  const isOver = (count: number): void => {
    // Stages are contiguous in a plan; what an earlier run confirmed is not reported again.
    for (const [index, each] of stages.entries()) {
      if (count >= stages.slice(0, index + 1).reduce((sum, { total }) => sum + total, 0)) each.finish();
    }
  };
  let sending: Promise<OperationResult[]> | undefined;
  const begin = async (): Promise<OperationResult[]> => {
    const unlock = await beginFork(opened);
    try {
      return await runFork(rpc, opened.prepared, {
        chainId: opened.record.chainId,
        signer,
        journalPath: opened.paths.journalOf(opened.record.planHash),
        onProgress: ({ kind, operation, index, total }) => {
          isOver(index);
          stages.find((each) => each.stage === stageOf(operation.id))?.update(`${kind} ${index + 1} of ${total}: ${operation.title}`);
          if (kind === "confirmed" || kind === "skipped") isOver(index + 1);
        },
      });
    } finally {
      unlock();
    }
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
  if (sending === undefined) throw new Error("a fork has stages");
  return sending;
}
