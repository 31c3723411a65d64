import { preparedCheck } from "./prepared-check.ts";

/** Asked where a proposal is reviewed that has a folder: its report and instructions against what they are made from. */
export const recordIntact = preparedCheck({
  name: "record-intact",
  codes: ["record-altered", "record-drifted", "record-outdated"],
  explains:
    "Most signers read a report that somebody else made, and follow instructions that somebody else wrote. report.md, " +
    "report.html and VALIDATION.md are made again from report.json, and report.json is held against the proposal and against what " +
    "a simulation gives now. Text that was changed by hand refuses the proposal. A difference that comes from the chain, which " +
    "moves on, is only told, and so is a policy in lpctl.yaml or a replay that is another one than that of the report. In " +
    "February 2025 the signers of Bybit approved what their screens showed them, and the page that showed it had been altered " +
    "on its way.",
});
