import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { Exit, LpctlError } from "../errors.ts";

/** A solc-js that can be loaded, and what tells it apart from others. */
export interface Compiler {
  /** Module with solc-js's interface, or a bare `soljson*.js`. */
  modulePath: string;
  /** solc-js's wrapper, when `modulePath` is a bare `soljson*.js`. */
  wrapperPath?: string;
  /** `0.8.37`; undefined for a bare file whose name does not tell. */
  version?: string;
  /** Part of every cache key: two compilers never share an entry. */
  identity: string;
  /** The one lpctl depends on. */
  shipped: boolean;
}

const manifestSchema = z.object({ version: z.string() });
const requireModule = createRequire(import.meta.url);

/**
 * Finds the compiler: the one of lpctl's lockfile, or the folder of a `solc` npm package (e.g.
 * `node_modules/solc-0.8.9`, made by `npm install solc-0.8.9@npm:solc@0.8.9`), or a `soljson*.js` file.
 * Errors: LPCTL_SOLIDITY_NO_SUCH_COMPILER.
 */
export function resolveCompiler(root: string, compilerPath?: string): Compiler {
  if (compilerPath === undefined) {
    const manifestPath = requireModule.resolve("solc/package.json");
    const { version } = manifestSchema.parse(JSON.parse(readFileSync(manifestPath, "utf8")));
    return { modulePath: dirname(manifestPath), version, identity: `solc-js ${version}`, shipped: true };
  }
  const path = resolve(root, compilerPath);
  if (path.endsWith(".js") && existsSync(path)) {
    const version = /v?(\d+\.\d+\.\d+)/.exec(basename(path))?.[1];
    const wrapperPath = join(dirname(requireModule.resolve("solc/package.json")), "wrapper.js");
    return {
      modulePath: path,
      wrapperPath,
      ...(version === undefined ? {} : { version }),
      identity: `soljson ${sha256OfFile(path)}`,
      shipped: false,
    };
  }
  const manifestPath = join(path, "package.json");
  const soljson = join(path, "soljson.js");
  if (!existsSync(manifestPath) || !existsSync(soljson)) {
    throw new LpctlError({
      code: "LPCTL_SOLIDITY_NO_SUCH_COMPILER",
      exit: Exit.usage,
      message: `There is no Solidity compiler at ${path}.`,
      why: "Expected the folder of a solc npm package (with soljson.js in it), or a soljson file.",
      next: "For another version: npm install --save-dev solc-0.8.9@npm:solc@0.8.9, then name node_modules/solc-0.8.9.",
      details: { compilerPath: path },
    });
  }
  const manifest = manifestSchema.safeParse(readJson(manifestPath));
  return {
    modulePath: path,
    ...(manifest.success ? { version: manifest.data.version } : {}),
    identity: `soljson ${sha256OfFile(soljson)}`,
    shipped: false,
  };
}

/** Compilers that could be named instead: lpctl's own and those installed in the project. For messages only. */
export function installedCompilers(root: string): { path?: string; version: string }[] {
  const found: { path?: string; version: string }[] = [];
  const own = resolveCompiler(root).version;
  if (own !== undefined) found.push({ version: own });
  const folder = join(root, "node_modules");
  for (const name of existsSync(folder) ? readdirSync(folder).toSorted() : []) {
    if (!/^solc(-.*)?$/.test(name)) continue;
    const manifest = manifestSchema.safeParse(readJson(join(folder, name, "package.json")));
    if (manifest.success && manifest.data.version !== own) {
      found.push({ path: join("node_modules", name), version: manifest.data.version });
    }
  }
  return found;
}

function sha256OfFile(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}
