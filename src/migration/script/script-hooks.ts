import { readFileSync } from "node:fs";
import * as module from "node:module";

/** What a script imports `defineMigration` from, wherever lpctl is installed and whether the script's folder knows of it or not. */
export const SCRIPT_MODULE = "lpctl/migration";

/** The module itself, as far as it is more than types. */
const SCRIPT_MODULE_URL = `data:text/javascript,${encodeURIComponent("export const defineMigration = (migration) => migration;")}`;

/**
 * On a thread of its own, for versions of node without hooks in the thread that asks. A script that has only JavaScript in it runs
 * there as it is, though it is called .ts.
 */
const HOOKS_ELSEWHERE = `
import { readFile } from "node:fs/promises";
import * as module from "node:module";
export async function resolve(specifier, context, next) {
  return specifier === ${JSON.stringify(SCRIPT_MODULE)} ? { url: ${JSON.stringify(SCRIPT_MODULE_URL)}, shortCircuit: true } : next(specifier, context);
}
export async function load(url, context, next) {
  if (!url.startsWith("file:") || !new URL(url).pathname.endsWith(".ts")) return next(url, context);
  const text = await readFile(new URL(url), "utf8");
  return { format: "module", source: module.stripTypeScriptTypes?.(text) ?? text, shortCircuit: true };
}`;

let isRegistered = false;

/**
 * From now on scripts find `lpctl/migration`, and their types are taken out, also where node would not do it: in a package that is
 * installed. Whether the script's types can be taken out at all depends on the version of node (`canStripTypes`).
 */
export function registerScriptHooks(): void {
  if (isRegistered) return;
  isRegistered = true;
  const { registerHooks } = module as Partial<Pick<typeof module, "registerHooks">>;
  if (registerHooks === undefined) {
    module.register(`data:text/javascript,${encodeURIComponent(HOOKS_ELSEWHERE)}`);
    return;
  }
  registerHooks({
    resolve: (specifier, context, next) => (specifier === SCRIPT_MODULE ? { url: SCRIPT_MODULE_URL, shortCircuit: true } : next(specifier, context)),
    load: (url, context, next) => {
      if (!url.startsWith("file:") || !new URL(url).pathname.endsWith(".ts")) return next(url, context);
      return { format: "module", source: stripTypes(readFileSync(new URL(url), "utf8")), shortCircuit: true };
    },
  });
}

/** Node warns that the function may change: nothing that whoever runs a migration could do about. */
function stripTypes(text: string): string {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return module.stripTypeScriptTypes(text);
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** From Node 22.13 on. Older ones run a script as it is written, so that it may have no types in it. */
export function canStripTypes(): boolean {
  return "stripTypeScriptTypes" in module;
}
