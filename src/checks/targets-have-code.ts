import type { Check } from "./check.ts";

/** A call to an address without code succeeds and does nothing; in a Governor it even counts as executed. */
export const targetsHaveCode: Check = (proposal, _simulation, context) => {
  const targets = [...new Set(proposal.calls.filter((call) => call.data !== "0x").map((call) => call.to))];
  return targets
    .filter((target) => !context.accountsWithCode.has(target))
    .map((target) => ({
      severity: "refuse",
      code: "target-without-code",
      title: `${target} has no code, so a call to it would succeed and do nothing`,
    }));
};
