import { preparedCheck } from "./prepared-check.ts";

/** Whether the code on chain is what its source compiles to. */
export const codeIdentified = preparedCheck({
  name: "code-identified",
  codes: [
    "current-code-differs",
    "current-code-known",
    "current-code-unknown",
    "implementation-code-differs",
    "implementation-code-known",
    "implementation-source-unknown",
    "registered-source-unknown",
    "source-changed",
  ],
  explains:
    "Only code on chain runs, and only source can be reviewed: both must be the same, byte for byte, for the new " +
    "code and for the one it replaces. In May 2023 Tornado Cash's governance voted for a contract whose source was " +
    "known; it was destroyed, and another was created at its address before the vote was carried out.",
});
