import { printable } from "../../protocol/printable.ts";

export interface Difference {
  /** `simulation.changes.3.after` */
  path: string;
  /** In the file, and here; `nothing` where there is none. */
  recorded: string;
  found: string;
}

/** The first place, in the order of the recorded one, where two JSON values differ; undefined where they are equal. */
export function firstDifference(recorded: unknown, found: unknown, path: readonly string[] = []): Difference | undefined {
  if (Object.is(recorded, found)) return undefined;
  if (isContainer(recorded) && isContainer(found) && Array.isArray(recorded) === Array.isArray(found)) {
    const keys = new Set([...Object.keys(recorded), ...Object.keys(found)]);
    for (const key of keys) {
      const difference = firstDifference(member(recorded, key), member(found, key), [...path, key]);
      if (difference !== undefined) return difference;
    }
    return undefined;
  }
  const from = typeof recorded === "string" && typeof found === "string" ? Math.max(0, commonLength(recorded, found) - CONTEXT) : 0;
  return { path: printable(path.join(".")), recorded: show(recorded, from), found: show(found, from) };
}

function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function member(value: object, key: string): unknown {
  return Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}

/** Of long texts, what stands before the first difference. */
const CONTEXT = 40;
const LONGEST_SHOWN = 120;

function commonLength(left: string, right: string): number {
  let at = 0;
  while (at < left.length && left[at] === right[at]) at += 1;
  return at;
}

function show(value: unknown, from: number): string {
  if (value === undefined) return "nothing";
  const text = printable(JSON.stringify(typeof value === "string" ? value.slice(from, from + LONGEST_SHOWN) : value));
  return `${from > 0 ? "…" : ""}${text.slice(0, LONGEST_SHOWN)}${text.length > LONGEST_SHOWN ? "…" : ""}`;
}
