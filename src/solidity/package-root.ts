import { existsSync, readFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";

let found: string | undefined;

/**
 * Folder of the package this code belongs to: the checkout, or the installed copy.
 * Walks up from this file, because bundled code may sit at any depth under `dist/`.
 */
export function packageRoot(): string {
  if (found !== undefined) return found;
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const manifest = join(folder, "package.json");
    // A cheap textual test: this runs at start-up of every compilation and must not depend on the file's schema.
    if (existsSync(manifest) && /"name"\s*:\s*"lpctl"/.test(readFileSync(manifest, "utf8"))) {
      found = folder;
      return folder;
    }
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package.json of lpctl above ${fileURLToPath(import.meta.url)}`);
    folder = parent;
  }
}

/**
 * The file to run for an entry named by its path in the checkout, e.g. `src/solidity/compile-worker.ts`:
 * the TypeScript itself in a checkout, its bundle when this code runs from `dist/`.
 */
export function entryFile(path: string): string {
  const root = packageRoot();
  const bundled = fileURLToPath(import.meta.url).startsWith(join(root, "dist") + sep);
  return bundled ? join(root, "dist", path.replace(/\.ts$/, ".js")) : join(root, path);
}
