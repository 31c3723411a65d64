import type { Finding } from "../finding.ts";
import type { Address } from "../protocol/hex.ts";
import type { UpgradeTraits } from "../protocol/upgrade-traits.ts";
import type { Check, InitializerTrial } from "./check.ts";

/** A function that initialises and that the batch does not call: whoever comes first does, and chooses the arguments. */
export const initializersClosed: Check = {
  name: "initializers-closed",
  codes: ["initializer-runs", "initializer-open", "initializer-late"],
  explains:
    "A function that initialises runs once, for whoever calls it first, and often decides who owns the contract. New code " +
    "with a new initialiser has to be initialised in the same transaction. After the last step a stranger really calls " +
    "every such function on the fork, through the proxy and in the bare code. In November 2017 a stranger initialised the " +
    "library under all Parity wallets, became its owner and destroyed it; in 2022 Wormhole paid 10 million dollars for the " +
    "report of an implementation that anybody could initialise.",
  find: (proposal, _simulation, { upgrades, openInitializers }) => [
    ...openInitializers.map((trial) => trialFinding(trial, upgrades)),
    ...proposal.intents.flatMap((intent): Finding[] => {
      if (intent.kind !== "upgrade") return [];
      const { address } = intent.proxy;
      const isAtomic = proposal.authorities[0]?.kind !== "eoa";
      return (upgrades.get(address)?.initializers ?? []).flatMap(({ name, selector, isOld, guard }): Finding[] => {
        if (guard === "restricted") return [];
        if (intent.initializer.startsWith(selector)) return [];
        const isCalled = proposal.calls.some(({ to, data }) => to === address && data.startsWith(selector));
        const what = `${name}() of the new ${intent.contract}`;
        if (guard === "open") {
          return [
            {
              severity: isOld ? "info" : "warning",
              code: "initializer-open",
              title: `${what} asks nobody who calls it`,
              detail: `${isOld ? "the running code has it too; " : ""}selector ${selector}, without a modifier that limits the caller or the number of calls`,
            },
          ];
        }
        if (isCalled) {
          const detail = "the calls are sent one after the other, and between two of them anybody may call it";
          return isAtomic ? [] : [{ severity: "warning", code: "initializer-late", title: `${what} is called after the upgrade, not with it`, detail }];
        }
        if (isOld) return [];
        return [
          {
            severity: "refuse",
            code: "initializer-open",
            title: `${what} is new, and the batch does not call it: whoever comes first does`,
            detail: `selector ${selector}; call it in the same transaction, or limit who may`,
          },
        ];
      });
    }),
  ],
};

const PLACES: Record<InitializerTrial["where"], string> = {
  proxy: "it decides on the contract itself",
  logic: "behind the proxy it changes nothing, but whoever owns code can often destroy it or misuse its name; _disableInitializers() in the constructor closes it",
  contract: "it decides on the contract itself",
};

/** What a stranger really did on the fork. Where the running code lets him too, the upgrade makes nothing worse. */
function trialFinding({ contract, at, where, signature, selector, wasOpen }: InitializerTrial, upgrades: ReadonlyMap<Address, UpgradeTraits>): Finding {
  const isOld = upgrades.get(at)?.initializers.some((one) => one.selector === selector && one.isOld) === true;
  const isNoWorse = where === "proxy" && wasOpen && isOld;
  return {
    severity: isNoWorse ? "warning" : "refuse",
    code: "initializer-runs",
    title: `A stranger called ${signature} of ${where === "logic" ? `the code of ${contract}` : contract} on the fork, and it went through`,
    detail: `${at}; ${PLACES[where]}${isNoWorse ? "; the running code has it too, and lets anybody call it today" : ""}`,
  };
}
