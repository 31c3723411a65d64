import type { TransactionSigner } from "../../chain/transaction.ts";
import { openGenesis } from "../../genesis/open-genesis.ts";
import { openVerification } from "../../genesis/open-verification.ts";
import { runGenesis } from "../../genesis/run-genesis.ts";
import { verifyGenesis } from "../../genesis/verify-genesis.ts";
import type { Project } from "../../inspection/project.ts";
import { loadScript } from "../../migration/script/load-script.ts";
import { MigrationRun } from "../../migration/run/migration-run.ts";
import { sendMigration } from "../../migration/run/send-migration.ts";
import type { Address } from "../../protocol/hex.ts";
import type { PlanKind } from "./kill-job.ts";

export interface Plan {
  kind: PlanKind;
  file: string;
}

interface CarryOutOptions {
  signer: TransactionSigner;
  producedBy: string;
  /** Called at every journal write and send, with the operation that it is about. */
  onCheckpoint: (checkpoint: string, operation: string) => void;
}

/** Does the same as `genesis run`, `migrate run` and `fork run`: begins a plan, or goes on with it. */
export async function carryOutPlan(project: Project, { kind, file }: Plan, { signer, producedBy, onCheckpoint }: CarryOutOptions): Promise<void> {
  let operation = "";
  const options = { signer, onCheckpoint: (name: string) => onCheckpoint(name, operation) };
  switch (kind) {
    case "genesis": {
      const opened = await openGenesis(project, file, signer.address, nowSeconds());
      await runGenesis(project.rpc, opened, { ...options, onProgress: (progress) => (operation = progress.operation.id) });
      return;
    }
    case "migration": {
      const run = await MigrationRun.open(project, await loadScript(file), { sender: signer.address, onCheckpoint: options.onCheckpoint });
      try {
        await sendMigration(run, { ...options, producedBy, delayBlocks: 0n, delaySeconds: 0n, onProgress: (progress) => (operation = progress.operation.id) });
      } finally {
        await run.close();
      }
      return;
    }
    case "fork":
      throw new Error(`${kind} plans cannot be carried out yet`);
  }
}

/** What is not as the plan wants it, one sentence each; nothing when all of it is. */
export async function verifyPlan(project: Project, { kind, file }: Plan, sender: Address): Promise<string[]> {
  switch (kind) {
    case "genesis": {
      const { equal, rows } = await verifyGenesis(await openVerification(project, file, { controller: undefined, deployer: undefined, block: undefined, predictionPath: undefined }));
      const wrong = rows.flatMap(({ holds, what, expected, found }) => (holds ? [] : [`${what}: ${expected} expected, ${found} found`]));
      return equal || wrong.length > 0 ? wrong : ["the chain differs from the file"];
    }
    case "migration": {
      // Going on with what is complete changes nothing, and verifies it.
      const run = await MigrationRun.open(project, await loadScript(file), { sender });
      try {
        return [...(await run.verify())];
      } finally {
        await run.close();
      }
    }
    case "fork":
      throw new Error(`${kind} plans cannot be verified yet`);
  }
}

function nowSeconds(): bigint {
  return BigInt(Math.floor(Date.now() / 1000));
}
