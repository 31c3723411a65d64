import type { Address } from "../../protocol/hex.ts";
import { nameOf, type PrivilegeGraph } from "../graph/privilege.ts";
import type { Move } from "../plan/move.ts";
import type { ResolvedTarget } from "../target/resolve-target.ts";
import type { Cell, Matrix, MatrixRow } from "./matrix.ts";

/** Something that the matrices before and after show, or fail to show. */
export interface HandoverProof {
  what: string;
  holds: boolean;
  detail: string;
}

const CALLS_SHOWN = 6;

/**
 * What is to be proven of two matrices: for each move the new can what the old could, the old cannot any more, and nobody else
 * gained or lost anything. Pure.
 */
export function judgeMatrices(before: Matrix, after: Matrix, target: ResolvedTarget, graph: PrivilegeGraph): HandoverProof[] {
  const name = (address: Address): string => nameOf(graph, address);
  const changes = changesBetween(before, after);
  const proofs: HandoverProof[] = [];
  const expected = new Set<string>();
  for (const pair of pairsOf(target).values()) {
    const moved = before.rows.filter((row) => isMoved(row, pair, target, graph) && cellOf(before, row, pair.from)?.verdict === "can");
    const missing = moved.filter((row) => !isOpenTo(after, row, pair.to));
    const kept = moved.filter((row) => {
      const cell = cellOf(after, row, pair.from);
      // Whoever signs for the new owner acts through it, which is the new way and no leftover of the old.
      return pair.takes && cell?.verdict === "can" && !leadsThrough(after, row, cell, pair.to);
    });
    proofs.push({ what: `${name(pair.to)} can what ${name(pair.from)} could`, holds: moved.length > 0 && missing.length === 0, detail: moved.length === 0 ? "there was no call to try" : missing.length === 0 ? `${moved.length} calls tried` : `refused: ${namesOf(missing)}` });
    // A Safe that could what its Governor could.
    const behind = before.actors.filter((actor) => moved.some((row) => leadsThrough(before, row, cellOf(before, row, actor), pair.from)));
    const keeping = behind.filter((actor) => moved.some((row) => cellOf(after, row, actor)?.verdict === "can" && !leadsThrough(after, row, cellOf(after, row, actor), pair.to) && !pair.keeps.has(actor)));
    if (pair.takes) {
      const tried = [`${moved.length} calls tried`, ...(behind.length === 0 ? [] : [`nor can ${behind.map(name).join(", ")}, which acted through it`])].join("; ");
      const broken = [...(kept.length === 0 ? [] : [`still taken: ${namesOf(kept)}`]), ...(keeping.length === 0 ? [] : [`still taken from ${keeping.map(name).join(", ")}`])].join("; ");
      const but = moved.some((row) => leadsThrough(after, row, cellOf(after, row, pair.from), pair.to)) ? `, but through ${name(pair.to)}` : "";
      proofs.push({ what: `${name(pair.from)} cannot any more${but}`, holds: moved.length > 0 && broken === "", detail: broken === "" ? tried : broken });
    }
    for (const account of [pair.from, pair.to]) expected.add(account);
  }
  const strange = changes.filter(({ actor, cell }) => !expected.has(actor) && !(cell.via !== null && expected.has(cell.via)) && !leadsThrough(after, undefined, cell, target.to));
  // Accounts that act through one of those that win or lose, win or lose with it.
  const others = strange.filter(({ was }) => !(was.via !== null && expected.has(was.via)));
  proofs.push({
    what: "nobody else gains or loses anything",
    holds: others.length === 0,
    detail: others.length === 0 ? `${after.rows.length} calls tried in the name of ${after.actors.length} accounts` : others.slice(0, CALLS_SHOWN).map(({ actor, row, was, cell }) => `${name(actor)}, ${row.name}: ${row.what}: ${was.verdict} -> ${cell.verdict}`).join("; "),
  });
  return proofs;
}

interface Pair {
  from: Address;
  to: Address;
  /** Whether the old loses it: a role that is kept by both is only given. */
  takes: boolean;
  /** Who gets something of it as well. */
  keeps: ReadonlySet<Address>;
  moves: Move[];
}

/** Moves by who gives and who gets. */
function pairsOf({ moves, from }: ResolvedTarget): Map<string, Pair> {
  const pairs = new Map<string, Pair>();
  const keeps = new Set(moves.flatMap((move) => (move.kind === "owner" || move.kind === "rule" ? [move.to] : move.kind === "grant" ? [move.account] : [])));
  const add = (given: Omit<Pair, "keeps">): void => {
    const pair = { ...given, keeps };
    const key = `${pair.from}:${pair.to}:${pair.takes}`;
    pairs.set(key, { ...pair, moves: [...(pairs.get(key)?.moves ?? []), ...pair.moves] });
  };
  for (const move of moves) {
    if (move.kind === "owner" || move.kind === "rule") add({ from: move.from, to: move.to, takes: true, moves: [move] });
    if (move.kind !== "grant") continue;
    const taken = moves.filter((other) => other.kind === "revoke" && other.contract === move.contract && other.role === move.role);
    for (const revoke of taken) if (revoke.kind === "revoke") add({ from: revoke.account, to: move.account, takes: true, moves: [move, revoke] });
    if (taken.length === 0) add({ from, to: move.account, takes: false, moves: [move] });
  }
  return pairs;
}

/** Whether a call is among those that a move hands over. */
function isMoved(row: MatrixRow, { moves, to }: Pair, { divided, moves: all }: ResolvedTarget, graph: PrivilegeGraph): boolean {
  const goesElsewhere = to !== divided && all.some((move) => move.kind === "rule" && move.to !== to && row.contract === move.target && row.call.data.startsWith(move.selector));
  return moves.some((move) => {
    if (goesElsewhere && move.kind === "owner") return false;
    switch (move.kind) {
      case "owner":
        if (move.contract === graph.controller) return obeysController(row, graph);
        if (move.contract === divided) return row.contract === divided || obeysController(row, graph);
        return row.contract === move.contract && (row.group === "ownership" || row.what === "mint" || row.group === "upgrades" || row.group === "command");
      case "grant":
      case "revoke":
        return row.contract === move.contract && row.group === "roles" && (row.what.endsWith(move.roleName) || (row.what === "mint" && move.roleName === "MINTER_ROLE"));
      case "rule":
        return row.contract === move.target && row.call.data.startsWith(move.selector);
    }
  });
}

function obeysController(row: MatrixRow, graph: PrivilegeGraph): boolean {
  if (row.contract === graph.controller) return true;
  return row.group === "parameters" && graph.privileges.some(({ kind, contract, holder }) => kind === "controller" && contract === row.contract && holder === graph.controller);
}

function cellOf(matrix: Matrix, row: MatrixRow, actor: Address): Cell | undefined {
  return matrix.rows.find(({ id }) => id === row.id)?.cells[matrix.actors.indexOf(actor)];
}

function isOpenTo(matrix: Matrix, row: MatrixRow, actor: Address): boolean {
  const verdict = cellOf(matrix, row, actor)?.verdict;
  return verdict === "can" || verdict === "anybody";
}

/** Whether an account acts by way of another one, near or far. */
function leadsThrough(matrix: Matrix, row: MatrixRow | undefined, cell: Cell | undefined, through: Address): boolean {
  for (let [at, steps]: [Address | null, number] = [cell?.via ?? null, 0]; at !== null && steps < matrix.actors.length; steps++) {
    if (at === through) return true;
    at = row === undefined ? null : (cellOf(matrix, row, at)?.via ?? null);
  }
  return false;
}

interface Change {
  actor: Address;
  row: MatrixRow;
  was: Cell;
  cell: Cell;
}

/** Cells that say something else than before, whatever the way. */
function changesBetween(before: Matrix, after: Matrix): Change[] {
  return after.rows.flatMap((row) =>
    after.actors.flatMap((actor, index): Change[] => {
      const cell = row.cells[index];
      const was = cellOf(before, row, actor);
      return cell === undefined || was === undefined || was.verdict === cell.verdict ? [] : [{ actor, row, was, cell }];
    }),
  );
}

function namesOf(rows: readonly MatrixRow[]): string {
  const names = rows.map(({ name, what }) => `${name}: ${what}`);
  return names.length <= CALLS_SHOWN ? names.join("; ") : `${names.slice(0, CALLS_SHOWN).join("; ")} and ${names.length - CALLS_SHOWN} more`;
}
