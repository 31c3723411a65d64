import { join } from "node:path";

/** Each test file is a process of its own: it finds ethers and the other packages compiled by the first that loaded them. */
export function keepCompiledPackages(): void {
  process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "../node_modules/.cache/lpctl-test-code");
}
