/** `2026-01-05 14:00:00 UTC`, from seconds since 1970; no clock of this machine is involved. */
export function utcTime(seconds: bigint): string {
  const date = new Date(Number(seconds) * 1000);
  return Number.isNaN(date.getTime()) ? "unknown time" : `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
