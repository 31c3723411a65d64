import type { LoadedSnapshot } from "../snapshot/format/snapshot.ts";
import type { LayoutBook, StateView } from "../snapshot/view/state-view.ts";

export interface OpenSnapshot {
  snapshot: LoadedSnapshot;
  layouts: LayoutBook;
  view: StateView;
}

/** A snapshot with names. Needs no network. @throws LPCTL_SNAPSHOT_*, LPCTL_SOLIDITY_* */
export async function openSnapshot(folder: string): Promise<OpenSnapshot> {
  const { loadSnapshot } = await import("../snapshot/format/load-snapshot.ts");
  return withNames(await loadSnapshot(folder));
}

/** The same, proven against the header in its folder first. @throws LPCTL_SNAPSHOT_*, LPCTL_SOLIDITY_* */
export async function openProvenSnapshot(folder: string): Promise<OpenSnapshot> {
  const [{ verifySnapshot }, { differentSnapshot }] = await Promise.all([import("../snapshot/format/verify-snapshot.ts"), import("../snapshot/format/snapshot-errors.ts")]);
  const { snapshot, differences } = await verifySnapshot(folder);
  const [first] = differences;
  if (first !== undefined) throw differentSnapshot(`The snapshot in ${folder} is not what its block's header proves`, `${first.of}: ${first.what}`, { differences: differences.length });
  return withNames(snapshot);
}

async function withNames(snapshot: LoadedSnapshot): Promise<OpenSnapshot> {
  const [{ loadLayouts }, { openView }, { compilerCacheFolders }] = await Promise.all([import("../snapshot/view/load-layouts.ts"), import("../snapshot/view/state-view.ts"), import("../config/compiler-cache.ts")]);
  const layouts = await loadLayouts(snapshot.state, compilerCacheFolders());
  return { snapshot, layouts, view: await openView(snapshot.state, { layouts }) };
}
