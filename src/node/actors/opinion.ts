import type { Choice } from "../../voting/vote.ts";
import { draw, drawOne } from "./draw.ts";

/** What somebody thinks of a vote. */
export interface Opinion {
  choice: Choice;
  /** As it is said with the vote. */
  reason: string;
}

/** More often for than against, so that most votes pass and some do not. */
const CHOICES: readonly Choice[] = ["for", "for", "for", "for", "for", "for", "against", "against", "against", "abstain"];
const REASONS: Readonly<Record<Choice, readonly string[]>> = {
  for: ["Tested on my own fork, and it does what it says.", "Long overdue.", "The report has no finding that worries me.", "Good for everybody who has stake for years."],
  against: ["Too much at once.", "I would lose fees by it.", "Nobody could tell me why this is needed.", "The risk is ours and the gain is not."],
  abstain: ["I run machines, and leave this to others.", "I could not review it in time."],
};

/**
 * Follows from the seed, the name and the vote alone: one keeps one's opinion, whoever asks and however often.
 * @param vote its key, which is the same whenever the same calls are voted on
 */
export function opinionOf(seed: bigint, name: string, vote: string): Opinion {
  const choice = drawOne(seed, `opinion of ${name} on ${vote}`, CHOICES);
  return { choice, reason: drawOne(seed, `reason of ${name} on ${vote}`, REASONS[choice]) };
}

/** Whether a transcoder votes at all: so many of a hundred do. */
export function takesPart(seed: bigint, name: string, vote: string, turnoutPercent: number): boolean {
  return draw(seed, `part of ${name} in ${vote}`, 100n) < BigInt(turnoutPercent);
}
