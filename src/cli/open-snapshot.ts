import type { LoadedSnapshot } from "../snapshot/format/snapshot.ts";
import type { LayoutBook, StateView } from "../snapshot/view/state-view.ts";

export interface OpenSnapshot {
  snapshot: LoadedSnapshot;
  layouts: LayoutBook;
  view: StateView;
}

/** A snapshot with names. Needs no network. @throws LPCTL_SNAPSHOT_*, LPCTL_SOLIDITY_* */
export async function openSnapshot(folder: string): Promise<OpenSnapshot> {
  const [{ loadSnapshot }, { loadLayouts }, { openView }, { compilerCacheFolders }] = await Promise.all([
    import("../snapshot/format/load-snapshot.ts"),
    import("../snapshot/view/load-layouts.ts"),
    import("../snapshot/view/state-view.ts"),
    import("../config/compiler-cache.ts"),
  ]);
  const snapshot = await loadSnapshot(folder);
  const layouts = await loadLayouts(snapshot.state, compilerCacheFolders());
  return { snapshot, layouts, view: await openView(snapshot.state, { layouts }) };
}
