import { z } from "zod";
import { requireOfflineAgreement } from "../../lifecycle/safe/check-bundle.ts";
import { reviewBundle } from "../../lifecycle/safe/review-bundle.ts";
import { signReviewed, reviewForSigning } from "../../lifecycle/sign-proposal.ts";
import { syncBundles } from "../../lifecycle/exchange/sync-bundles.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { safeTransaction, type SafeTransaction } from "../../safe/transaction.ts";
import { withService } from "./with-service.ts";
import type { Attack } from "./attack.ts";
import type { Scene } from "./scene.ts";
import { foundAs, stoppedBy } from "./stopped.ts";

const CODE_AT: Address = "0x0000000000000000000000000000000000000913";
/** Writes 0xdead into the first slot: of a Safe that delegates to it, the code it runs. */
const WRITES_FIRST_SLOT: Hex = "0x61dead60005500";
const FIRST_SLOT = 0n;

/** One flipped byte: what was a call becomes a delegatecall to the attacker's code. */
export const bybit: Attack = {
  name: "bybit",
  summary: "The service shows the transaction with its operation flipped to delegatecall.",
  history: "Bybit, February 2025, 1.4 billion dollars: the signers' page lied, and nobody compared the hash on the device.",
  async harm(scene) {
    await plant(scene);
    const before = await scene.project.rpc.storage(scene.safe, FIRST_SLOT);
    const executed = await scene.executeUnchecked(flipped(scene));
    const after = await scene.project.rpc.storage(scene.safe, FIRST_SLOT);
    return { what: "two signatures over it give the Safe other code", holds: executed && before !== after && after.endsWith("dead"), detail: `the singleton of ${scene.safe} becomes 0x…${after.slice(-4)}` };
  },
  attempts: [
    {
      what: "taking it from the service under the honest hash",
      command: "lpctl safe sync",
      run: (scene) =>
        withService(scene, async (service) => {
          const { to, data } = flipped(scene);
          service.lie((transaction) => ({ ...transaction, to, data, operation: 1 }));
          return foundAs((await syncBundles(scene.project, service.transport)).findings);
        }),
    },
    {
      what: "signing a file that has it, with its own right hashes",
      command: "lpctl safe sign FILE",
      run: async (scene) => stoppedBy(reviewBundle(scene.project, (await scene.forge(flipped(scene))).bundle, "rehearsal")),
    },
    {
      what: "signing that file without a network",
      command: "lpctl safe sign FILE --offline --second-device",
      run: async (scene) => stoppedBy(requireOfflineAgreement((await scene.forge(flipped(scene))).bundle, { selfCalls: "all" })),
    },
    {
      what: "having it put beside the honest proposal",
      command: "lpctl proposal sign 1",
      run: async (scene) => {
        const { bundle } = await scene.forge(flipped(scene), { proposalId: scene.stored.proposal.id });
        return scene.withBundle(bundle, () => stoppedBy(reviewForSigning(scene.project, scene.stored, "rehearsal").then((review) => signReviewed(review, scene.stored, scene.owners["owner-2"]))));
      },
    },
  ],
};

function flipped(scene: Scene): SafeTransaction {
  return safeTransaction({ to: CODE_AT, valueWei: 0n, data: "0x12345678", operation: 1, nonce: scene.bundle.transaction.nonce });
}

async function plant({ project }: Scene): Promise<void> {
  await project.rpc.request("anvil_setCode", [CODE_AT, WRITES_FIRST_SLOT], z.unknown());
}
