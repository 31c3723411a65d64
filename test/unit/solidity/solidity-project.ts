import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface SolidityProject {
  root: string;
  cache: string;
  write(path: string, text: string): Promise<void>;
  remove(): Promise<void>;
}

/** A temporary project folder with the given Solidity files. */
export async function createSolidityProject(files: Record<string, string>): Promise<SolidityProject> {
  const root = await mkdtemp(join(tmpdir(), "lpctl-solidity-"));
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  for (const [path, text] of Object.entries(files)) await write(path, text);
  return { root, cache: join(root, "cache"), write, remove: () => rm(root, { recursive: true, force: true }) };
}
