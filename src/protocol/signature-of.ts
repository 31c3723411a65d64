/**
 * `transfer(address,uint256)` from `function transfer(address to, uint256 value) returns (bool)`: what selectors and topics are
 * the hash of. For declarations as ethers takes them, of functions, events and errors, with tuples in bare parentheses; reading
 * those of all known contracts with ethers costs a tenth of an assessment, and hardly any of them is asked for.
 * @returns undefined for anything else
 */
export function signatureOf(declaration: string): string | undefined {
  const begin = /^(?:function|event|error) +([A-Za-z0-9_$]+) *\(/.exec(declaration);
  const end = begin === null ? undefined : closingOf(declaration, begin[0].length - 1);
  if (begin === null || end === undefined) return undefined;
  return `${begin[1] ?? ""}(${typesOf(declaration.slice(begin[0].length, end))})`;
}

function typesOf(parameters: string): string {
  return splitParameters(parameters).map(typeOf).join(",");
}

function typeOf(parameter: string): string {
  const start = parameter.startsWith("(") ? closingOf(parameter, 0) : undefined;
  if (start !== undefined) return `(${typesOf(parameter.slice(1, start))})${/^[[\]0-9]*/.exec(parameter.slice(start + 1))?.[0] ?? ""}`;
  return (/^\S*/.exec(parameter)?.[0] ?? "").replace(/^(u?int)(?=\[|$)/, "$1256");
}

/** At the commas that stand in no parentheses. */
function splitParameters(text: string): string[] {
  const parts: string[] = [];
  let [depth, from] = [0, 0];
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === "(") depth++;
    else if (character === ")") depth--;
    else if (character === "," && depth === 0) {
      parts.push(text.slice(from, index).trim());
      from = index + 1;
    }
  }
  const last = text.slice(from).trim();
  return last === "" ? parts : [...parts, last];
}

/** Of the parenthesis that opens at `open`. */
function closingOf(text: string, open: number): number | undefined {
  let depth = 0;
  for (let index = open; index < text.length; index++) {
    if (text[index] === "(") depth++;
    else if (text[index] === ")" && --depth === 0) return index;
  }
  return undefined;
}
