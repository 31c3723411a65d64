import type { Check } from "./check.ts";

const DAY_SECONDS = 86_400n;
const OLD_DAYS = 30n;

/** How long ago the proposal was prepared, by the clock of the chain. */
export const proposalFresh: Check = {
  name: "proposal-fresh",
  codes: ["proposal-old", "proposal-block-unknown"],
  explains:
    "A proposal is simulated anew whenever it is checked, signed or executed, and what it rests on is compared. What no " +
    "comparison shows is whether people still want it: a signature stays good for years. In October " +
    "2024 the signers of Radiant saw errors, signed the same again, and 50 million dollars went with the signatures that " +
    "nobody had counted. A block that is not on the chain means that the proposal was prepared on another branch of it.",
  find: (proposal, _simulation, { ageSeconds }) => {
    if (ageSeconds === undefined) {
      return [
        {
          severity: "warning",
          code: "proposal-block-unknown",
          title: `Block ${proposal.sinceBlock}, at which the proposal was prepared, is not on this chain`,
          detail: "the chain was reorganised or started anew since, or the node is behind",
        },
      ];
    }
    const days = ageSeconds / DAY_SECONDS;
    return days < OLD_DAYS ? [] : [{ severity: "warning", code: "proposal-old", title: `The proposal was prepared ${days} days ago`, detail: `at block ${proposal.sinceBlock}; ask whether it is still wanted` }];
  },
};
