import { preparedCheck } from "./prepared-check.ts";

/** Variables of the new logic that would misread what the old one stored. */
export const storageLayout = preparedCheck({
  name: "storage-layout",
  codes: [
    "layout-array-resized",
    "layout-enum-changed",
    "layout-enum-extended",
    "layout-gap-misused",
    "layout-mapping-key-changed",
    "layout-namespace-deleted",
    "layout-struct-changed",
    "layout-struct-extended",
    "layout-type-changed",
    "layout-variable-added",
    "layout-variable-deleted",
    "layout-variable-deprecated",
    "layout-variable-inserted",
    "layout-variable-moved",
    "layout-variable-renamed",
    "layout-variable-replaced",
    "value-moved-to-storage",
  ],
  explains:
    "New code behind a proxy reads the storage that the old code wrote: by position, not by name. A variable that " +
    "moves reads another one's bytes, and a value that was a constant and is stored now starts as zero. In April " +
    "2024 an upgrade of Pike Finance moved the variable that said it was initialised; anybody could initialise it " +
    "again, and 1.6 million dollars were taken.",
});
