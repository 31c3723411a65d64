import type { Check } from "./check.ts";

/** A call to an address without code succeeds and does nothing; in a Governor it even counts as executed. */
export const targetsHaveCode: Check = {
  name: "targets-have-code",
  codes: ["target-without-code"],
  explains:
    "The EVM lets a call to an address without code succeed. A Governor then counts the update as executed although " +
    "nothing happened. In January 2022 Qubit's bridge paid out 80 million dollars for a deposit that never came: " +
    "the token's address had no code, so its transfer did not fail.",
  find: (proposal, _simulation, context) => {
    const targets = [...new Set(proposal.calls.filter((call) => call.data !== "0x").map((call) => call.to))];
    return targets
      .filter((target) => !context.accountsWithCode.has(target))
      .map((target) => ({
        severity: "refuse",
        code: "target-without-code",
        title: `${target} has no code, so a call to it would succeed and do nothing`,
      }));
  },
};
