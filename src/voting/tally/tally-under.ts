import type { RuleSetId } from "../vote.ts";
import { tallyLip16 } from "./rules/lip-16.ts";
import { tallyLivepeerGovernor } from "./rules/livepeer-governor.ts";
import { tallyExplorer } from "./rules/livepeer-explorer.ts";
import { tallyOzGovernor } from "./rules/oz-governor.ts";
import { tallyStakeGovernor } from "./rules/stake-governor.ts";
import type { TallyInput } from "./tally-input.ts";
import type { TallyResult } from "./tally-result.ts";

const RULES: Readonly<Record<RuleSetId, (input: TallyInput) => TallyResult>> = {
  "lip-16": tallyLip16,
  "livepeer-explorer": tallyExplorer,
  "livepeer-governor": tallyLivepeerGovernor,
  "stake-governor": tallyStakeGovernor,
  "oz-governor": tallyOzGovernor,
};

/**
 * Counts a vote under one rule-set: exact integers, nothing read, nothing rounded but where the rule-set rounds.
 * @throws LPCTL_TALLY_ACCOUNT_MISSING, LPCTL_TALLY_NEGATIVE_WEIGHT (lip-16)
 */
export function tallyUnder(rules: RuleSetId, input: TallyInput): TallyResult {
  return RULES[rules](input);
}
