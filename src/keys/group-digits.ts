/** A hash in groups of four digits, as people compare it: `0x 12ab 34cd …`. */
export function groupDigits(hash: string): string {
  return `0x ${(hash.slice(2).match(/.{1,4}/g) ?? []).join(" ")}`;
}
