import type { Finding } from "../finding.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { contractId } from "../protocol/contract-id.ts";
import type { Hex } from "../protocol/hex.ts";
import type { Check } from "./check.ts";
import { hasReverted } from "./has-reverted.ts";
import type { RegistryEntryState } from "./protocol-state.ts";

/** The whole registry after the last step, beside what it was before: nothing that worked may stop working unseen. */
export const registryWhole: Check = {
  name: "registry-whole",
  codes: ["entry-lost-code", "entry-dead-before", "proxy-lost-controller", "proxy-lost-target", "proxy-target-id-changed"],
  explains:
    "After the last step the whole registry is read again: every entry must lead to code, every proxy must still ask " +
    "this Controller, under the id it asked before. A batch that registers a list of contracts by hand can miss one or " +
    "swap two, and nothing reverts: Livepeer's own documentation once had proxy and target exchanged, and an entry " +
    "like that stops every contract that asks for it. The first to notice are users.",
  find: (proposal, simulation, { protocol }) => {
    if (protocol === undefined || hasReverted(simulation)) return [];
    const { before, after } = protocol;
    const known = new Map(before.entries.map((entry) => [entry.id, entry]));
    const meant = idsOfIntents(proposal);
    return after.entries.flatMap((entry): Finding[] => {
      const old = known.get(entry.id);
      const name = entry.name ?? entry.id;
      // What an intent registers is judged by the checks of registrations.
      if (!entry.hasCode) {
        if (old !== undefined && !old.hasCode && old.address === entry.address) return [info("entry-dead-before", `${name} leads to an address without code, now as before`, entry.address)];
        return meant.has(entry.id) ? [] : [refusal("entry-lost-code", `${name} would lead to an address without code`, became(old, entry))];
      }
      return old === undefined || old.address !== entry.address ? [] : proxyFindings(name, old, entry, before.controller);
    });
  },
};

function proxyFindings(name: string, old: RegistryEntryState, now: RegistryEntryState, controller: string): Finding[] {
  if (old.proxy === undefined) return [];
  if (now.proxy === undefined) return [refusal("proxy-lost-target", `${name} no longer says under which id it looks its code up`, now.address)];
  const findings: Finding[] = [];
  if (now.proxy.targetId !== old.proxy.targetId) {
    findings.push(refusal("proxy-target-id-changed", `${name} would look its code up under another id`, `${old.proxy.targetId} becomes ${now.proxy.targetId}`));
  }
  if (old.proxy.controller === controller && now.proxy.controller !== controller) {
    findings.push(refusal("proxy-lost-controller", `${name} would ask another Controller for its code`, `${controller} becomes ${now.proxy.controller ?? "none"}`));
  }
  return findings;
}

/** Entries that an intent writes by name. Plain calls may write others, and then nobody has looked at what they lead to. */
function idsOfIntents({ intents }: Proposal): Set<Hex> {
  return new Set(
    intents.flatMap((intent) => {
      if (intent.kind === "register") return [contractId(intent.contract)];
      return intent.kind === "upgrade" && intent.proxy.kind === "controller-registry" ? [intent.proxy.targetId] : [];
    }),
  );
}

function became(old: RegistryEntryState | undefined, now: RegistryEntryState): string {
  return old === undefined ? now.address : `${old.address} becomes ${now.address}`;
}

function refusal(code: string, title: string, detail: string): Finding {
  return { severity: "refuse", code, title, detail };
}

function info(code: string, title: string, detail: string): Finding {
  return { severity: "info", code, title, detail };
}
