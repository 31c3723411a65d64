import type { Layout } from "../../protocol/layout.ts";
import type { StateView } from "./state-view.ts";

/** The layouts that a view was opened with, to open another state of the same contracts. */
export function layoutsOf(view: StateView): Map<string, Layout> {
  const layouts = new Map<string, Layout>();
  for (const { state, layout } of view.contracts()) if (state.layoutOf !== undefined) layouts.set(state.layoutOf, layout);
  return layouts;
}
