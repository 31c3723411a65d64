import type { Finding } from "../finding.ts";
import { HASH_OF_NO_CODE } from "../protocol/hex.ts";
import type { Check } from "./check.ts";

/** Registering a proxy as its own code recurses until gas runs out; registering the same code again does nothing. */
export const upgradeSane: Check = {
  name: "upgrade-sane",
  codes: ["upgrade-to-itself", "implementation-without-code"],
  explains:
    "A proxy that is its own implementation calls itself until the gas is gone, and a proxy whose implementation " +
    "has no code answers every call with nothing. In November 2017 a library that held the code of 587 Parity " +
    "wallets was destroyed; their ether has been locked in them ever since.",
  find: (proposal) =>
    proposal.intents.flatMap((intent): Finding[] => {
      if (intent.kind !== "upgrade") return [];
      if (intent.implementation === intent.proxy.address) {
        return [
          {
            severity: "refuse",
            code: "upgrade-to-itself",
            title: `${intent.contract} would become its own implementation`,
            detail: intent.implementation,
          },
        ];
      }
      if (intent.implementationCodeHash === HASH_OF_NO_CODE) {
        return [
          {
            severity: "refuse",
            code: "implementation-without-code",
            title: `The new ${intent.contract} has no code: every call to it would fail or do nothing`,
            detail: intent.implementation,
          },
        ];
      }
      return [];
    }),
};
