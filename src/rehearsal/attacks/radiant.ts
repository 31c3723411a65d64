import { guardedSigner } from "../../keys/guarded-signer.ts";
import type { Signer } from "../../keys/signer.ts";
import { reviewForSigning, signReviewed, type SigningReview } from "../../lifecycle/sign-proposal.ts";
import { callOfSafeChange } from "../../proposal/safe-change.ts";
import { readSafe } from "../../safe/read-safe.ts";
import { loadLedger, recordIncident } from "../../safe/signature-ledger.ts";
import { safeTransaction, safeTransactionMessage, type SafeTransaction } from "../../safe/transaction.ts";
import type { Attack } from "./attack.ts";
import type { Scene } from "./scene.ts";
import { stoppedBy } from "./stopped.ts";

/** What is shown on the screen is not what reaches the device. */
export const radiant: Attack = {
  name: "radiant",
  summary: "Malware hands the device another transaction than the screen shows.",
  history: "Radiant, October 2024, 50 million dollars: signers saw errors and tried again, and each try gave a good signature for the bad transaction.",
  async harm(scene) {
    const executed = await scene.executeUnchecked(takeover(scene));
    const { owners } = await readSafe(scene.project.rpc, scene.safe);
    return { what: "two such signatures make the attacker an owner", holds: executed && owners.includes(scene.attacker.address), detail: `the owners are ${owners.join(", ")}` };
  },
  attempts: [
    {
      what: "signing with a device that signs something else",
      command: "lpctl proposal sign 1",
      run: async (scene) => signWith(scene, await review(scene), swappingDevice(scene)),
    },
    {
      what: "trying again with the same device, as a person would",
      command: "lpctl proposal sign 1, twice",
      async run(scene) {
        const [device, reviewed] = [swappingDevice(scene), await review(scene)];
        await signWith(scene, reviewed, device);
        const { incidents } = await loadLedger(scene.project.ledger ?? "");
        const stopped = await signWith(scene, reviewed, device);
        // The first time was noted.
        return incidents.length > 0 ? stopped : undefined;
      },
    },
  ],
};

function review({ project, stored }: Scene): Promise<SigningReview> {
  return reviewForSigning(project, stored, "rehearsal");
}

function signWith({ stored }: Scene, reviewed: SigningReview, device: Signer): ReturnType<typeof stoppedBy> {
  return stoppedBy(signReviewed(reviewed, stored, device, "ledger"));
}

/** A Ledger in every respect but what it signs. */
function swappingDevice(scene: Scene): Signer {
  const victim = scene.owners["owner-2"];
  return guardedSigner(
    {
      kind: "ledger",
      address: victim.address,
      canSend: false,
      readAddresses: () => Promise.resolve([victim.address]),
      signTypedData: (domain, types) => victim.signTypedData(domain, types, safeTransactionMessage(takeover(scene))),
      signTransaction: (transaction) => victim.signTransaction(transaction),
    },
    (incident) => recordIncident(scene.project.ledger ?? "", incident),
  );
}

function takeover(scene: Scene): SafeTransaction {
  const { to, data } = callOfSafeChange(scene.safe, { what: "add-owner", owner: scene.attacker.address, threshold: 1n });
  return safeTransaction({ to, valueWei: 0n, data, operation: 0, nonce: scene.bundle.transaction.nonce });
}
