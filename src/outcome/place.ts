/** Where a change lies and what it says: once to compare it by, and once as people read it. Pure. */
import type { Hex } from "../protocol/hex.ts";
import type { StateChange } from "./simulation.ts";

const NAMED_ADDRESS = /[^[\]]* \((0x[0-9a-fA-F]{40})\)/g;
const NAMED_VALUE = /^[^"]* \((0x[0-9a-fA-F]+|-?\d+)\)$/;

/**
 * What changes within its account: `registry[JobsManagerTarget].contractAddress`, `slot 0x…` where nothing names it,
 * `balance`, `code`. Addresses in keys stand alone: a contract that was registered meanwhile is still the same key.
 */
export function pathOf(change: StateChange): string {
  if (change.kind !== "storage") return change.kind;
  return change.path === undefined ? `slot ${change.slot ?? ""}` : change.path.replaceAll(NAMED_ADDRESS, "$1");
}

/** Tells apart all changes of a simulation: account and path. */
export function placeOf(change: StateChange): string {
  return placeKey(change.address, pathOf(change));
}

export function placeKey(address: string, path: string): string {
  return `${address.toLowerCase()} ${path}`;
}

/** Tells apart the words of storage, balances and codes of a simulation, whatever they are named. */
export function wordOf({ address, kind, slot }: StateChange): string {
  return `${address.toLowerCase()} ${kind} ${slot ?? ""}`;
}

/** The path with every whole-number key left open: `totals[41].stake` and `totals[42].stake` are one and the same. */
export function openPath(path: string): string {
  return path.replaceAll(/\[\d+\]/g, "[*]");
}

/** The value alone: decimal integers, addresses and bytes without names, raw words where no type is known. */
export function valueOf(change: StateChange, side: "before" | "after"): string {
  const word = change[side];
  if (change.kind === "balance" || change.kind === "nonce") return BigInt(word).toString();
  const text = side === "before" ? change.beforeText : change.afterText;
  if (change.kind === "code" || text === undefined) return word;
  return NAMED_VALUE.exec(text)?.[1] ?? text;
}

/** Whether a word holds an address, alone or packed with others. */
export function holdsAddress(word: Hex, address: string): boolean {
  return word.toLowerCase().includes(address.slice(2).toLowerCase());
}

/** The path for people, with the names of keys; what no layout names by its slot, what is no storage by its kind. */
export function shownPath({ kind, path, slot }: StateChange): string {
  return kind === "storage" ? (path ?? `slot ${slot ?? ""}`) : kind;
}

/** The value for people, where its type is known; the raw word else. */
export function shownValue(change: StateChange, side: "before" | "after"): string {
  return side === "before" ? (change.beforeText ?? change.before) : (change.afterText ?? change.after);
}

/** `0x00…01 becomes 0x00…02` */
export function shownTransition(change: StateChange): string {
  return `${shownValue(change, "before")} becomes ${shownValue(change, "after")}`;
}
