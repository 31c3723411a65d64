import { join } from "node:path";
import { readEnvironment } from "./environment.ts";
import { packageRoot } from "../package-root.ts";

/**
 * Where compiled contracts are looked for: first what the build put into the package (the suite, read-only), then
 * the user's own cache, which is the one that grows.
 */
export function compilerCacheFolders(): string[] {
  return [join(packageRoot(), "dist", "solc-cache"), join(readEnvironment().cacheFolder, "solc")];
}
