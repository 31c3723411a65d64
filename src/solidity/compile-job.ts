import type { Artifact } from "./artifact.ts";
import type { Compiler } from "./compiler.ts";
import type { UpgradeFacts } from "./compiled-unit.ts";

/** What is asked of a compile worker; plain data that crosses a thread boundary. */
export interface CompileJob {
  compiler: Pick<Compiler, "modulePath" | "wrapperPath">;
  sources: Record<string, string>;
  /** Standard-JSON settings without `outputSelection`. */
  settings: Record<string, unknown>;
  contracts: JobContract[];
}

export interface JobContract {
  source: string;
  name: string;
  kind: Artifact["kind"];
  /** Bytecode is what costs time; a unit whose artifact is cached needs only its facts. */
  wantsCode: boolean;
  wantsFacts: boolean;
  /** Libraries linked, where they are known already: asking the compiler for them would generate the code again. */
  links?: Artifact["linkReferences"]["creation"];
}

/** One error of the compiler, with the place it points at. */
export interface CompilerProblem {
  type: string;
  errorCode?: string;
  message: string;
  /** The compiler's own picture of it: message, file, line, the source line and a caret. */
  formatted: string;
  file?: string;
  line?: number;
  column?: number;
}

export type CompileAnswer =
  | { kind: "done"; contracts: { artifact?: Omit<Artifact, "inputHash">; facts?: UpgradeFacts }[] }
  | { kind: "problems"; problems: CompilerProblem[] }
  /** upgrades-core cannot model the contract at all; its own words. */
  | { kind: "no-facts"; contract: string; reason: string }
  | { kind: "crashed"; reason: string };
