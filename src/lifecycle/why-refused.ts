import type { Finding } from "../finding.ts";

const MOST_OTHERS = 5;

/** What the first refusal says, and the titles of the others: who mends one should know of all. */
export function whyRefused([first, ...others]: readonly Finding[]): string | undefined {
  const more = others.length - MOST_OTHERS;
  const titles = [...others.slice(0, MOST_OTHERS).map(({ title }) => title), ...(more > 0 ? [`${more} more`] : [])];
  const also = titles.length === 0 ? [] : [`Also refused: ${titles.join("; ")}`];
  return [...(first?.detail === undefined ? [] : [first.detail]), ...also].join("\n") || undefined;
}
