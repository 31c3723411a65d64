import type { Artifact } from "./artifact.ts";
import type { CompiledUnit } from "./compiled-unit.ts";

export interface CompileTarget {
  /** Path relative to the root, e.g. `contracts/jobs/JobsManager.sol`, or a package path such as `@openzeppelin/contracts/…`. */
  source: string;
  /** May be empty when the file holds exactly one contract. */
  contract: string;
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
  /** Read in order; the last one is written. Empty: nothing is cached. */
  cacheFolders?: string[] | undefined;
  onProgress?: ((event: CompileProgress) => void) | undefined;
}

export interface CompileProgress {
  /** Contracts finished, found in a cache or compiled. */
  done: number;
  total: number;
  /** `Name` of the contract that was just finished. */
  contract: string;
  cached: boolean;
}

/** Compiles contracts and returns their artifacts in the order of the targets. */
export async function compileContracts(_request: CompileRequest): Promise<Artifact[]> {
  throw new Error("not built yet");
}

/** As `compileContracts`, with the facts that an upgrade check compares. */
export async function compileUnits(_request: CompileRequest): Promise<CompiledUnit[]> {
  throw new Error("not built yet");
}
