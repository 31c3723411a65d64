import { syncBundles } from "../../lifecycle/exchange/sync-bundles.ts";
import { loadSafeBundle } from "../../lifecycle/safe/safe-bundle.ts";
import { encodeExecTransaction } from "../../safe/execute.ts";
import { encodeSignatures, type SafeSignature } from "../../safe/signature.ts";
import type { Attack } from "./attack.ts";
import type { Scene } from "./scene.ts";
import { signUnchecked } from "./sign-unchecked.ts";
import { foundAs } from "./stopped.ts";
import { withService } from "./with-service.ts";

/** The service counts signatures; whoever believes the count is told when there are enough. */
export const lyingService: Attack = {
  name: "lying-service",
  summary: "The service hides signatures, invents them, and says that things happened.",
  history: "A service that is attacked, or forced, can delay an urgent repair by hiding what was signed, and bring people to sign again by denying it.",
  async harm(scene) {
    const data = encodeExecTransaction(scene.bundle.transaction, encodeSignatures([...scene.bundle.signatures, await forgedSignature(scene)]));
    const executed = await scene.sendAs(scene.attacker.address, scene.safe, data);
    return { what: "by its count two have signed, and the chain refuses them", holds: !executed, detail: "an execution with the signature that it invented reverts" };
  },
  attempts: [
    {
      what: "asking it after it hides a signature that it had",
      command: "lpctl safe sync",
      run: (scene) => withService(scene, async (service) => {
        service.lie((transaction) => ({ ...transaction, confirmations: [] }));
        return foundAs((await syncBundles(scene.project, service.transport)).findings);
      }),
    },
    {
      what: "asking it after it hides the whole transaction",
      command: "lpctl safe sync",
      run: (scene) => withService(scene, async (service) => {
        service.lie(() => undefined);
        return foundAs((await syncBundles(scene.project, service.transport)).findings);
      }),
    },
    {
      what: "taking a signature from it that nobody made",
      command: "lpctl safe sync",
      run: (scene) => withService(scene, async (service) => {
        const { owner, data: signature } = await forgedSignature(scene);
        service.lie((transaction) => ({ ...transaction, confirmations: [...(transaction.confirmations ?? []), { owner, signature }] }));
        const { findings } = await syncBundles(scene.project, service.transport);
        const kept = await loadSafeBundle(scene.stored);
        return kept?.signatures.length === scene.bundle.signatures.length ? foundAs(findings) : undefined;
      }),
    },
    {
      what: "believing it that the proposal was executed",
      command: "lpctl safe sync",
      run: (scene) => withService(scene, async (service) => {
        service.lie((transaction) => ({ ...transaction, isExecuted: true, isSuccessful: true }));
        return foundAs((await syncBundles(scene.project, service.transport)).findings);
      }),
    },
  ],
};

/** Of the attacker, given out as the second owner's. */
async function forgedSignature({ attacker, owners, project, safe, bundle }: Scene): Promise<SafeSignature> {
  return { ...(await signUnchecked(attacker, project.chainId, safe, bundle.transaction)), owner: owners["owner-2"].address };
}
