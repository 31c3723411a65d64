import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

/** Pinned, and no dependency of this package: installed for this measurement alone, and kept in node_modules/.cache. */
const PACKAGES = ["hardhat@3.18.0", "@nomicfoundation/hardhat-ignition@3.1.8"];
const CLI = "node_modules/hardhat/dist/src/cli.js";
const MODULE = "ignition/modules/Count.js";
const INSTALL_TIMEOUT_MS = 10 * 60 * 1000;

/** What a project with the same plan needs. */
export interface IgnitionPlan {
  counter: string;
  count: number;
  url: string;
  privateKey: string;
}

/**
 * Installs Hardhat Ignition from npm's registry, without scripts of packages; once.
 * @param cache folder to keep it in
 * @returns its folder, or why it is not there
 */
export function installIgnition(cache: string): { folder: string } | { skipped: string } {
  const folder = join(cache, PACKAGES.join("+").replaceAll(/[^\w.+-]/g, "-"));
  if (existsSync(join(folder, CLI))) return { folder };
  mkdirSync(cache, { recursive: true });
  const unfinished = mkdtempSync(join(cache, "unfinished-"));
  try {
    writeFileSync(join(unfinished, "package.json"), JSON.stringify({ private: true }));
    // npm with this very node: packages of binaries are chosen by its version.
    const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}` };
    const { status, stderr, error } = spawnSync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--save-exact", ...PACKAGES], { cwd: unfinished, env, encoding: "utf8", timeout: INSTALL_TIMEOUT_MS });
    if (status !== 0) return { skipped: `${PACKAGES.join(" and ")} could not be installed: ${error?.message ?? firstError(stderr)}` };
    rmSync(folder, { recursive: true, force: true });
    renameSync(unfinished, folder);
    return { folder };
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** Writes the plan as a module of Ignition: independent sends, all in one batch. Nothing is compiled. */
export function prepareIgnition(folder: string, installed: string, { counter, count, url, privateKey }: IgnitionPlan): void {
  // Hardhat takes no project whose files are not modules.
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  symlinkSync(join(installed, "node_modules"), join(folder, "node_modules"), "dir");
  writeFileSync(
    join(folder, "hardhat.config.js"),
    `import ignition from "@nomicfoundation/hardhat-ignition";
export default {
  plugins: [ignition],
  networks: { bench: { type: "http", chainType: "l1", url: ${JSON.stringify(url)}, accounts: [${JSON.stringify(privateKey)}] } },
  ignition: { requiredConfirmations: 1 },
};
`,
  );
  mkdirSync(join(folder, dirname(MODULE)), { recursive: true });
  // One byte of data, which the counter does not look at: Hardhat 3.18 signs none as one, and its gas limit is then 4 too low.
  writeFileSync(
    join(folder, MODULE),
    `import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
export default buildModule("Count", (m) => {
  for (let index = 0; index < ${count}; index++) m.send(\`count_\${index}\`, ${JSON.stringify(counter)}, 0n, "0x00");
  return {};
});
`,
  );
}

/** The same for the first start and to go on. */
export function ignitionCommand(folder: string): string[] {
  return [join(folder, CLI), "ignition", "deploy", MODULE, "--network", "bench"];
}

function firstError(stderr: string): string {
  return stderr.split("\n").find((line) => line.startsWith("npm error")) ?? "npm failed without a word";
}
