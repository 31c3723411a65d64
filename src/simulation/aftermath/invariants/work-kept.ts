import { compareFigures, type Invariant } from "../invariant.ts";

export const workKept: Invariant = {
  name: "work-kept",
  explains: "Jobs keep their terms, their transcoder and their escrow, and a ticket that was redeemed stays redeemed: otherwise the same work is paid twice.",
  breaks: "refuse",
  judge: ({ jobs, ticketsUsed }, { moment, control }) => {
    const figures = [
      ...jobs.map(({ jobId, fields }, at) => ({ label: `job ${jobId}`, is: fields, was: control.jobs[at]?.fields })),
      ...ticketsUsed.map((used, at) => ({ label: `whether ticket ${at} is used`, is: used, was: control.ticketsUsed[at] })),
    ];
    if (figures.length === 0) return undefined;
    return moment === "later" ? { holds: ticketsUsed.every((used) => used !== false), detail: `${ticketsUsed.length} tickets stay redeemed` } : compareFigures(figures);
  },
};
