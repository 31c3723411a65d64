import { describeIntent } from "./describe-intent.ts";
import type { Proposal } from "../proposal/proposal.ts";
import type { IntentCard } from "../report/report-data.ts";
import { intentRules } from "../simulation/classify/intended.ts";
import type { SimulationResult } from "../outcome/simulation.ts";

/**
 * Every intent with the changes that it accounts for: first those it names with their very value, then those that its
 * own call writes. A change belongs to one intent at most; bookkeeping and accrual belong to none.
 */
export function matchIntents(proposal: Proposal, simulation: SimulationResult): IntentCard[] {
  const owners = new Map<number, number>();
  const rules = proposal.intents.map((intent) => intentRules({ ...proposal, intents: [intent] }));
  for (const reach of ["exact", "wide"] as const) {
    for (const [place, change] of simulation.changes.entries()) {
      if (owners.has(place) || (change.class !== undefined && change.class !== "intended")) continue;
      const owner = rules.findIndex((own) => own.some((rule) => rule.reach === reach && rule.explain(change) !== undefined));
      if (owner !== -1) owners.set(place, owner);
    }
  }
  return proposal.intents.map((intent, index) => ({
    text: describeIntent(intent),
    effects: [...owners].filter(([, owner]) => owner === index).map(([place]) => place).toSorted((left, right) => left - right),
  }));
}
