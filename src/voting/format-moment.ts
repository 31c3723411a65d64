import type { ClockMode } from "./vote.ts";

/** A number of a vote's clock, as people say it: `round 12`, `block 345`, `2026-01-05 14:00:00 UTC`. */
export function formatMoment(unit: ClockMode, at: bigint): string {
  if (unit !== "seconds") return `${unit === "blocks" ? "block" : "round"} ${at}`;
  const date = new Date(Number(at) * 1_000);
  return Number.isNaN(date.getTime()) ? `second ${at}` : `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
