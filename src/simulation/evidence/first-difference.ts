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
  return { path: printable(path.join(".")), recorded: show(recorded), found: show(found) };
}

function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function member(value: object, key: string): unknown {
  return Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}

function show(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = printable(JSON.stringify(value));
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
