import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { LpctlError } from "../../errors.ts";
import type { Project } from "../../inspection/project.ts";
import type { StoredProposal } from "../../proposal/store.ts";
import type { SafeBundle } from "../../safe/bundle.ts";
import { loadBundle } from "../../safe/bundle-file.ts";
import { listApprovalFiles } from "../approvals/approval-store.ts";
import { readOwnProposals } from "../proposal-network.ts";
import { bundlePath, loadSafeBundle } from "../safe/safe-bundle.ts";
import { ownRejectionPath, safesFolder } from "../safe/safe-files.ts";

/** A Safe transaction of this project, and the file it is kept in. */
export interface OwnBundle {
  path: string;
  bundle: SafeBundle;
  /** Undefined for a rejection that belongs to no proposal. */
  stored: StoredProposal | undefined;
  /** For people: the proposal's name, and what of it this is. */
  label: string;
}

/**
 * Every Safe transaction that the proposals of this project keep: their own, the rejection that calls one off, and the approvals
 * by which Safes that are owners sign; and the rejections beside the proposals that belong to none.
 * One that was changed does not keep the others out: it is a problem for a person to look at.
 */
export async function readOwnBundles(project: Project): Promise<{ bundles: OwnBundle[]; problems: LpctlError[] }> {
  const proposals = await readOwnProposals(project);
  const found = await Promise.all([...proposals.map(ofProposal), ofNoProposal(project)]);
  const problems: LpctlError[] = [];
  const bundles = await Promise.all(found.flat().map(async ({ load, ...about }): Promise<OwnBundle[]> => {
    try {
      const bundle = await load();
      return bundle?.chainId === project.chainId ? [{ ...about, bundle }] : [];
    } catch (error) {
      if (!(error instanceof LpctlError)) throw error;
      problems.push(error);
      return [];
    }
  }));
  return { bundles: bundles.flat(), problems };
}

type Unread = Omit<OwnBundle, "bundle"> & { load: () => Promise<SafeBundle | undefined> };

/** `safe/<network>/<Safe>/*.json`, as `safeFolder` says. */
async function ofNoProposal(project: Project): Promise<Unread[]> {
  const parent = safesFolder(project);
  const safes = existsSync(parent) ? (await readdir(parent)).filter((name) => /^0x[0-9a-fA-F]{40}$/.test(name)).toSorted() : [];
  const names = await Promise.all(safes.map((safe) => readdir(join(parent, safe))));
  const files = safes.flatMap((safe, index) => (names[index] ?? []).filter((name) => name.endsWith(".json")).toSorted().map((name) => join(parent, safe, name)));
  return files.map((path) => ({ path, load: () => loadBundle(path), stored: undefined, label: basename(path, ".json") }));
}

async function ofProposal(stored: StoredProposal): Promise<Unread[]> {
  const approvals = await listApprovalFiles(stored);
  const others: [label: string, path: string][] = [
    ["rejection of", ownRejectionPath(stored)],
    ...approvals.map(({ safe, file }): [string, string] => [`approval by ${safe} of`, file]),
  ];
  const beside = others.filter(([, path]) => existsSync(path)).map(([label, path]): Unread => ({ path, load: () => loadBundle(path), stored, label: `${label} ${stored.name}` }));
  return [{ path: bundlePath(stored), load: () => loadSafeBundle(stored), stored, label: stored.name }, ...beside];
}
