import { matchKnownCode } from "../../inspection/known-code.ts";
import type { CompiledSource } from "../../inspection/project.ts";
import type { Hex } from "../../protocol/hex.ts";
import { readCompilerInputs } from "../../solidity/compile.ts";
import type { CompiledUnit } from "../../solidity/compiled-unit.ts";
import { hashCompilerInput } from "../../solidity/compiler-input.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { PackedSources } from "./evidence.ts";

/**
 * The contracts that were named, and those by which code on chain is recognised, with the texts they were compiled from.
 * Others were only tried in vain, and leaving them out changes no match.
 * @param codes every code on chain that anybody looked at
 * @throws LPCTL_EVIDENCE_SOURCES_CHANGED when a source on this disk is no longer what was compiled a moment ago
 */
export function packSources(compiled: readonly CompiledSource[], codes: readonly Hex[]): PackedSources {
  const tried = [...unique(compiled.filter(({ reference }) => reference === undefined)).values()];
  const recognised = new Set<CompiledUnit>();
  for (const code of new Set(codes)) {
    const match = matchKnownCode(code, tried.map(({ unit }) => unit));
    if (match !== undefined) recognised.add(match.unit);
  }
  const known = tried.filter(({ unit }) => recognised.has(unit));
  // Compiled in an order that is chance; that of the others decides which is recognised first.
  const named = compiled.filter(({ reference }) => reference !== undefined).sort((left, right) => (left.unit.artifact.inputHash < right.unit.artifact.inputHash ? -1 : 1));
  const packed: PackedSources = { texts: [], inputs: [], units: [] };
  const textAt = new Map<string, number>();
  for (const source of unique([...known, ...named]).values()) {
    const { unit } = source;
    const { creationBytecode: _code, metadata: _metadata, ...artifact } = unit.artifact;
    const { compiler, settings, sources } = readInput(source);
    const at = Object.entries(sources).map(([name, text]): [string, number] => {
      const index = textAt.get(text) ?? packed.texts.push(text) - 1;
      textAt.set(text, index);
      return [name, index];
    });
    const hash = unit.artifact.inputHash;
    const references = new Set(named.filter((one) => one.unit.artifact.inputHash === hash).flatMap(({ reference }) => reference ?? []));
    const isKnown = known.some((one) => one.unit.artifact.inputHash === hash);
    const input = packed.inputs.push({ compiler, settings, sources: Object.fromEntries(at) }) - 1;
    packed.units.push({ references: [...references].sort(), isKnown, input, artifact, facts: unit.facts });
  }
  return packed;
}

function unique(compiled: readonly CompiledSource[]): Map<Hex, CompiledSource> {
  const byInput = new Map<Hex, CompiledSource>();
  for (const one of compiled) if (!byInput.has(one.unit.artifact.inputHash)) byInput.set(one.unit.artifact.inputHash, one);
  return byInput;
}

function readInput({ unit, root, compilerPath }: CompiledSource): ReturnType<typeof readCompilerInputs>[number] {
  const { sourceName, name, inputHash } = unit.artifact;
  const [input] = readCompilerInputs({ root, compilerPath, targets: [{ source: sourceName, contract: name }] });
  if (input !== undefined && hashCompilerInput(input) === inputHash) return input;
  throw new LpctlError({
    code: "LPCTL_EVIDENCE_SOURCES_CHANGED",
    exit: Exit.refused,
    message: `${sourceName} changed while its proposal was assessed`,
    next: "Leave the sources alone, and simulate again",
  });
}
