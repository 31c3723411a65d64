import type { PollRules } from "../protocol/policy.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { formatHuman } from "../protocol/units.ts";
import type { Finding } from "../finding.ts";

/** Polls about one proposal, which a policy wants to have passed: found on the chain, counted under the policy's rule-set. */
export interface PollCondition {
  rules: PollRules;
  /** The registered PollCreator: only its polls count. */
  creator: Address | undefined;
  /** Its polls that name the proposal, in the order of the chain. */
  polls: readonly PollOutcome[];
  /** What names the proposal too, and was created by others. */
  foreign: readonly { poll: Address; creator: Address }[];
  /** Hashes of the evidence that is kept beside the proposal: the present one, and any that was voted on. */
  evidence: readonly Hex[];
}

export interface PollOutcome {
  address: Address;
  /** Of the evidence that voters were given, as the poll's text names it. */
  reportHash: Hex | undefined;
  /** The last block in which votes are taken, as contracts number blocks. */
  endBlock: bigint;
  /** `settling`: over, and its last block could still be replaced. `invalid`: the quorum was missed. */
  state: "running" | "settling" | "passed" | "rejected" | "invalid";
  /** Undefined until it is over. */
  count: PollCount | undefined;
}

/** Units of 1e-18 LPT. */
export interface PollCount {
  forWei: bigint;
  againstWei: bigint;
  participationWei: bigint;
  quorumWei: bigint;
  voters: number;
}

/** What the polls of a proposal come to. */
export interface PollJudgement {
  /** `open`: no poll has decided yet; `lost`: none that is open can, without another one. */
  state: "passed" | "open" | "lost";
  /** The poll that decides, where one does. */
  poll: PollOutcome | undefined;
  finding: Finding;
}

/**
 * The last poll that reached its quorum decides. One that missed it has decided nothing, and one that still runs has not yet: it
 * takes nothing away from what was decided before. Polls of other factories are never counted.
 */
export function judgePolls(condition: PollCondition): PollJudgement {
  const { polls, foreign, evidence, rules, creator } = condition;
  const decided = polls.findLast(({ state }) => state === "passed" || state === "rejected");
  const open = polls.findLast(({ state }) => state === "running" || state === "settling");
  if (decided?.state === "passed") {
    if (decided.reportHash !== undefined && evidence.includes(decided.reportHash)) {
      return { state: "passed", poll: decided, finding: { severity: "info", code: "poll-counted", title: `The poll ${decided.address} passed under ${rules}`, detail: describeCount(decided) } };
    }
    return {
      state: "lost",
      poll: decided,
      finding: refusal(
        "poll-other-report",
        `The poll ${decided.address} passed, and was about another report than the one that is kept`,
        `its text names ${decided.reportHash ?? "no report"}; beside the proposal ${evidence.length === 0 ? "lies no evidence" : `lies the evidence ${evidence.join(", ")}`}: restore what people voted on, or hold another poll`,
      ),
    };
  }
  if (open !== undefined) {
    const until = open.state === "running" ? `votes are taken up to block ${open.endBlock}` : `its last block, ${open.endBlock}, is over and not final yet`;
    return { state: "open", poll: open, finding: refusal("poll-running", `The poll ${open.address} has not been decided`, `${until}${decided === undefined ? "" : `; an earlier one failed: ${decided.address}`}`) };
  }
  if (decided !== undefined) return { state: "lost", poll: decided, finding: refusal("poll-failed", `The poll ${decided.address} failed under ${rules}`, describeCount(decided)) };
  const invalid = polls.at(-1);
  if (invalid !== undefined) return { state: "lost", poll: invalid, finding: refusal("poll-invalid", `The poll ${invalid.address} does not count: too little stake voted`, describeCount(invalid)) };
  const [other] = foreign;
  if (other !== undefined) {
    return {
      state: "open",
      poll: undefined,
      finding: refusal(
        "poll-foreign",
        "The only polls about this proposal were not created by the protocol's PollCreator",
        `${foreign.map(({ poll, creator: by }) => `${poll} of ${by}`).join(", ")}; ${creator === undefined ? "none is registered" : `the registered one is ${creator}`}. Anybody can make such a poll, with any quorum and any end`,
      ),
    };
  }
  return {
    state: "open",
    poll: undefined,
    finding: refusal(
      "poll-missing",
      "Nobody has put this proposal to the vote",
      creator === undefined ? "and nobody can: no PollCreator is registered. Register one, or ask for no poll on this network: requires: none below networks.NAME in lpctl.yaml" : `the policy in lpctl.yaml asks for a poll of ${creator} that passes under ${rules}`,
    ),
  };
}

function refusal(code: string, title: string, detail: string): Finding {
  return { severity: "refuse", code, title, detail };
}

function describeCount({ count, endBlock }: PollOutcome): string {
  if (count === undefined) return `it ended with block ${endBlock}`;
  const { forWei, againstWei, participationWei, quorumWei, voters } = count;
  const lpt = (wei: bigint): string => formatHuman(wei, "wei-lpt");
  return `${lpt(forWei)} for, ${lpt(againstWei)} against, ${voters} voter${voters === 1 ? "" : "s"}; ${lpt(participationWei)} took part, the quorum is ${lpt(quorumWei)}; it ended with block ${endBlock}`;
}
