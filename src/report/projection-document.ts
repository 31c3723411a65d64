import type { EconomicEffect } from "../economics/effect.ts";
import { mono, plain } from "./document.ts";
import type { Block, ReportDocument } from "./document.ts";
import { economicBlocks } from "./economic-blocks.ts";

export interface ProjectionData {
  network: { name: string; chainId: bigint };
  block: { number: bigint; hash: string };
  changes: readonly { id: string; before: { human: string; raw: string } | undefined; after: { human: string; raw: string } }[];
  effect: EconomicEffect;
  /** How many past rounds the mirror of the contracts gives as they were; undefined where none were looked at. */
  backTest: { rounds: number; equal: number } | undefined;
  producedBy: string;
}

/** A projection as a document for any renderer. The same data gives the same document. */
export function buildProjection(data: ProjectionData): ReportDocument {
  const { changes, network, block, effect, backTest } = data;
  const table: Block = {
    kind: "table",
    columns: ["Parameter", "Before", "After"],
    rows: changes.map(({ id, before, after }) => [mono(id), plain(before === undefined ? "not known" : before.human), [{ text: after.human, strong: true }]]),
  };
  return {
    title: changes.length === 0 ? "What goes on as it is" : `What it does to set ${changes.map(({ id }) => id.slice(id.indexOf(".") + 1)).join(", ")}`,
    subtitle: `${network.name}, chain ${network.chainId}, block ${block.number}`,
    footer: `Made by ${data.producedBy} from the state of block ${block.hash}. The same block, values and seed give the same numbers.`,
    sections: [
      ...(changes.length === 0 ? [] : [{ title: "Change", blocks: [table] }]),
      { title: "Economic effect", blocks: economicBlocks(effect) },
      ...(backTest === undefined ? [] : [{ title: "Back-test", blocks: [{ kind: "text" as const, line: plain(`Of the ${backTest.rounds} past rounds that were read, ${backTest.equal} began with exactly the inflation and the mintable tokens that this arithmetic gives${backTest.equal === backTest.rounds ? "." : "; in the others the parameters were not those of today, or tokens were minted or burned in the same block."}`) }] }]),
    ],
  };
}
