import type { Check } from "./check.ts";

/** A key sends one transaction for each call: between them the protocol stands half changed, and others can act. */
export const batchAtomic: Check = (proposal) =>
  proposal.authorities[0]?.kind === "eoa" && proposal.calls.length > 1
    ? [
        {
          severity: "warning",
          code: "batch-not-atomic",
          title: `The ${proposal.calls.length} calls are sent one after the other: if one fails, those before it stay`,
          detail: "a Safe or a Governor would carry them out all or none",
        },
      ]
    : [];
