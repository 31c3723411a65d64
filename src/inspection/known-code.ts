import type { Address, Hex } from "../protocol/hex.ts";
import type { CompiledUnit } from "../solidity/compiled-unit.ts";
import { matchRuntimeBytecode } from "../solidity/match-bytecode.ts";

export interface CodeMatch {
  unit: CompiledUnit;
  match: "exact" | "modulo-metadata";
  immutables: Record<string, Hex>;
  libraries: Record<string, Address>;
}

/** Finds which source gave the code on chain: an exact match if there is one, else one that differs only in metadata. */
export function matchKnownCode(code: Hex, units: readonly CompiledUnit[]): CodeMatch | undefined {
  let loose: CodeMatch | undefined;
  for (const unit of units) {
    if (unit.artifact.kind !== "contract") continue;
    const { match, immutables, libraries } = matchRuntimeBytecode(code, unit.artifact);
    if (match === "exact") return { unit, match, immutables, libraries };
    if (match === "modulo-metadata") loose ??= { unit, match, immutables, libraries };
  }
  return loose;
}
