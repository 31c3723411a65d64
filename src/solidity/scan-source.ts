export interface ScannedSource {
  imports: { path: string; line: number }[];
  contracts: { name: string; kind: "contract" | "library" | "interface" | "abstract" }[];
  /** Version ranges of `pragma solidity`, as written. */
  pragmas: { range: string; line: number }[];
}

const WORD_START = /[A-Za-z_$]/;
const WORD = /[A-Za-z0-9_$]*/y;

/**
 * Reads what a Solidity file imports and declares without parsing it: skips comments and string literals,
 * and looks at statements outside braces only. Never fails; a broken file is the compiler's to report.
 */
export function scanSource(text: string): ScannedSource {
  const scanned: ScannedSource = { imports: [], contracts: [], pragmas: [] };
  let depth = 0;
  let position = 0;
  let line = 1;
  let abstract = false;
  /** The keyword whose statement is being read, outside braces. */
  let statement: { keyword: string; line: number; from: number } | undefined;

  const advance = (to: number): void => {
    for (let index = position; index < to; index++) if (text[index] === "\n") line++;
    position = to;
  };

  while (position < text.length) {
    const character = text[position] as string;
    const pair = text.slice(position, position + 2);
    if (pair === "//") {
      const end = text.indexOf("\n", position);
      advance(end < 0 ? text.length : end);
    } else if (pair === "/*") {
      const end = text.indexOf("*/", position + 2);
      advance(end < 0 ? text.length : end + 2);
    } else if (character === '"' || character === "'") {
      const end = endOfString(text, position);
      if (statement?.keyword === "import") {
        scanned.imports.push({ path: text.slice(position + 1, end - 1), line: statement.line });
      }
      advance(end);
    } else if (WORD_START.test(character)) {
      WORD.lastIndex = position;
      const word = WORD.exec(text)?.[0] ?? character;
      if (depth === 0) {
        if (statement === undefined && (word === "import" || word === "pragma")) {
          statement = { keyword: word, line, from: position + word.length };
        } else if (statement === undefined && (word === "contract" || word === "library" || word === "interface")) {
          statement = { keyword: abstract ? "abstract" : word, line, from: position + word.length };
          abstract = false;
        } else if (statement === undefined && word === "abstract") {
          abstract = true;
        } else if (isContractKind(statement?.keyword)) {
          scanned.contracts.push({ name: word, kind: statement.keyword });
          statement = { keyword: "named", line, from: position };
        }
      }
      advance(position + word.length);
    } else {
      if (character === "{") {
        // The braces of `import {a, b} from "x"` do not open a body.
        if (statement?.keyword !== "import") {
          depth++;
          statement = undefined;
        }
      } else if (character === "}") {
        if (statement?.keyword !== "import") depth = Math.max(0, depth - 1);
      } else if (character === ";" && depth === 0) {
        if (statement?.keyword === "pragma") {
          const pragma = /^\s*solidity\s+([\s\S]+)$/.exec(text.slice(statement.from, position));
          if (pragma?.[1] !== undefined) scanned.pragmas.push({ range: pragma[1].trim(), line: statement.line });
        }
        statement = undefined;
      }
      advance(position + 1);
    }
  }
  return scanned;
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
