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
  const token = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g;
  const keysOfOpen: Set<string>[] = [];
  for (const match of text.matchAll(token)) {
    const [lexeme, colon] = match;
    if (lexeme === "{" || lexeme === "[") keysOfOpen.push(new Set());
    else if (lexeme === "}" || lexeme === "]") keysOfOpen.pop();
    else if (colon !== undefined) {
      const key = String(JSON.parse(lexeme.slice(0, -colon.length)));
      const keys = keysOfOpen.at(-1);
      if (key === "__proto__") throw new StrictJsonError("forbidden", key);
      if (keys?.has(key) === true) throw new StrictJsonError("duplicate", key);
      keys?.add(key);
    }
  }
}
