import { renderHistogram } from "../../report/terminal-chart.ts";
import type { TurnoutResult } from "./simulate-turnout.ts";
import { plural } from "../../protocol/plural.ts";

const BINS = 20;

/** What was drawn as a chart, with a line where the quorum begins, and what follows in words. */
export function formatTurnout(result: TurnoutResult, options: { width: number; ascii?: boolean | undefined }): string[] {
  const { needed, quantiles, source, drawn } = result;
  const chart = renderHistogram({
    values: Array.from(drawn),
    width: options.width,
    bins: BINS,
    range: [0, 1],
    ascii: options.ascii,
    title: "Share of the stake that votes",
    format: (value) => percent(value, 0),
    threshold: { value: needed.quorumShare, label: "quorum" },
  });
  return [...chart.split("\n"), "", ...wordsOf(result, quantiles, source)];
}

function wordsOf(result: TurnoutResult, [low, middle, high]: [number, number, number], source: TurnoutResult["source"]): string[] {
  const { needed, draws, seed, bar } = result;
  const from = source.kind === "past" ? plural(source.votes.length, "past vote") : "the distribution that the file states";
  return [
    `${draws} draws from ${from}, seed ${seed}: half of them lie above ${percent(middle)}, nine in ten between ${percent(low)} and ${percent(high)}.`,
    `The quorum of ${percent(needed.quorumShare, 2)} is reached in ${percent(result.quorumProbability)} of them.`,
    ...(needed.transcoderShare === 0 ? [] : [`The ${percent(needed.transcoderShare, 2)} that transcoders must cast themselves are reached in ${percent(result.transcoderProbability)}, both in ${percent(result.probability)}.`]),
    `${result.reachable ? "That is" : "THAT IS NOT"} enough: at least ${percent(bar)} are wanted.`,
  ];
}

/** `33.3%` */
export function percent(share: number, digits = 1): string {
  return `${(share * 100).toFixed(digits)}%`;
}
