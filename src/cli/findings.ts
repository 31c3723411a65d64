import type { Finding } from "../finding.ts";
import { printable } from "../protocol/printable.ts";
import { styleFor, symbols } from "./style.ts";

/** Findings for a terminal, refusals first: glyph, word, sentence, and the detail below. */
export function formatFindings(findings: readonly Finding[], stream: "stdout" | "stderr" = "stdout"): string {
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
      [`${heads[severity]}  ${printable(title)}`, ...(detail === undefined ? [] : [`           ${style.dim(printable(detail))}`])].join("\n"),
    )
    .join("\n");
}
