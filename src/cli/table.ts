import { stripVTControlCharacters } from "node:util";
import { styleFor } from "./style.ts";

export interface Column<Row> {
  header: string;
  value(row: Row): string;
  align?: "left" | "right";
}

/**
 * A table for stdout: aligned columns on a terminal, tab-separated values with a header line when piped.
 * Nothing is ever cut: an address or a hash that is not whole is worse than a long line.
 */
export function formatTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  aligned: boolean = process.stdout.isTTY === true,
): string {
  const cells = rows.map((row) => columns.map((column) => column.value(row).replaceAll(/[\t\r\n]+/g, " ")));
  const headers = columns.map((column) => column.header);
  if (!aligned) return [headers, ...cells].map((line) => line.join("\t")).join("\n");
  const widths = columns.map((_, index) => Math.max(...[headers, ...cells].map((line) => width(line[index] ?? ""))));
  const style = styleFor("stdout");
  const format = (line: readonly string[]): string =>
    line
      .map((cell, index) => {
        const padding = " ".repeat((widths[index] ?? 0) - width(cell));
        return columns[index]?.align === "right" ? padding + cell : cell + padding;
      })
      .join("  ")
      .trimEnd();
  return [style.bold(format(headers)), ...cells.map(format)].join("\n");
}

function width(text: string): number {
  return Array.from(stripVTControlCharacters(text)).length;
}
