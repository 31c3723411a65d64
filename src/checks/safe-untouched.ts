import { pathOf, shownTransition } from "../outcome/place.ts";
import type { StateChange } from "../outcome/simulation.ts";
import type { Call } from "../proposal/call.ts";
import { isSafeChangeAt } from "../proposal/safe-change.ts";
import { approvedHash } from "./approved-hash.ts";
import type { Check } from "./check.ts";

/**
 * Carrying out a proposal may raise a Safe's nonce. Anything else of its own storage (singleton, owners,
 * threshold, modules, guard) changes only where an intent says so; that is how a Safe is taken over.
 */
export const safeUntouched: Check = {
  name: "safe-untouched",
  codes: ["safe-storage-changed"],
  explains:
    "Carrying out a proposal raises a Safe's nonce and changes nothing else in it. In February 2025 one flipped " +
    "byte turned a call of Bybit's Safe into a delegatecall that wrote other code into its first slot: 1.4 billion " +
    "dollars were gone, and the devices of the signers had shown a hash nobody compared.",
  find: ({ intents, calls }, simulation, context) =>
    simulation.changes
      .filter((change) => change.kind === "storage" && context.safes.has(change.address) && change.path !== "nonce")
      .filter((change) => !isApprovalAskedFor(change, calls))
      .filter((change) => !intents.some((intent) => intent.kind === "change-safe" && intent.safe === change.address && isSafeChangeAt(intent.change, pathOf(change))))
      .map((change) => ({
        severity: "refuse",
        code: "safe-storage-changed",
        title: `The Safe ${change.address} itself changes: ${change.path ?? change.slot}`,
        detail: shownTransition(change),
      })),
};

/** A call that says that it approves a hash is warned of by itself; here only what it does not say counts. */
function isApprovalAskedFor({ address, path }: StateChange, calls: readonly Call[]): boolean {
  return path?.startsWith("approvedHashes[") === true && calls.some(({ to, data }) => to === address && path.endsWith(`[${approvedHash(data) ?? ""}]`));
}
