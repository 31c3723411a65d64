/** `20 minutes`, `3 days`: one unit, rounded down. Undefined below a second. */
export function lengthOf(seconds: bigint): string | undefined {
  if (seconds === 0n) return undefined;
  const [count, unit] = seconds < 120n ? [seconds, "second"] : seconds < 7_200n ? [seconds / 60n, "minute"] : seconds < 172_800n ? [seconds / 3_600n, "hour"] : [seconds / 86_400n, "day"];
  return `${count} ${unit}${count === 1n ? "" : "s"}`;
}
