import { describe, expect, test } from "vitest";
import { invariantsHold } from "../../../src/checks/invariants-hold.ts";
import { lifeGoesOn } from "../../../src/checks/life-goes-on.ts";
import { rollbackPossible } from "../../../src/checks/rollback-possible.ts";
import type { Check } from "../../../src/checks/check.ts";
import type { Intent } from "../../../src/proposal/intent.ts";
import { MUST_FAIL, type Aftermath, type InvariantOutcome } from "../../../src/outcome/aftermath.ts";
import { exampleProposal, PROXY, SET_RATE, UPGRADE } from "../proposal/example-proposal.ts";
import { context, simulation } from "./check-fixtures.ts";

const good = { holds: true, detail: "5 of 5" };
const bad = { holds: false, detail: "4 of 5" };
const NOTHING: Aftermath = { invariants: [], rollbacks: [], life: { actions: 40, rounds: 3, failed: [] }, assumptions: [] };

function findings(check: Check, aftermath: Partial<Aftermath>, intents: Intent[] = [UPGRADE]): string[] {
  return check.find(exampleProposal(intents), simulation(), { ...context, aftermath: { ...NOTHING, ...aftermath } }).map(({ severity, code }) => `${severity} ${code}`);
}

const invariant = (more: Partial<InvariantOutcome>): Partial<Aftermath> => ({ invariants: [{ name: "pool-sorted", explains: "A list.", breaks: "refuse", before: good, after: good, later: good, ...more }] });

describe("invariants", () => {
  test.each([
    [{}, []],
    [{ after: bad }, ["refuse invariant-broken"]],
    [{ later: bad }, ["refuse invariant-broken-later"]],
    [{ later: bad, laterWithout: bad }, ["warning invariant-broken-already"]],
    [{ before: bad, after: bad }, ["warning invariant-broken-already"]],
    [{ after: { holds: true, untried: "replaced" as const, detail: "x" } }, ["warning invariant-untried"]],
    [{ after: { holds: true, untried: "moot" as const, detail: "x" } }, []],
    [{ after: bad, breaks: "warning" as const }, ["warning reads-changed"]],
  ])("%o give %o", (more, expected) => {
    expect(findings(invariantsHold, invariant(more))).toEqual(expected);
  });
});

describe("life after a proposal", () => {
  const failed = (...lines: string[]): Partial<Aftermath> => ({ life: { actions: 1, rounds: 3, failed: lines } });

  test("is refused where something stops, or what must fail does not", () => {
    expect(findings(lifeGoesOn, failed("reward of 0x1, round 1: BondingManager: no", `a stranger mints, round 2: ${MUST_FAIL}`))).toEqual(["refuse life-stops", "refuse forbidden-succeeds"]);
  });

  test("may be changed by a parameter, but rewards and rounds may not", () => {
    expect(findings(lifeGoesOn, failed("distributeFees of the job, round 2: too early"), [SET_RATE])).toEqual(["warning life-stops"]);
    expect(findings(lifeGoesOn, failed("initializeRound, round 1: no"), [SET_RATE])).toEqual(["refuse life-stops"]);
  });

  test("is said not to have been tried", () => {
    expect(findings(lifeGoesOn, { notRun: "there is no registry" })).toEqual(["info aftermath-not-run"]);
  });
});

test("a way back that is none is a warning, in either form", () => {
  const rollback = (holds: boolean, differences: string[]): Partial<Aftermath> => ({ rollbacks: [{ contract: "JobsManager", proxy: PROXY, holds, detail: "x", differences }] });
  expect(findings(rollbackPossible, rollback(true, []))).toEqual([]);
  expect(findings(rollbackPossible, rollback(false, ["slot 2"]))).toEqual(["warning rollback-misreads"]);
  expect(findings(rollbackPossible, rollback(false, []))).toEqual(["warning rollback-fails"]);
});
