import { otherPayments, unlessCarriedOver } from "../another-contract.ts";
import { compareFigures, type Invariant } from "../invariant.ts";

export const workKept: Invariant = {
  name: "work-kept",
  explains: "Jobs keep their terms, their transcoder and their escrow, and a ticket that was redeemed stays redeemed: otherwise the same work is paid twice.",
  breaks: "refuse",
  judge: (state, scene) => {
    const { jobs, ticketsUsed } = state;
    const { moment, control } = scene;
    const replaced = otherPayments(state, scene);
    // Whoever took the place has neither jobs to show nor these tickets.
    const were = replaced === undefined ? jobs : control.jobs;
    const figures = [
      ...were.map(({ jobId }, at) => ({ label: `job ${jobId}`, is: jobs[at]?.fields, was: control.jobs[at]?.fields })),
      ...ticketsUsed.map((used, at) => ({ label: `whether ticket ${at} is used`, is: used, was: control.ticketsUsed[at] })),
    ];
    if (figures.length === 0) return undefined;
    const kept = moment === "later" ? { holds: ticketsUsed.every((used) => used !== false), detail: `${ticketsUsed.length} tickets stay redeemed` } : compareFigures(figures);
    return unlessCarriedOver(kept, replaced);
  },
};
