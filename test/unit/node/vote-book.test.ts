import { Interface, type Result } from "ethers";
import { describe, expect, test } from "vitest";
import type { ProtocolEvent, Turn } from "../../../src/node/actors/actor.ts";
import { opinionOf, takesPart } from "../../../src/node/actors/opinion.ts";
import { castCall, openingBlock, phaseOf, VoteBook, type PublicVote } from "../../../src/node/actors/vote-book.ts";
import type { Address } from "../../../src/protocol/hex.ts";

const GOVERNOR: Address = "0x1111111111111111111111111111111111111111";
const OTHER: Address = "0x2222222222222222222222222222222222222222";
const POLL: Address = "0x3333333333333333333333333333333333333333";
const VOTER: Address = "0x4444444444444444444444444444444444444444";
const ROUND_BLOCKS = 50n;

const abi = new Interface([
  "event ProposalCreated(uint256 proposalId, uint256 voteStart, uint256 voteEnd)",
  "event PollCreated(address indexed poll, uint256 endBlock)",
  "event VoteCast(address indexed voter, uint256 proposalId, uint8 support)",
  "event Vote(address indexed voter, uint256 choiceID)",
  "event ProposalCanceled(uint256 proposalId)",
]);

function event(name: string, contract: Address, args: readonly unknown[], block = 500n): ProtocolEvent {
  const { data, topics } = abi.encodeEventLog(name, args);
  return { name, contract, args: abi.decodeEventLog(name, data, topics) as Result, block, index: 0n };
}

/** A turn whose calls are in `nextBlock`, in rounds of 50 blocks that began with block 0. */
function turnAt(nextBlock: bigint, ...events: ProtocolEvent[]): Turn {
  const number = nextBlock / ROUND_BLOCKS;
  const startBlock = number * ROUND_BLOCKS;
  const round = { number, startBlock, endBlock: startBlock + ROUND_BLOCKS, lengthBlocks: ROUND_BLOCKS, initialized: true, lastInitialized: number, lockedFromBlock: startBlock + 45n };
  const unused = (): never => {
    throw new Error("nobody asked for that");
  };
  return { block: nextBlock - 1n, nextBlock, round, paused: false, events, contract: unused, isRegistered: () => true, read: unused, blockHash: unused };
}

function only(votes: readonly PublicVote[]): PublicVote {
  const [vote] = votes;
  if (vote === undefined || votes.length > 1) throw new Error(`${votes.length} votes`);
  return vote;
}

describe("what actors know of votes", () => {
  test("a governor's is open in the rounds after its snapshot, in the last of them late, and forgotten in the end", () => {
    const book = new VoteBook();
    const vote = only(book.current(turnAt(510n, event("ProposalCreated", GOVERNOR, [7n, 11n, 14n]))));
    expect([510n, 599n, 600n, 699n, 700n, 749n, 750n].map((block) => phaseOf(vote, turnAt(block)))).toEqual(["early", "early", "open", "open", "late", "late", "over"]);
    // The block before must lie in the first round, too: contracts are asked there.
    expect([510n, 560n, 600n, 640n, 730n].map((block) => openingBlock(vote, turnAt(block)))).toEqual([601n, 601n, 601n, 601n, 601n]);
    expect(book.current(turnAt(900n))).toHaveLength(1);
    expect(book.current(turnAt(1_000n))).toEqual([]);
  });

  test("a poll's is open from the next block, and its last round is counted in blocks", () => {
    const vote = only(new VoteBook().current(turnAt(501n, event("PollCreated", GOVERNOR, [POLL, 1_000n]))));
    expect([501n, 950n, 951n, 1_000n, 1_001n].map((block) => phaseOf(vote, turnAt(block)))).toEqual(["open", "open", "late", "late", "over"]);
    expect(openingBlock(vote, turnAt(501n))).toBe(501n);
    expect(castCall(vote, { choice: "abstain", reason: "" })).toBeUndefined();
    expect(castCall(vote, { choice: "against", reason: "" })?.what).toBe("votes no");
  });

  test("the last word of each is kept, told once, and nobody else's contract has a say", () => {
    const book = new VoteBook();
    const turn = turnAt(
      510n,
      event("ProposalCreated", GOVERNOR, [7n, 9n, 14n]),
      event("PollCreated", GOVERNOR, [POLL, 1_000n]),
      event("VoteCast", GOVERNOR, [VOTER, 7n, 1n]),
      event("VoteCast", OTHER, [VOTER, 7n, 0n]),
      event("Vote", POLL, [VOTER, 0n]),
      event("Vote", POLL, [VOTER, 1n]),
      event("Vote", POLL, [VOTER, 9n]),
      event("ProposalCanceled", OTHER, [7n]),
    );
    expect(book.current(turn).map(({ kind, choices }) => [kind, [...choices]])).toEqual([["governor", [[VOTER, "for"]]], ["poll", [[VOTER, "against"]]]]);
    expect(book.current(turn)).toHaveLength(2);
    expect(book.current(turnAt(511n, event("ProposalCanceled", GOVERNOR, [7n]))).map(({ kind }) => kind)).toEqual(["poll"]);
  });
});

describe("opinions", () => {
  test("follow from seed, name and vote, and lean towards for", () => {
    const of = (seed: bigint) => Array.from({ length: 200 }, (_, at) => opinionOf(seed, `transcoder ${at}`, "7").choice);
    expect(of(1n)).toEqual(of(1n));
    expect(of(1n)).not.toEqual(of(2n));
    const count = (choice: string): number => of(1n).filter((each) => each === choice).length;
    expect(count("for")).toBeGreaterThan(count("against"));
    expect(count("against")).toBeGreaterThan(count("abstain"));
    expect(count("abstain")).toBeGreaterThan(0);
  });

  test("turnout is as wanted: nobody, everybody, or about so many", () => {
    const voting = (percent: number): number => Array.from({ length: 400 }, (_, at) => takesPart(1n, `transcoder ${at}`, "7", percent)).filter(Boolean).length;
    expect([voting(0), voting(100)]).toEqual([0, 400]);
    expect(voting(50)).toBeGreaterThan(150);
    expect(voting(50)).toBeLessThan(250);
  });
});
