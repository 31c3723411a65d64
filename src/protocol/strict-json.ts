/**
 * `JSON.parse` that refuses what lets two readers see two things in one file: a key given twice in an object,
 * and `__proto__`.
 * @throws SyntaxError (not JSON), or `StrictJsonError`
 */
export function parseStrictJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  requireDistinctKeys(text);
  return value;
}

export class StrictJsonError extends Error {
  readonly kind: "duplicate" | "forbidden";
  readonly key: string;
  constructor(kind: "duplicate" | "forbidden", key: string) {
    super(kind === "duplicate" ? `the key ${JSON.stringify(key)} is given twice` : `the key ${JSON.stringify(key)} is not allowed`);
    this.kind = kind;
    this.key = key;
  }
}

/** Walks the tokens of text that is known to be JSON. A string followed by a colon is a key. */
function requireDistinctKeys(text: string): void {
  const token = /["{}[\]]/g;
  const keysOfOpen: Set<string>[] = [];
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [lexeme] = match;
    if (lexeme === "{" || lexeme === "[") keysOfOpen.push(new Set());
    else if (lexeme === "}" || lexeme === "]") keysOfOpen.pop();
    else {
      const end = endOfString(text, match.index);
      token.lastIndex = end;
      if (!isColonNext(text, end)) continue;
      const key = String(JSON.parse(text.slice(match.index, end)));
      const keys = keysOfOpen.at(-1);
      if (key === "__proto__") throw new StrictJsonError("forbidden", key);
      if (keys?.has(key) === true) throw new StrictJsonError("duplicate", key);
      keys?.add(key);
    }
  }
}

/** Behind the closing quote. Not by a pattern: one that skips escapes runs out of stack on strings of some megabytes. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let escapes = 0;
    while (text[at - 1 - escapes] === "\\") escapes += 1;
    if (escapes % 2 === 0) return at + 1;
  }
  return text.length;
}

function isColonNext(text: string, from: number): boolean {
  let at = from;
  while (text[at] === " " || text[at] === "\n" || text[at] === "\r" || text[at] === "\t") at += 1;
  return text[at] === ":";
}
