/** Nodes differ in the leading zeros of words and quantities, and in the case of hex. */
export function sameHex(left: string, right: string): boolean {
  const digits = (text: string): string => text.slice(2).replace(/^0+/, "").toLowerCase();
  const areShort = left.startsWith("0x") && right.startsWith("0x") && left.length <= 66 && right.length <= 66;
  return left.toLowerCase() === right.toLowerCase() || (areShort && digits(left) === digits(right));
}
