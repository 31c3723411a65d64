import type { Finding } from "../finding.ts";
import type { Check } from "./check.ts";

/** Without a delay nobody can look at a staged update before it runs. Right for emergencies, worth a word otherwise. What the policy asks for is a refusal. */
export const delayGiven: Check = {
  name: "delay-given",
  codes: ["no-delay", "delay-below-policy"],
  explains:
    "With a delay of 0 blocks an update is staged and executed in one breath: nobody can look at it, and nobody who " +
    "disagrees can leave. In April 2022 an attacker voted for a proposal of Beanstalk and executed it in one " +
    "transaction, with borrowed votes; a delay between the two would have given time to stop it.",
  find: ({ authorities, route: { delayBlocks } }, _simulation, { minimumDelayBlocks }) => {
    if (!authorities.some(({ kind }) => kind === "governor")) return [];
    const findings: Finding[] = [];
    if (delayBlocks === 0n) {
      findings.push({
        severity: "warning",
        code: "no-delay",
        title: "The Governor's delay is 0 blocks: nobody can look at the update between its staging and its execution",
      });
    }
    if (minimumDelayBlocks !== undefined && delayBlocks < minimumDelayBlocks) {
      findings.push({
        severity: "refuse",
        code: "delay-below-policy",
        title: `The Governor's delay is ${delayBlocks} blocks, and the policy in lpctl.yaml asks for ${minimumDelayBlocks}`,
        detail: "prepare the proposal with --delay, or let the policy allow it for this proposal, with a reason",
      });
    }
    return findings;
  },
};
