import { Exit, LpctlError } from "../errors.ts";
import type { CompiledUnit } from "./compiled-unit.ts";
import { compileFailed } from "./compile-failed.ts";
import { resolveCompiler } from "./compiler.ts";
import { hashCompilerInput, type CompilerInput } from "./compiler-input.ts";
import { runCompileJob } from "./compiler-pool.ts";
import type { Artifact } from "./artifact.ts";

/**
 * Compiles contracts from the texts at hand, with lpctl's own compiler, reading no other source; those that agree in settings and
 * in what they share are compiled together. Gives them in their order.
 * @throws LPCTL_SOLIDITY_OTHER_COMPILER when one was made with another compiler, and what compiling throws
 */
export async function recompile(wanted: readonly { input: CompilerInput; kind: Artifact["kind"] }[]): Promise<CompiledUnit[]> {
  const compiler = resolveCompiler(".");
  const groups: { settings: string; input: CompilerInput; sources: Record<string, string>; positions: number[] }[] = [];
  for (const [position, { input }] of wanted.entries()) {
    if (compiler.identity !== input.compiler) throw otherCompiler(input, compiler.identity);
    const settings = JSON.stringify(input.settings);
    const agrees = (sources: Record<string, string>): boolean => Object.entries(input.sources).every(([name, text]) => !Object.hasOwn(sources, name) || sources[name] === text);
    const group = groups.find((one) => one.settings === settings && agrees(one.sources));
    if (group === undefined) groups.push({ settings, input, sources: { ...input.sources }, positions: [position] });
    else {
      Object.assign(group.sources, input.sources);
      group.positions.push(position);
    }
  }
  const units: CompiledUnit[] = [];
  for (const { input, sources, positions } of groups) {
    const contracts = positions.flatMap((position) => wanted.slice(position, position + 1)).map(({ input: { source, name }, kind }) => ({ source, name, kind, wantsCode: true, wantsFacts: true }));
    const answer = await runCompileJob({ compiler: { modulePath: compiler.modulePath }, sources, settings: input.settings, contracts });
    if (answer.kind !== "done") throw compileFailed(answer, { root: ".", compiler, sources });
    for (const [index, { artifact, facts }] of answer.contracts.entries()) {
      const position = positions[index] ?? 0;
      const one = wanted[position];
      if (artifact === undefined || facts === undefined || one === undefined) throw new Error("the compile worker left an artifact out");
      units[position] = { artifact: { ...artifact, inputHash: hashCompilerInput(one.input) }, facts };
    }
  }
  return units;
}

function otherCompiler({ source, compiler }: CompilerInput, own: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_SOLIDITY_OTHER_COMPILER",
    exit: Exit.usage,
    message: `${source} was compiled with ${compiler}, and this lpctl has ${own}`,
    next: "Use the version of lpctl that made it",
  });
}
