import type { Check } from "./check.ts";

/** Without these nothing else of the protocol goes on. */
const VITAL = /^(?:initializeRound|reward of )/;

/** What people do every day must still work afterwards. */
export const lifeGoesOn: Check = {
  name: "life-goes-on",
  codes: ["life-stops", "aftermath-not-run"],
  explains:
    "On the fork rounds pass after the proposal: rounds are begun, transcoders call reward, delegators claim, bond, unbond and " +
    "withdraw, jobs or tickets are paid. What fails there and did not fail in the same rounds without the proposal is its " +
    "doing. With the Minters of 2018 the protocol could be paused and never be moved to another Minter: nobody had tried.",
  find: ({ intents }, _simulation, { aftermath }) => {
    if (aftermath === undefined) return [];
    const { life, notRun } = aftermath;
    // A parameter may be there to forbid something; rounds and rewards go on whatever it is.
    const tunes = intents.some(({ kind }) => kind === "set-parameter");
    const failures = life.failed.map((line) => ({
      severity: tunes && !VITAL.test(line) ? ("warning" as const) : ("refuse" as const),
      code: "life-stops",
      title: `After the proposal this fails: ${line.split(": ")[0] ?? line}`,
      detail: line.split(": ").slice(1).join(": "),
    }));
    return notRun === undefined ? failures : [...failures, { severity: "info", code: "aftermath-not-run", title: "No rounds were lived after the proposal", detail: notRun }];
  },
};
