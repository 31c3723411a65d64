/**
 * Breaks a text between words where a terminal would break it anywhere, and indents what follows. Words stay whole: an address
 * or a hash that is cut is worse than a long line. Off a terminal nothing is broken.
 * @param indent of the first line, which is not part of the text, and of those that follow
 */
export function fold(text: string, indent: number, stream: "stdout" | "stderr" = "stdout"): string {
  const columns = process[stream].isTTY ? process[stream].columns : undefined;
  return columns === undefined ? text : foldTo(text, indent, columns);
}

export function foldTo(text: string, indent: number, columns: number): string {
  const room = columns - indent;
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && Array.from(last).length + 1 + Array.from(word).length <= room) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.join(`\n${" ".repeat(indent)}`);
}
