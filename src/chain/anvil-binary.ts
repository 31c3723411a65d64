import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Exit, LpctlError } from "../errors.ts";

const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = { x64: "amd64", arm64: "arm64" };

/**
 * Path of the anvil executable that npm installed for this platform. The package's own launcher is avoided: it
 * is another Node process, which costs start-up and leaves anvil behind when it is killed.
 * @throws LPCTL_ANVIL_MISSING
 */
export function findAnvilBinary(platform: NodeJS.Platform = process.platform, arch: NodeJS.Architecture = process.arch): string {
  const name = `@foundry-rs/anvil-${platform}-${ARCHITECTURES[arch] ?? arch}`.replace("-win32-arm64", "-win32-amd64");
  const file = platform === "win32" ? "anvil.exe" : "anvil";
  try {
    // Through the umbrella package: package managers may nest the platform's package under it.
    const umbrella = createRequire(import.meta.url).resolve("@foundry-rs/anvil/package.json");
    const path = join(dirname(createRequire(umbrella).resolve(`${name}/package.json`)), "bin", file);
    accessSync(path, constants.X_OK);
    return path;
  } catch (cause) {
    throw new LpctlError({
      code: "LPCTL_ANVIL_MISSING",
      exit: Exit.failed,
      message: "The local chain's program, anvil, is not installed",
      why: `The package ${name} cannot be found or its program cannot be run. It exists for Linux and macOS on x64 and arm64, and for Windows on x64.`,
      next: "Install again with optional dependencies: npm ci --include=optional",
      details: { package: name },
      cause,
    });
  }
}
