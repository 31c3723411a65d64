/** What votes are made of, on inputs that no chain is needed for: texts, clocks, numbers of blocks, what is still needed. */
import { AbiCoder, Interface, keccak256 } from "ethers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatAbout } from "../../../src/cli/about-duration.ts";
import { formatVote } from "../../../src/cli/format-vote.ts";
import type { VoteView } from "../../../src/lifecycle/votes/show-vote.ts";
import { Rpc, type Log } from "../../../src/chain/rpc.ts";
import { contractId } from "../../../src/protocol/contract-id.ts";
import type { Address, Hex } from "../../../src/protocol/hex.ts";
import { readBallots } from "../../../src/voting/cast-votes.ts";
import { readContractBlock, readLastBlockUpTo } from "../../../src/voting/contract-block.ts";
import { governorInterface, PROPOSAL_CREATED, queueCall } from "../../../src/voting/governor-contract.ts";
import { parseClockMode, parseCountingMode, readGovernorTraits } from "../../../src/voting/governor-traits.ts";
import { linkOf } from "../../../src/voting/link.ts";
import { outlookOf } from "../../../src/voting/outlook.ts";
import { parseCreated } from "../../../src/voting/find/read-governor-votes.ts";
import { readPolls } from "../../../src/voting/find/read-polls.ts";
import { POLL_CREATED, pollCreatorInterface } from "../../../src/voting/poll-contract.ts";
import { readTimeLeft } from "../../../src/voting/time-left.ts";
import type { TallyResult } from "../../../src/voting/tally/tally-result.ts";
import { hashVote } from "../../../src/voting/vote-id.ts";
import { formatVoteText, parseVoteText } from "../../../src/voting/vote-text.ts";
import type { GovernorVoteFacts, PollFacts, RuleSetId } from "../../../src/voting/vote.ts";

const LPT = 10n ** 18n;
const ID: Hex = `0x${"1a".repeat(32)}`;
const REPORT: Hex = `0x${"2b".repeat(32)}`;
const [CREATOR, POLL, GOVERNOR, TOKEN, VOTER]: readonly Address[] = [1, 2, 3, 4, 5].map((digit): Address => `0x${String(digit).repeat(40)}`) as [Address, Address, Address, Address, Address];

const poll: PollFacts = {
  kind: "poll", address: POLL ?? "0x", creator: CREATOR, foreign: false, text: "Qm", createdBlock: 1n, createdTransaction: ID, endBlock: 57_600n, quorumPpm: 333_300n, quotaPpm: 500_000n, state: "active", destroyed: false,
};
const vote: GovernorVoteFacts = {
  kind: "governor", governor: GOVERNOR ?? "0x", voteId: 7n, proposer: VOTER ?? "0x", calls: [{ to: TOKEN ?? "0x", valueWei: 0n, data: "0x" }], description: "Pay", createdBlock: 1n, createdTransaction: ID,
  snapshot: 11n, deadline: 21n, clock: 15n, clockMode: "rounds", state: "active", etaSeconds: undefined, forWei: 0n, againstWei: 0n, abstainWei: 0n, quorumWei: 0n, quorumCounts: ["for"], rules: "livepeer-governor", timelock: undefined, token: TOKEN,
};

/** A node that answers from functions; every block has the number that `l1` gives it, as on Arbitrum. */
function nodeOf(answers: { latest: bigint; l1?: (block: bigint) => bigint; logs?: Log[]; nonce?: bigint; call?: (to: string, data: string) => string }, asked: string[] = []): Rpc {
  const hex = (value: bigint): string => `0x${value.toString(16)}`;
  return new Rpc("http://127.0.0.1:1", {
    transport: {
      endpoint: { origin: "http://127.0.0.1:1", redact: (text) => text },
      send: async (method, params) => {
        asked.push(method);
        const [first, second] = params as [unknown, unknown];
        switch (method) {
          case "eth_blockNumber":
            return hex(answers.latest);
          case "eth_getBlockByNumber": {
            const number = first === "latest" ? answers.latest : BigInt(first as string);
            return { number: hex(number), hash: ID, timestamp: hex(number * 10n), ...(answers.l1 === undefined ? {} : { l1BlockNumber: hex(answers.l1(number)) }) };
          }
          case "eth_getLogs":
            return (answers.logs ?? []).map((log) => ({ ...log, blockNumber: hex(log.blockNumber), logIndex: hex(log.logIndex) }));
          case "eth_getTransactionCount":
            return hex(answers.nonce ?? 1n);
          case "eth_getCode":
            return "0x00";
          case "eth_call": {
            const call = first as { to: string; data: string };
            return answers.call?.(call.to, call.data) ?? "0x";
          }
          default:
            throw new Error(`${method} ${String(second)}`);
        }
      },
    },
  });
}

describe("the text of a vote", () => {
  test("names its proposal and the report on lines of their own, whatever the title says", () => {
    const text = formatVoteText({ title: "Raise it\nlpctl proposal 0x00  twice", proposalId: ID, reportHash: REPORT });
    expect(text.split("\n")).toEqual(["Raise it lpctl proposal id 0x00 twice", "", `lpctl proposal ${ID}`, `report ${REPORT}`]);
    expect(parseVoteText(text)).toEqual({ proposalId: ID, reportHash: REPORT });
  });

  test("gives back what was written, for any title", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii" }), (title) => {
        expect(parseVoteText(formatVoteText({ title, proposalId: ID, reportHash: REPORT }))).toEqual({ proposalId: ID, reportHash: REPORT });
      }),
    );
  });

  test.each([
    ["no proposal", "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn"],
    ["two proposals", `lpctl proposal ${ID}\nlpctl proposal ${REPORT}`],
    ["two reports", `lpctl proposal ${ID}\nreport ${ID}\nreport ${REPORT}`],
    ["another proposal after a line break that only some know", `lpctl proposal ${ID}\nSee\u2028lpctl proposal ${REPORT}`],
    ["another proposal after a carriage return", `lpctl proposal ${ID}\nSee\rlpctl proposal ${REPORT}`],
    ["another proposal that is indented and in capitals", `lpctl proposal ${ID}\n  LPCTL Proposal: ${REPORT.toUpperCase()}`],
    ["another proposal in letters of full width", `lpctl proposal ${ID}\nｌｐｃｔｌ proposal ${REPORT}`],
    ["another proposal with what cannot be seen in it", `lpctl proposal ${ID}\nlpc\u200btl proposal ${REPORT}`],
    ["another report in the middle of a line", `lpctl proposal ${ID}\nreport ${REPORT}\nor rather report ${ID}`],
    ["a proposal inside a line", `see lpctl proposal ${ID}`],
    ["an id in capitals", `lpctl proposal ${ID.toUpperCase().replace("X", "x")}`],
  ])("with %s is about none", (_what, text) => {
    expect(parseVoteText(text)).toBeUndefined();
  });

  test("is read at once, however long it is made", () => {
    const gaps = " \u2028\u200b".repeat(100_000);
    const start = performance.now();
    expect(parseVoteText(`report${gaps}0\nlpctl${gaps}\nlpctl proposal ${ID}`)).toEqual({ proposalId: ID, reportHash: undefined });
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  test("may be written on Windows, and name no report", () => {
    expect(parseVoteText(`Title\r\n\r\nlpctl proposal ${ID}\r\n`)).toEqual({ proposalId: ID, reportHash: undefined });
  });

  test("is a claim, until the calls are the proposal's too, or all of a poll's text is", () => {
    const link = { proposalId: ID, reportHash: REPORT };
    const { calls } = vote;
    expect(linkOf({ ...vote, link }, { id: ID, title: "Pay", calls })).toBe("belongs");
    expect(linkOf({ ...vote, link }, { id: ID, title: "Pay", calls: [...calls, ...calls] })).toBe("claims");
    expect(linkOf({ ...vote, link }, { id: REPORT, title: "Pay", calls })).toBe("other");
    expect(linkOf(vote, { id: ID, title: "Pay", calls })).toBe("other");
    const ask = (text: string) => linkOf({ ...poll, link: parseVoteText(text) ?? link, text }, { id: ID, title: "Pay", calls: [] });
    const text = formatVoteText({ title: "Pay", proposalId: ID, reportHash: REPORT });
    expect(ask(text)).toBe("belongs");
    expect([`Keep everything as it is\n\n${text.slice(5)}`, `${text}\nYes means no`, `lpctl proposal ${ID}`].map(ask)).toEqual(["claims", "claims", "claims"]);
  });
});

describe("a governor says", () => {
  test("what it counts its time in; one that says nothing counts blocks", () => {
    const read = (text: string | undefined) => parseClockMode(text, vote.governor);
    expect([undefined, "", "mode=blocknumber&from=default", "mode=blocknumber&from=eip155:1", "mode=timestamp", "mode=livepeer_round"].map(read)).toEqual(["blocks", "blocks", "blocks", "blocks", "seconds", "rounds"]);
    expect(() => read("mode=moon_phase")).toThrow(expect.objectContaining({ code: "LPCTL_VOTE_UNKNOWN_CLOCK", exit: 3 }));
  });

  test("what its quorum is made of", () => {
    expect([undefined, "support=bravo", "support=bravo&quorum=for,abstain", "support=bravo&quorum=for,abstain,against", "support=bravo&quorum=bravo", "support=bravo&quorum=for"].map(parseCountingMode)).toEqual([
      ["for", "abstain"], ["for", "abstain"], ["for", "abstain"], ["for", "against", "abstain"], ["for"], ["for"],
    ]);
  });

  test("nothing of a clock, when it is older than the rule: then the number that contracts see is its clock", async () => {
    const answers: Record<string, bigint> = { votingPeriod: 50_400n, token: BigInt(TOKEN ?? "0x0") };
    const call = (_to: string, data: string): string => {
      const found = Object.entries(answers).find(([name]) => new Interface([`function ${name}()`]).getFunction(name)?.selector === data);
      return found === undefined ? "0x" : `0x${found[1].toString(16).padStart(64, "0")}`;
    };
    const traits = await readGovernorTraits(nodeOf({ latest: 400n, l1: () => 19_000_000n, call }), vote.governor);
    expect(traits).toEqual({ clock: 19_000_000n, clockMode: "blocks", rules: "oz-governor", quorumCounts: ["for", "abstain"], timelock: undefined, token: TOKEN, quotaPpm: undefined, transcoderQuorumPpm: undefined });
    delete answers["votingPeriod"];
    await expect(readGovernorTraits(nodeOf({ latest: 400n, call }), vote.governor)).rejects.toMatchObject({ code: "LPCTL_VOTE_NOT_A_GOVERNOR" });
  });

  test("whatever bytes somebody gave it as a text, and the other votes are read all the same", async () => {
    const [calls, bytes] = [vote.calls, "0x6c706374ff0a"];
    const data = AbiCoder.defaultAbiCoder().encode(
      ["uint256", "address", "address[]", "uint256[]", "bytes[]", "bytes[]", "uint256", "uint256", "bytes"],
      [hashVote(calls, "", keccak256(bytes) as Hex), VOTER, [TOKEN], [0n], ["0x"], ["0x"], 1n, 2n, bytes],
    ) as Hex;
    const created = parseCreated({ address: vote.governor, topics: [PROPOSAL_CREATED], data, blockNumber: 3n, transactionHash: ID, logIndex: 0n });
    expect(created).toMatchObject({ calls, description: "lpct\ufffd\n", descriptionHash: keccak256(bytes) });
    expect(queueCall(vote.governor, created).data).toContain(keccak256(bytes).slice(2));
  });

  test("what was voted, whatever bytes a voter gave as a reason", async () => {
    const fragment = governorInterface.getEvent("VoteCast");
    const data = AbiCoder.defaultAbiCoder().encode(["uint256", "uint8", "uint256", "bytes"], [vote.voteId, 1, LPT, "0xff"]) as Hex;
    const log: Log = { address: vote.governor, topics: [fragment?.topicHash as Hex, `0x${"0".repeat(24)}${VOTER?.slice(2)}`], data, blockNumber: 3n, transactionHash: ID, logIndex: 0n };
    expect(await readBallots(nodeOf({ latest: 9n, logs: [log] }), vote)).toEqual([{ voter: VOTER, choice: "for", weightWei: LPT }]);
  });

  test("the function apart from its arguments, where it does as Compound's does", () => {
    const args = AbiCoder.defaultAbiCoder().encode(["uint256"], [500n]) as Hex;
    const data = governorInterface.encodeEventLog("ProposalCreated", [7n, VOTER, [TOKEN, TOKEN], [1n, 0n], ["setRate(uint256)", ""], [args, "0x1234"], 1n, 2n, "words"]).data as Hex;
    const created = parseCreated({ address: vote.governor, topics: [PROPOSAL_CREATED], data, blockNumber: 3n, transactionHash: ID, logIndex: 0n });
    expect(created.calls).toEqual([
      { to: TOKEN, valueWei: 1n, data: new Interface(["function setRate(uint256)"]).encodeFunctionData("setRate", [500n]) },
      { to: TOKEN, valueWei: 0n, data: "0x1234" },
    ]);
  });
});

describe("where contracts count the blocks of another chain", () => {
  // Four blocks for each of Ethereum's, and every seventh of Ethereum's is seen by none.
  const l1 = (block: bigint): bigint => 1_000n + block / 4n + block / 28n;

  test("the number that they see is told, and the chain's own where there is no other", async () => {
    expect(await readContractBlock(nodeOf({ latest: 400n, l1 }), "latest")).toMatchObject({ number: 400n, contractNumber: l1(400n) });
    expect(await readContractBlock(nodeOf({ latest: 400n }), 7n)).toMatchObject({ number: 7n, contractNumber: 7n, timestampSeconds: 70n });
  });

  test("the last block up to a number is found by halves, whether or not a block has that number", async () => {
    for (let wanted = 995n; wanted < 1_130n; wanted += 1n) {
      const found = await readLastBlockUpTo(nodeOf({ latest: 400n, l1 }), wanted);
      const expected = Array.from({ length: 401 }, (_, index) => BigInt(index)).findLast((block) => l1(block) <= wanted) ?? 0n;
      expect(found.number, String(wanted)).toBe(expected);
    }
    const asked: string[] = [];
    await readLastBlockUpTo(nodeOf({ latest: 1_000_000_000n, l1 }, asked), 1_234_567n);
    expect(asked.length).toBeLessThan(35);
  });

  test("a node that answers with another block than it was asked for is not believed, and not asked for ever", async () => {
    const honest = nodeOf({ latest: 400n, l1 });
    const stuck = honest.through((transport) => ({ ...transport, endpoint: transport.endpoint, send: (method, params, options) => transport.send(method, method === "eth_getBlockByNumber" ? ["latest", false] : params, options) }));
    await expect(readLastBlockUpTo(stuck, 1_050n)).rejects.toMatchObject({ code: "LPCTL_RPC_BAD_ANSWER" });
  });

  test("a poll is over when they see a later number than its end, not when the chain does", async () => {
    const data = pollCreatorInterface.encodeEventLog("PollCreated", [POLL, "0xff416263", 1_100n, 333_300n, 500_000n]);
    const log: Log = { address: CREATOR ?? "0x", topics: data.topics as Hex[], data: data.data as Hex, blockNumber: 90n, transactionHash: ID, logIndex: 0n };
    const sources = { pollCreators: [CREATOR ?? "0x"] as Address[], governors: [] };
    const statesAt = async (latest: bigint) => (await readPolls(nodeOf({ latest, l1, logs: [log], nonce: 2n }), sources)).map(({ state, text }) => [state, text]);
    expect(log.topics[0]).toBe(POLL_CREATED);
    expect(await statesAt(351n)).toEqual([["active", "\ufffdAbc"]]);
    expect(await statesAt(360n)).toEqual([["over", "\ufffdAbc"]]);
  });
});

describe("the time that is left", () => {
  const roundsAt = (start: bigint) => (_to: string, data: string): string => {
    const word = (value: bigint | string): string => `0x${BigInt(value).toString(16).padStart(64, "0")}`;
    const names: Record<string, string> = {
      controller: word(CREATOR ?? "0x0"),
      currentRound: word(15n),
      currentRoundStartBlock: word(start),
      roundLength: word(100n),
      blockNum: word(start),
    };
    for (const [name, answer] of Object.entries(names)) if (new Interface([`function ${name}()`]).getFunction(name)?.selector === data) return answer;
    return data.includes(contractId("RoundsManager").slice(2)) ? word(VOTER ?? "0x0") : "0x";
  };

  test("of a vote in rounds is told in blocks and seconds too, to the end of its last round", async () => {
    expect(await readTimeLeft(nodeOf({ latest: 1_040n, call: roundsAt(1_000n) }), vote, 12_000n)).toEqual({ what: "votes are no longer taken", until: 21n, unit: "rounds", units: 6n, blocks: 660n, seconds: 7_920n });
    expect(await readTimeLeft(nodeOf({ latest: 1_040n }), vote, 12_000n)).toEqual({ what: "votes are no longer taken", until: 21n, unit: "rounds", units: 6n, blocks: undefined, seconds: undefined });
  });

  test("of a poll is told in the blocks that contracts count", async () => {
    expect(await readTimeLeft(nodeOf({ latest: 400n, l1: () => 57_000n }), poll, 12_000n)).toMatchObject({ units: 600n, blocks: 600n, seconds: 7_200n });
    expect(await readTimeLeft(nodeOf({ latest: 400n }), { ...poll, state: "over" }, 12_000n)).toBeUndefined();
  });

  test("of what is queued is the timelock's, and none once it may be executed", async () => {
    const queued = { ...vote, state: "queued", etaSeconds: 5_000n } as const;
    expect(await readTimeLeft(nodeOf({ latest: 400n }), queued, undefined)).toMatchObject({ what: "it can be executed", seconds: 1_000n });
    expect(await readTimeLeft(nodeOf({ latest: 501n }), queued, undefined)).toMatchObject({ seconds: 0n });
    expect(await readTimeLeft(nodeOf({ latest: 501n }), { ...vote, state: "defeated" }, undefined)).toBeUndefined();
  });

  test("is said in the two largest units", () => {
    expect([0n, 59n, 60n, 3_661n, 90_000n, 86_400n * 400n].map(formatAbout)).toEqual(["no time", "59 seconds", "1 minute", "1 hour 1 minute", "1 day 1 hour", "400 days"]);
  });
});

describe("what a vote still needs", () => {
  const result = (rules: RuleSetId, forWei: bigint, againstWei: bigint, abstainWei = 0n, quorumWei = 0n): Omit<TallyResult, "rows"> => ({
    rules, forWei, againstWei, abstainWei, participationWei: forWei + againstWei + abstainWei, baseWei: 10_000n, quorumWei, quorumReached: false, quotaPpm: 500_000n, quotaRule: "above", neededWei: 0n, outcome: "invalid", abstainOnly: false,
  });
  const need = (...args: Parameters<typeof result>) => outlookOf(result(...args), 500_000n);

  test("is one more than half where a tie fails; the deployed governor rounds the half down", () => {
    expect(need("lip-16", 40n, 60n).toPassWei).toBe(21n);
    expect(need("stake-governor", 40n, 60n).toPassWei).toBe(21n);
    expect(need("oz-governor", 40n, 60n).toPassWei).toBe(21n);
    // 59 of 119 are enough for it, and so would be any tie.
    expect(need("livepeer-governor", 40n, 60n).toPassWei).toBe(19n);
    expect(need("livepeer-governor", 60n, 60n).toPassWei).toBe(0n);
  });

  test("is never less than what the quorum lacks, and with abstentions alone something, but for the deployed governor", () => {
    expect(need("lip-16", 40n, 0n, 0n, 100n)).toEqual({ toQuorumWei: 60n, toTranscodersWei: 0n, toPassWei: 60n });
    expect(need("stake-governor", 0n, 0n, 200n, 100n).toPassWei).toBe(1n);
    expect(need("livepeer-governor", 0n, 0n, 200n, 100n).toPassWei).toBe(0n);
    expect(outlookOf({ ...result("stake-governor", 10n, 0n), transcoders: { castWei: 3n, requiredWei: 9n, reached: false } }, 500_000n)).toEqual({ toQuorumWei: 0n, toTranscodersWei: 6n, toPassWei: 6n });
  });

  test("is out of reach under a quota of everything once somebody is against", () => {
    expect(outlookOf(result("lip-16", 5n, 1n), 1_000_000n).toPassWei).toBeUndefined();
    expect(outlookOf(result("livepeer-governor", 5n, 1n), 1_000_000n).toPassWei).toBeUndefined();
  });

  test("is the least that passes: one less does not", () => {
    const amount = fc.bigInt({ min: 0n, max: 10n ** 27n });
    fc.assert(
      fc.property(amount, amount, fc.bigInt({ min: 0n, max: 999_999n }), (forWei, againstWei, quota) => {
        const { toPassWei } = outlookOf(result("lip-16", forWei, againstWei), quota);
        if (toPassWei === undefined) return;
        const passes = (more: bigint): boolean => (forWei + more) * 1_000_000n > (forWei + more + againstWei) * quota;
        expect(passes(toPassWei)).toBe(true);
        if (toPassWei > 0n) expect(passes(toPassWei - 1n)).toBe(false);
      }),
    );
  });
});

test("a vote is shown with everything that a voter must know, and nothing that a terminal would obey", () => {
  const counted = { counted: true, rules: "livepeer-governor", forWei: 0n, againstWei: 0n, abstainWei: 400n * LPT, participationWei: 400n * LPT, baseWei: 1_000n * LPT, quorumWei: 333n * LPT, quorumReached: true, quotaPpm: 500_000n, quotaRule: "floored", neededWei: 0n, outcome: "passed", abstainOnly: true } as const;
  const view: VoteView = {
    reference: "7", contract: "LivepeerGovernor", vote: { ...vote, description: "Pay\u001b]0;owned\u0007\n\u202eevil" }, proposal: { name: "001-pay", title: "Pay", relation: "claims", hasReport: false },
    calls: [{ to: TOKEN ?? "0x", toName: "LivepeerToken", valueWei: 0n, data: "0x", signature: null, args: [] }], standing: counted, outlook: { toQuorumWei: 0n, toTranscodersWei: 0n, toPassWei: 0n },
    timeLeft: { what: "votes are no longer taken", until: 21n, unit: "rounds", units: 6n, blocks: 660n, seconds: 7_920n },
    power: {
      account: VOTER ?? "0x", weightWei: 300n * LPT, delegate: CREATOR, delegateIsTranscoder: true, takesFrom: { transcoder: CREATOR ?? "0x", weightWei: 300n * LPT, hasVoted: true, choice: "for" }, overriddenWei: 0n, hasCheckpoint: true,
      hasVoted: false, choice: undefined, canCount: { yes: true }, isDecided: true, atClock: 11n, atBlock: 1_000n,
    },
    remarks: ["Only abstentions so far"],
  };
  const text = formatVote(view);
  for (const part of [
    "its calls are NOT those of the proposal", "6 rounds and the rest of this one, 660 blocks, about 2 hours 12 minutes", "400 LPT of 333 LPT needed (40.00% of all): reached", "passed, were it to end now",
    "300 LPT, as it was at the end of round 11", `300 LPT from its transcoder ${String(CREATOR)}, which has voted: for`, "Only abstentions so far",
  ]) {
    expect(text).toContain(part);
  }
  // eslint-disable-next-line no-control-regex
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
});
