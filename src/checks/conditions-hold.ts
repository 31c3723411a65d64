import type { Finding } from "../finding.ts";
import type { Check } from "./check.ts";
import type { ConditionOutcome } from "./condition-outcome.ts";

/** A proposal prepared on another state of the protocol, or one that does not do what it says, goes no further. */
export const conditionsHold: Check = {
  name: "conditions-hold",
  codes: ["stale-precondition", "postcondition-fails"],
  explains:
    "A proposal notes what it was prepared on and what it promises. If somebody changed a parameter or registered " +
    "other code in the meantime, the same calls do something else than what was reviewed; if the promise is not " +
    "kept, they never did what they say.",
  find: (_proposal, _simulation, context) => [
    ...context.preconditions.filter((outcome) => !outcome.holds).map((outcome) => finding(outcome, "stale-precondition", "changed since the proposal was prepared")),
    ...context.postconditions.filter((outcome) => !outcome.holds).map((outcome) => finding(outcome, "postcondition-fails", "is not what the proposal promises")),
  ],
};

function finding(outcome: ConditionOutcome, code: string, what: string): Finding {
  return {
    severity: "refuse",
    code,
    title: `${outcome.label} ${what}`,
    detail: `expected ${outcome.expect}, found ${outcome.actual ?? "nothing (the call reverts)"}`,
  };
}
