import { Exit, LpctlError } from "../../errors.ts";
import { printable } from "../../protocol/printable.ts";
import { voteReference, type Choice, type VoteFacts } from "../../voting/vote.ts";

const WORDS: Readonly<Record<string, Choice>> = { for: "for", yes: "for", against: "against", no: "against", abstain: "abstain" };

/** @throws LPCTL_VOTE_WRONG_CHOICE for any other word */
export function parseChoice(word: string): Choice {
  const choice = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
  if (choice !== undefined) return choice;
  throw new LpctlError({
    code: "LPCTL_VOTE_WRONG_CHOICE",
    exit: Exit.usage,
    message: `"${printable(word)}" is no choice`,
    why: "a governor takes for, against and abstain; a poll takes yes and no",
    next: "lpctl vote cast VOTE for, or against, or abstain; yes or no in a poll",
  });
}

/** As voters of this vote say it. */
export function nameChoice(vote: Pick<VoteFacts, "kind">, choice: Choice): string {
  if (vote.kind === "governor") return choice;
  return choice === "for" ? "yes" : choice === "against" ? "no" : choice;
}

/** @throws LPCTL_VOTE_WRONG_CHOICE where a poll is to be abstained from */
export function requireChoiceOf(vote: VoteFacts, choice: Choice): void {
  if (vote.kind === "governor" || choice !== "abstain") return;
  throw new LpctlError({
    code: "LPCTL_VOTE_WRONG_CHOICE",
    exit: Exit.usage,
    message: `${voteReference(vote)} is a poll, and a poll has no abstention`,
    why: "only yes and no are counted (LIP-16); any other number would be a transaction for nothing",
    next: `lpctl vote cast ${voteReference(vote)} yes, or no, or do not vote`,
  });
}
