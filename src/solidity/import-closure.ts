import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, posix, relative, resolve, sep } from "node:path";
import { Exit, LpctlError } from "../errors.ts";
import { packageRoot } from "../package-root.ts";
import { scanSource, type ScannedSource } from "./scan-source.ts";

export interface SourceClosure {
  /** Source unit name -> text, of the entry and all it imports, in the order of the names. */
  sources: Record<string, string>;
  /** Remappings of the project that the compiler needs to find the same files. */
  remappings: string[];
}

export interface SourceTree {
  /** Source unit name of a file given relative to the root, as an absolute path inside it, or as a package path. */
  unitNameOf(source: string): string;
  /** What one unit declares. */
  scan(unitName: string): ScannedSource;
  /** A unit and everything it imports, directly or not, and nothing else. */
  closureOf(unitName: string): SourceClosure;
}

interface LoadedUnit {
  text: string;
  scanned: ScannedSource;
}

/**
 * The Solidity files reachable from a project root. Relative imports resolve against the importing unit, as in
 * the compiler; other paths are looked for under the root, then in `node_modules` from the root upwards, then among
 * the packages lpctl itself depends on, so that a project without an install of its own still compiles.
 * `remappings.txt` is honoured. Files are read once.
 *
 * Errors: LPCTL_SOLIDITY_NO_SUCH_FILE, LPCTL_SOLIDITY_IMPORT_NOT_FOUND.
 */
export function createSourceTree(root: string): SourceTree {
  const projectRoot = resolve(root);
  const remappings = loadRemappings(projectRoot);
  const units = new Map<string, LoadedUnit | undefined>();

  const load = (unitName: string): LoadedUnit | undefined => {
    if (!units.has(unitName)) {
      const file = locate(projectRoot, unitName);
      const text = file === undefined ? undefined : readFileSync(file, "utf8");
      units.set(unitName, text === undefined ? undefined : { text, scanned: scanSource(text) });
    }
    return units.get(unitName);
  };

  const loadEntry = (unitName: string): LoadedUnit => {
    const unit = load(unitName);
    if (unit !== undefined) return unit;
    throw new LpctlError({
      code: "LPCTL_SOLIDITY_NO_SUCH_FILE",
      exit: Exit.usage,
      message: `There is no Solidity file ${unitName}.`,
      why: `Looked for it under ${projectRoot} and in node_modules.`,
      next: "Give the path relative to the project folder, e.g. contracts/JobsManager.sol:JobsManager.",
      details: { source: unitName, root: projectRoot },
    });
  };

  return {
    unitNameOf: (source) => unitNameOf(projectRoot, source),
    scan: (unitName) => loadEntry(unitName).scanned,
    closureOf(unitName) {
      const reached = new Map<string, string>();
      const queue = [unitName];
      loadEntry(unitName);
      for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
        if (reached.has(name)) continue;
        const unit = loadEntry(name);
        reached.set(name, unit.text);
        for (const imported of unit.scanned.imports) {
          const target = applyRemappings(resolveImport(name, imported.path), remappings, name);
          if (target === undefined || load(target) === undefined) {
            throw importNotFound(name, imported, projectRoot);
          }
          queue.push(target);
        }
      }
      const names = [...reached.keys()].toSorted();
      return {
        sources: Object.fromEntries(names.map((name) => [name, reached.get(name) ?? ""])),
        remappings: remappings.map((one) => one.text),
      };
    },
  };
}

function unitNameOf(root: string, source: string): string {
  const path = isAbsolute(source) ? relative(root, source) : source;
  const name = posix.normalize(path.split(sep).join("/"));
  if (name !== ".." && !name.startsWith("../") && !isAbsolute(name)) return name;
  throw new LpctlError({
    code: "LPCTL_SOLIDITY_NO_SUCH_FILE",
    exit: Exit.usage,
    message: `${source} lies outside the project.`,
    why: `Sources are named relative to the project folder ${root}, so that every machine compiles the same bytes.`,
    next: "Put the file into the project, or run the command from the project it belongs to.",
    details: { source, root },
  });
}

function resolveImport(importer: string, path: string): string | undefined {
  if (!path.startsWith("./") && !path.startsWith("../")) return path;
  const name = posix.join(posix.dirname(importer), path);
  return name.startsWith("../") ? undefined : name;
}

/** First existing file for a unit name; never one outside the folders it is looked for in. */
function locate(root: string, unitName: string): string | undefined {
  if (unitName === "" || isAbsolute(unitName) || unitName.split("/").includes("..")) return undefined;
  const candidates = [join(root, unitName)];
  for (const start of [root, packageRoot()]) {
    for (let folder = start; ; folder = dirname(folder)) {
      candidates.push(join(folder, "node_modules", unitName));
      if (dirname(folder) === folder) break;
    }
  }
  // A globally installed lpctl is not in any node_modules above the project, yet its contracts may be built upon.
  if (unitName.startsWith("lpctl/")) candidates.push(join(packageRoot(), unitName.slice("lpctl/".length)));
  return candidates.find((file) => existsSync(file) && statSync(file).isFile());
}

interface Remapping {
  text: string;
  context: string;
  prefix: string;
  target: string;
}

function loadRemappings(root: string): Remapping[] {
  const file = join(root, "remappings.txt");
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .flatMap((line) => {
      const match = /^(?:([^:=]*):)?([^:=]+)=(.*)$/.exec(line.trim());
      const [, context = "", prefix, target] = match ?? [];
      return prefix === undefined || target === undefined ? [] : [{ text: line.trim(), context, prefix, target }];
    });
}

/** The compiler's rule: the longest context, then the longest prefix, and of equals the last. */
function applyRemappings(name: string | undefined, remappings: Remapping[], importer: string): string | undefined {
  if (name === undefined) return undefined;
  let best: Remapping | undefined;
  for (const one of remappings) {
    if (!importer.startsWith(one.context) || !name.startsWith(one.prefix)) continue;
    const isBetter =
      best === undefined ||
      one.context.length > best.context.length ||
      (one.context.length === best.context.length && one.prefix.length >= best.prefix.length);
    if (isBetter) best = one;
  }
  return best === undefined ? name : best.target + name.slice(best.prefix.length);
}

function importNotFound(importer: string, imported: { path: string; line: number }, root: string): LpctlError {
  const isPackage = !imported.path.startsWith(".");
  const packageName = imported.path.startsWith("@")
    ? imported.path.split("/").slice(0, 2).join("/")
    : imported.path.split("/")[0];
  return new LpctlError({
    code: "LPCTL_SOLIDITY_IMPORT_NOT_FOUND",
    exit: Exit.usage,
    message: `${importer}:${imported.line} imports "${imported.path}", which is not there.`,
    why: isPackage
      ? `Looked under ${root}, in node_modules from there upwards, and among lpctl's own packages.`
      : `The path is relative to ${posix.dirname(importer)} and may not leave the project ${root}.`,
    next: isPackage ? `If it is a package: npm install ${packageName}` : "Correct the path, or add the file.",
    details: { file: importer, line: imported.line, path: imported.path },
  });
}
