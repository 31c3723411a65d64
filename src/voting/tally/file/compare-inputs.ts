import { canonicalJson, toPlainJson } from "../../../proposal/canonical.ts";
import { Exit, LpctlError } from "../../../errors.ts";
import type { CastVote, TallyInput } from "../tally-input.ts";
import { tallyUnder } from "../tally-under.ts";
import { firstDifferentRow } from "./check-tally-file.ts";
import { inputOf, summaryOf, totalsOf, type TallyFile } from "./tally-file.ts";
import { lastingFacts } from "./vote-schema.ts";

/**
 * Compares a tally with what was read of the same vote from somewhere else: an RPC, or later a snapshot. The rows that
 * follow from both come first, since they are what people know; then all that they were made from.
 * @throws LPCTL_TALLY_DIFFERS naming the first row, or what else differs
 */
export function compareInputs(file: TallyFile, found: TallyInput, where: string): void {
  const facts = [canonicalJson(lastingFacts(file.vote)), canonicalJson(lastingFacts(found.vote))];
  if (facts[0] !== facts[1]) throw differs(where, "the vote is another one", { file: toPlainJson(lastingFacts(file.vote)), found: toPlainJson(lastingFacts(found.vote)) });
  const recounted = tallyUnder(file.rules, found);
  const row = firstDifferentRow(file.entries.rows, recounted.rows);
  if (row !== undefined) throw differs(where, row.why, { row: row.voter, file: toPlainJson(row.left) ?? null, found: toPlainJson(row.right) ?? null });
  const own = inputOf(file);
  const vote = firstDifferentVote(own.votes, found.votes);
  if (vote !== undefined) throw differs(where, `the vote of ${vote.voter} in ${vote.transaction} is on one side only, or is another`, { vote: toPlainJson(vote) });
  for (const [account, stake] of own.accounts) {
    if (canonicalJson(stake) !== canonicalJson(found.accounts.get(account) ?? {})) {
      throw differs(where, `the stake of ${account} is another`, { account, file: toPlainJson(stake), found: toPlainJson(found.accounts.get(account) ?? null) });
    }
  }
  const extra = [...found.accounts.keys()].find((account) => !own.accounts.has(account));
  if (extra !== undefined) throw differs(where, `the stake of ${extra} is missing in the file`, { account: extra });
  const [given, read] = [totalsOf(own), totalsOf(found)];
  if (canonicalJson(given) !== canonicalJson(read)) throw differs(where, "the totals or the rules' parameters are others", { file: toPlainJson(given), found: toPlainJson(read) });
  // What a rule-set takes from the vote itself, as what its quorum counts, shows in the result alone.
  const results = [canonicalJson(file.result), canonicalJson(summaryOf(recounted))];
  if (results[0] !== results[1]) throw differs(where, "the same votes come to another result", { file: toPlainJson(file.result), found: toPlainJson(summaryOf(recounted)) });
  if (found.at.round !== file.at.round) throw differs(where, `its clock stood at ${found.at.round} in that block, not at ${file.at.round}`, { file: file.at.round, found: found.at.round });
}

function firstDifferentVote(own: readonly CastVote[], found: readonly CastVote[]): CastVote | undefined {
  for (let index = 0; index < Math.max(own.length, found.length); index++) {
    const [one, other] = [own[index], found[index]];
    if (one === undefined || other === undefined || canonicalJson(one) !== canonicalJson(other)) return one ?? other;
  }
  return undefined;
}

/** Exit code 7: the file holds together, and is not what the chain says. */
export function differs(where: string, why: string, details: Record<string, unknown>): LpctlError {
  return new LpctlError({
    code: "LPCTL_TALLY_DIFFERS",
    exit: Exit.different,
    message: `The tally is not what ${where} says`,
    why,
    next: "Compare with another RPC; what the chain says counts, not the file",
    details,
  });
}
