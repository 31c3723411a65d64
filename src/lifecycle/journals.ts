import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Project } from "../inspection/project.ts";

/**
 * Where the journal of something that belongs to no proposal lies. Chains are told apart by their first block too: a local
 * chain that was started anew has the same id and knows nothing of what was sent to the one before.
 */
export async function journalFile(project: Project, name: string): Promise<string> {
  const { hash } = await project.rpc.block(0n);
  const folder = join(project.folder, ".lpctl", "journals", `${project.chainId}-${hash.slice(2, 10)}`);
  await mkdir(folder, { recursive: true });
  return join(folder, `${name}.ndjson`);
}
