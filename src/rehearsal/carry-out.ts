import { join } from "node:path";
import { z } from "zod";
import { formatTag } from "../chain/rpc.ts";
import { requireOfflineAgreement } from "../lifecycle/safe/check-bundle.ts";
import { exportBundle, importBundle } from "../lifecycle/exchange/exchange-bundle.ts";
import { executeProposal } from "../lifecycle/execute-proposal.ts";
import { openStep } from "../lifecycle/status/open-step.ts";
import { readStatus } from "../lifecycle/status/proposal-status.ts";
import { signBundle } from "../lifecycle/safe/safe-bundle.ts";
import { verifyProposal, type Verification } from "../lifecycle/verify-proposal.ts";
import { walletSigner } from "../keys/unlocked-key.ts";
import { localAccounts } from "../node/local-accounts.ts";
import type { StoredProposal } from "../proposal/store.ts";
import { loadBundle, writeBundle } from "../safe/bundle-file.ts";
import type { SimulationResult } from "../outcome/simulation.ts";
import type { Stage } from "./stage.ts";

export interface CarriedOut {
  verification: Verification;
}

/** The way of a proposal as people go it: the file goes to two owners, comes back signed, is executed, waits, is executed, is verified. */
export async function carryOut(
  stage: Stage,
  stored: StoredProposal,
  simulation: SimulationResult,
  update: (doing: string) => void,
  sign: (stage: Stage, stored: StoredProposal, update: (doing: string) => void) => Promise<void> = signOffline,
): Promise<CarriedOut> {
  const { project } = stage;
  await sign(stage, stored, update);
  const signer = walletSigner(localAccounts().operator.privateKey);
  for (;;) {
    update("executing");
    await executeProposal(project, stored, { signer });
    const open = openStep((await readStatus(project, stored)).steps);
    if (open === undefined) break;
    const block = await project.rpc.blockNumber();
    if (open.state.state !== "waiting") throw new Error(`the rehearsal is stuck at "${open.title}"`);
    const { untilBlock, untilSeconds } = open.state;
    if (untilSeconds !== undefined) {
      update("the timelock's delay passes");
      await project.rpc.request("evm_setNextBlockTimestamp", [formatTag(untilSeconds)], z.unknown());
      await project.rpc.request("anvil_mine", [formatTag(1n)], z.unknown());
    } else if (untilBlock !== undefined && untilBlock > block) {
      update(`${untilBlock - block} blocks pass`);
      await project.rpc.request("anvil_mine", [formatTag(untilBlock - block)], z.unknown());
    } else throw new Error(`the rehearsal is stuck at "${open.title}"`);
  }
  update("comparing the chain with the simulation");
  return { verification: await verifyProposal(project, stored, simulation) };
}

/** The file goes to two owners, one after the other, and comes back. */
async function signOffline({ project }: Stage, stored: StoredProposal, update: (doing: string) => void): Promise<void> {
  const accounts = localAccounts();
  const file = join(project.folder, `${stored.name}.safe.json`);
  await exportBundle(project, stored, file);
  for (const owner of [accounts["owner-1"], accounts["owner-3"]]) {
    update(`${owner.role} signs, without a network`);
    const bundle = await loadBundle(file);
    await requireOfflineAgreement(bundle);
    await writeBundle(file, await signBundle(bundle, undefined, walletSigner(owner.privateKey), { ledger: undefined }));
  }
  await importBundle(project, file);
}
