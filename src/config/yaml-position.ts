import { isMap, isScalar, type Document, type LineCounter } from "yaml";

export interface Position {
  line: number;
  col: number;
}

/**
 * The place of the deepest node on `keyPath` that exists: a missing key is reported at its parent.
 * With `atKey` the place of the last key itself, instead of its value.
 */
export function positionOf(document: Document, lineCounter: LineCounter, keyPath: readonly PropertyKey[], atKey: boolean): Position {
  const parent: unknown = keyPath.length <= 1 ? document.contents : document.getIn(keyPath.slice(0, -1), true);
  if (atKey && isMap(parent)) {
    const key: unknown = parent.items.find((pair) => isScalar(pair.key) && pair.key.value === keyPath.at(-1))?.key;
    if (isScalar(key) && Array.isArray(key.range)) return lineCounter.linePos(key.range[0]);
  }
  for (let length = keyPath.length; length >= 0; length -= 1) {
    const node: unknown = length === 0 ? document.contents : document.getIn(keyPath.slice(0, length), true);
    const range = (node as { range?: unknown } | null | undefined)?.range;
    if (Array.isArray(range) && typeof range[0] === "number") return lineCounter.linePos(range[0]);
  }
  return { line: 1, col: 1 };
}
