import type { TrafficClass, TrafficOutcome } from "../../outcome/traffic.ts";

const MOST_ENTRIES = 20;

/** A list of expected changes that takes exactly the ways in which transactions differ unexpectedly, as YAML, for people to judge and shorten; empty when there is none. */
export function draftExpectations(outcomes: readonly TrafficOutcome[]): string[] {
  const entries = [...new Set(outcomes.flatMap(({ classes }) => classes.filter(({ expected }) => !expected).map(formatEntry)))];
  if (entries.length === 0) return [];
  const more = entries.length - MOST_ENTRIES;
  return ["expected:", ...entries.slice(0, MOST_ENTRIES).map((entry) => `  - ${entry}`), ...(more > 0 ? [`  # and ${more} more`] : [])];
}

function formatEntry({ selector, signature, kind, what }: TrafficClass): string {
  const base = `selector: ${JSON.stringify(signature ?? selector)}, kind: ${kind}`;
  if (kind === "gas") return `{ ${base}, upTo: "${boundOf(what)}" }`;
  if (kind === "storage" && !what.includes("without a name") && !what.startsWith("a contract ")) return `{ ${base}, paths: [${JSON.stringify(what)}] }`;
  const event = /\.(\w+\(.*\)) (?:is|says) /.exec(what)?.[1];
  return kind === "events" && event !== undefined ? `{ ${base}, events: [${JSON.stringify(event)}] }` : `{ ${base} }`;
}

/** From the class of a difference in gas, `5 to 10 % more gas`, to its upper end. */
function boundOf(what: string): string {
  if (what.endsWith("less gas")) return "0 %";
  const upper = /(\d+) % more gas$/.exec(what)?.[1] ?? "100";
  return what.startsWith("at least") ? "+1000 %" : `+${upper} %`;
}
