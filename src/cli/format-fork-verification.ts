import { Exit, LpctlError } from "../errors.ts";
import { countDeclared } from "../fork/declared-words.ts";
import type { ForkVerdict, ForkVerification } from "../fork/verify-fork.ts";
import { plural } from "../protocol/plural.ts";
import { printable } from "../protocol/printable.ts";
import { styleFor, symbols } from "./style.ts";

/** A verification for people: contracts, loaders, laws; what differs comes with its first words. */
export function formatForkVerification({ equal, block, contracts, loaders, code, invariants, carriedOver, life }: ForkVerification): string {
  const style = styleFor("stdout");
  const mark = (holds: boolean): string => (holds ? style.green(symbols.done) : style.red(symbols.failed));
  const width = Math.max(...contracts.map(({ name }) => name.length)) + 2;
  const verdict = ({ name, holds, isDeclared, detail }: ForkVerdict): string => `  ${mark(holds || isDeclared)} ${name.padEnd(26)}${style.dim(printable(isDeclared ? `declared: ${detail}` : detail))}`;
  return [
    style.bold(`The fork ${equal ? "is the snapshot, with the declared words replaced" : "differs from what was declared"}, after block ${block.number}`),
    ...contracts.flatMap(({ name, isEqual, isCodeEqual, words, overrides, erased, storageHash, different }) => [
      `  ${mark(isEqual && isCodeEqual !== false)} ${name.padEnd(width)}${storageHash}  ${style.dim(`${plural(words, "word")}, ${countDeclared({ overrides, erased })} declared${isCodeEqual === false ? "; other code" : ""}`)}`,
      ...different.slice(0, 5).map(({ slot, predicted, found }) => style.dim(`      ${slot}: ${found} instead of ${predicted}`)),
    ]),
    `  ${mark(loaders.burned && loaders.registeredAs.length === 0)} ${"loader".padEnd(width)}${loaders.burned ? "burned" : "can still write"}, ${loaders.registeredAs.length === 0 ? "registered nowhere" : `registered as ${loaders.registeredAs.join(", ")}`}`,
    ...code.map(({ contract, source, codeHash, isEqual }) => `  ${mark(isEqual)} ${"other code".padEnd(18)}${codeHash}  ${style.dim(`${contract} runs ${printable(source)}, as declared`)}`),
    style.bold("What everybody has, beside the snapshot"),
    ...carriedOver.map(verdict),
    style.bold("What must hold of any state"),
    ...invariants.map(verdict),
    ...(life === undefined ? [] : [style.bold(`Two rounds and a third, lived on a copy of the fork and on one of the snapshot: ${plural(life.deeds, "deed")}`), ...life.verdicts.map(verdict)]),
  ].join("\n");
}

/** @param file of the fork, for the next command */
export function differentFork({ contracts, loaders, code, invariants, carriedOver, life }: ForkVerification, file: string): LpctlError {
  const wrong = [
    ...contracts.filter(({ isEqual, isCodeEqual, balanceWei, predictedBalanceWei }) => !isEqual || isCodeEqual === false || balanceWei < predictedBalanceWei).map(({ name }) => name),
    ...code.filter(({ isEqual }) => !isEqual).map(({ contract }) => `the code of ${contract}`),
    ...(loaders.burned && loaders.registeredAs.length === 0 ? [] : ["the loader"]),
    ...[...carriedOver, ...invariants, ...(life?.verdicts ?? [])].filter(({ holds, isDeclared }) => !holds && !isDeclared).map(({ name }) => name),
  ];
  return new LpctlError({
    code: "LPCTL_FORK_DIFFERENT",
    exit: Exit.different,
    message: `The fork differs from what ${printable(file)} declares: ${wrong.slice(0, 5).join(", ")}${wrong.length > 5 ? `, and ${wrong.length - 5} more` : ""}`,
    why: "the chain has other words, or they mean something else, than the snapshot with the declared words replaced",
    next: "Where the protocol lives already, name the last block of the fork with --block; else look at what is listed above",
    details: { different: wrong },
  });
}
