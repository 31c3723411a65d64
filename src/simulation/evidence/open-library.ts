import { Exit, LpctlError } from "../../errors.ts";
import type { Library } from "../../inspection/project.ts";
import { printable } from "../../protocol/printable.ts";
import type { CompiledUnit } from "../../solidity/compiled-unit.ts";
import { hashCompilerInput, type CompilerInput } from "../../solidity/compiler-input.ts";
import type { PackedSources } from "./evidence.ts";
import { refuseEvidence } from "./evidence-error.ts";

export interface EvidenceLibrary extends Library {
  /** Each contract and what it was compiled from, for compiling it again. */
  readonly entries: readonly { unit: CompiledUnit; input: CompilerInput }[];
}

/**
 * The compiled contracts of an evidence file in the place of sources on disk. The texts in the file are those that every
 * unit's input hash stands for; that compiling them gives these units is for `recompile` to show.
 * @throws LPCTL_EVIDENCE_SOURCE_DIFFERS
 */
export function openLibrary({ texts, inputs, units }: PackedSources): EvidenceLibrary {
  const entries = units.map(({ artifact, facts, input: index }) => {
    const packed = inputs[index];
    const { sourceName: source, name, inputHash } = artifact;
    if (packed === undefined) throw differs(source, "its texts are not in the file");
    const sources = Object.fromEntries(
      Object.entries(packed.sources).map(([unitName, at]) => {
        const text = texts[at];
        if (text === undefined) throw differs(source, `${unitName} is not in the file`);
        return [unitName, text];
      }),
    );
    const input: CompilerInput = { compiler: packed.compiler, settings: packed.settings, sources, source, name };
    if (hashCompilerInput(input) !== inputHash) throw differs(source, `the texts hash to ${hashCompilerInput(input)}, and the contract was compiled from ${inputHash}`);
    const unit: CompiledUnit = { artifact: { ...artifact, creationBytecode: "0x", metadata: "" }, facts };
    return { unit, input };
  });
  const byReference = new Map(units.flatMap(({ references }, index) => references.map((reference) => [reference, entries[index]?.unit] as const)));
  const known = entries.flatMap(({ unit }, index) => (units[index]?.isKnown === true ? [unit] : []));
  return {
    entries,
    known: () => known,
    textsOf: (unit) => entries.find((entry) => entry.unit === unit)?.input.sources,
    named(reference) {
      const unit = byReference.get(reference);
      if (unit !== undefined) return unit;
      throw new LpctlError({
        code: "LPCTL_EVIDENCE_NO_SOURCE",
        exit: Exit.refused,
        message: `The evidence does not hold the source ${printable(reference)}`,
        next: "Write the evidence anew: lpctl proposal simulate",
      });
    },
  };
}

function differs(source: string, why: string): LpctlError {
  return refuseEvidence("LPCTL_EVIDENCE_SOURCE_DIFFERS", `The source ${printable(source)} in the evidence is not the one that was compiled`, why);
}
