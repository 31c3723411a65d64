/** Characters that a QR code of version 6, 7, … holds in alphanumeric mode with the least error correction: a screen is not damaged. */
const CAPACITY = [195, 224, 279, 335, 395, 468, 535, 619, 667, 758, 854, 938, 1046, 1153, 1249, 1352, 1460, 1588, 1704, 1853] as const;
const FIRST_VERSION = 6;
/** Light modules around a code, by which a scanner finds it. */
const BORDER = 2;

/** How many characters fit into the largest code that a terminal shows whole; the smallest of the list where even that one does not fit. */
export function largestCode(columns: number, rows: number): number {
  const fitting = CAPACITY.filter((_, index) => {
    const modules = 17 + 4 * (FIRST_VERSION + index) + 2 * BORDER;
    return modules <= columns && Math.ceil(modules / 2) + 2 <= rows;
  });
  return fitting.at(-1) ?? CAPACITY[0];
}

/** A QR code in half blocks, two modules in a character: light on dark, as most terminals are. */
export async function drawQr(text: string): Promise<string> {
  const { renderUnicodeCompact } = await import("uqr");
  return renderUnicodeCompact(text, { ecc: "L", border: BORDER });
}
