import { existsSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../package-root.ts";
import type { Layout } from "../../protocol/layout.ts";
import { BEACON_STORAGE_LAYOUT, GOVERNOR_STORAGE_LAYOUT, SAFE_STORAGE_LAYOUT, TIMELOCK_STORAGE_LAYOUT } from "../../protocol/storage-slots.ts";
import type { ProtocolState } from "../state.ts";
import type { LayoutBook } from "./state-view.ts";

/** Contracts whose source lpctl never compiles. */
const KNOWN: LayoutBook = new Map([
  ["Safe", SAFE_STORAGE_LAYOUT],
  ["Timelock", TIMELOCK_STORAGE_LAYOUT],
  ["Governor", GOVERNOR_STORAGE_LAYOUT],
  ["Beacon", BEACON_STORAGE_LAYOUT],
]);

/**
 * The storage layouts that the contracts of a state name: of lpctl's own sources, and of contracts that it knows without one. Needs no
 * network. A contract whose source is not here has none, and stays without names.
 * @throws LPCTL_SOLIDITY_*
 */
export async function loadLayouts(state: Pick<ProtocolState, "contracts">, compilerCaches: string[]): Promise<LayoutBook> {
  const wanted = [...new Set(state.contracts.flatMap(({ layoutOf }) => (layoutOf === undefined ? [] : [layoutOf])))];
  const layouts = new Map<string, Layout>();
  const compiled: { reference: string; source: string; contract: string }[] = [];
  for (const reference of wanted) {
    const known = KNOWN.get(reference);
    if (known !== undefined) layouts.set(reference, known);
    // Only names of our own folder: a file may say anything.
    const [, source, contract] = /^(contracts\/[\w/-]+\.sol):(\w+)$/.exec(reference) ?? [];
    if (source !== undefined && contract !== undefined && existsSync(join(packageRoot(), source))) compiled.push({ reference, source, contract });
  }
  if (compiled.length === 0) return layouts;
  const [{ compileUnits }, { layoutOfUnit }] = await Promise.all([import("../../solidity/compile.ts"), import("../../solidity/layout-of-unit.ts")]);
  const units = await compileUnits({ root: packageRoot(), targets: compiled.map(({ source, contract }) => ({ source, contract })), cacheFolders: compilerCaches });
  for (const [index, { reference }] of compiled.entries()) {
    const unit = units[index];
    if (unit !== undefined) layouts.set(reference, layoutOfUnit(unit));
  }
  return layouts;
}
