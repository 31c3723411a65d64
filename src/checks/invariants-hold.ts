import type { Finding } from "../finding.ts";
import type { Aftermath } from "../outcome/aftermath.ts";
import type { Check } from "./check.ts";

type Invariant = Aftermath["invariants"][number];

/** The laws of the protocol, before and after a proposal and after rounds of life on the fork. */
export const invariantsHold: Check = {
  name: "invariants-hold",
  codes: ["invariant-broken", "invariant-broken-later", "invariant-broken-already", "invariant-untried", "reads-changed"],
  explains:
    "Some things hold whatever the code: the Minter holds what it owes, totals are the sums of their parts, nobody's stake, " +
    "fees, locks or deposits change by a proposal. They are read before it, after it, and after more rounds in which " +
    "transcoders, delegators and broadcasters act. In January 2021 a bond in a round without rewards let delegators claim " +
    "everything ever earned once more: each single call looked right, and only the sum of the claims showed it.",
  find: (_proposal, _simulation, { aftermath }) => (aftermath?.invariants ?? []).flatMap(judge),
};

function judge(invariant: Invariant): Finding[] {
  const { name, explains, before, after, later, laterWithout, breaks } = invariant;
  if (!before.holds) {
    return [{ severity: "warning", code: "invariant-broken-already", title: `${name} does not hold, with or without the proposal`, detail: `${before.detail}. ${explains}` }];
  }
  if (!after.holds) {
    return breaks === "warning"
      ? [{ severity: "warning", code: "reads-changed", title: "What contracts say of themselves changes beyond the intents", detail: after.detail }]
      : [{ severity: "refuse", code: "invariant-broken", title: `The proposal breaks ${name}`, detail: `${after.detail}. ${explains}` }];
  }
  if (later?.holds !== false) return after.untried === "replaced" ? [untried(invariant)] : [];
  return laterWithout?.holds === false
    ? [{ severity: "warning", code: "invariant-broken-already", title: `${name} does not hold for long, with or without the proposal`, detail: `${laterWithout.detail}. ${explains}` }]
    : [{ severity: "refuse", code: "invariant-broken-later", title: `After some rounds with the proposal ${name} no longer holds`, detail: `${later.detail}. ${explains}` }];
}

/** Nothing is known to be wrong, and nobody can know that it is right. */
function untried({ name, after }: Invariant): Finding {
  return { severity: "warning", code: "invariant-untried", title: `Whether ${name} holds cannot be told: another contract takes the place of the one that knows`, detail: after.detail };
}
