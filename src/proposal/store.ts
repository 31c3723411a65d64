import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rm, rmdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { Exit, LpctlError } from "../errors.ts";
import { nearestName } from "../protocol/nearest-name.ts";
import { replaceFile } from "../replace-file.ts";
import { toPlainJson } from "./canonical.ts";
import { parseProposal, type Proposal } from "./proposal.ts";

/**
 * Proposals live in `proposals/<network>/<NNN>-<slug>/`, one folder each, meant to be committed:
 * `proposal.json`, and beside it what was learned and done (`simulation.json`, `report.*`,
 * `bundle.json`, `journal.ndjson`).
 */
export interface StoredProposal {
  proposal: Proposal;
  folder: string;
  /** `001-set-verificationrate-to-500`: what the commands accept and print. */
  name: string;
}

export function proposalsFolder(projectFolder: string, network: string): string {
  return join(projectFolder, "proposals", network);
}

/** Writes a new proposal into the next numbered folder, or gives the folder that already holds the same one. */
export async function saveProposal(projectFolder: string, proposal: Proposal): Promise<StoredProposal> {
  const parent = proposalsFolder(projectFolder, proposal.network);
  await mkdir(parent, { recursive: true });
  const same = (await loadProposals(projectFolder, proposal.network)).find(({ stored }) => stored?.proposal.id === proposal.id)?.stored;
  if (same !== undefined) return same;
  const name = await nameFor(projectFolder, proposal);
  const folder = join(parent, name);
  await mkdir(folder);
  try {
    await replaceFile(join(folder, "proposal.json"), `${JSON.stringify(toPlainJson(proposal), null, 2)}\n`);
  } catch (error) {
    await rmdir(folder).catch(() => undefined);
    throw error;
  }
  return { proposal, folder, name };
}

/** The name a proposal has, or would get if it were saved now. */
export async function nameFor(projectFolder: string, proposal: Proposal): Promise<string> {
  const same = (await loadProposals(projectFolder, proposal.network)).find(({ stored }) => stored?.proposal.id === proposal.id)?.name;
  if (same !== undefined) return same;
  const names = await proposalNames(proposalsFolder(projectFolder, proposal.network));
  const last = names.reduce((highest, name) => Math.max(highest, Number.parseInt(name, 10)), 0);
  return `${String(last + 1).padStart(3, "0")}-${slug(proposal.title)}`;
}

/** Takes back a proposal that was saved a moment ago and could not be completed. */
export async function removeProposal({ folder }: StoredProposal): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** All proposals of a network that can be read, in order. One broken file must not stop work on the others. */
export async function listProposals(projectFolder: string, network: string): Promise<StoredProposal[]> {
  return (await loadProposals(projectFolder, network)).flatMap(({ stored }) => (stored === undefined ? [] : [stored]));
}

/** Every folder of a network's proposals: what it holds, or why it cannot be read. */
export async function loadProposals(
  projectFolder: string,
  network: string,
): Promise<{ name: string; stored?: StoredProposal; problem?: LpctlError }[]> {
  const parent = proposalsFolder(projectFolder, network);
  const names = await proposalNames(parent);
  return Promise.all(
    names.map(async (name) => {
      try {
        return { name, stored: await loadFolder(join(parent, name)) };
      } catch (error) {
        if (error instanceof LpctlError) return { name, problem: error };
        throw error;
      }
    }),
  );
}

/**
 * Finds one proposal by number (`1`), name, id or its first bytes, or by the path of its folder or file.
 * @throws LPCTL_PROPOSAL_NOT_FOUND, LPCTL_PROPOSAL_AMBIGUOUS, and what parseProposal throws
 */
export async function loadProposal(
  projectFolder: string,
  network: string,
  reference: string,
): Promise<StoredProposal> {
  if (reference.includes("/") || reference.endsWith(".json")) {
    const path = resolve(reference);
    return loadFolder(path.endsWith(".json") ? resolve(path, "..") : path);
  }
  const parent = proposalsFolder(projectFolder, network);
  const names = await proposalNames(parent);
  const exact = names.filter(
    (name) => name === reference || (/^\d+$/.test(reference) && Number.parseInt(name, 10) === Number(reference)),
  );
  const candidates = exact.length > 0 ? exact : await namesByIdPrefix(parent, names, reference);
  const [name, second] = candidates;
  if (name === undefined) {
    const near = nearestName(reference, names);
    throw new LpctlError({
      code: "LPCTL_PROPOSAL_NOT_FOUND",
      exit: Exit.usage,
      message: `There is no proposal ${reference} on network ${network}`,
      why: names.length === 0 ? `${parent} holds none` : `known: ${names.join(", ")}`,
      next: near === undefined ? "lpctl proposal list" : `lpctl proposal show ${near}`,
    });
  }
  if (second !== undefined) {
    throw new LpctlError({
      code: "LPCTL_PROPOSAL_AMBIGUOUS",
      exit: Exit.usage,
      message: `${reference} fits several proposals: ${candidates.join(", ")}`,
      next: `lpctl proposal show ${name}`,
    });
  }
  return loadFolder(join(parent, name));
}

async function namesByIdPrefix(parent: string, names: string[], reference: string): Promise<string[]> {
  if (!/^0x[0-9a-fA-F]{4,64}$/.test(reference)) return [];
  const prefix = reference.toLowerCase();
  const hits = await Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(parent, name, "proposal.json"), "utf8").catch(() => "");
      return text.includes(`"id": "${prefix}`) ? name : undefined;
    }),
  );
  return hits.filter((name) => name !== undefined);
}

async function loadFolder(folder: string): Promise<StoredProposal> {
  const path = join(folder, "proposal.json");
  if (!existsSync(path)) {
    throw new LpctlError({
      code: "LPCTL_PROPOSAL_NOT_FOUND",
      exit: Exit.usage,
      message: `${path} does not exist`,
      next: "lpctl proposal list",
    });
  }
  return { proposal: parseProposal(await readFile(path, "utf8"), path), folder, name: basename(folder) };
}

async function proposalNames(parent: string): Promise<string[]> {
  if (!existsSync(parent)) return [];
  const entries = await readdir(parent, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && /^\d{3,}-/.test(entry.name))
    .map((entry) => entry.name)
    .toSorted();
}

function slug(title: string): string {
  const text = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-+|-+$/g, "");
  return text.slice(0, 48).replace(/-+$/, "") || "proposal";
}
