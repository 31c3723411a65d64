import type { TransactionSigner } from "../../chain/transaction.ts";
import { requireForkAccepted } from "../../fork/check-fork.ts";
import { beginFork, openFork } from "../../fork/open-fork.ts";
import { runFork } from "../../fork/run-fork.ts";
import { readLastBlock, verifyFork } from "../../fork/verify-fork.ts";
import { openGenesis } from "../../genesis/open-genesis.ts";
import { openVerification } from "../../genesis/open-verification.ts";
import { runGenesis } from "../../genesis/run-genesis.ts";
import { verifyGenesis } from "../../genesis/verify-genesis.ts";
import type { Project } from "../../inspection/project.ts";
import { loadScript } from "../../migration/script/load-script.ts";
import { MigrationRun } from "../../migration/run/migration-run.ts";
import { sendMigration } from "../../migration/run/send-migration.ts";
import type { Address } from "../../protocol/hex.ts";
import { loadLayouts } from "../../snapshot/view/load-layouts.ts";
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
  let operation = "the plan";
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
    case "fork": {
      const { prepared, record, paths, ...opened } = await openFork(project, file, signer.address);
      requireForkAccepted(file, opened.findings);
      const unlock = await beginFork({ prepared, record, paths, ...opened });
      try {
        await runFork(project.rpc, prepared, { ...options, chainId: record.chainId, journalPath: paths.journalOf(record.planHash), onProgress: (progress) => (operation = progress.operation.id) });
      } finally {
        unlock();
      }
    }
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
    case "fork": {
      const { prepared, loaded, paths } = await openFork(project, file, undefined);
      const layouts = await loadLayouts(loaded.snapshot.state, project.compilerCaches);
      const verification = await verifyFork(project.rpc, prepared, layouts, { block: await readLastBlock(paths, prepared.planHash), isLived: false });
      const { contracts, invariants, carriedOver } = verification;
      const wrong = [
        ...contracts.flatMap(({ name, isEqual, isCodeEqual }) => (isEqual && isCodeEqual !== false ? [] : [`${name} is not as predicted`])),
        ...[...invariants, ...carriedOver].flatMap(({ holds, isDeclared, name, detail }) => (holds || isDeclared ? [] : [`${name}: ${detail}`])),
      ];
      return verification.equal || wrong.length > 0 ? wrong : ["the fork differs from its prediction"];
    }
  }
}

function nowSeconds(): bigint {
  return BigInt(Math.floor(Date.now() / 1000));
}
