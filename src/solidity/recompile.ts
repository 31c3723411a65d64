import { Exit, LpctlError } from "../errors.ts";
import type { CompiledUnit } from "./compiled-unit.ts";
import { compileFailed } from "./compile-failed.ts";
import { resolveCompiler } from "./compiler.ts";
import type { CompilerInput } from "./compiler-input.ts";
import { runCompileJob } from "./compiler-pool.ts";
import type { Artifact } from "./artifact.ts";

/**
 * Compiles one contract from the texts at hand, with lpctl's own compiler, reading no other source.
 * @throws LPCTL_SOLIDITY_OTHER_COMPILER when it was made with another compiler, and what compiling throws
 */
export async function recompile(input: CompilerInput, kind: Artifact["kind"], inputHash: Artifact["inputHash"]): Promise<CompiledUnit> {
  const compiler = resolveCompiler(".");
  if (compiler.identity !== input.compiler) {
    throw new LpctlError({
      code: "LPCTL_SOLIDITY_OTHER_COMPILER",
      exit: Exit.usage,
      message: `${input.source} was compiled with ${input.compiler}, and this lpctl has ${compiler.identity}`,
      next: "Use the version of lpctl that made it",
    });
  }
  const { modulePath } = compiler;
  const contract = { source: input.source, name: input.name, kind, wantsCode: true, wantsFacts: true };
  const answer = await runCompileJob({ compiler: { modulePath }, sources: input.sources, settings: input.settings, contracts: [contract] });
  if (answer.kind !== "done") throw compileFailed(answer, { root: ".", compiler, sources: input.sources });
  const [done] = answer.contracts;
  if (done?.artifact === undefined || done.facts === undefined) throw new Error("the compile worker left an artifact out");
  return { artifact: { ...done.artifact, inputHash }, facts: done.facts };
}
