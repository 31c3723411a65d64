import { createHash } from "node:crypto";
import type { Hex } from "../protocol/hex.ts";

/** Everything that the result of compiling one contract depends on. */
export interface CompilerInput {
  /** Which compiler: `solc-js 0.8.37`, or the hash of a soljson file. */
  compiler: string;
  /** Standard-JSON settings, without `outputSelection`. */
  settings: Record<string, unknown>;
  /** Source unit name to text: the contract's import closure, in the order of the names. */
  sources: Record<string, string>;
  source: string;
  name: string;
}

/** The `inputHash` of artifacts: sha256 of the input as JSON. */
export function hashCompilerInput({ compiler, settings, sources, source, name }: CompilerInput): Hex {
  return `0x${createHash("sha256").update(JSON.stringify({ compiler, settings, sources, source, name })).digest("hex")}`;
}
