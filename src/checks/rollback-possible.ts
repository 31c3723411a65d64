import type { Check } from "./check.ts";

/** Whether there is a way back to the old code once the new one was at work. */
export const rollbackPossible: Check = {
  name: "rollback-possible",
  codes: ["rollback-misreads", "rollback-fails"],
  explains:
    "Registering the old code again undoes an upgrade only when the new code left nothing that the old one misreads: a new " +
    "variable in the free bytes of an old slot, an enum with other numbers, amounts in another scale. After some activity on " +
    "the new code the old one is put back on the fork, and what it reads is compared with what the same activity under the " +
    "old code would have left. With a difference the next emergency needs a repair instead of a rollback.",
  find: (_proposal, _simulation, { aftermath }) =>
    (aftermath?.rollbacks ?? [])
      .filter(({ holds }) => !holds)
      .map(({ contract, detail, differences }) => ({
        severity: "warning",
        code: differences.length === 0 ? "rollback-fails" : "rollback-misreads",
        title: `There is no way back for ${contract}: ${detail}`,
        detail: differences.slice(0, 5).join("; "),
      })),
};
