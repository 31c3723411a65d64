import { stripVTControlCharacters } from "node:util";
import { foldTo } from "./fold.ts";
import { styleFor } from "./style.ts";

export interface Column<Row> {
  header: string;
  value(row: Row): string;
  align?: "left" | "right";
}

/**
 * A table for stdout: aligned columns on a terminal, tab-separated values with a header line when piped.
 * Nothing is ever cut: an address or a hash that is not whole is worse than a long line. Columns that the terminal has no room
 * for get a line each below their row.
 * @param room columns of the terminal
 */
export function formatTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  aligned: boolean = process.stdout.isTTY === true,
  room: number = process.stdout.columns || Infinity,
): string {
  const cells = rows.map((row) => columns.map((column) => column.value(row).replaceAll(/[\t\r\n]+/g, " ")));
  const headers = columns.map((column) => column.header);
  if (!aligned) return [headers, ...cells].map((line) => line.join("\t")).join("\n");
  const widths = columns.map((_, index) => Math.max(...[headers, ...cells].map((line) => width(line[index] ?? ""))));
  const style = styleFor("stdout");
  const fitting = countFitting(widths, room);
  const format = (line: readonly string[]): string =>
    line
      .slice(0, fitting)
      .map((cell, index) => {
        const padding = " ".repeat((widths[index] ?? 0) - width(cell));
        return columns[index]?.align === "right" ? padding + cell : cell + padding;
      })
      .join("  ")
      .trimEnd();
  const below = (line: readonly string[]): string[] =>
    line.slice(fitting).flatMap((cell, index) => (cell === "" || cell === "-" ? [] : [labelled(style.dim(headers[fitting + index] ?? ""), cell, room)]));
  return [style.bold(format(headers)), ...cells.flatMap((line) => [format(line), ...below(line)])].join("\n");
}

/** How many columns, from the first, stand side by side; the first always does. */
function countFitting(widths: readonly number[], room: number): number {
  let taken = -2;
  const tooWide = widths.findIndex((each) => (taken += each + 2) > room);
  return tooWide === -1 ? widths.length : Math.max(1, tooWide);
}

/** Value beside its header, or below it where only that lets it stay in one line. */
function labelled(header: string, cell: string, room: number): string {
  const isNarrow = 4 + width(header) + 2 + width(cell) > room;
  return isNarrow ? `    ${header}\n      ${foldTo(cell, 6, room)}` : `    ${header}  ${cell}`;
}

function width(text: string): number {
  return Array.from(stripVTControlCharacters(text)).length;
}
