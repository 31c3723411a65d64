import type { Finding } from "../finding.ts";
import { isDead } from "../protocol/dead-address.ts";
import type { Check, SafeChangeFacts, SafeFindingFacts } from "./check.ts";

/** What a Safe that changes itself must not do to its owners. */
export const safeChangeSane: Check = {
  name: "safe-change-sane",
  codes: ["safe-stuck", "safe-threshold-unreachable", "safe-owner-contract-removed", "safe-owner-added-dead", "safe-threshold-lowered", "safe-threshold-one", "safe-module-added", "safe-part-missing", "safe-part-other-code", "safe-guard-unfit", "safe-guard-added", "safe-handler-added"],
  explains:
    "A Safe that changes its owners, threshold, modules, guard or handler can lock itself for ever, or open itself to somebody else: a guard that " +
    "reverts stops every later transaction, a module acts without a signature, and a foreign fallback handler answers calls in the Safe's name. " +
    "After the change an empty transaction of the Safe is tried on the fork. In July 2024 WazirX lost 230 million dollars to one change of its " +
    "Safe that four people had signed.",
  find: (_proposal, _simulation, { safeChanges, safeFacts }) =>
    safeChanges.flatMap((change) => [...findingsOf(change), ...contractsRemoved(change, safeFacts)]),
};

function findingsOf({ safe, before, after, parts, stuck }: SafeChangeFacts): Finding[] {
  const name = `The Safe ${safe}`;
  const added = (after?.owners ?? []).filter((owner) => !before.owners.includes(owner));
  const dead = added.filter(isDead);
  const able = (after?.owners ?? []).filter((owner) => !isDead(owner)).length;
  return [
    ...(stuck === undefined ? [] : [refusal("safe-stuck", `${name} could not act any more after it`, `an empty transaction of it, tried on the fork, fails: ${stuck}`)]),
    ...(after !== undefined && BigInt(able) < after.threshold ? [refusal("safe-threshold-unreachable", `${name} would need more signatures than anybody can give`, `${after.threshold} of ${after.owners.length} owners, of whom ${able} can sign`)] : []),
    ...(dead.length === 0 ? [] : [refusal("safe-owner-added-dead", `${name} gets an owner that nobody can sign for`, dead.join(", "))]),
    ...(after !== undefined && after.threshold < before.threshold ? [warning("safe-threshold-lowered", `${name} will act on ${after.threshold} signatures instead of ${before.threshold}`, `of ${after.owners.length} owners`)] : []),
    ...(after !== undefined && after.threshold === 1n && before.threshold !== 1n ? [warning("safe-threshold-one", `${name} will act on a single signature`, `1 of ${after.owners.length}`)] : []),
    ...parts.flatMap((part): Finding[] => {
      const what = `The ${part.what} ${part.address}`;
      if (!part.hasCode) return [refusal("safe-part-missing", `${what} of ${safe} has no code`, "whatever is deployed there later would get the right")];
      return [
        ...(part.isSameCode ? [] : [refusal("safe-part-other-code", `${what} is not the code that the proposal names`, "it was replaced after the proposal was made")]),
        ...(part.what === "module" ? [warning("safe-module-added", `${what} may act for the Safe ${safe} without any signature`, "with everything that the Safe owns and controls")] : []),
        ...(part.what === "guard" && !part.isGuard ? [refusal("safe-guard-unfit", `${what} does not say that it is a guard`, "it does not support the interface 0xe6d7a83a (ERC-165)")] : []),
        ...(part.what === "guard" ? [warning("safe-guard-added", `${what} can stop every transaction of the Safe ${safe}`, "also the one that would remove it")] : []),
        ...(part.what === "fallback handler" && !part.isOfficial ? [refusal("safe-handler-added", `${what} is not one that Safe released`, "it answers calls to the Safe, and what it calls sees the Safe's callers as the Safe")] : []),
      ];
    }),
  ];
}

/** Whoever acts through such an owner, another Safe and the people of it, cannot act here any more. */
function contractsRemoved({ safe, before, after }: SafeChangeFacts, safeFacts: readonly SafeFindingFacts[]): Finding[] {
  const known = safeFacts.find(({ address }) => address === safe)?.owners ?? [];
  const removed = known.filter(({ address, kind }) => kind !== "key" && before.owners.includes(address) && after?.owners.includes(address) === false);
  return removed.map(({ address, kind }) => warning("safe-owner-contract-removed", `The Safe ${safe} loses an owner that is ${kind === "safe" ? "a Safe" : "a contract"}`, `${address}: its own owners cannot act through it here any more; see who is left with lpctl authority show ${safe}`));
}

function refusal(code: string, title: string, detail: string): Finding {
  return { severity: "refuse", code, title, detail };
}

function warning(code: string, title: string, detail: string): Finding {
  return { severity: "warning", code, title, detail };
}
