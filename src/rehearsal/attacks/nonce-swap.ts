import { reviewBundle } from "../../lifecycle/safe/review-bundle.ts";
import { syncBundles } from "../../lifecycle/exchange/sync-bundles.ts";
import { readSafe } from "../../safe/read-safe.ts";
import type { SafeTransaction } from "../../safe/transaction.ts";
import type { Attack } from "./attack.ts";
import type { Scene } from "./scene.ts";
import { foundAs, stoppedBy } from "./stopped.ts";
import { withService } from "./with-service.ts";

/** The same change signed twice, for two nonces: the second signature is good when the first has long been forgotten. */
export const nonceSwap: Attack = {
  name: "nonce-swap",
  summary: "The same change comes once more, with the next nonce: signed again, it can be executed again.",
  history: "\"There was an error, please sign again\": signatures for several nonces are kept, and whoever has them chooses when the change happens again.",
  async harm(scene) {
    const first = await scene.executeUnchecked(scene.bundle.transaction);
    const second = await scene.executeUnchecked(swapped(scene));
    const { nonce } = await readSafe(scene.project.rpc, scene.safe);
    return { what: "the change is executed twice", holds: first && second && nonce === scene.bundle.transaction.nonce + 2n, detail: `nonces ${scene.bundle.transaction.nonce} and ${nonce - 1n} carried the same calls` };
  },
  attempts: [
    { what: "signing the file with the other nonce", command: "lpctl safe sign FILE", run: async (scene) => stoppedBy(reviewBundle(scene.project, (await scene.forge(swapped(scene), { proposalId: scene.stored.proposal.id })).bundle, "rehearsal")) },
    {
      what: "taking the other nonce from the service",
      command: "lpctl safe sync",
      run: (scene) =>
        withService(scene, async (service) => {
          service.lie((transaction) => ({ ...transaction, nonce: String(swapped(scene).nonce) }));
          return foundAs((await syncBundles(scene.project, service.transport)).findings);
        }),
    },
  ],
};

function swapped({ bundle }: Scene): SafeTransaction {
  return { ...bundle.transaction, nonce: bundle.transaction.nonce + 1n };
}
