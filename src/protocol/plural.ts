/** A count with its noun: `1 vote`, `2 votes`. */
export function plural(count: bigint | number, noun: string): string {
  return `${count} ${noun}${BigInt(count) === 1n ? "" : "s"}`;
}
