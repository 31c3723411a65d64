import type { Check } from "./check.ts";

/** Without a delay nobody can look at a staged update before it runs. Right for emergencies, worth a word otherwise. */
export const delayGiven: Check = {
  name: "delay-given",
  codes: ["no-delay"],
  explains:
    "With a delay of 0 blocks an update is staged and executed in one breath: nobody can look at it, and nobody who " +
    "disagrees can leave. In April 2022 an attacker voted for a proposal of Beanstalk and executed it in one " +
    "transaction, with borrowed votes; a delay between the two would have given time to stop it.",
  find: (proposal) =>
    proposal.authorities.some((authority) => authority.kind === "governor") && proposal.route.delayBlocks === 0n
      ? [
          {
            severity: "warning",
            code: "no-delay",
            title: "The Governor's delay is 0 blocks: nobody can look at the update between its staging and its execution",
          },
        ]
      : [],
};
