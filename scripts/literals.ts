/**
 * As much of a TypeScript file as is needed to find what a literal belongs to: brackets, and text that is none. No parser of the
 * language is among the packages.
 */

/** A string or template literal. */
export interface Literal {
  start: number;
  /** Behind its closing quote. */
  end: number;
  /** With `…` for everything that is put in. */
  text: string;
}

export interface Bracket {
  /** Of the opening one. */
  start: number;
  /** Of the closing one. */
  end: number;
  inside: Bracket[];
}

export interface Outline {
  /** The file without comments, every literal as blanks: offsets stay. */
  code: string;
  literals: Literal[];
  brackets: Bracket[];
}

/** Before one of these a slash begins a regular expression; after anything else it divides. */
const BEFORE_EXPRESSION = /(?:^|[(,=:[!&|?{};+>]|\breturn)\s*$/;

export function outlineOf(source: string): Outline {
  const code = source.split("");
  const literals: Literal[] = [];
  const root: Bracket = { start: -1, end: source.length, inside: [] };
  const open: Bracket[] = [root];
  const blank = (from: number, to: number): void => void code.fill(" ", from, to);
  let at = 0;
  const scan = (until?: string): void => {
    for (let depth = 0; at < source.length; at += 1) {
      const character = source[at] ?? "";
      const two = source.slice(at, at + 2);
      if (two === "//" || two === "/*") {
        const end = two === "//" ? source.indexOf("\n", at) : source.indexOf("*/", at) + 2;
        blank(at, end < at ? source.length : end);
        at = (end < at ? source.length : end) - 1;
      } else if (character === '"' || character === "'") readString(character);
      else if (character === "`") readTemplate();
      else if (character === "/" && BEFORE_EXPRESSION.test(code.slice(Math.max(0, at - 20), at).join(""))) readPattern();
      else if (character === until && depth === 0) return;
      else if ("([{".includes(character)) {
        depth += 1;
        const bracket: Bracket = { start: at, end: source.length, inside: [] };
        open.at(-1)?.inside.push(bracket);
        open.push(bracket);
      } else if (")]}".includes(character)) {
        depth -= 1;
        const bracket = open.length > 1 ? open.pop() : undefined;
        if (bracket !== undefined) bracket.end = at;
      }
    }
  };
  const readString = (quote: string): void => {
    const start = at;
    for (at += 1; source[at] !== quote && at < source.length; at += 1) if (source[at] === "\\") at += 1;
    literals.push({ start, end: at + 1, text: unescaped(source.slice(start + 1, at)) });
    blank(start, at + 1);
  };
  const readTemplate = (): void => {
    const start = at;
    let text = "";
    for (at += 1; source[at] !== "`" && at < source.length; at += 1) {
      if (source[at] === "\\") {
        text += source.slice(at, at + 2);
        at += 1;
      } else if (source.startsWith("${", at)) {
        text += "…";
        at += 2;
        scan("}");
      } else text += source[at] ?? "";
    }
    literals.push({ start, end: at + 1, text: unescaped(text) });
    blank(start, at + 1);
  };
  const readPattern = (): void => {
    const start = at;
    let inClass = false;
    for (at += 1; at < source.length && source[at] !== "\n" && (inClass || source[at] !== "/"); at += 1) {
      if (source[at] === "\\") at += 1;
      else if (source[at] === "[") inClass = true;
      else if (source[at] === "]") inClass = false;
    }
    blank(start, at + 1);
  };
  scan();
  return { code: code.join(""), literals, brackets: root.inside };
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, character: string) => (character === "n" ? " " : character));
}

/** The innermost bracket around a place. */
export function bracketAround(brackets: readonly Bracket[], place: number): Bracket | undefined {
  const outer = brackets.find(({ start, end }) => start < place && place < end);
  return outer === undefined ? undefined : (bracketAround(outer.inside, place) ?? outer);
}
