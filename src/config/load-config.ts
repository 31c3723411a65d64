import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { Exit, LpctlError } from "../errors.ts";
import type { Config, NetworkLayer, Origin, Sourced } from "./config.ts";
import type { ConfigFile } from "./config-schema.ts";
import { readEnvironment } from "./environment.ts";
import type { Environment } from "./environment.ts";

/** The project file's name. */
export const CONFIG_FILE_NAME = "lpctl.yaml";

interface LoadedFile {
  path: string;
  folder: string;
  origin: Origin;
  content: ConfigFile;
}

/**
 * Loads what configures this run: the project file (given, or the nearest `lpctl.yaml` upwards),
 * the user's file, the built-in networks. A missing project file is not an error until a network is needed.
 * @throws `LPCTL_CONFIG_MISSING` when a file was named and is not there, `LPCTL_CONFIG_MALFORMED`.
 */
export async function loadConfig(options: {
  /** `--config`. */
  configPath?: string | undefined;
  cwd?: string;
  environment?: Environment;
} = {}): Promise<Config> {
  const { configPath, cwd = process.cwd(), environment = readEnvironment() } = options;
  const [project, user, builtIn] = await Promise.all([
    loadProject(configPath ?? environment.configPath, cwd),
    loadFile(join(environment.configFolder, "config.yaml"), "user"),
    import("./built-in-networks.ts").then(({ loadBuiltInNetworks }) => loadBuiltInNetworks()),
  ]);
  const files = [project, user].filter((file) => file !== undefined);
  const projectFolder = project?.folder ?? cwd;
  return {
    projectPath: project?.path,
    projectFolder,
    userPath: user?.path,
    defaultNetwork: nearest(files, (file) => file.content.defaultNetwork),
    keysDirectory:
      nearest(files, (file) => within(file, file.content.keysDirectory)) ??
      byDefault(join(environment.configFolder, "keys")),
    sources:
      nearest(files, (file) => file.content.sources) ?? byDefault([]),
    compilers:
      nearest(files, (file) => {
        const { compilers } = file.content;
        if (compilers === undefined) return undefined;
        return Object.fromEntries(Object.entries(compilers).map(([version, path]) => [version, resolve(file.folder, path)]));
      }) ?? byDefault({}),
    policy: policyOf(files),
    requires: files.flatMap(({ origin, content: { policy } }) => (policy?.requires === undefined ? [] : [{ value: policy.requires, origin }])),
    networkLayers: [...files.map(networkLayer), ...builtIn],
  };
}

async function loadProject(given: string | undefined, cwd: string): Promise<LoadedFile | undefined> {
  if (given !== undefined) {
    const path = resolve(cwd, given);
    const file = await loadFile(path, "project");
    if (file !== undefined) return file;
    throw new LpctlError({
      code: "LPCTL_CONFIG_MISSING",
      exit: Exit.usage,
      message: `There is no configuration file ${path}.`,
      why: "It was named with --config or LPCTL_CONFIG.",
      next: "Name a file that exists, or leave it out to use the nearest lpctl.yaml.",
    });
  }
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const file = await loadFile(join(folder, CONFIG_FILE_NAME), "project");
    if (file !== undefined) return file;
    if (folder === dirname(folder)) return undefined;
  }
}

async function loadFile(path: string, kind: "project" | "user"): Promise<LoadedFile | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    if (code !== "EISDIR") throw error;
    throw new LpctlError({
      code: "LPCTL_CONFIG_MALFORMED",
      exit: Exit.usage,
      message: `${path} is a folder, not a configuration file.`,
      next: "Name the file itself, or move that folder away.",
    });
  }
  // The YAML parser costs a fifth of the start: only when there is something to parse.
  const { parseConfig } = await import("./parse-config.ts");
  return { path, folder: dirname(path), origin: { kind, where: path }, content: parseConfig(text, path) };
}

function networkLayer(file: LoadedFile): NetworkLayer {
  return { origin: file.origin, folder: file.folder, networks: file.content.networks ?? {} };
}

/** Both files count: a user may be stricter than the project, and the project's allowances are the project's. */
function policyOf(files: readonly LoadedFile[]): Config["policy"] {
  const found = files.flatMap(({ origin, content: { policy } }) => (policy === undefined ? [] : [{ origin, policy }]));
  const [first] = found;
  if (first === undefined) return undefined;
  const delays = found.flatMap(({ policy: { minimumDelayBlocks } }) => (minimumDelayBlocks === undefined ? [] : [minimumDelayBlocks]));
  const value = {
    refuse: [...new Set(found.flatMap(({ policy }) => policy.refuse))],
    allow: found.flatMap(({ policy }) => policy.allow),
    ...(found.some(({ policy }) => policy.secondDevice === true) ? { secondDevice: true } : {}),
    ...(delays.length === 0 ? {} : { minimumDelayBlocks: BigInt(Math.max(...delays)) }),
  };
  return { value, origin: first.origin };
}

function nearest<T>(files: readonly LoadedFile[], read: (file: LoadedFile) => T | undefined): Sourced<T> | undefined {
  for (const file of files) {
    const value = read(file);
    if (value !== undefined) return { value, origin: file.origin };
  }
  return undefined;
}

function byDefault<T>(value: T): Sourced<T> {
  return { value, origin: { kind: "default", where: "built into lpctl" } };
}

function within(file: LoadedFile, path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(file.folder, path);
}
