import { formatHuman } from "../protocol/units.ts";
import type { RuleSetId } from "./vote.ts";

/** `1,300 LPT`, `1,300 votes`: weight is stake in LPT; what the votes of some token are, only the token knows. */
export function formatWeight(wei: bigint, rules: RuleSetId | undefined): string {
  const text = formatHuman(wei, "wei-lpt");
  return rules === "oz-governor" ? text.replace(/ LPT$/, " votes") : text;
}
