import type { Layout } from "../../protocol/layout.ts";
import { formatKey, type Names } from "../../simulation/format-word.ts";
import { elementLeaves, leavesOf, staticLeaves, type Leaf } from "../../simulation/layout-walk.ts";
import { hexAt } from "./key-book.ts";
import type { Places } from "./places.ts";

/** What variables are called by. */
export interface PlaceNames {
  layout: Layout;
  /** Of addresses and ids in keys. */
  names: Names;
  /** The key that is named in the place of one; digits without `0x`. */
  keyOf?: ((key: string) => string) | undefined;
}

/** The variables in a slot of a place: `delegators[0x…].bondedAmount`; several are separated by commas. @param slot relative to the place */
export function namePlace(book: PlaceNames, places: Places, place: number, slot: bigint): string {
  const { layout } = book;
  const { within, typeId } = places;
  if (within === undefined) return namesOfLeaves(staticLeaves(layout, slot));
  const path = pathOf(book, places, place);
  const number = within.kind === "entry" ? 0n : BigInt(`0x${hexAt(within.keys, place)}`);
  if (within.kind === "chunk") return `${path} (bytes ${number * 32n} to ${number * 32n + 31n})`;
  const type = typeId === undefined ? undefined : layout.types[typeId];
  if (typeId === undefined || type === undefined) return path;
  // Small elements share a slot.
  const outer = join(pathOf(book, within.places, within.index[place] ?? 0), within.member.path);
  const perSlot = 32n / BigInt(type.numberOfBytes);
  if (within.kind === "element" && perSlot > 1n && type.members === undefined) return namesOfLeaves(elementLeaves(layout, typeId, 0n, outer, number / perSlot, undefined));
  return namesOfLeaves(leavesOf(layout, typeId, 0n, 0, path, slot)) || path;
}

function pathOf(book: PlaceNames, places: Places, place: number): string {
  const { within } = places;
  if (within === undefined) return "";
  const { member, kind, keys } = within;
  const outer = join(pathOf(book, within.places, within.index[place] ?? 0), member.path);
  if (kind === "chunk") return outer;
  const key = hexAt(keys, place);
  if (kind === "element") return `${outer}[${BigInt(`0x${key}`)}]`;
  const type = member.type.key;
  return `${outer}[${formatKey(type ?? "t_bytes32", type === undefined ? undefined : book.layout.types[type], book.keyOf?.(key) ?? key, book.names)}]`;
}

/** `jobs[3].claims.length`; of several in one place, the others without what they have in common: `owner, paused`. */
function namesOfLeaves(leaves: readonly Leaf[]): string {
  const paths = leaves.filter(({ path }) => !/(^|\.)__gap/.test(path)).map(({ path, type }) => (type.encoding === "dynamic_array" ? `${path}.length` : path));
  const [first = ""] = paths;
  const common = first.slice(0, first.lastIndexOf(".") + 1);
  return paths.map((path, index) => (index > 0 && path.startsWith(common) ? path.slice(common.length) : path)).join(", ");
}

function join(outer: string, member: string): string {
  return member === "" ? outer : outer === "" ? member : `${outer}.${member}`;
}
