import { shownTransition } from "../outcome/place.ts";
import type { Check } from "./check.ts";

/** Where proxies and registries keep the address of the code they run. */
const CODE = /^(erc1967\.(implementation|beacon)|registry\[.*\]\.contractAddress)$/;

/** Code that is replaced although no upgrade intent names it: plain calls can do what an upgrade does, unchecked. */
export const codeIntended: Check = {
  name: "code-intended",
  codes: ["code-changes"],
  explains:
    "A plain call can do what an upgrade does: set a registry entry, or an ERC-1967 slot. Then no storage layout " +
    "has been compared and no source compiled. Code changes only where an upgrade or a registration of this " +
    "proposal names it.",
  find: (proposal, simulation) => {
    const installed = proposal.intents.flatMap((intent) => (intent.kind === "upgrade" ? [intent.implementation.slice(2).toLowerCase()] : []));
    const isRegistered = (path: string, after: string): boolean =>
      proposal.intents.some(
        (intent) => intent.kind === "register" && path === `registry[${intent.contract}].contractAddress` && after.toLowerCase().includes(intent.address.slice(2).toLowerCase()),
      );
    return simulation.changes
      .filter(({ path, after }) => path !== undefined && CODE.test(path) && !isRegistered(path, after) && !installed.some((address) => after.toLowerCase().includes(address)))
      .map((change) => ({
        severity: "refuse",
        code: "code-changes",
        title: `The ${change.path ?? ""} of ${change.contract ?? change.address} changes, which no intent of this proposal asks for`,
        detail: shownTransition(change),
      }));
  },
};
