import { shownValue } from "../outcome/place.ts";
import type { StateChange } from "../outcome/simulation.ts";
import type { Line, Span } from "./document.ts";

/** What changed: the variable's path and type, or balance, nonce, code. */
export function changedPlace(change: StateChange): Line {
  if (change.kind !== "storage") return [{ text: change.kind }];
  const type: Span[] = change.type === undefined ? [] : [{ text: ` ${change.type}`, mono: true, tone: "muted" }];
  if (change.path === undefined) return [{ text: `slot ${change.slot ?? "?"}`, mono: true, tone: "bad" }];
  const recovered: Span[] = change.recovered === true ? [{ text: " (place recovered from bytecode)", tone: "warn" }] : [];
  return [{ text: change.path, mono: true }, ...type, ...recovered];
}

/** `JobsManager.verificationRate: 1000 becomes 500`. */
export function changeLine(change: StateChange): Line {
  const contract: Span[] = change.contract === undefined ? [{ text: `${change.address} `, mono: true }] : [{ text: `${change.contract} `, strong: true }];
  const [place, ...rest] = changedPlace({ ...change, type: undefined });
  return [...contract, ...(place === undefined ? [] : [place]), ...rest, { text: ": " }, { text: shownValue(change, "before"), mono: true }, { text: " becomes " }, { text: shownValue(change, "after"), mono: true, strong: true }];
}
