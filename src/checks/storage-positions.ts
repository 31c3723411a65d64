import { preparedCheck } from "./prepared-check.ts";

/** Storage that inline assembly uses past the layout. */
export const storagePositions = preparedCheck({
  name: "storage-positions",
  codes: ["assembly-low-slot", "assembly-slot-overlaps", "storage-position-lost", "storage-position-moved"],
  explains:
    "What is kept at the hash of a name (ERC-1967, ERC-7201, a library's own storage) is in no storage layout, and no " +
    "comparison of layouts sees it move: with another name everything kept there reads as zero. Assembly that writes a " +
    "fixed slot can hit any variable. In September 2022 an upgrade of Arbitrum's inbox was found to have wiped its first " +
    "slots, the initialised flag among them: anybody could have taken over what the bridge receives.",
});
