import type { Check } from "./check.ts";

/** `owner`, `_pendingOwner`, `erc1967.admin`, `openzeppelin.Ownable._owner`; not a field of some entry that has an owner. */
const OWNERSHIP = /^(erc1967\.|openzeppelin\.\w+\.)?_?(owner|admin|pendingOwner)$/;

/** A change of owner that no intent asks for. */
export const ownershipIntended: Check = (proposal, simulation) => {
  const intended = new Set(
    proposal.intents.filter((intent) => intent.kind === "transfer-ownership").map((intent) => intent.target),
  );
  return simulation.changes
    .filter((change) => change.path !== undefined && OWNERSHIP.test(change.path) && !intended.has(change.address))
    .map((change) => ({
      severity: "refuse",
      code: "ownership-changes",
      title: `The ${change.path} of ${change.contract ?? change.address} changes, which no intent asks for`,
      detail: `${change.beforeText ?? change.before} becomes ${change.afterText ?? change.after}`,
    }));
};
