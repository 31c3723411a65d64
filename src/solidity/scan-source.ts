export interface ScannedSource {
  imports: { path: string; line: number }[];
  contracts: { name: string; kind: "contract" | "library" | "interface" | "abstract" }[];
  /** Version ranges of `pragma solidity`, as written. */
  pragmas: { range: string; line: number }[];
}

/** What can end or begin anything outside braces, and inside them, where words mean nothing here. */
const OUTSIDE = /[A-Za-z_$"'/{};]/g;
const INSIDE = /["'/{}]/g;
const WORD = /[A-Za-z0-9_$]*/y;

const scannedBefore = new Map<string, ScannedSource>();

/**
 * Reads what a Solidity file imports and declares without parsing it: skips comments and string literals,
 * and looks at statements outside braces only. Never fails; a broken file is the compiler's to report.
 * The same text is read once; what it gave is not to be changed.
 */
export function scanSource(text: string): ScannedSource {
  const known = scannedBefore.get(text);
  if (known !== undefined) return known;
  const scanned = scan(text);
  scannedBefore.set(text, scanned);
  return scanned;
}

function scan(text: string): ScannedSource {
  const scanned: ScannedSource = { imports: [], contracts: [], pragmas: [] };
  let depth = 0;
  let abstract = false;
  /** The keyword whose statement is being read, outside braces. */
  let statement: { keyword: string; line: number; from: number } | undefined;
  const lineAt = createLineCounter(text);

  let position = 0;
  while (position < text.length) {
    const mark = depth === 0 ? OUTSIDE : INSIDE;
    mark.lastIndex = position;
    const found = mark.exec(text);
    if (found === null) break;
    const character = found[0];
    position = found.index;
    if (character === "/") {
      position = endOfComment(text, position);
    } else if (character === '"' || character === "'") {
      const end = endOfString(text, position);
      if (statement?.keyword === "import") {
        scanned.imports.push({ path: text.slice(position + 1, end - 1), line: statement.line });
      }
      position = end;
    } else if (character === "{") {
      // The braces of `import {a, b} from "x"` do not open a body.
      if (statement?.keyword !== "import") {
        depth++;
        statement = undefined;
      }
      position++;
    } else if (character === "}") {
      if (statement?.keyword !== "import") depth = Math.max(0, depth - 1);
      position++;
    } else if (character === ";") {
      if (statement?.keyword === "pragma") {
        const pragma = /^\s*solidity\s+([\s\S]+)$/.exec(text.slice(statement.from, position));
        if (pragma?.[1] !== undefined) scanned.pragmas.push({ range: pragma[1].trim(), line: statement.line });
      }
      statement = undefined;
      position++;
    } else {
      WORD.lastIndex = position;
      const word = WORD.exec(text)?.[0] ?? character;
      const from = position + word.length;
      if (statement === undefined && (word === "import" || word === "pragma")) {
        statement = { keyword: word, line: lineAt(position), from };
      } else if (statement === undefined && (word === "contract" || word === "library" || word === "interface")) {
        statement = { keyword: abstract ? "abstract" : word, line: lineAt(position), from };
        abstract = false;
      } else if (statement === undefined && word === "abstract") {
        abstract = true;
      } else if (isContractKind(statement?.keyword)) {
        scanned.contracts.push({ name: word, kind: statement.keyword });
        statement = { keyword: "named", line: lineAt(position), from: position };
      }
      position = from;
    }
  }
  return scanned;
}

/** Lines from 1, for positions that only grow. */
function createLineCounter(text: string): (position: number) => number {
  let line = 1;
  let next = text.indexOf("\n");
  return (position) => {
    while (next >= 0 && next < position) {
      line++;
      next = text.indexOf("\n", next + 1);
    }
    return line;
  };
}

/** Position after a comment that begins at `start`; a slash alone is none. */
function endOfComment(text: string, start: number): number {
  const second = text[start + 1];
  if (second === "/") {
    const end = text.indexOf("\n", start);
    return end < 0 ? text.length : end;
  }
  if (second === "*") {
    const end = text.indexOf("*/", start + 2);
    return end < 0 ? text.length : end + 2;
  }
  return start + 1;
}

function isContractKind(
  keyword: string | undefined,
): keyword is ScannedSource["contracts"][number]["kind"] {
  return keyword === "contract" || keyword === "library" || keyword === "interface" || keyword === "abstract";
}

/** Position after the closing quote; a string never spans lines in Solidity. */
function endOfString(text: string, start: number): number {
  const quote = text[start];
  for (let index = start + 1; index < text.length; index++) {
    if (text[index] === "\\") index++;
    else if (text[index] === quote || text[index] === "\n") return index + 1;
  }
  return text.length;
}
