/** `bytes` and `string` as storage keeps them: short ones in their slot, long ones in words elsewhere. Pure. */
import { formatText } from "./format-word.ts";

/** Longer text is not put together from its words. */
const LONGEST_SHOWN = 4096n;

/**
 * The text of a byte string from its first slot.
 * @param word the slot's 32 bytes without `0x`
 * @param dataWord word `n` of the data of a long one; undefined when it is not known (it did not change)
 */
export function decodeBytesHead(label: string, word: string, dataWord: (chunk: bigint) => string | undefined): string {
  const head = BigInt(`0x${word}`);
  if ((head & 1n) === 0n) {
    const length = Number((head & 0xffn) >> 1n);
    return length > 31 ? `malformed 0x${word}` : formatBytes(label, word.slice(0, length * 2));
  }
  const length = (head - 1n) >> 1n;
  if (length > LONGEST_SHOWN) return `${length} bytes`;
  let hex = "";
  for (let chunk = 0n; chunk * 32n < length; chunk += 1n) {
    const part = dataWord(chunk);
    if (part === undefined) return `${length} bytes`;
    hex += part;
  }
  return formatBytes(label, hex.slice(0, Number(length) * 2));
}

/** One word of the data of a long byte string. */
export function formatChunk(label: string, word: string): string {
  return formatBytes(label, label === "string" ? word.replace(/(00)+$/, "") : word);
}

function formatBytes(label: string, hex: string): string {
  return label === "string" ? formatText(hex) : `0x${hex}`;
}
