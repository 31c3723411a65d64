import type { Finding } from "../finding.ts";
import { printable } from "../protocol/printable.ts";
import { fold } from "./fold.ts";
import { styleFor, symbols } from "./style.ts";

/** Of glyph and word. */
const HEAD_LENGTH = 11;

/**
 * Findings for a terminal, refusals first: glyph, word, sentence, and the detail below.
 * @param indented by so many columns where it is shown
 */
export function formatFindings(findings: readonly Finding[], stream: "stdout" | "stderr" = "stdout", indented = 0): string {
  const margin = " ".repeat(indented);
  const folded = (text: string): string => fold(printable(text), indented + HEAD_LENGTH, stream);
  const style = styleFor(stream);
  const heads = {
    refuse: style.red(`${symbols.failed} refuse `),
    warning: style.yellow(`${symbols.warning} warning`),
    info: style.dim(`${symbols.info} info   `),
  };
  const order = { refuse: 0, warning: 1, info: 2 };
  return findings
    .toSorted((left, right) => order[left.severity] - order[right.severity])
    .map(({ severity, title, detail }) =>
      [`${margin}${heads[severity]}  ${folded(title)}`, ...(detail === undefined ? [] : [`${margin}${" ".repeat(HEAD_LENGTH)}${style.dim(folded(detail))}`])].join("\n"),
    )
    .join("\n");
}
