import { existsSync, readdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { Exit, LpctlError } from "../../errors.ts";
import { errnoOf } from "../../errno-of.ts";
import { printable } from "../../protocol/printable.ts";
import { textSchema } from "../../protocol/text-schema.ts";
import { orNever } from "./or-never.ts";
import { canStripTypes, registerScriptHooks } from "./script-hooks.ts";
import type { Migration } from "./define-migration.ts";

/** A script that was read, and what it is called. */
export interface LoadedScript {
  /** The file's name without its ending: `003-lock-unbonding`. */
  name: string;
  path: string;
  migration: Migration;
}

const SCRIPT_FILE = /^(\d{3,})-[a-z0-9-]+\.(ts|mts|js|mjs)$/;

const isFunction = z.custom<unknown>((value) => typeof value === "function", "not a function");
const migrationSchema = z.object({ title: textSchema, prepare: isFunction.optional(), operations: isFunction, verify: isFunction.optional() });

/** The folder of a project that its scripts lie in. */
export function scriptsFolder(projectFolder: string): string {
  return join(projectFolder, "migrations");
}

/** File names of all scripts of a project, in order of their numbers. */
export function listScripts(projectFolder: string): string[] {
  try {
    return readdirSync(scriptsFolder(projectFolder))
      .filter((name) => SCRIPT_FILE.test(name))
      .toSorted((left, right) => Number.parseInt(left, 10) - Number.parseInt(right, 10) || left.localeCompare(right, "en"));
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  }
}

/**
 * The file that somebody means by a number (`3`, `003`), a name, or a path.
 * @throws LPCTL_MIGRATE_NOT_FOUND, LPCTL_MIGRATE_AMBIGUOUS
 */
export function findScript(projectFolder: string, wanted: string): string {
  if (/[/\\]|\.(ts|mts|js|mjs)$/.test(wanted)) {
    const path = [resolve(wanted), resolve(projectFolder, wanted), join(scriptsFolder(projectFolder), wanted)].find((candidate) => existsSync(candidate));
    if (path !== undefined) return path;
  }
  const scripts = listScripts(projectFolder);
  const isMeant = (file: string): boolean =>
    /^\d+$/.test(wanted) ? Number.parseInt(file, 10) === Number(wanted) : nameOf(file) === wanted || nameOf(file).replace(/^\d+-/, "") === wanted;
  const [found, other] = scripts.filter(isMeant);
  if (found !== undefined && other === undefined) return join(scriptsFolder(projectFolder), found);
  throw new LpctlError({
    code: found === undefined ? "LPCTL_MIGRATE_NOT_FOUND" : "LPCTL_MIGRATE_AMBIGUOUS",
    exit: Exit.usage,
    message: found === undefined ? `There is no migration ${printable(wanted)}` : `"${printable(wanted)}" is more than one migration: ${found}, ${other ?? ""}`,
    why: scripts.length === 0 ? `${scriptsFolder(projectFolder)} holds none` : `known: ${scripts.map(nameOf).join(", ")}`,
    next: found === undefined && scripts.length === 0 ? "lpctl migrate new NAME" : "lpctl migrate status",
  });
}

/** The name of a script by its file. */
export function nameOf(path: string): string {
  return basename(path).replace(/\.(ts|mts|js|mjs)$/, "");
}

/**
 * Runs a script's module, which defines the migration and does nothing else yet.
 * @throws LPCTL_MIGRATE_SCRIPT_FAILED when it does not parse, throws, or exports no migration; LPCTL_MIGRATE_NODE_TOO_OLD
 */
export async function loadScript(path: string): Promise<LoadedScript> {
  const name = nameOf(path);
  registerScriptHooks();
  let module: unknown;
  try {
    module = await orNever(import(pathToFileURL(path).href), () => scriptFailed(path, "it waits for something that can never come"));
  } catch (error) {
    if (error instanceof LpctlError) throw error;
    if (error instanceof SyntaxError && /\.m?ts$/.test(path) && !canStripTypes()) throw nodeTooOld(path, error);
    throw scriptFailed(path, error);
  }
  const exported = z.object({ default: migrationSchema }).safeParse(module);
  if (!exported.success) {
    const issue = exported.error.issues[0];
    const where = issue?.path.slice(1).join(".") ?? "";
    throw scriptFailed(path, where === "" ? "it has no `export default defineMigration({ … })`" : `its \`${where}\`: ${issue?.message ?? "not as it should be"}`);
  }
  // What the functions give is checked whenever they are called.
  return { name, path, migration: exported.data.default as Migration };
}

function nodeTooOld(path: string, cause: SyntaxError): LpctlError {
  return new LpctlError({
    code: "LPCTL_MIGRATE_NODE_TOO_OLD",
    exit: Exit.usage,
    message: `${path} does not run on node ${process.versions.node}`,
    why: `${printable(cause.message)}. This version of node cannot take the types out of TypeScript, so that a script may only have JavaScript in it.`,
    next: "Use Node 22.15 or newer, or write the script without types (what `lpctl migrate new` writes has none)",
    cause,
  });
}

/** @param reason what was thrown, or a sentence */
export function scriptFailed(path: string, reason: unknown, where = "it"): LpctlError {
  const text = typeof reason === "string" ? reason : `${where} threw ${reason instanceof Error ? `${reason.name}: ${reason.message}${placeIn(path, reason)}` : String(reason)}`;
  return new LpctlError({
    code: "LPCTL_MIGRATE_SCRIPT_FAILED",
    exit: Exit.failed,
    message: `The migration script ${path} failed`,
    why: printable(text),
    next: "Correct the script and run the same command again: what is in the journal is not sent twice",
    details: { path },
    cause: reason,
  });
}

/** Line and column in the script itself, where the stack has them. */
function placeIn(path: string, error: Error): string {
  const found = new RegExp(`${basename(path).replaceAll(".", "\\.")}:(\\d+):(\\d+)`).exec(error.stack ?? "");
  return found === null ? "" : ` (line ${found[1] ?? ""})`;
}
