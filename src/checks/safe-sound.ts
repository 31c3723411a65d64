import type { Finding } from "../finding.ts";
import type { Check } from "./check.ts";

/** What of a Safe's own making lets fewer people act than its owners, or other ones, or nobody. */
export const safeSound: Check = {
  name: "safe-sound",
  codes: ["safe-guard", "safe-handler-foreign", "safe-modules", "safe-one-signature", "safe-owner-dead", "safe-owner-repeated", "safe-owner-unknown"],
  explains:
    "A Safe is as strong as its settings: a module acts without any signature, a guard can stop every transaction, a " +
    "foreign fallback handler answers in the Safe's name, and one person behind two owners halves the threshold. In July " +
    "2024 WazirX lost 230 million dollars when its Safe was moved to other code by four signatures; in February 2025 " +
    "Bybit lost 1.4 billion in the same way. Code and version of every Safe on the route are compared with Safe's releases.",
  find: (_proposal, _simulation, { safeFacts }) =>
    safeFacts.flatMap(({ address, threshold, owners, repeated, modules, guard, foreignHandler }): Finding[] => {
      const safe = `The Safe ${address}`;
      const dead = owners.filter(({ isDead }) => isDead);
      const unknown = owners.filter(({ kind }) => kind === "other");
      const spare = owners.length - dead.length;
      return [
        ...(modules.length === 0 ? [] : [warning("safe-modules", `${safe} has modules that act without any signature`, modules.join(", "))]),
        ...(foreignHandler === undefined ? [] : [warning("safe-handler-foreign", `${safe} has a fallback handler that Safe did not release`, foreignHandler)]),
        ...(threshold === 1 ? [warning("safe-one-signature", `${safe} acts on a single signature`, `1 of ${owners.length}`)] : []),
        ...(repeated.length === 0 ? [] : [warning("safe-owner-repeated", `${safe} is reached by the same key in more than one way`, repeated.join(", "))]),
        ...(dead.length === 0
          ? []
          : [{ severity: spare < threshold ? ("refuse" as const) : ("warning" as const), code: "safe-owner-dead", title: `${safe} has owners that nobody can sign for`, detail: `${dead.map((owner) => owner.address).join(", ")}; ${spare} others, threshold ${threshold}` }]),
        ...(unknown.length === 0 ? [] : [warning("safe-owner-unknown", `${safe} has owners that are contracts of unknown kind`, unknown.map((owner) => owner.address).join(", "))]),
        ...(guard === undefined ? [] : [{ severity: "info" as const, code: "safe-guard", title: `${safe} has a guard, which runs in the simulation too`, detail: guard }]),
      ];
    }),
};

function warning(code: string, title: string, detail: string): Finding {
  return { severity: "warning", code, title, detail };
}
