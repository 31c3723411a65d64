import { existsSync, readFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";

let found: string | undefined;

/**
 * The folder lpctl is installed in: where `contracts/`, `networks/` and `dist/` are.
 * Found by walking up, because the same code runs as `src/…/x.ts` and as `dist/chunks/….js`.
 */
export function packageRoot(): string {
  if (found !== undefined) return found;
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest) && /"name":\s*"lpctl"/.test(readFileSync(manifest, "utf8"))) return (found = folder);
    if (folder === dirname(folder)) throw new Error("lpctl's own package.json is missing; install lpctl again");
  }
}

/**
 * The file to run for an entry named by its path in the checkout, e.g. `src/solidity/compile-worker.ts`:
 * the TypeScript itself in a checkout, its bundle when this code runs from `dist/`.
 */
export function entryFile(path: string): string {
  const root = packageRoot();
  const bundled = import.meta.dirname.startsWith(join(root, "dist") + sep);
  return bundled ? join(root, "dist", path.replace(/\.ts$/, ".js")) : join(root, path);
}
