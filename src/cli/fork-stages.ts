import type { OperationResult } from "../chain/operation.ts";
import type { Rpc } from "../chain/rpc.ts";
import type { TransactionSigner } from "../chain/transaction.ts";
import { beginFork, type OpenedFork } from "../fork/open-fork.ts";
import { runFork } from "../fork/run-fork.ts";
import { sendInStages } from "./send-in-stages.ts";

/** The stages of a fork, in order; each transaction belongs to one. */
const STAGES = ["suite", "mint", "load", "fund", "claims", "handover"] as const;
type Stage = (typeof STAGES)[number];

const TITLES: Record<Stage, string> = {
  suite: "Deploy the suite and the loader",
  mint: "Mint every balance",
  load: "Load every word, and burn the loader",
  fund: "Pay what the contracts owe",
  claims: "Put what accounts can claim up for review",
  handover: "Hand the Controller over",
};

function stageOf(id: string): Stage {
  const isDeployment = id.includes(":deploy:");
  const first = STAGES.find((stage) => id.startsWith(`${stage}:`));
  return isDeployment ? "suite" : (first ?? "suite");
}

/** Sends a fork and shows it stage by stage. */
export function sendForkInStages(rpc: Rpc, opened: OpenedFork, signer: TransactionSigner): Promise<OperationResult[]> {
  const { prepared, record, paths } = opened;
  return sendInStages({
    titles: new Map(STAGES.map((stage) => [stage, TITLES[stage]])),
    stages: prepared.plan.transactions.map(({ id }) => stageOf(id)),
    send: async (onProgress) => {
      const unlock = await beginFork(opened);
      try {
        return await runFork(rpc, prepared, { chainId: record.chainId, signer, journalPath: paths.journalOf(record.planHash), onProgress });
      } finally {
        unlock();
      }
    },
  });
}
