import { recompile } from "../../solidity/recompile.ts";
import { firstDifference } from "./first-difference.ts";
import type { EvidenceLibrary } from "./open-library.ts";
import { refuseEvidence } from "./evidence-error.ts";

/**
 * Compiles every contract of an evidence file from the texts in it, and compares all that is kept of it.
 * @throws LPCTL_EVIDENCE_SOURCE_DIFFERS, and what `recompile` throws
 */
export async function recompileLibrary({ entries }: EvidenceLibrary, progress?: (what: string) => void): Promise<void> {
  progress?.(`Compiling ${entries.length} contracts from the texts in the evidence`);
  const units = await recompile(entries.map(({ unit, input }) => ({ input, kind: unit.artifact.kind })));
  for (const [index, { unit, input }] of entries.entries()) {
    const { artifact, facts } = units[index] ?? unit;
    const again = { artifact: { ...artifact, creationBytecode: "0x", metadata: "" }, facts };
    const difference = firstDifference(plain(unit), plain(again));
    if (difference === undefined) continue;
    const { path, recorded, found } = difference;
    throw refuseEvidence("LPCTL_EVIDENCE_SOURCE_DIFFERS", `${input.source}:${input.name} in the evidence is not what its source compiles to`, `${path}: ${recorded} in the file, ${found} when compiled`);
  }
}

/**
 * As the file holds it, without members that are undefined, and without the numbers that the compiler gives to the types of one
 * run: they depend on what else was compiled in it.
 */
function plain(unit: object): unknown {
  return JSON.parse(JSON.stringify(unit).replaceAll(/\)\d+(?=[_),"])/g, ")"));
}
