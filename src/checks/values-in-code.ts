import { preparedCheck } from "./prepared-check.ts";

/** Values that come with the code instead of lying in storage. */
export const valuesInCode = preparedCheck({
  name: "values-in-code",
  codes: ["constant-changed", "immutable-in-logic", "library-linked"],
  explains:
    "Constants, immutables and the addresses of libraries are part of the code and of no storage layout: an upgrade " +
    "changes them without a word, and a library runs on the proxy's storage as the logic itself does.",
});
