import { Exit, LpctlError } from "../errors.ts";
import { printable, printableLines } from "../protocol/printable.ts";
import type { CompileAnswer } from "./compile-job.ts";
import { type Compiler, installedCompilers } from "./compiler.ts";
import { scanSource } from "./scan-source.ts";

/** "Source file requires different compiler version". */
const PRAGMA_MISMATCH = "5333";

/** Turns a compile worker's failure into the error a person reads. */
export function compileFailed(
  answer: Exclude<CompileAnswer, { kind: "done" }>,
  context: { root: string; compiler: Compiler; sources: Record<string, string> },
): LpctlError {
  if (answer.kind === "crashed") {
    return new LpctlError({
      code: "LPCTL_SOLIDITY_COMPILER_CRASHED",
      exit: Exit.failed,
      message: "The Solidity compiler stopped without an answer.",
      why: printable(answer.reason),
      next: "Run the command again; if it repeats, try another compiler version or less optimisation.",
      details: { compiler: context.compiler.modulePath },
    });
  }
  if (answer.kind === "no-facts") {
    return new LpctlError({
      code: "LPCTL_SOLIDITY_NOT_COMPARABLE",
      exit: Exit.refused,
      message: `The storage of ${answer.contract} cannot be compared.`,
      why: printable(answer.reason),
      next: "Correct what the reason names; an upgrade whose storage cannot be compared is not proposed.",
      details: { contract: answer.contract, reason: answer.reason },
    });
  }
  const { problems } = answer;
  const mismatch = problems.find((problem) => problem.errorCode === PRAGMA_MISMATCH);
  if (mismatch !== undefined) return pragmaMismatch(mismatch.file, context);

  const [first] = problems;
  const place = first?.file === undefined ? "" : `${first.file}${first.line === undefined ? "" : `:${first.line}`}: `;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
  return new LpctlError({
    code: "LPCTL_SOLIDITY_DOES_NOT_COMPILE",
    exit: Exit.usage,
    message: `${printable(place)}${printable(firstLine(first?.message ?? "the compiler reported an error"))}${more}`,
    why: problems
      .slice(0, 5)
      .map((problem) => printableLines(problem.formatted.trim()))
      .join("\n\n"),
    next: "Correct the source and run the command again.",
    details: { errors: problems.map(({ formatted: _formatted, ...problem }) => ({ ...problem, message: printable(problem.message) })) },
  });
}

function pragmaMismatch(
  file: string | undefined,
  context: { root: string; compiler: Compiler; sources: Record<string, string> },
): LpctlError {
  const pragma = scanSource(context.sources[file ?? ""] ?? "").pragmas[0];
  const used = context.compiler.version ?? context.compiler.modulePath;
  const others = installedCompilers(context.root).filter((one) => one.version !== context.compiler.version);
  const there = others.map((one) => (one.path === undefined ? `${one.version} (lpctl's own)` : `${one.version} (${one.path})`));
  const version = /\d+\.\d+\.\d+/.exec(pragma?.range ?? "")?.[0] ?? "0.8.9";
  return new LpctlError({
    code: "LPCTL_SOLIDITY_PRAGMA",
    exit: Exit.usage,
    message: `${file ?? "A source"}${pragma === undefined ? "" : `:${pragma.line}`} asks for Solidity ${printable(pragma?.range ?? "of another version")}, and the compiler is ${used}.`,
    why: there.length === 0 ? "No other compiler is installed here." : `Also installed here: ${there.join(", ")}.`,
    next: `Use a compiler of that version: npm install --save-dev solc-${version}@npm:solc@${version}, then name its folder node_modules/solc-${version}.`,
    details: { file, pragma: pragma?.range, compiler: used, installed: others },
  });
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? text;
}
