import type { Check } from "./check.ts";
import { judgePolls } from "./poll-condition.ts";

/** The vote of those with stake that a policy requires (`requires: poll`). */
export const pollHeeded: Check = {
  name: "poll-heeded",
  codes: ["poll-missing", "poll-running", "poll-failed", "poll-invalid", "poll-foreign", "poll-other-report", "poll-counted"],
  explains:
    "Where the policy in lpctl.yaml says requires: poll, those with stake decide before anybody signs. The poll is found on the chain " +
    "by its text, which names this proposal's id and the evidence that voters were given; it counts only if the registered " +
    "PollCreator made it, since anybody can deploy a poll that looks the same and ends when it suits them. It is counted here, " +
    "under the rule-set that the policy names, once its last block is final. The last poll that reached its quorum decides. A proposal can be prepared " +
    "and reviewed before: until the poll has passed, lpctl refuses to sign it and to execute it.",
  find: (_proposal, _simulation, { poll }) => (poll === undefined ? [] : [judgePolls(poll).finding]),
};
