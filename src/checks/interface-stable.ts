import { preparedCheck } from "./prepared-check.ts";

/** What callers and indexers of the old logic would miss or find changed. */
export const interfaceStable = preparedCheck({
  name: "interface-stable",
  codes: [
    "abi-error-removed",
    "abi-event-changed",
    "abi-event-removed",
    "abi-function-changed",
    "abi-function-removed",
    "abi-functions-added",
    "abi-words-moved",
    "abi-words-renamed",
  ],
  explains:
    "Wallets, indexers and other contracts speak to the protocol by selectors and by the order of words. In August " +
    "2018 Livepeer's getDelegator kept its selector and its types and gave other words: whoever decoded it as " +
    "before took the last claim round for the round of withdrawal.",
});
