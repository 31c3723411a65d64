import { compareFigures, type Invariant } from "../invariant.ts";

export const switchKept: Invariant = {
  name: "switch-kept",
  explains: "The protocol runs or is paused as the intents say, and the Controller has the owner that it should have.",
  breaks: "refuse",
  judge: ({ paused, owner }, { moment, control, intended }) => {
    if (moment === "later") return undefined;
    return compareFigures([
      { label: "paused", is: paused, was: moment === "after" ? (intended.pause ?? control.paused) : control.paused },
      ...(intended.ownership ? [] : [{ label: "the Controller's owner", is: owner, was: control.owner }]),
    ]);
  },
};
