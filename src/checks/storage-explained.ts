import { shownPath, shownTransition } from "../outcome/place.ts";
import type { Check } from "./check.ts";
import { hasReverted } from "./has-reverted.ts";

/** Every change has a name and a reason: an intent, the books of the authorities, the time that passes, or people who named it. */
export const storageExplained: Check = {
  name: "storage-explained",
  codes: ["storage-unexplained", "change-unexplained"],
  explains:
    "A signer can judge a change only if it has a name and a reason. A slot that no layout explains may be a variable written by " +
    "assembly, a layout that is not the one on chain, or a door somebody leaves open; a change in a contract that no " +
    "intent speaks of is how a harmless title hides another purpose. Both are named in effects.json, or refused.",
  find: (_proposal, simulation) =>
    hasReverted(simulation)
      ? []
      : simulation.changes
          .filter((change) => change.class === "unexplained")
          .map((change) => {
            const contract = change.contract ?? change.address;
            const isNamed = change.kind !== "storage" || change.path !== undefined;
            const place = shownPath(change);
            return {
              severity: "refuse",
              code: isNamed ? "change-unexplained" : "storage-unexplained",
              title: isNamed
                ? `Nothing explains why the ${place} of ${contract} changes`
                : `A storage slot of ${contract} changes that no known layout explains`,
              detail: `${change.address} ${place}: ${shownTransition(change)}`,
            };
          }),
};
