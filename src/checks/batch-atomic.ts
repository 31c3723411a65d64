import type { Check } from "./check.ts";

/** A key sends one transaction for each call: between them the protocol stands half changed, and others can act. */
export const batchAtomic: Check = {
  name: "batch-atomic",
  codes: ["batch-not-atomic"],
  explains:
    "A Safe or a Governor carries out all calls or none. A key sends a transaction for each: between two of them " +
    "the protocol stands half changed, anybody can act on it, and if one fails the earlier ones stay.",
  find: (proposal) =>
    proposal.authorities[0]?.kind === "eoa" && proposal.calls.length > 1
      ? [
          {
            severity: "warning",
            code: "batch-not-atomic",
            title: `The ${proposal.calls.length} calls are sent one after the other: if one fails, those before it stay`,
            detail: "a Safe or a Governor would carry them out all or none",
          },
        ]
      : [],
};
