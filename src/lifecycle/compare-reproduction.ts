import { z } from "zod";
import type { StoredProposal } from "../proposal/store.ts";
import { firstDifference, type Difference } from "../simulation/evidence/first-difference.ts";
import { loadText, recordPaths } from "./records.ts";

const BLOCK_OF_SIMULATION = z.object({ block: z.object({ hash: z.string() }) });

/** Which of the files beside a proposal, the evidence's own report first, says something else than what came out here, and where. */
export async function compareOutcome(outcome: {
  path: string;
  recorded: string;
  reportText: string;
  simulationText: string;
  stored: StoredProposal | undefined;
}): Promise<(Difference & { file: string }) | undefined> {
  const { path, recorded, reportText, simulationText, stored } = outcome;
  const paths = stored === undefined ? undefined : recordPaths(stored);
  const simulation = paths === undefined ? undefined : await loadText(paths.simulation);
  const pairs: [file: string, there: string | undefined, here: string][] = [
    [path, recorded, reportText],
    ...(paths === undefined
      ? []
      : ([
          // Executing keeps the last simulation before it, of a later block than the evidence; report.json holds the one of here.
          [paths.simulation, isOfOtherBlock(simulation, simulationText) ? undefined : simulation, simulationText],
          [paths.json, await loadText(paths.json), reportText],
        ] satisfies [string, string | undefined, string][])),
  ];
  for (const [file, there, here] of pairs) {
    if (there === undefined || there === here) continue;
    return { file, ...(firstDifference(parse(there), parse(here)) ?? { path: "", recorded: "the same content", found: "other spaces or another order" }) };
  }
  return undefined;
}

function isOfOtherBlock(there: string | undefined, here: string): boolean {
  const [left, right] = [there, here].map((text) => BLOCK_OF_SIMULATION.safeParse(parse(text ?? "")));
  return left?.success === true && right?.success === true && left.data.block.hash !== right.data.block.hash;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text.slice(0, 200);
  }
}
