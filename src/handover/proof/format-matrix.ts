import { printable } from "../../protocol/printable.ts";
import { nameOf, type PrivilegeGraph } from "../graph/privilege.ts";
import type { Cell, Matrix, MatrixRow } from "./matrix.ts";

const SIGNS = { can: "yes", perhaps: "perhaps", cannot: "-", anybody: "anybody" } as const;

/** `yes`, `via A`: what a cell says in few letters; accounts go by the letter of their column. */
function sign(matrix: Matrix, { verdict, via }: Cell): string {
  return via === null ? SIGNS[verdict] : `via ${letter(matrix.actors.indexOf(via))}`;
}

export interface MatrixTable {
  /** What the letters stand for. */
  legend: string[];
  /** The first row holds the letters. */
  rows: string[][];
}

/** Calls of one contract with the same answers share a row. Accounts that can nothing at all share no column: they are left out. */
export function tableOfMatrix(matrix: Matrix, graph: PrivilegeGraph): MatrixTable {
  const columns = matrix.actors.map((_, index) => index).filter((index) => matrix.rows.some(({ cells }) => cells[index]?.verdict === "can" || cells[index]?.verdict === "perhaps"));
  const powerless = matrix.actors.filter((_, index) => !columns.includes(index));
  const groups = new Map<string, MatrixRow[]>();
  for (const row of matrix.rows) {
    const key = `${row.contract}:${row.group}:${columns.map((index) => JSON.stringify(row.cells[index])).join()}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const rows = [...groups.values()].map((members) => {
    const [row] = members;
    if (row === undefined) return [];
    const what = members.length > 3 ? `${members.length} ${row.group}` : members.map(({ what: words }) => words).join(", ");
    return [printable(`${row.name}: ${what}`), ...columns.map((index) => (row.cells[index] === undefined ? "" : sign(matrix, row.cells[index])))];
  });
  return {
    legend: [
      ...columns.map((index) => `${letter(index)}  ${printable(nameOf(graph, matrix.actors[index] ?? "0x"))}`),
      ...(powerless.length === 0 ? [] : [`Can none of these: ${powerless.map((address) => printable(nameOf(graph, address))).join(", ")}`]),
    ],
    rows: [["", ...columns.map(letter)], ...rows],
  };
}

/** The matrix as aligned text. */
export function formatMatrix(matrix: Matrix, graph: PrivilegeGraph): string[] {
  const { legend, rows } = tableOfMatrix(matrix, graph);
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return [...legend, "", ...rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd())];
}

function letter(index: number): string {
  return index < 0 ? "?" : index < 26 ? String.fromCharCode(65 + index) : `A${String.fromCharCode(65 + index - 26)}`;
}
