import { Exit, LpctlError } from "../errors.ts";
import type { Hex } from "../protocol/hex.ts";
import { nearestName } from "../protocol/nearest-name.ts";
import type { Artifact } from "./artifact.ts";
import { type CacheEntry, loadCacheEntry, saveCacheEntry } from "./compile-cache.ts";
import { compileFailed } from "./compile-failed.ts";
import type { CompileAnswer, CompileJob, JobContract } from "./compile-job.ts";
import type { CompiledUnit } from "./compiled-unit.ts";
import { type Compiler, resolveCompiler } from "./compiler.ts";
import { type CompilerInput, hashCompilerInput } from "./compiler-input.ts";
import { hasIdleCompiler, runCompileJob } from "./compiler-pool.ts";
import { createSourceTree, type SourceClosure, type SourceTree } from "./import-closure.ts";

export interface CompileTarget {
  /** Path relative to the root, e.g. `contracts/jobs/JobsManager.sol`, or a package path such as `@openzeppelin/contracts/…`. */
  source: string;
  /** May be absent when the file holds exactly one contract. */
  contract?: string | undefined;
}

export interface CompilerSettings {
  optimizer?: { enabled: boolean; runs: number };
  evmVersion?: string;
  viaIR?: boolean;
}

export interface CompileRequest {
  /** Project root; source unit names are relative to it. */
  root: string;
  targets: CompileTarget[];
  /** Folder of a `solc` npm package, or a `soljson*.js` file. Without it the compiler of lpctl itself. */
  compilerPath?: string | undefined;
  settings?: CompilerSettings | undefined;
  /** Read in order; the last one is written. Empty or absent: nothing is cached. */
  cacheFolders?: string[] | undefined;
  onProgress?: ((event: CompileProgress) => void) | undefined;
}

export interface CompileProgress {
  /** Contracts finished, found in a cache or compiled. */
  done: number;
  total: number;
  /** Name of the contract that was just finished. */
  contract: string;
  cached: boolean;
}

/**
 * Compiles contracts and returns their artifacts in the order of the targets. Each target is compiled from its
 * import closure only, and the result depends on nothing but that closure, the settings and the compiler.
 *
 * Errors: LPCTL_SOLIDITY_NO_SUCH_FILE, _IMPORT_NOT_FOUND, _NO_SUCH_CONTRACT, _WHICH_CONTRACT, _PRAGMA,
 * _DOES_NOT_COMPILE, _NO_SUCH_COMPILER, _COMPILER_CRASHED.
 */
export async function compileContracts(request: CompileRequest): Promise<Artifact[]> {
  return (await compileAll(request, false)).map((entry) => entry.artifact);
}

/**
 * As `compileContracts`, with the facts that an upgrade check compares.
 * Errors: also LPCTL_SOLIDITY_NOT_COMPARABLE, when the upgrade rules cannot model the contract's storage.
 */
export async function compileUnits(request: CompileRequest): Promise<CompiledUnit[]> {
  return (await compileAll(request, true)).map(({ artifact, facts }) => {
    if (facts === undefined) throw new Error(`no facts for ${artifact.name}`);
    return { artifact, facts };
  });
}

/** What compiling the targets depends on, in their order. Compiles nothing. */
export function readCompilerInputs(request: CompileRequest): CompilerInput[] {
  const compiler = resolveCompiler(request.root, request.compilerPath);
  const tree = createSourceTree(request.root);
  return request.targets.map((target, index) => describeTask(tree, compiler, request, target, index).input);
}

/** One target while it is worked on. */
interface Task {
  index: number;
  contract: JobContract;
  closure: SourceClosure;
  settings: Record<string, unknown>;
  input: CompilerInput;
  inputHash: Hex;
  cached: CacheEntry | undefined;
}

async function compileAll(request: CompileRequest, wantsFacts: boolean): Promise<CacheEntry[]> {
  const compiler = resolveCompiler(request.root, request.compilerPath);
  const tree = createSourceTree(request.root);
  const folders = request.cacheFolders ?? [];
  const results: CacheEntry[] = [];
  let done = 0;
  const finish = (task: Task, entry: CacheEntry, cached: boolean): void => {
    results[task.index] = entry;
    done++;
    request.onProgress?.({ done, total: request.targets.length, contract: task.contract.name, cached });
  };

  const tasks = request.targets.map((target, index) => describeTask(tree, compiler, request, target, index));
  const open: Task[] = [];
  for (const task of tasks) {
    const cached = await loadCacheEntry(folders, task.inputHash, wantsFacts);
    if (cached !== undefined && (!wantsFacts || cached.facts !== undefined)) finish(task, cached, true);
    else {
      task.cached = cached;
      task.contract.wantsCode = cached === undefined;
      if (cached !== undefined) task.contract.links = cached.artifact.linkReferences.creation;
      task.contract.wantsFacts = wantsFacts;
      open.push(task);
    }
  }

  await Promise.all(
    groupTasks(open, compiler).map(async (group) => {
      const answers = await compileGroup(request.root, compiler, group);
      const writeTo = folders.at(-1);
      for (const [position, task] of group.entries()) {
        const answer = answers[position];
        const artifact = task.cached?.artifact ?? withInputHash(answer?.artifact, task.inputHash);
        const entry: CacheEntry = answer?.facts === undefined ? { artifact } : { artifact, facts: answer.facts };
        if (writeTo !== undefined) await saveCacheEntry(writeTo, task.inputHash, entry);
        finish(task, entry, false);
      }
    }),
  );
  return results;
}

function describeTask(
  tree: SourceTree,
  compiler: Compiler,
  request: CompileRequest,
  target: CompileTarget,
  index: number,
): Task {
  const source = tree.unitNameOf(target.source);
  const { name, kind } = findContract(tree, source, target.contract);
  const closure = tree.closureOf(source);
  const settings = standardSettings(compiler, request.settings, closure.remappings);
  const contract: JobContract = { source, name, kind, wantsCode: true, wantsFacts: false };
  const input: CompilerInput = { compiler: compiler.identity, settings, sources: closure.sources, source, name };
  return { index, contract, closure, settings, input, inputHash: hashCompilerInput(input), cached: undefined };
}

function findContract(
  tree: SourceTree,
  source: string,
  wanted: string | undefined,
): { name: string; kind: Artifact["kind"] } {
  const declared = tree.scan(source).contracts;
  const names = declared.map((one) => one.name);
  if (wanted === undefined || wanted === "") {
    const [only] = declared;
    if (only !== undefined && declared.length === 1) return only;
    throw new LpctlError({
      code: "LPCTL_SOLIDITY_WHICH_CONTRACT",
      exit: Exit.usage,
      message: `${source} holds ${names.length === 0 ? "no contract" : `${names.length} contracts: ${names.join(", ")}`}.`,
      why: "Without a name after the colon the file must hold exactly one.",
      next: only === undefined ? undefined : `Name one: ${source}:${names.at(-1) ?? only.name}`,
      details: { source, contracts: names },
    });
  }
  const found = declared.find((one) => one.name === wanted);
  if (found !== undefined) return found;
  const nearest = nearestName(wanted, names);
  throw new LpctlError({
    code: "LPCTL_SOLIDITY_NO_SUCH_CONTRACT",
    exit: Exit.usage,
    message: `${source} holds no contract ${wanted}.`,
    why: names.length === 0 ? "It declares no contract at all." : `It declares ${names.join(", ")}.`,
    next: nearest === undefined ? undefined : `Did you mean ${source}:${nearest}?`,
    details: { source, contract: wanted, contracts: names, nearest },
  });
}

/**
 * `cancun` and not the compiler's default: OpenZeppelin 5 needs its mcopy, and every chain lpctl serves runs it,
 * whereas newer opcodes (the default follows mainnet's latest fork) would make code that some of them, and the
 * local chain, reject. Compilers that do not know it keep their own default.
 */
function standardSettings(
  compiler: Compiler,
  wanted: CompilerSettings | undefined,
  remappings: string[],
): Record<string, unknown> {
  const [, minor = 0, patch = 0] = (compiler.version ?? "").split(".").map(Number);
  const knowsCancun = minor > 8 || (minor === 8 && patch >= 24);
  const evmVersion = wanted?.evmVersion ?? (knowsCancun ? "cancun" : undefined);
  return {
    optimizer: wanted?.optimizer ?? { enabled: true, runs: 200 },
    ...(evmVersion === undefined ? {} : { evmVersion }),
    ...(wanted?.viaIR === undefined ? {} : { viaIR: wanted.viaIR }),
    ...(remappings.length === 0 ? {} : { remappings }),
  };
}

/** Below this much source a second worker costs more than it saves: loading the compiler takes half a second. */
const WORTH_A_SECOND_WORKER = 150_000;

/**
 * Splits the work over one or two jobs. Contracts that share sources are best compiled together, since their
 * closure is then read once; compilers before 0.8.21 let unrelated sources leak into the bytecode through the
 * numbering of the syntax tree, so foreign compilers get one job for each contract.
 */
function groupTasks(tasks: Task[], compiler: Compiler): Task[][] {
  if (!compiler.shipped) return tasks.map((task) => [task]);
  const sizeOf = (task: Task): number => task.closure.sources[task.contract.source]?.length ?? 0;
  const total = new Map(tasks.flatMap((task) => Object.entries(task.closure.sources).map(([name, text]) => [name, text.length])));
  const bytes = [...total.values()].reduce((sum, length) => sum + length, 0);
  const isSmall = tasks.length < 2 || bytes < WORTH_A_SECOND_WORKER || hasIdleCompiler(compiler.modulePath) && tasks.length < 4;
  if (isSmall) return tasks.length === 0 ? [] : [tasks];
  const groups: [Task[], Task[]] = [[], []];
  const load = [0, 0];
  for (const task of tasks.toSorted((left, right) => sizeOf(right) - sizeOf(left) || left.index - right.index)) {
    const lighter = (load[0] ?? 0) <= (load[1] ?? 0) ? 0 : 1;
    groups[lighter].push(task);
    load[lighter] = (load[lighter] ?? 0) + sizeOf(task);
  }
  return groups;
}

async function compileGroup(root: string, compiler: Compiler, group: Task[]): Promise<DoneContracts> {
  const job: CompileJob = {
    compiler: { modulePath: compiler.modulePath, ...(compiler.wrapperPath === undefined ? {} : { wrapperPath: compiler.wrapperPath }) },
    sources: Object.assign({}, ...group.map((task) => task.closure.sources)) as Record<string, string>,
    settings: group[0]?.settings ?? {},
    contracts: group.map((task) => task.contract),
  };
  const answer = await runCompileJob(job);
  if (answer.kind === "no-facts" && group.length > 1) {
    // The rules look at all contracts of a job at once; alone, each fails or passes on its own account.
    return (await Promise.all(group.map((task) => compileGroup(root, compiler, [task])))).flat();
  }
  if (answer.kind !== "done") throw compileFailed(answer, { root, compiler, sources: job.sources });
  return answer.contracts;
}

type DoneContracts = Extract<CompileAnswer, { kind: "done" }>["contracts"];

function withInputHash(artifact: Omit<Artifact, "inputHash"> | undefined, inputHash: Hex): Artifact {
  if (artifact === undefined) throw new Error("the compile worker left an artifact out");
  return { ...artifact, inputHash };
}
