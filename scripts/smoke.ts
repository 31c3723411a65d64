/** Installs the packed tarball globally into a folder of its own and runs it there, outside the checkout. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "lpctl-smoke-"));
// Variables of the npm that runs this script must not steer the npm that it tests.
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));

try {
  const packed = run("npm", ["pack", "--json", "--pack-destination", folder], root);
  const listing: unknown = JSON.parse(packed.slice(packed.indexOf("[")));
  const { filename, size, entryCount } = (listing as { filename: string; size: number; entryCount: number }[])[0] ?? fail("npm pack printed no file name");
  const prefix = join(folder, "prefix");
  run("npm", ["install", "--global", "--prefix", prefix, "--no-audit", "--no-fund", join(folder, filename)], folder);
  const lpctl = join(prefix, "bin/lpctl");
  for (const args of [["--version"], ["--help"], ["config", "explain"], ["config", "show", "--json"], ["completion", "bash"]]) {
    const output = run(lpctl, args, folder);
    if (output.trim() === "") fail(`lpctl ${args.join(" ")} printed nothing`);
  }
  console.log(`smoke: ${filename} (${entryCount} files, ${Math.round(size / 1024)} KB) installs and runs`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function run(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, [...args], { cwd, env: environment, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 64 * 1024 * 1024 });
}

function fail(message: string): never {
  throw new Error(message);
}
