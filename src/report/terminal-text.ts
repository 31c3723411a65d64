/** Text for terminals: colours, widths and line breaks. */
import type { Line, Span } from "./document.ts";
import { legible } from "./legible.ts";
import { shorten } from "./shorten.ts";

export type Paint = (text: string) => string;

export interface TerminalStyle {
  bold: Paint;
  dim: Paint;
  red: Paint;
  green: Paint;
  yellow: Paint;
}

const same: Paint = (text) => text;
export const PLAIN_STYLE: TerminalStyle = { bold: same, dim: same, red: same, green: same, yellow: same };

const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const PLAIN_ASCII = /^[ -~]*$/;

/** Columns that a text takes: wide scripts take two. */
export function widthOf(text: string): number {
  if (PLAIN_ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += WIDE.test(character) ? 2 : /\p{M}/u.test(character) ? 0 : 1;
  return width;
}

export function plainText(line: Line): string {
  return line.map(textOf).join("");
}

export function paint(span: Span, style: TerminalStyle, text = textOf(span)): string {
  if (text === "") return "";
  const shown = span.strong === true ? style.bold(text) : text;
  switch (span.tone ?? "plain") {
    case "good": return style.green(shown);
    case "bad": return style.red(shown);
    case "warn": return style.yellow(shown);
    case "muted": return style.dim(shown);
    case "plain": return shown;
  }
}

/**
 * Breaks a line at spaces; a word longer than a whole line (a hash on a narrow terminal) is broken where the line ends.
 * @param first what stands before the first line, with its colours, `firstWidth` columns wide
 * @param rest what stands before the others
 */
export function wrapLine(line: Line, style: TerminalStyle, width: number, first: string, rest: string, firstWidth = widthOf(first)): string[] {
  const lines: string[] = [];
  const restWidth = widthOf(rest);
  let [current, column, isEmpty] = [first, firstWidth, true];
  let run: { span: Span; text: string } | undefined;
  const flush = (): void => {
    if (run !== undefined) current += paint(run.span, style, run.text);
    run = undefined;
  };
  const end = (): void => {
    flush();
    lines.push(current);
    [current, column, isEmpty] = [rest, restWidth, true];
  };
  const put = (span: Span, text: string, wide: number): void => {
    if (run?.span !== span) flush();
    run = { span, text: `${run?.text ?? ""}${text}` };
    column += wide;
    isEmpty = false;
  };
  for (const { span, words } of splitWords(line)) {
    for (const word of words) {
      const wide = widthOf(word);
      if (column + wide <= width && !(isEmpty && word.startsWith(" "))) {
        put(span, word, wide);
        continue;
      }
      if (!isEmpty) end();
      if (word.startsWith(" ")) continue;
      if (column + wide <= width) put(span, word, wide);
      else putBroken(span, word);
    }
  }
  flush();
  return [...lines, current];

  function putBroken(span: Span, word: string): void {
    for (const character of word) {
      const one = widthOf(character);
      if (!isEmpty && column + one > width) end();
      put(span, character, one);
    }
  }
}

function splitWords(line: Line): { span: Span; words: string[] }[] {
  return line.map((span) => ({ span, words: textOf(span).split(/( +)/).filter((word) => word !== "") }));
}

function textOf(span: Span): string {
  return shorten(legible(span.text));
}
