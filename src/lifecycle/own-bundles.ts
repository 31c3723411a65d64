import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Project } from "../inspection/project.ts";
import type { StoredProposal } from "../proposal/store.ts";
import type { SafeBundle } from "../safe/bundle.ts";
import { loadBundle } from "../safe/bundle-file.ts";
import { listApprovalFiles } from "./approval-store.ts";
import { readOwnProposals } from "./proposal-network.ts";
import { bundlePath, loadSafeBundle } from "./safe-bundle.ts";

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
 * @throws what loadBundle throws: a file that was changed is for a person to look at before anything moves
 */
export async function readOwnBundles(project: Project): Promise<OwnBundle[]> {
  const proposals = await readOwnProposals(project);
  const found = await Promise.all([...proposals.map(ofProposal), ofNoProposal(project)]);
  return found.flat().filter(({ bundle }) => bundle.chainId === project.chainId);
}

/** `safe/<network>/<Safe>/*.json`, as `safeFolder` says. */
async function ofNoProposal(project: Project): Promise<OwnBundle[]> {
  const parent = join(project.folder, "safe", project.network);
  const safes = existsSync(parent) ? (await readdir(parent)).filter((name) => /^0x[0-9a-fA-F]{40}$/.test(name)).toSorted() : [];
  const names = await Promise.all(safes.map((safe) => readdir(join(parent, safe))));
  const files = safes.flatMap((safe, index) => (names[index] ?? []).filter((name) => name.endsWith(".json")).toSorted().map((name) => join(parent, safe, name)));
  return Promise.all(files.map(async (path): Promise<OwnBundle> => ({ path, bundle: await loadBundle(path), stored: undefined, label: basename(path, ".json") })));
}

async function ofProposal(stored: StoredProposal): Promise<OwnBundle[]> {
  const own = await loadSafeBundle(stored);
  const approvals = await listApprovalFiles(stored);
  const others: [label: string, path: string][] = [
    ["rejection of", join(stored.folder, "rejection.json")],
    ...approvals.map(({ safe, file }): [string, string] => [`approval by ${safe} of`, file]),
  ];
  const loaded = await Promise.all(others.filter(([, path]) => existsSync(path)).map(async ([label, path]): Promise<OwnBundle> => ({ path, bundle: await loadBundle(path), stored, label: `${label} ${stored.name}` })));
  return own === undefined ? loaded : [{ path: bundlePath(stored), bundle: own, stored, label: stored.name }, ...loaded];
}
