import type { Finding } from "../finding.ts";
import { MUST_FAIL } from "../outcome/aftermath.ts";
import type { Check } from "./check.ts";

/** Without these nothing else of the protocol goes on. */
const VITAL = /^(?:initializeRound|reward of )/;

/** What people do every day must still work afterwards. */
export const lifeGoesOn: Check = {
  name: "life-goes-on",
  codes: ["life-stops", "forbidden-succeeds", "aftermath-not-run"],
  explains:
    "On the fork rounds pass after the proposal: rounds are begun, transcoders call reward, delegators claim, bond, unbond and " +
    "withdraw, jobs or tickets are paid. What fails there and did not fail in the same rounds without the proposal is its " +
    "doing, and so is what succeeds and must not: the JobsManager of 2018 let anybody show a claim as the double of itself " +
    "and have an honest transcoder slashed. With the Minters of 2018 the protocol could be paused and never be moved to another Minter: nobody had tried.",
  find: ({ intents }, _simulation, { aftermath }) => {
    if (aftermath === undefined) return [];
    const { life, notRun } = aftermath;
    // A parameter may be there to forbid something; rounds and rewards go on whatever it is.
    const tunes = intents.some(({ kind }) => kind === "set-parameter");
    const failures = life.failed.map((line): Finding => {
      const [what = line, ...why] = line.split(": ");
      const detail = why.join(": ");
      if (detail === MUST_FAIL) return { severity: "refuse", code: "forbidden-succeeds", title: `After the proposal this succeeds and must not: ${what}`, detail: "without the proposal it fails" };
      return { severity: tunes && !VITAL.test(line) ? "warning" : "refuse", code: "life-stops", title: `After the proposal this fails: ${what}`, detail };
    });
    return notRun === undefined ? failures : [...failures, { severity: "info", code: "aftermath-not-run", title: "No rounds were lived after the proposal", detail: notRun }];
  },
};
