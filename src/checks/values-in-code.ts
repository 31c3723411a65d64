import { preparedCheck } from "./prepared-check.ts";

/** Values that come with the code instead of lying in storage. */
export const valuesInCode = preparedCheck({
  name: "values-in-code",
  codes: [
    "constant-changed",
    "controller-differs",
    "immutable-changed",
    "immutable-in-logic",
    "immutable-zero",
    "library-changed",
    "library-code-differs",
    "library-code-known",
    "library-linked",
    "library-without-code",
  ],
  explains:
    "Constants, immutables and the addresses of libraries are part of the code and of no storage layout: an upgrade " +
    "changes them without a word, and a library runs on the proxy's storage as the logic itself does. Livepeer's " +
    "BondingManager keeps the order of its transcoders by a library that is linked at an address; linked with another " +
    "one, the same list is sorted by other code.",
});
