import type { Finding } from "../finding.ts";
import { ZERO_ADDRESS } from "../protocol/hex.ts";
import type { Check } from "./check.ts";
import { registrationsOf } from "./registrations.ts";

/** Who feels a change of the registry beside the contract that is meant. */
export const registryUse: Check = {
  name: "registry-use",
  codes: ["entry-has-readers", "entry-still-read", "target-shared"],
  explains:
    "Contracts of a registry protocol find each other by name on every call, so that one entry changes all of them at once: " +
    "those whose code carries the name, and every proxy that looks its code up under it. All proxies under one " +
    "name get new code in the same transaction, also one that everybody forgot.",
  find: ({ calls }, _simulation, { registry }) =>
    registrationsOf(calls).flatMap(({ id, name = id, address }): Finding[] => {
      const { readers, proxies } = registry.get(id) ?? { readers: [], proxies: [] };
      const findings: Finding[] = [];
      if (proxies.length > 1) {
        findings.push({ severity: "warning", code: "target-shared", title: `${proxies.length} proxies get the code of ${name} at once`, detail: proxies.join(", ") });
      }
      if (readers.length > 0) {
        const isRemoved = address === ZERO_ADDRESS;
        findings.push({
          severity: isRemoved ? "warning" : "info",
          code: isRemoved ? "entry-still-read" : "entry-has-readers",
          title: isRemoved ? `${name} is taken away, and code that runs asks for it` : `The change of ${name} reaches whoever asks the registry for it`,
          detail: readers.join(", "),
        });
      }
      return findings;
    }),
};
