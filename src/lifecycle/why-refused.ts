import { pollHeeded } from "../checks/poll-heeded.ts";
import type { Finding } from "../finding.ts";
import { shortName } from "../proposal/short-name.ts";

const MOST_OTHERS = 5;

/** What the first refusal says, and the titles of the others: who mends one should know of all. */
export function whyRefused([first, ...others]: readonly Finding[]): string | undefined {
  const more = others.length - MOST_OTHERS;
  const titles = [...others.slice(0, MOST_OTHERS).map(({ title }) => title), ...(more > 0 ? [`${more} more`] : [])];
  const also = titles.length === 0 ? [] : [`Also refused: ${titles.join("; ")}`];
  return [...(first?.detail === undefined ? [] : [first.detail]), ...also].join("\n") || undefined;
}

/** What a person can do about it. @param unexplained changes that nobody named are the reason */
export function nextAfterRefusal(refusals: readonly Finding[], name: string | undefined, unexplained: boolean): string {
  return `Nothing was signed or sent. ${stepAfter(refusals, name, unexplained)}`;
}

function stepAfter(refusals: readonly Finding[], name: string | undefined, unexplained: boolean): string {
  const codes = refusals.map(({ code }) => code);
  if (unexplained) return "If you know why this changes and it is right, name it: --json gives error.details.effects; prepare the proposal with that file and --effects FILE";
  if (codes.every((code) => code === "record-altered")) return `Restore the folder from version control, or have it written again and read that: lpctl proposal simulate ${name ?? ""}`.trimEnd();
  if (!codes.every((code) => pollHeeded.codes.includes(code))) return "Change the proposal, or prepare it again on the present state";
  if (name === undefined) return "Prepare it as a proposal, which can be put to the vote: lpctl vote create";
  return codes.some((code) => code === "poll-missing" || code === "poll-foreign") ? `Put it to the vote: lpctl vote create ${shortName(name)} --key NAME` : `How the vote stands: lpctl proposal status ${shortName(name)}`;
}
