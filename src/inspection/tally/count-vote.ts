import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Exit, LpctlError } from "../../errors.ts";
import { printable } from "../../protocol/printable.ts";
import { analyseTally, type TallyAnalysis } from "../../voting/tally/analyse-tally.ts";
import { writeTallyFile, type WrittenTally } from "../../voting/tally/file/write-tally-file.ts";
import { readTallyInput } from "../../voting/tally/read-tally-input.ts";
import { loadTallyCache } from "../../voting/tally/tally-cache.ts";
import type { TallyInput } from "../../voting/tally/tally-input.ts";
import type { TallyResult } from "../../voting/tally/tally-result.ts";
import { tallyUnder } from "../../voting/tally/tally-under.ts";
import { RULE_SETS, voteReference, type RuleSetId, type VoteFacts } from "../../voting/vote.ts";
import type { Project } from "../project.ts";
import { readSurroundings } from "./read-surroundings.ts";

export interface CountedUnder {
  result: TallyResult;
  analysis: TallyAnalysis;
}

/** A rule-set that has no answer to what was voted. */
export interface Uncountable {
  rules: RuleSetId;
  code: string;
  message: string;
}

export interface VoteCount {
  input: TallyInput;
  /** Those that were asked for, the vote's own first. */
  counted: CountedUnder[];
  uncountable: Uncountable[];
  /** Rule-sets come to different outcomes, or one of them to none. */
  disagree: boolean;
  /** The contract has counted other sums, or says something else came of it; undefined for a poll, which counts nothing. */
  contract: { agrees: boolean; why: string | undefined } | undefined;
  written: WrittenTally | undefined;
}

export interface CountOptions {
  /** Default: the vote's own. */
  rules: readonly RuleSetId[];
  out?: string | undefined;
  /** Forget what was read before. */
  fresh: boolean;
}

/** How a vote is counted where nobody says otherwise. */
export function ownRules(vote: VoteFacts): RuleSetId {
  return vote.kind === "poll" ? "lip-16" : vote.rules;
}

/** The rule-sets that a person named. @throws LPCTL_TALLY_UNKNOWN_RULES */
export function parseRules(text: string | undefined, vote: VoteFacts): RuleSetId[] {
  const own = ownRules(vote);
  if (text === undefined) return [own];
  if (text === "all") return [own, ...RULE_SETS.filter((rules) => rules !== own)];
  const known = RULE_SETS.find((rules) => rules === text);
  if (known !== undefined) return [known];
  throw new LpctlError({
    code: "LPCTL_TALLY_UNKNOWN_RULES",
    exit: Exit.usage,
    message: `There is no rule-set "${printable(text)}"`,
    why: `known are ${RULE_SETS.join(", ")}`,
    next: "lpctl vote tally VOTE --rules all",
    details: { rules: text },
  });
}

/**
 * Reads a vote and counts it. What was read is kept in `.lpctl/tally`, so that a reading that was ended goes on.
 * @throws what `readTallyInput` throws; LPCTL_TALLY_NEGATIVE_WEIGHT where the only rule-set asked for has no answer
 */
export async function countVote(project: Project, vote: VoteFacts, { rules, out, fresh }: CountOptions): Promise<VoteCount> {
  const path = tallyCachePath(project, vote);
  if (fresh) await rm(path, { force: true });
  const input = await readTallyInput(project.rpc, vote, { controller: project.controller, cache: await loadTallyCache(path), progress: project.progress });
  const counted: CountedUnder[] = [];
  const uncountable: Uncountable[] = [];
  for (const each of rules) {
    try {
      const result = tallyUnder(each, input);
      counted.push({ result, analysis: analyseTally(result) });
    } catch (error) {
      if (!(error instanceof LpctlError) || error.code !== "LPCTL_TALLY_NEGATIVE_WEIGHT" || rules.length === 1) throw error;
      uncountable.push({ rules: each, code: error.code, message: error.message });
    }
  }
  const [first] = counted;
  if (first === undefined) throw new Error("there is always a rule-set that counts");
  const written = out === undefined ? undefined : await writeTallyFile(out, input, first.result, await readSurroundings(project.rpc, input, project.controller));
  return {
    input,
    counted,
    uncountable,
    disagree: uncountable.length > 0 || counted.some(({ result }) => isPassed(result) !== isPassed(first.result)),
    contract: compareWithContract(input),
    written,
  };
}

function isPassed({ outcome }: TallyResult): boolean {
  return outcome === "passed";
}

/** Where what was read of a vote is kept. */
export function tallyCachePath({ folder, network }: Pick<Project, "folder" | "network">, vote: VoteFacts): string {
  const name = vote.kind === "poll" ? vote.address : `${vote.governor}-${voteReference(vote).slice(0, 20)}`;
  return join(folder, ".lpctl", "tally", `${network}-${name}.ndjson`);
}

/** States that say that a vote passed, or that it did not. Canceled says neither. */
const PASSED = new Set(["succeeded", "queued", "executed", "expired"]);

/** Whatever rule-set was asked for, the contract must have counted as its own rules say. */
export function compareWithContract(input: TallyInput): VoteCount["contract"] {
  const { vote, contract } = input;
  if (vote.kind === "poll") return undefined;
  if (contract === undefined) return { agrees: false, why: "it does not say what it has counted (proposalVotes)" };
  const own = tallyUnder(vote.rules, input);
  if (own.forWei !== contract.forWei || own.againstWei !== contract.againstWei || own.abstainWei !== contract.abstainWei) {
    return {
      agrees: false,
      why: `it has counted ${contract.forWei} for, ${contract.againstWei} against and ${contract.abstainWei} abstaining; by ${vote.rules} its votes come to ${own.forWei}, ${own.againstWei} and ${own.abstainWei}`,
    };
  }
  if (own.transcoders !== undefined && contract.transcodersWei !== undefined && own.transcoders.castWei !== contract.transcodersWei) {
    return { agrees: false, why: `it has counted ${contract.transcodersWei} of transcoders themselves; by ${vote.rules} they have cast ${own.transcoders.castWei}` };
  }
  const said = PASSED.has(vote.state) ? true : vote.state === "defeated" ? false : undefined;
  if (said === undefined || said === isPassed(own)) return { agrees: true, why: undefined };
  return { agrees: false, why: `it says the vote is ${vote.state}; by ${vote.rules} the vote has ${said ? "not " : ""}passed` };
}

/** @throws nothing; the verdict of a count that the contract contradicts */
export function contradicted({ input, contract }: VoteCount): LpctlError | undefined {
  if (contract === undefined || contract.agrees) return undefined;
  return new LpctlError({
    code: "LPCTL_TALLY_CONTRACT_DIFFERS",
    exit: Exit.different,
    message: "THE CONTRACT HAS COUNTED OTHERWISE than this tally",
    why: contract.why,
    next: "Compare with another RPC: a log may be missing. If it says the same, the contract does not count as its COUNTING_MODE says",
    details: { contract: input.contract ?? null },
  });
}
