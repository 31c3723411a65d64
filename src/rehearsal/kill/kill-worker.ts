/** A process of its own that carries a plan out, and dies or stands still in the middle as it is told. */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { Rpc } from "../../chain/rpc.ts";
import { LpctlError } from "../../errors.ts";
import type { Project } from "../../inspection/project.ts";
import { walletSigner } from "../../keys/unlocked-key.ts";
import { localAccounts } from "../../node/local-accounts.ts";
import { addressSchema } from "../../protocol/address-schema.ts";
import { carryOutPlan } from "./carry-out-plan.ts";
import { killJobSchema, type KillNote } from "./kill-job.ts";

const { kind, file, ends, notesPath, controller, rpcUrl, producedBy, ...place } = killJobSchema.parse(JSON.parse(process.argv[2] ?? ""));
const seen = new Set(existsSync(notesPath) ? readFileSync(notesPath, "utf8").split("\n") : []);
let left = ends?.after ?? 0;
let checkpoints = 0;

function note(what: KillNote): void {
  appendFileSync(notesPath, `${JSON.stringify(what)}\n`);
}

function reach(checkpoint: string, operation: string): void {
  checkpoints += 1;
  const here: KillNote = { checkpoint, operation };
  if (ends === undefined || seen.has(JSON.stringify(here))) return;
  left -= 1;
  if (left !== -1) return;
  // Said first: nothing is sure to run after the signal.
  note(here);
  process.kill(process.pid, ends.signal);
}

const project: Project = {
  ...place,
  controller: controller === null ? undefined : addressSchema.parse(controller),
  rpc: new Rpc(rpcUrl),
  sources: [],
  compilers: {},
  delayBlocks: 0n,
};
try {
  await carryOutPlan(project, { kind, file }, { signer: walletSigner(localAccounts().deployer.privateKey), producedBy, onCheckpoint: reach });
  note({ checkpoints });
} catch (error) {
  note({ code: error instanceof LpctlError ? error.code : "LPCTL_INTERNAL", message: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
}
