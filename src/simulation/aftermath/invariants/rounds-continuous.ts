import { compareFigures, type Invariant } from "../invariant.ts";

export const roundsContinuous: Invariant = {
  name: "rounds-continuous",
  explains: "Rounds are numbered without gaps, and a proposal neither skips, repeats nor begins one: claims, locks and tickets count in rounds.",
  breaks: "refuse",
  judge: ({ rounds, protocol }, { moment, control, intended, lived }) => {
    if (rounds.currentRound === undefined) return undefined;
    if (moment === "later") {
      if (lived === undefined) return undefined;
      return { holds: rounds.lastInitializedRound === rounds.currentRound, detail: `round ${rounds.currentRound}, the last that was begun is ${String(rounds.lastInitializedRound)}` };
    }
    const asked = ["roundLength", "roundLockAmount"].filter((name) => intended.getters.has(`${protocol.roundsManager}.${name}`));
    return compareFigures(
      (["currentRound", "currentRoundStartBlock", "lastInitializedRound", "roundLength", "roundLockAmount"] as const)
        .filter((name) => !asked.includes(name) && (asked.length === 0 || name === "lastInitializedRound"))
        .map((name) => ({ label: name, is: rounds[name], was: control.rounds[name] })),
    );
  },
};
