import { preparedCheck } from "./prepared-check.ts";

/** Rules on the new logic alone. */
export const logicSafe = preparedCheck({
  name: "logic-safe",
  codes: [
    "assembly-callcode",
    "assembly-delegatecall",
    "assembly-selfdestruct",
    "assembly-storage-write",
    "constructor-in-logic",
    "constructor-writes-storage",
    "duplicate-initializer-call",
    "incorrect-initializer-order",
    "logic-unlocked",
    "missing-initializer",
    "missing-initializer-call",
    "unsafe-delegatecall",
    "unsafe-initial-value",
    "unsafe-selfdestruct",
    "unsafe-stored-function",
  ],
  explains:
    "Logic runs on a proxy's storage, and its constructor does not: what is set there the proxy never sees. A " +
    "delegatecall to foreign code, or a selfdestruct, in logic is one in every proxy. In November 2017 somebody " +
    "initialised the library that all Parity wallets ran on, and destroyed it.",
});
