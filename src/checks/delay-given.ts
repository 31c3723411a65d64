import type { Check } from "./check.ts";

/** Without a delay nobody can look at a staged update before it runs. Right for emergencies, worth a word otherwise. */
export const delayGiven: Check = (proposal) =>
  proposal.authorities.some((authority) => authority.kind === "governor") && proposal.route.delayBlocks === 0n
    ? [
        {
          severity: "warning",
          code: "no-delay",
          title: "The Governor's delay is 0 blocks: nobody can look at the update between its staging and its execution",
        },
      ]
    : [];
