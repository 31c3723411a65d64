import type { Finding } from "../finding.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { proxyNameOfTarget } from "../protocol/contract-id.ts";
import type { Address } from "../protocol/hex.ts";
import type { Check } from "./check.ts";

/** Code that passes calls on again: what was compared is then not what runs, and somebody else may change it. */
export const proxyUnderstood: Check = {
  name: "proxy-understood",
  codes: ["implementation-is-proxy", "registered-is-proxy"],
  explains:
    "A proxy in front of a proxy runs code that nobody compared, which somebody else may replace, and both keep their " +
    "state in the same storage. The code of an upgrade must answer by itself: no proxy of any kind, no clone, no " +
    "diamond. The Parity wallets of November 2017 were such stubs: all passed their calls on to one library, and died with it.",
  find: (proposal, _simulation, { proxiesAsCode }) =>
    newCode(proposal).flatMap(({ contract, address, isUpgrade }): Finding[] => {
      const words = proxiesAsCode.get(address);
      if (words === undefined) return [];
      return [
        isUpgrade
          ? { severity: "refuse", code: "implementation-is-proxy", title: `The new code of ${contract} is itself ${words}`, detail: address }
          : { severity: "warning", code: "registered-is-proxy", title: `What would be ${contract} is ${words}: its code can change without the registry`, detail: address },
      ];
    }),
};

function newCode({ intents }: Proposal): { contract: string; address: Address; isUpgrade: boolean }[] {
  return intents.flatMap((intent): { contract: string; address: Address; isUpgrade: boolean }[] => {
    if (intent.kind === "upgrade") return [{ contract: intent.contract, address: intent.implementation, isUpgrade: true }];
    return intent.kind === "register" ? [{ contract: intent.contract, address: intent.address, isUpgrade: proxyNameOfTarget(intent.contract) !== undefined }] : [];
  });
}
