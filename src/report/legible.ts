import { printable } from "../protocol/printable.ts";

/** More marks on one letter than any script needs only draw over what stands above and below. */
const STACKED_MARKS = /(\p{M}{4})\p{M}+/gu;

/** As `printable`, and without what would cover other text: the form in which reports show any text. */
export function legible(text: string): string {
  return printable(text).replace(STACKED_MARKS, (run, first: string) => `${first}(${Array.from(run).length - 4} more marks)`);
}
