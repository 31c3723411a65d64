import { requireOfflineAgreement } from "../../lifecycle/safe/check-bundle.ts";
import { reviewBundle } from "../../lifecycle/safe/review-bundle.ts";
import { syncBundles } from "../../lifecycle/exchange/sync-bundles.ts";
import type { SafeTransaction } from "../../safe/transaction.ts";
import type { Attack } from "./attack.ts";
import type { Scene } from "./scene.ts";
import { foundAs, stoppedBy } from "./stopped.ts";
import { withService } from "./with-service.ts";

/** The call is the honest one; the fields beside it pay whoever executes. */
export const refundDrain: Attack = {
  name: "refund-drain",
  summary: "The honest call, with a gas price that has the Safe pay the attacker.",
  history: "The refund fields of every Safe transaction: no page draws attention to them, and the contract pays what they say.",
  async harm(scene) {
    const { rpc } = scene.project;
    const before = await rpc.balanceWei(RECEIVER);
    const executed = await scene.executeUnchecked(withRefund(scene));
    const paid = (await rpc.balanceWei(RECEIVER)) - before;
    return { what: "the Safe pays the attacker", holds: executed && paid > 0n, detail: `${paid} wei for one execution` };
  },
  attempts: [
    { what: "signing the file", command: "lpctl safe sign FILE", run: async (scene) => stoppedBy(reviewBundle(scene.project, (await scene.forge(withRefund(scene), { proposalId: scene.stored.proposal.id })).bundle, "rehearsal")) },
    { what: "looking at the file without a network", command: "lpctl safe verify FILE --offline", run: async (scene) => stoppedBy(requireOfflineAgreement((await scene.forge(withRefund(scene))).bundle, { selfCalls: "all" })) },
    {
      what: "taking it from the service",
      command: "lpctl safe sync",
      run: (scene) =>
        withService(scene, async (service) => {
          service.lie((transaction) => ({ ...transaction, gasPrice: "1000000000", refundReceiver: RECEIVER }));
          return foundAs((await syncBundles(scene.project, service.transport)).findings);
        }),
    },
  ],
};

const RECEIVER = "0x000000000000000000000000000000000000dEaD";

function withRefund({ bundle }: Scene): SafeTransaction {
  return { ...bundle.transaction, gasPriceWei: 1_000_000_000n, refundReceiver: RECEIVER };
}
