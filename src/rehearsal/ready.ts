/** A step finds what the one before it made; anything else is a mistake in the scenario. */
export function ready<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("a rehearsal step ran before the one it needs");
  return value;
}
