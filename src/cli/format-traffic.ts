import { printable } from "../protocol/printable.ts";
import { draftExpectations } from "../simulation/traffic/draft-expectations.ts";
import type { TrafficClass, TrafficOutcome } from "../outcome/traffic.ts";
import { styleFor, symbols } from "./style.ts";

/** What a replay showed, for a terminal: one part for each contract, what nobody expects last, where the eye is. */
export function formatTraffic(outcomes: readonly TrafficOutcome[]): string {
  const draft = draftExpectations(outcomes);
  const hint = draft.length === 0 ? [] : [["All of it is meant? Then this is the list of expected changes, replay-expected.yaml beside the proposal:", "", ...draft.map((line) => `  ${printable(line)}`)].join("\n")];
  return [...outcomes.map(formatOutcome), ...hint].join("\n\n");
}

function formatOutcome(outcome: TrafficOutcome): string {
  const { contract, proxy, transactions, identical, expected, classes, skipped, notes, unusedExpectations, fromBlock, toBlock } = outcome;
  const style = styleFor("stdout");
  const different = transactions - identical - expected;
  const verdict =
    transactions === 0
      ? `${symbols.info} nothing was replayed`
      : different > 0
        ? style.red(`${symbols.failed} ${different} of ${transactions} transactions come out differently in a way nobody expects`)
        : style.green(`${symbols.done} ${identical} of ${transactions} transactions come out the same${expected === 0 ? "" : `, ${expected} differ as expected`}`);
  return [
    `${style.bold(printable(contract))} ${proxy}, blocks ${fromBlock} to ${toBlock}`,
    ...classes.toReversed().flatMap(formatClass),
    ...skipped.map(({ reason, count }) => `  ${style.dim(`${symbols.info} skipped ${count}: ${printable(reason)}`)}`),
    ...unusedExpectations.map((label) => `  ${style.yellow(`${symbols.warning} fits nothing:`)} ${printable(label)}`),
    ...notes.map((note) => `  ${style.dim(`${symbols.info} ${printable(note)}`)}`),
    `  ${verdict}`,
  ].join("\n");
}

function formatClass({ selector, signature, kind, what, count, expected, example, detail }: TrafficClass): string[] {
  const style = styleFor("stdout");
  const head = expected ? style.dim(`${symbols.done} expected  `) : style.red(`${symbols.failed} unexpected`);
  return [
    `  ${head}  ${style.bold(printable(signature ?? selector))}  ${kind}: ${printable(what)}  (${count} ${count === 1 ? "transaction" : "transactions"})`,
    `      ${style.dim(`${printable(detail)}`)}`,
    `      ${style.dim(`for example ${example}`)}`,
  ];
}
