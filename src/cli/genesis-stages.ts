import type { OperationResult } from "../chain/operation.ts";
import type { Rpc } from "../chain/rpc.ts";
import type { TransactionSigner } from "../chain/transaction.ts";
import type { OpenedGenesis } from "../genesis/open-genesis.ts";
import { GENESIS_STAGES, stageOf, type GenesisStage } from "../genesis/plan-genesis.ts";
import { runGenesis } from "../genesis/run-genesis.ts";
import { sendInStages } from "./send-in-stages.ts";

const TITLES: Record<GenesisStage, string> = {
  suite: "Deploy the suite and set its parameters",
  allocation: "Mint the supply into its buckets",
  grants: "Make the grants",
  end: "End the genesis: crowd, company, Minter",
  handover: "Hand the Controller over",
};

/** Sends a genesis and shows it stage by stage. */
export function sendGenesisInStages(rpc: Rpc, opened: OpenedGenesis, signer: TransactionSigner): Promise<OperationResult[]> {
  return sendInStages({
    titles: new Map(GENESIS_STAGES.map((stage) => [stage, TITLES[stage]])),
    stages: opened.prepared.plan.transactions.map(({ id }) => stageOf(id)),
    send: (onProgress) => runGenesis(rpc, opened, { signer, onProgress }),
  });
}
