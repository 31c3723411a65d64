import { z } from "zod";
import { proposeSafeChange } from "../../lifecycle/safe/propose-safe-change.ts";
import { reviewBundle } from "../../lifecycle/safe/review-bundle.ts";
import { callOfSafeChange } from "../../proposal/safe-change.ts";
import { ZERO_HASH, type Address, type Hex } from "../../protocol/hex.ts";
import { packCalls } from "../../safe/multisend.ts";
import { readSafe } from "../../safe/read-safe.ts";
import { safeTransaction, type SafeTransaction } from "../../safe/transaction.ts";
import type { Attack } from "./attack.ts";
import type { Scene } from "./scene.ts";
import { stoppedBy } from "./stopped.ts";

const GUARD: Address = "0x0000000000000000000000000000000000000911";
/** Says that it supports every interface, and reverts whatever else it is asked. */
const REVERTING_GUARD: Hex = "0x60003560e01c6301ffc9a71460145760006000fd5b600160005260206000f3";

/** A guard judges every transaction of a Safe, also the one that would remove it. */
export const maliciousGuard: Attack = {
  name: "malicious-guard",
  summary: "A guard is installed that lets nothing through: the Safe is locked for ever.",
  history: "Safe's documentation warns of it; what a guard does is seen only when the next transaction fails.",
  async harm(scene) {
    await plant(scene);
    const installed = await scene.executeUnchecked(await change(scene));
    const { nonce } = await readSafe(scene.project.rpc, scene.safe);
    const after = await scene.executeUnchecked(safeTransaction({ to: scene.safe, valueWei: 0n, data: "0x", operation: 0, nonce }));
    return { what: "after it not even an empty transaction goes through", holds: installed && !after, detail: `the guard ${GUARD} reverts whatever it is shown` };
  },
  attempts: [
    {
      what: "proposing it as a change of the Safe",
      command: "lpctl safe change --guard",
      async run(scene) {
        await plant(scene);
        return stoppedBy(proposeSafeChange(scene.project, scene.safe, { addOwners: [], removeOwners: [], swapOwners: [], enableModules: [], disableModules: [], guard: GUARD }, { dryRun: true, producedBy: "rehearsal" }));
      },
    },
    {
      what: "signing a file with the call",
      command: "lpctl safe sign FILE",
      async run(scene) {
        await plant(scene);
        return stoppedBy(reviewBundle(scene.project, (await scene.forge(await change(scene))).bundle, "rehearsal"));
      },
    },
  ],
};

async function plant({ project }: Scene): Promise<void> {
  await project.rpc.request("anvil_setCode", [GUARD, REVERTING_GUARD], z.unknown());
}

async function change(scene: Scene): Promise<SafeTransaction> {
  return packCalls([callOfSafeChange(scene.safe, { what: "set-guard", guard: GUARD, codeHash: ZERO_HASH })], await readSafe(scene.project.rpc, scene.safe));
}
