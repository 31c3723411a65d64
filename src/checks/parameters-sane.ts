import { preparedCheck } from "./prepared-check.ts";

/** Whether new values of parameters make sense, each alone and together. */
export const parametersSane = preparedCheck({
  name: "parameters-sane",
  codes: [
    "parameter-cross-rule",
    "parameter-cross-rule-unchecked",
    "parameter-hazard",
    "parameter-no-setter",
    "parameter-out-of-bounds",
    "parameter-unchanged",
    "parameter-wrong-scale",
    "round-number-jumps",
    "round-number-stays",
  ],
  explains:
    "The contracts take almost any number. A share written on another scale, a period longer than the window that " +
    "it must fit in, or a round length changed in the middle of a round is accepted and stops rewards, claims or " +
    "verification. Livepeer's shares were counted in millionths and are counted in 27 digits now, in some contracts " +
    "and not in others.",
});
