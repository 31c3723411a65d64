import type { Finding } from "../finding.ts";
import type { Check } from "./check.ts";

/**
 * A variable that new code brings along is zero until somebody sets it. Silent where the batch does; a warning where the
 * code has a setter for it and nowhere asks whether it is zero.
 */
export const newVariablesSet: Check = {
  name: "new-variables-set",
  codes: ["variable-unset"],
  explains:
    "An upgrade runs no constructor: a variable the new code brings along is zero until the batch sets it. In August " +
    "2024 an upgrade of the Ronin bridge left the weight of its operators at zero, so that no signature at all was " +
    "enough for a withdrawal of 12 million dollars. In August 2022 the Nomad bridge was set up with a zero root, and " +
    "took every message for proven: 190 million dollars.",
  find: (proposal, simulation, { upgrades }) =>
    proposal.intents.flatMap((intent): Finding[] => {
      if (intent.kind !== "upgrade") return [];
      const { address } = intent.proxy;
      const calls = [...proposal.calls.filter(({ to }) => to === address).map(({ data }) => data), intent.initializer];
      return (upgrades.get(address)?.newVariables ?? [])
        .filter(
          ({ label, setters }) =>
            setters.length > 0 &&
            !calls.some((data) => setters.some(({ selector }) => data.startsWith(selector))) &&
            !simulation.changes.some((change) => change.address === address && change.path === label),
        )
        .map(({ label, type, setters, isZeroAware }) => ({
          severity: isZeroAware ? "info" : "warning",
          code: "variable-unset",
          title: `\`${label}\` of the new ${intent.contract} stays zero: nothing in the batch sets it`,
          detail: `${type}; ${setters.map(({ name }) => name).join(", ")} would${isZeroAware ? "; the code asks in places whether it is zero" : ", and the code nowhere asks whether it is zero"}`,
        }));
    }),
};
