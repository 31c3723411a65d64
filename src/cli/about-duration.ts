const UNITS: readonly (readonly [string, bigint])[] = [["day", 86_400n], ["hour", 3_600n], ["minute", 60n], ["second", 1n]];

/** `2 days 3 hours`, `40 minutes`: the two largest units, for how long something will take. */
export function formatAbout(seconds: bigint): string {
  const first = UNITS.findIndex(([, length]) => seconds >= length);
  if (first === -1) return "no time";
  let rest = seconds;
  const parts = UNITS.slice(first, first + 2).map(([word, length]) => {
    const count = rest / length;
    rest %= length;
    return count === 0n ? "" : `${count} ${word}${count === 1n ? "" : "s"}`;
  });
  return parts.filter((part) => part !== "").join(" ");
}
