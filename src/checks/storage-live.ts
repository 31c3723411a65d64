import { preparedCheck } from "./prepared-check.ts";

/** What lies in storage on chain, where new logic depends on it. */
export const storageLive = preparedCheck({
  name: "storage-live",
  codes: [
    "code-storage-agrees",
    "code-storage-beyond-layout",
    "code-storage-unread",
    "live-bytes-dirty",
    "live-gap-dirty",
    "live-length-insane",
    "live-storage-read",
    "live-value-out-of-range",
  ],
  explains:
    "Layouts say where a variable will lie, not what lies there. A new variable in a gap or beside others starts with " +
    "whatever somebody once wrote there: an older version, or assembly. So the bytes are read on chain. In July 2022 " +
    "Audius lost 6 million dollars because a proxy kept its own variable where the logic kept `initialized`: on chain " +
    "the word was never what the layout promised.",
});
