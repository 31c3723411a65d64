import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { buildSync } from "esbuild";

/** By the names that code here imports them by. Their files are a thousand together, half of them protocol-kit's. */
const PACKAGES = [
  "ethers",
  "ethers/abi",
  "ethers/address",
  "ethers/crypto",
  "ethers/hash",
  "ethers/transaction",
  "ethers/utils",
  "ethers/wallet",
  "ethers/wordlists",
  "zod",
  "@safe-global/protocol-kit",
  "@safe-global/api-kit",
];

const root = join(import.meta.dirname, "..");

/**
 * Each test file is a process of its own and loads these packages: in one file each, as the build ships them, that takes a
 * tenth of the time. Made once after each change of the installed packages; what a test starts with node itself finds the originals.
 */
export function bundlePackages(): { find: RegExp; replacement: string }[] {
  const version = createHash("sha256").update(readFileSync(join(root, "package-lock.json"))).update(readFileSync(import.meta.filename)).digest("hex");
  const folder = join(root, "node_modules/.cache/lpctl-test-packages", version.slice(0, 16));
  if (!existsSync(folder)) bundleInto(folder);
  return PACKAGES.map((name) => ({ find: new RegExp(`^${name}$`), replacement: join(folder, fileOf(name)) }));
}

function bundleInto(folder: string): void {
  const temporary = join(dirname(folder), `${basename(folder)}.${randomBytes(4).toString("hex")}`);
  buildSync({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(PACKAGES.map((name) => [fileOf(name).replace(/\.mjs$/, ""), name])),
    outdir: temporary,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    banner: { js: `const require = process.getBuiltinModule("node:module").createRequire(import.meta.url);` },
    logLevel: "error",
  });
  try {
    mkdirSync(dirname(folder), { recursive: true });
    renameSync(temporary, folder);
  } catch (error) {
    // Another run was faster.
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

function fileOf(name: string): string {
  return `${name.replaceAll("/", "__")}.mjs`;
}
