import type { Finding } from "../finding.ts";
import { NAMED_BY_PEOPLE } from "../outcome/change-class.ts";
import type { Check } from "./check.ts";

const SHOWN = 10;

/** What only the proposal's author vouches for: changes that nothing but effects.json explains, and values it leaves open. */
export const effectsNamed: Check = {
  name: "effects-named",
  codes: ["effects-named", "effects-widened"],
  explains:
    "Whoever prepares a proposal writes its effects.json, and may name there what no intent asks for, or allow a value to be " +
    "anything. Both can be right, and both are how somebody would hide another purpose behind a harmless title: so a signer is " +
    "told of each, and has to agree to it.",
  find: (_proposal, simulation, { widened = [] }) => {
    const named = simulation.changes
      .filter(({ why }) => why === NAMED_BY_PEOPLE)
      .map(({ address, contract, path, slot, kind, before, after, beforeText, afterText }) => `${contract ?? address}.${kind === "storage" ? (path ?? `slot ${slot ?? ""}`) : kind}: ${beforeText ?? before} becomes ${afterText ?? after}`);
    const findings: Finding[] = [];
    if (named.length > 0) findings.push({ severity: "warning", code: "effects-named", title: `Only effects.json explains ${count(named.length, "change")}: no intent asks for it`, detail: list(named) });
    if (widened.length > 0) findings.push({ severity: "warning", code: "effects-widened", title: `effects.json leaves open how ${count(widened.length, "value")} may change until execution`, detail: list(widened) });
    return findings;
  },
};

function count(number: number, what: string): string {
  return number === 1 ? `one ${what}` : `${number} ${what}s`;
}

function list(lines: readonly string[]): string {
  const more = lines.length - SHOWN;
  return [...lines.slice(0, SHOWN), ...(more > 0 ? [`and ${more} more`] : [])].join("; ");
}
