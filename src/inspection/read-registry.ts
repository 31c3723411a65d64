import { readRegistry, type RegistryEntry } from "../chain/registry.ts";
import { parseSourceReference } from "../solidity/source-reference.ts";
import type { Project } from "./project.ts";

/**
 * The registry of the project's protocol; empty where it has none. Ids are turned back into names with those lpctl
 * knows, those of the project's own sources, and the given ones.
 */
export async function readProjectRegistry(project: Project, names: readonly string[] = []): Promise<RegistryEntry[]> {
  if (project.controller === undefined) return [];
  const own = project.sources.map((reference) => parseSourceReference(reference).contract);
  return readRegistry(project.rpc, project.controller, [...names, ...own.filter((name) => name !== undefined)]);
}
