import { describe, expect, test } from "vitest";
import type { VoteGovernorNode } from "../../../src/authority/node.ts";
import { describeTally, readVoteState } from "../../../src/authority/vote-state.ts";
import type { Rpc } from "../../../src/chain/rpc.ts";
import { PROPOSAL_CANCELED, PROPOSAL_QUEUED } from "../../../src/voting/governor-contract.ts";
import type { GovernorVoteFacts } from "../../../src/voting/vote.ts";
import { address } from "../proposal/example-proposal.ts";

const LPT = 10n ** 18n;
const VOTE_ID = 0xabcdef01n << 224n;
const node: VoteGovernorNode = {
  kind: "vote-governor", address: address("7e"), votes: address("70"), timelock: address("71"), rules: "oz-governor", clockMode: "blocks",
  votingDelay: 1n, votingPeriod: 10n, proposalThresholdWei: 100n, quorumNumerator: undefined, quorumDenominator: undefined,
};
const vote: GovernorVoteFacts = {
  kind: "governor", governor: node.address, voteId: VOTE_ID, proposer: address("a1"), calls: [], description: "", createdBlock: 5n, createdTransaction: "0xc0",
  snapshot: 10n, deadline: 20n, clock: 12n, clockMode: "blocks", state: "active", etaSeconds: undefined,
  forWei: 3n * LPT, againstWei: LPT / 2n, abstainWei: 0n, quorumWei: 4n * LPT, quorumCounts: ["for", "abstain"], rules: "oz-governor", timelock: node.timelock, token: node.votes,
};

/** A chain whose governor has said these events of the vote. */
function chainWith(...topics: string[]): Rpc {
  const logs = topics.map((topic, index) => ({
    address: node.address, topics: [topic], data: `0x${VOTE_ID.toString(16).padStart(64, "0")}${topic === PROPOSAL_QUEUED ? "0".repeat(64) : ""}`,
    blockNumber: 6n, logIndex: BigInt(index), transactionHash: `0x${topic.slice(2, 10)}`,
  }));
  return { blockNumber: () => Promise.resolve(30n), logs: ({ topics: [wanted] }: { topics: string[] }) => Promise.resolve(logs.filter((log) => log.topics[0] === wanted)) } as unknown as Rpc;
}

describe("a vote", () => {
  test.each<[string, Partial<GovernorVoteFacts>, string[], object]>([
    ["that is not open yet is waited for, to the block after its snapshot", { state: "pending", clock: 9n }, [], { state: "waiting", waitingFor: "the vote 0xabcdef01 to open, after block 10 (it is 9)", untilBlock: 11n }],
    ["that is open is waited for, with how it stands", {}, [], { state: "waiting", waitingFor: "votes in 0xabcdef01, until the end of block 20 (it is 12): 3 votes for, 0.5 votes against, 0 votes abstain; the quorum is 4 votes", untilBlock: 21n }],
    ["counted in seconds says so", { clockMode: "seconds", clock: 1_800_000_000n, deadline: 1_800_000_060n }, [], { state: "waiting", waitingFor: expect.stringContaining("until the end of 2027-01-15 08:01:00 UTC"), untilSeconds: 1_800_000_061n }],
    ["that was lost blocks", { state: "defeated" }, [], { state: "blocked", why: "it did not pass: 3 votes for, 0.5 votes against, 0 votes abstain; the quorum is 4 votes" }],
    ["that was taken back blocks", { state: "canceled" }, [PROPOSAL_CANCELED], { state: "blocked", why: `the vote was canceled in 0x${PROPOSAL_CANCELED.slice(2, 10)}` }],
    ["that was vetoed after it was queued has passed all the same", { state: "canceled" }, [PROPOSAL_QUEUED], { state: "done" }],
    ["that passed and was given up later has passed all the same", { state: "expired" }, [], { state: "done" }],
  ])("%s", async (_what, more, events, expected) => {
    expect(await readVoteState(chainWith(...events), node, { ...vote, ...more })).toEqual(expected);
  });

  test("by stake counts in LPT, and knows no quorum before its snapshot", () => {
    expect(describeTally({ ...vote, rules: "stake-governor", quorumWei: undefined })).toBe("3 LPT for, 0.5 LPT against, 0 LPT abstain");
  });
});
