import type { Reproduction } from "../lifecycle/reproduce-proposal.ts";
import { styleFor, symbols } from "./style.ts";
import { plural } from "../protocol/plural.ts";

/** What was made again from a proposal's evidence, what was proven on the way, and what was not. */
export function formatReproduction(reproduction: Reproduction): string {
  const style = styleFor("stdout");
  const { proposal, block, chainId, proven, sources, trusted, difference } = reproduction;
  const rows: [label: string, value: string][] = [
    ["proposal", `${proposal.name}  ${proposal.id}`],
    ["evidence", reproduction.evidenceHash],
    ["effects", reproduction.effectsHash],
    ["simulation", reproduction.simulationHash],
    ["report", reproduction.reportHash],
    ["block", `${block.number} of chain ${chainId}, ${block.hash}`],
  ];
  const facts = [
    "the calls are those that the intents give",
    ...(proven.accounts > 0 ? [`${proven.accounts} accounts and ${proven.slots} slots are in the state of the block, by its state root ${block.stateRoot}`] : []),
    `${proven.calls} answers of contracts are those that this state gives`,
    `${sources.texts} sources in the file are those that ${sources.contracts} contracts were compiled from${sources.recompiled ? ", and compile to them" : ""}`,
  ];
  return [
    difference === undefined
      ? `${style.green(symbols.done)} reproduced: the same simulation and the same report, byte for byte`
      : `${style.red(symbols.failed)} different: ${difference.file}, ${difference.path}`,
    ...rows.map(([label, value]) => `  ${label.padEnd(12)}${value}`),
    ...(reproduction.refusals === 0 ? [] : [`  ${style.red(symbols.failed)} refused by ${plural(reproduction.refusals, "check")}, as it was then`]),
    "",
    style.bold("Proven"),
    ...facts.map((fact) => `  ${style.green(symbols.done)} ${fact}`),
    "",
    style.bold("Taken on trust"),
    ...trusted.map(({ detail }) => `  ${symbols.info} ${detail}`),
  ].join("\n");
}
