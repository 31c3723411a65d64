import { preparedCheck } from "./prepared-check.ts";

/** Whether names in the proposal lead to what it says. */
export const intentsTrue = preparedCheck({
  name: "intents-true",
  codes: ["intent-misleads"],
  explains:
    "The calls of a proposal follow from its intents, but a file made by hand may call one contract by the name of " +
    "another. Every name is looked up again, and what the intent says must be what the name leads to.",
});
