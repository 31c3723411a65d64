import { existsSync } from "node:fs";
import { join } from "node:path";
import { SUITE } from "../protocol/suite.ts";
import type { CompiledUnit } from "../solidity/compiled-unit.ts";
import { packageRoot } from "../package-root.ts";
import { parseSourceReference } from "../solidity/source-reference.ts";
import type { CompiledSource, Project } from "./project.ts";

/**
 * Compiles `contracts/…/X.sol:X`. The project's own file wins; the suite that lpctl carries is the fallback,
 * so that the tutorial works in an empty folder.
 */
export async function compileReference(project: Project, reference: string): Promise<CompiledUnit> {
  if (project.library !== undefined) return project.library.named(reference);
  const compiled = await compileNamed(project, reference);
  project.onCompiled?.({ ...compiled, reference });
  return compiled.unit;
}

/** The contracts whose code lpctl can recognise on chain: the suite, and those the project names. */
export async function compileKnownContracts(project: Project): Promise<CompiledUnit[]> {
  if (project.library !== undefined) return project.library.known();
  const [suite, own] = await Promise.all([
    compile(packageRoot(), SUITE.map(({ name, source }) => ({ source, contract: name })), project),
    Promise.all(project.sources.map((reference) => compileNamed(project, reference))),
  ]);
  const known = [...own, ...suite];
  for (const compiled of known) project.onCompiled?.(compiled);
  return known.map(({ unit }) => unit);
}

async function compileNamed(project: Project, reference: string): Promise<CompiledSource> {
  const { source, contract } = parseSourceReference(reference);
  const inProject = existsSync(join(project.folder, source));
  const root = inProject || !existsSync(join(packageRoot(), source)) ? project.folder : packageRoot();
  const [compiled] = await compile(root, [{ source, contract: contract ?? "" }], project);
  if (compiled === undefined) throw new Error(`the compiler gave nothing for ${reference}`);
  return compiled;
}

async function compile(
  root: string,
  targets: { source: string; contract: string }[],
  project: Project,
): Promise<CompiledSource[]> {
  const { compileUnits } = await import("../solidity/compile.ts");
  const [first] = targets;
  const compilerPath = first === undefined ? undefined : await chooseCompiler(root, first.source, project.compilers);
  const units = await compileUnits({ root, targets, compilerPath, cacheFolders: project.compilerCaches });
  return units.map((unit) => ({ reference: undefined, unit, root, compilerPath }));
}

/** Undefined: lpctl's own, which also says what is wrong when no compiler here fits. */
async function chooseCompiler(root: string, source: string, compilers: Project["compilers"]): Promise<string | undefined> {
  if (Object.keys(compilers).length === 0) return undefined;
  const [{ createSourceTree }, { resolveCompiler }, { scanSource }, { fitsVersion }] = await Promise.all([
    import("../solidity/import-closure.ts"),
    import("../solidity/compiler.ts"),
    import("../solidity/scan-source.ts"),
    import("../solidity/version-range.ts"),
  ]);
  const tree = createSourceTree(root);
  const { sources } = tree.closureOf(tree.unitNameOf(source));
  const ranges = Object.values(sources).flatMap((text) => scanSource(text).pragmas.map(({ range }) => range));
  const fits = (version: string): boolean => ranges.every((range) => fitsVersion(version, range));
  const { version } = resolveCompiler(root);
  if (version !== undefined && fits(version)) return undefined;
  const best = Object.keys(compilers).filter(fits).toSorted((left, right) => right.localeCompare(left, "en", { numeric: true }))[0];
  return best === undefined ? undefined : compilers[best];
}

/** `contracts/jobs/JobsManager.sol:JobsManager`. */
export function referenceOf(unit: CompiledUnit): string {
  return `${unit.artifact.sourceName}:${unit.artifact.name}`;
}
