const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c];
const [BRACE, BRACKET, BRACE_END, BRACKET_END] = [0x7b, 0x5b, 0x7d, 0x5d];

/**
 * The bytes of one member of the outermost object, in a document that is too long to be parsed: nothing is built of what lies
 * before it.
 * @param json valid JSON, UTF-8; the key is written without escapes
 * @throws RangeError where there is no such member
 */
export function sliceOfMember(json: Buffer, key: string): Buffer {
  const wanted = `"${key}"`;
  let depth = 0;
  let start: number | undefined;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at] ?? 0;
    if (byte === QUOTE) {
      const end = endOfText(json, at);
      if (depth === 1 && start === undefined && json.toString("latin1", at, end) === wanted) {
        const colon = json.indexOf(COLON, end);
        // The same text may be a value, which a comma or the end follows.
        if (colon >= 0 && json.toString("latin1", end, colon).trim() === "") start = colon + 1;
      }
      at = (start ?? 0) > end ? (start ?? 0) - 1 : end - 1;
    } else if (byte === BRACE || byte === BRACKET) depth++;
    else if (byte === BRACE_END || byte === BRACKET_END) depth--;
    if (start !== undefined && at > start && ((depth === 1 && json[at] === COMMA) || depth === 0)) return json.subarray(start, at);
  }
  throw new RangeError(`there is no "${key}" in it`);
}

/** Behind the quote that ends the text which begins at `from`. */
function endOfText(json: Buffer, from: number): number {
  for (let at = from + 1; ; at++) {
    at = json.indexOf(QUOTE, at);
    if (at < 0) throw new RangeError("a text does not end");
    let escapes = 0;
    while (json[at - 1 - escapes] === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return at + 1;
  }
}
