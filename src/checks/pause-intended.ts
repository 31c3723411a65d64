import type { Finding } from "../finding.ts";
import type { Check } from "./check.ts";
import { hasReverted } from "./has-reverted.ts";

/** Whether the protocol is paused afterwards exactly where an intent wants it to be. */
export const pauseIntended: Check = {
  name: "pause-intended",
  codes: ["pause-changes", "pause-remains", "unpaused-before-the-end"],
  explains:
    "While the protocol is paused nobody can bond, claim or redeem; while it is not, anybody can act on whatever state a " +
    "batch leaves in between. Livepeer was paused for 3 to 17 hours in 2018, 2019 and 2021 while fixes were made. A " +
    "pause begins and ends only where an intent says so, and the unpausing comes last.",
  find: ({ intents, authorities }, simulation, { protocol }) => {
    if (protocol === undefined || hasReverted(simulation)) return [];
    const { before, after } = protocol;
    const findings: Finding[] = [];
    const pauses = intents.filter(({ kind }) => kind === "pause" || kind === "unpause");
    const asked = pauses.at(-1)?.kind;
    if (after.isPaused !== before.isPaused && after.isPaused !== undefined && (asked === undefined || (asked === "pause") !== after.isPaused)) {
      findings.push({
        severity: "refuse",
        code: "pause-changes",
        title: after.isPaused ? "The protocol would be paused, which no intent asks for" : "The protocol would run again, which no intent asks for",
        detail: `the Controller ${after.controller}`,
      });
    }
    if (after.isPaused === true && before.isPaused === false && asked === "pause" && intents.length > pauses.length) {
      findings.push({ severity: "info", code: "pause-remains", title: "The protocol stays paused when everything is done", detail: "nobody can use it until a proposal of its own unpauses it" });
    }
    const unpaused = intents.findIndex(({ kind }) => kind === "unpause");
    if (unpaused !== -1 && unpaused < intents.length - 1 && authorities[0]?.kind === "eoa") {
      findings.push({
        severity: "warning",
        code: "unpaused-before-the-end",
        title: "The protocol runs again before the last of the changes is made",
        detail: "the calls are sent one after the other, and between them anybody can act",
      });
    }
    return findings;
  },
};
