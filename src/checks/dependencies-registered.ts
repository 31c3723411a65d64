import type { Finding } from "../finding.ts";
import type { Check } from "./check.ts";
import { firstRegistration, registrationsOf } from "./registrations.ts";

/** Code that calls what these names lead to without asking whether they lead anywhere; with nothing there it reverts. */
const INDISPENSABLE: Readonly<Record<string, readonly string[]>> = {
  // Since LIP-89 every change of stake is written down there.
  BondingManagerTarget: ["BondingVotes"],
};

/**
 * New code that asks the registry for something the old code did without must find it there: registered already, or by
 * the same batch. A simulation of the batch alone cannot tell; the first user would.
 */
export const dependenciesRegistered: Check = {
  name: "dependencies-registered",
  codes: ["dependency-unregistered", "dependency-registered-late"],
  explains:
    "New code may ask the registry for a contract that the old code did without. The batch itself runs through, and " +
    "the first user's transaction reverts. Since LIP-89 a BondingManager writes every change of stake down in " +
    "BondingVotes: registered without it, nobody could bond or claim.",
  find: (proposal, _simulation, context) => {
    const isAtomic = proposal.authorities[0]?.kind !== "eoa";
    return registrationsOf(proposal.calls).flatMap(({ name, id, address, position }): Finding[] =>
      (context.newDependencies.get(address) ?? []).flatMap((dependency): Finding[] => {
        const registered = firstRegistration(proposal.calls, dependency);
        if (registered !== undefined && (isAtomic || registered.position < position)) return [];
        const isIndispensable = name !== undefined && INDISPENSABLE[name]?.includes(dependency) === true;
        return [
          {
            severity: isIndispensable ? "refuse" : "warning",
            code: registered === undefined ? "dependency-unregistered" : "dependency-registered-late",
            title: `The new ${name ?? id} asks the registry for ${dependency}, ${registered === undefined ? "which is not registered" : "which is registered only after it"}`,
            detail: `the code at ${address}; register ${dependency} first, or in one batch with it`,
          },
        ];
      }),
    );
  },
};
