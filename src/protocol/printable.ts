/**
 * Makes a string that came from a chain or a file safe to show. Terminals obey escape sequences, and
 * bidirectional or invisible characters make one text look like another; a signer must see what is there.
 */

/** `ESC [ … m` and relatives (CSI), in the seven-bit and the one-byte form. */
const CSI = /(?:\u001b\[|\u009b)[\u0030-\u003f]*[\u0020-\u002f]*[\u0040-\u007e]/g;
/** OSC, DCS, SOS, PM and APC strings up to their terminator (BEL or ST): titles, clipboard writes, hyperlinks. */
const STRING_SEQUENCE = /(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u009c\r\n]*(?:\u0007|\u001b\\|\u009c)?/g;
/**
 * Whatever must never reach a terminal or a page as itself: controls, format characters (bidirectional
 * marks and isolates, zero-width ones), whatever Unicode says may be ignored when shown (fillers, variation
 * selectors, tags), line and paragraph separators, and lone surrogates.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * One line of text, safe for terminal, Markdown source and HTML source (which still escape their own
 * metacharacters). Escape sequences become `␛(…)` with their harmless inside; every other
 * dangerous character becomes `\u{hex}`. Ordinary text of any script comes back unchanged.
 */
export function printable(text: string): string {
  return text
    .replace(STRING_SEQUENCE, (sequence) => `␛(${visible(sequence)})`)
    .replace(CSI, (sequence) => `␛(${visible(sequence)})`)
    .replace(UNPRINTABLE, escapeCharacter);
}

/** As `printable`, but keeps line feeds, for text of several lines such as a compiler's message. */
export function printableLines(text: string): string {
  return text.replace(/\r\n?/g, "\n").split("\n").map(printable).join("\n");
}

/** True when `text` is shown exactly as it is. */
export function isPrintable(text: string): boolean {
  return printable(text) === text;
}

/** The harmless inside of an escape sequence: what it would have done, in plain characters. */
function visible(sequence: string): string {
  return sequence.replace(/^(?:\u001b|[\u0080-\u009f])/, "").replace(/(?:\u0007|\u001b\\|\u009c)$/, "");
}

function escapeCharacter(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16) ?? "?"}}`;
}
