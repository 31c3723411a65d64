/** A layout taken apart into what lies where, byte by byte. Pure. */
import type { Layout, LayoutType } from "../../protocol/layout.ts";
import { elementPosition, fixedLength } from "../layout-walk.ts";

/** A variable, struct member or array element that lies in place and cannot be taken apart further. */
export interface Cell {
  path: string;
  /** Bytes from the start of slot 0, or of the struct. */
  start: bigint;
  size: bigint;
  typeId: string;
  type: LayoutType;
  /** Reserved for later versions: nothing is kept there. */
  isGap: boolean;
}

/** Elements of one fixed array that are taken apart; of a longer one only the first are. */
const ELEMENTS = 1_024n;
const WORD = 32n;

/** All cells of a contract, ascending. */
export function cellsOf(layout: Layout): Cell[] {
  const cells = layout.storage.flatMap(({ label, slot, offset, type }) => cellsOfType(layout, type, BigInt(slot) * WORD + BigInt(offset), label));
  return cells.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
}

/** The cells of one type, laid out from `start`. */
export function cellsOfType(layout: Layout, typeId: string, start: bigint, path: string): Cell[] {
  const type = layout.types[typeId];
  if (type === undefined) return [];
  const size = BigInt(type.numberOfBytes);
  if (isGap(path)) return [{ path, start, size, typeId, type, isGap: true }];
  if (type.encoding !== "inplace") return [{ path, start, size: WORD, typeId, type, isGap: false }];
  if (type.members !== undefined) {
    return type.members.flatMap(({ label, slot, offset, type: member }) =>
      cellsOfType(layout, member, start + BigInt(slot) * WORD + BigInt(offset), `${path}.${label}`),
    );
  }
  const element = type.base === undefined ? undefined : layout.types[type.base];
  if (type.base === undefined || element === undefined) return [{ path, start, size, typeId, type, isGap: false }];
  const cells: Cell[] = [];
  const length = fixedLength(type);
  for (let index = 0n; index < length && index < ELEMENTS; index += 1n) {
    const { slot, offset } = elementPosition(element, index);
    cells.push(...cellsOfType(layout, type.base, start + slot * WORD + BigInt(offset), `${path}[${index}]`));
  }
  return cells;
}

/** `__gap`, `state.__gap_2`, `__gap[3]`. */
export function isGap(path: string): boolean {
  return /(^|\.)__gap(_\w*)?(\[\d+\])?$/.test(path);
}
