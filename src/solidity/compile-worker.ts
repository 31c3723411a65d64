/**
 * Entry of a compile worker thread: loads a solc-js once and answers compile jobs with it.
 * Its bundle is an entry of its own; the compiler and the upgrade rules stay outside the bundle.
 */
import { createRequire } from "node:module";
import { parentPort } from "node:worker_threads";
import { z } from "zod";
import { artifactFromOutput } from "./artifact-from-output.ts";
import type { CompileAnswer, CompileJob } from "./compile-job.ts";
import { repairAstIds } from "./repair-ast-ids.ts";
import { type SolcOutput, problemsOf, solcOutputSchema } from "./solc-output.ts";
import { UpgradeRulesError, upgradeFactsOf } from "./upgrade-facts.ts";

const requireModule = createRequire(import.meta.url);
const compilerSchema = z.object({
  compile: z.custom<(input: string) => string>((value) => typeof value === "function"),
  version: z.custom<() => string>((value) => typeof value === "function"),
});
const wrapperSchema = z.custom<(soljson: unknown) => unknown>((value) => typeof value === "function");

type LoadedCompiler = z.infer<typeof compilerSchema>;
let loaded: { modulePath: string; compiler: LoadedCompiler } | undefined;

function loadCompiler(job: CompileJob): LoadedCompiler {
  const { modulePath, wrapperPath } = job.compiler;
  if (loaded?.modulePath === modulePath) return loaded.compiler;
  const module: unknown = requireModule(modulePath);
  const compiler = compilerSchema.parse(
    wrapperPath === undefined ? module : wrapperSchema.parse(unwrapDefault(requireModule(wrapperPath)))(module),
  );
  loaded = { modulePath, compiler };
  return compiler;
}

function unwrapDefault(module: unknown): unknown {
  return typeof module === "object" && module !== null && "default" in module ? module.default : module;
}

function answerJob(job: CompileJob): CompileAnswer {
  const solc = loadCompiler(job);
  const compile = (input: object): SolcOutput => solcOutputSchema.parse(JSON.parse(solc.compile(JSON.stringify(input))));

  const sources = Object.fromEntries(Object.entries(job.sources).map(([name, content]) => [name, { content }]));
  const input = { language: "Solidity", sources, settings: { ...job.settings, outputSelection: outputSelection(job) } };
  const output = compile(input);
  const problems = problemsOf(output, job.sources);
  if (problems.length > 0) return { kind: "problems", problems };
  for (const source of Object.values(output.sources)) if (source.ast !== undefined) repairAstIds(source.ast);

  const compilerVersion = solc.version().replace(/\.Emscripten.*$/, "");
  const described = job.contracts.filter((contract) => contract.wantsFacts);
  try {
    const facts = described.length === 0 ? [] : upgradeFactsOf(described, { input, output, compilerVersion, compile });
    return {
      kind: "done",
      contracts: job.contracts.map((contract) => {
        const one = facts[described.indexOf(contract)];
        return {
          ...(contract.wantsCode ? { artifact: artifactFromOutput(output, contract, compilerVersion) } : {}),
          ...(one === undefined ? {} : { facts: one }),
        };
      }),
    };
  } catch (error) {
    if (!(error instanceof UpgradeRulesError)) throw error;
    return { kind: "no-facts", contract: described.map((contract) => contract.name).join(", "), reason: error.message };
  }
}

/** Only what is used: bytecode of a contract that nobody asked for is the better part of a compilation. */
function outputSelection(job: CompileJob): Record<string, Record<string, string[]>> {
  const selection: Record<string, Record<string, string[]>> = {};
  for (const { source, name, wantsCode } of job.contracts) {
    const outputs = ["storageLayout", "abi", "metadata", "evm.methodIdentifiers"];
    if (wantsCode) {
      outputs.push("evm.bytecode.object", "evm.bytecode.linkReferences", "evm.deployedBytecode.object");
      outputs.push("evm.deployedBytecode.linkReferences", "evm.deployedBytecode.immutableReferences");
    }
    (selection[source] ??= {})[name] = outputs;
  }
  // The tree names immutables, and the upgrade rules read it. It is large, so only where one of them needs it.
  const needsTree =
    job.contracts.some((contract) => contract.wantsFacts) ||
    Object.values(job.sources).some((text) => text.includes("immutable"));
  if (needsTree) (selection["*"] ??= {})[""] = ["ast"];
  return selection;
}

parentPort?.on("message", (job: CompileJob) => {
  let answer: CompileAnswer;
  try {
    answer = answerJob(job);
  } catch (error) {
    answer = { kind: "crashed", reason: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
  parentPort?.postMessage(answer);
});
