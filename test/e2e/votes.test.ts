/** Votes of every kind, found on a real chain: polls, the suite's governors, OpenZeppelin's over tokens. */
import { hexlify, toUtf8Bytes } from "ethers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { formatVote } from "../../src/cli/format-vote.ts";
import { formatVotes } from "../../src/cli/format-votes.ts";
import { LpctlError } from "../../src/errors.ts";
import { listVotes } from "../../src/lifecycle/votes/list-votes.ts";
import { openVoteSources } from "../../src/lifecycle/votes/open-vote.ts";
import { refusalOf, showVote, type VoteView } from "../../src/lifecycle/votes/show-vote.ts";
import { deploySuite, suiteTargets, type LocalProtocol } from "../../src/node/deploy-suite.ts";
import { bondAndReward } from "../../src/node/live-state.ts";
import type { Call } from "../../src/proposal/call.ts";
import { makeProposal } from "../../src/proposal/proposal.ts";
import { saveProposal, type StoredProposal } from "../../src/proposal/store.ts";
import { contractId } from "../../src/protocol/contract-id.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";
import { sendUnlocked } from "../../src/node/setup-sender.ts";
import { readPollFact } from "../../src/lifecycle/facts/read-poll.ts";
import { readVote, readVotes } from "../../src/voting/find/find-votes.ts";
import { castCall, createVoteCall, governorInterface } from "../../src/voting/governor-contract.ts";
import { castPollCall, createPollCall } from "../../src/voting/poll-contract.ts";
import { readPower } from "../../src/voting/power/read-power.ts";
import { hashDescription, hashVote, listsOf } from "../../src/voting/vote-id.ts";
import { formatVoteText } from "../../src/voting/vote-text.ts";
import type { VoteSources } from "../../src/voting/find/vote-sources.ts";
import type { GovernorVoteFacts, PollFacts, VoteFacts } from "../../src/voting/vote.ts";
import { compileArtifacts, deploy, failureOf, mine, sendAs, startLocalProject, type LocalProject } from "./local-project.ts";

const LPT = 10n ** 18n;
const FOLDER = "test/fixtures/contracts/votes";
const REPORT: Hex = `0x${"ab".repeat(32)}`;
const ROUND_BLOCKS = 50n;

let local: LocalProject;
let protocol: LocalProtocol;
let stakeGovernor: Address;
let livepeerGovernor: Address;
let creator: Address;
let foreignCreator: Address;
let bondingManager: Address;
let tokenGovernor: Address;
let secondGovernor: Address;
let numberedGovernor: Address;
let sources: VoteSources;
let stored: StoredProposal;

const send = async (from: Address, call: Call): Promise<bigint> => {
  const receipt = await sendUnlocked(local.rpc, from, await local.rpc.nonce(from), call);
  if (receipt.status === "reverted") throw new Error(`reverted: ${call.data.slice(0, 10)}`);
  return receipt.blockNumber;
};
const passRounds = (count: bigint): Promise<void> => mine(local.rpc, count * ROUND_BLOCKS);
const contractOf = (name: string): Address => {
  const address = protocol.contracts[name];
  if (address === undefined) throw new Error(`no ${name}`);
  return address;
};
const governorVote = async (voteId: bigint): Promise<GovernorVoteFacts> => {
  const vote = await readVote(local.rpc, sources, voteId.toString());
  if (vote.kind !== "governor") throw new Error("not a governor's");
  return vote;
};
const show = (reference: string, account?: Address): Promise<VoteView> => showVote(local.project, sources, reference, { account });
/** Makes a poll and gives its address. */
const openPoll = async (text: string, by = creator): Promise<Address> => {
  const block = await send(local.accounts.transcoder, createPollCall(by, text));
  const polls = await readVotes(local.rpc, { pollCreators: [by], governors: [] });
  const found = polls.find((vote): vote is PollFacts => vote.kind === "poll" && vote.createdBlock === block);
  if (found === undefined) throw new Error("no poll");
  return found.address;
};
const textOf = (): string => formatVoteText({ title: stored.proposal.title, proposalId: stored.proposal.id, reportHash: REPORT });

beforeAll(async () => {
  const suite = suiteTargets("current");
  const fixtures = ["TokenGovernor.sol:BlockToken", "TokenGovernor.sol:SecondToken", "TokenGovernor.sol:TokenGovernor", "NumberedGovernor.sol:NumberedGovernor", "QuickPollCreator.sol:QuickPollCreator"];
  const [started, suiteArtifact, fixture] = await Promise.all([
    startLocalProject(),
    compileArtifacts(suite.map(({ source, contract }) => `${source}:${contract}`)),
    compileArtifacts(fixtures.map((name) => `${FOLDER}/${name}`)),
  ]);
  local = started;
  const { rpc, accounts, project } = local;
  protocol = await deploySuite(rpc, suite.map(({ contract }) => suiteArtifact(contract)), { profile: "current", phase: "stake", gitCommitHash: `0x${"11".repeat(20)}` });
  project.controller = protocol.controller;
  await bondAndReward(rpc, protocol);
  stakeGovernor = contractOf("StakeGovernor");
  livepeerGovernor = contractOf("LivepeerGovernor");
  bondingManager = contractOf("BondingManager");
  creator = await deploy(rpc, accounts.deployer, fixture("QuickPollCreator"), [bondingManager]);
  foreignCreator = await deploy(rpc, accounts.deployer, fixture("QuickPollCreator"), [bondingManager]);
  await sendAs(rpc, contractOf("StakeTimelock"), protocol.controller, "function setContractInfo(bytes32 id, address location, bytes20 commit)", [contractId("PollCreator"), creator, `0x${"11".repeat(20)}`]);
  const [blockToken, secondToken] = [await deploy(rpc, accounts.deployer, fixture("BlockToken")), await deploy(rpc, accounts.deployer, fixture("SecondToken"))];
  tokenGovernor = await deploy(rpc, accounts.deployer, fixture("TokenGovernor"), [blockToken]);
  secondGovernor = await deploy(rpc, accounts.deployer, fixture("TokenGovernor"), [secondToken]);
  numberedGovernor = await deploy(rpc, accounts.deployer, fixture("NumberedGovernor"), [blockToken]);
  for (const token of [blockToken, secondToken]) {
    await sendAs(rpc, accounts.deployer, token, "function delegate(address)", [accounts.deployer]);
    await sendAs(rpc, accounts.deployer, token, "function transfer(address, uint256)", [accounts.broadcaster, 5n * LPT]);
  }
  sources = await openVoteSources(project, { governors: [tokenGovernor, secondGovernor, numberedGovernor] });
  const call: Call = { to: bondingManager, valueWei: 0n, data: "0x6dce7d0d" };
  const { hash } = await rpc.block(0n);
  stored = await saveProposal(
    project.folder,
    makeProposal({
      network: "local", chainId: 31_337n, genesisHash: hash, title: "Change a thing", intents: [{ kind: "calls", calls: [call] }],
      authorities: [{ kind: "eoa", address: accounts.deployer }], route: { salt: 0n, delayBlocks: 0n, delaySeconds: 0n }, sinceBlock: await rpc.blockNumber(), preconditions: [], code: [],
    }),
  );
}, 120_000);
afterAll(() => local.stop());

test("votes are looked for where the Controller says, and where a person says besides", () => {
  expect(sources).toEqual({ pollCreators: [creator], governors: [livepeerGovernor, stakeGovernor, tokenGovernor, secondGovernor, numberedGovernor], foreign: [] });
});

describe("a governor over stake", () => {
  let description: string;
  let voteId: bigint;
  let waiting: GovernorVoteFacts;

  test("has votes with the calls that will run, found by id, first bytes, and the proposal they name", async () => {
    description = textOf();
    voteId = hashVote(stored.proposal.calls, description);
    await send(local.accounts.transcoder, createVoteCall(stakeGovernor, { calls: stored.proposal.calls, description }));
    const vote = await governorVote(voteId);
    expect(vote).toMatchObject({
      governor: stakeGovernor, voteId, proposer: local.accounts.transcoder, calls: stored.proposal.calls, description, state: "pending", clockMode: "rounds", rules: "stake-governor",
      link: { proposalId: stored.proposal.id, reportHash: REPORT }, quorumCounts: ["for", "against", "abstain"], quorumWei: undefined, timelock: contractOf("StakeTimelock"), token: contractOf("BondingVotes"),
      snapshot: vote.clock + 1n, deadline: vote.clock + 4n,
    });
    const hex = `0x${voteId.toString(16).padStart(64, "0")}`;
    for (const reference of [hex, hex.slice(0, 10).toUpperCase().replace("X", "x"), stored.proposal.id, stored.proposal.id.slice(0, 12)]) {
      expect(await readVote(local.rpc, sources, reference)).toEqual(vote);
    }
  });

  test("says of a vote to come what the voter has now, and that it cannot be cast yet", async () => {
    const { power, standing, timeLeft, proposal } = await show("1", local.accounts.delegator);
    expect(power).toMatchObject({ weightWei: expect.any(BigInt), delegate: local.accounts.transcoder, delegateIsTranscoder: true, isDecided: false, hasCheckpoint: true, canCount: { yes: false } });
    waiting = await governorVote(voteId);
    expect([standing, proposal]).toEqual([null, { name: stored.name, title: "Change a thing", relation: "belongs", hasReport: false }]);
    expect(timeLeft).toMatchObject({ what: "votes are taken", unit: "rounds", units: 1n });
    expect(timeLeft?.blocks).toBeGreaterThan(ROUND_BLOCKS);
  });

  test("tells a delegator what its own vote takes from its transcoder, and the transcoder what is left to it", async () => {
    await passRounds(2n);
    const { delegator, transcoder, broadcaster } = local.accounts;
    const vote = await governorVote(voteId);
    expect(vote.state).toBe("active");
    const before = await readPower(local.rpc, vote, delegator);
    // What was read before it opened says the same.
    expect(await readPower(local.rpc, waiting, delegator)).toEqual(before);
    expect(before).toMatchObject({ takesFrom: { transcoder, weightWei: before.weightWei, hasVoted: false, choice: undefined }, isDecided: true, atClock: vote.snapshot, hasVoted: false, canCount: { yes: true } });
    expect(await readPower(local.rpc, vote, broadcaster)).toMatchObject({ weightWei: 0n, hasCheckpoint: false, canCount: { yes: false, why: expect.stringContaining("no checkpoint") } });
    await send(transcoder, castCall(stakeGovernor, voteId, "for"));
    await send(delegator, castCall(stakeGovernor, voteId, "against", "I think otherwise"));
    const own = await readPower(local.rpc, vote, transcoder);
    expect(own).toMatchObject({ delegate: transcoder, overriddenWei: before.weightWei, hasVoted: true, choice: "for", takesFrom: undefined });
    expect(await readPower(local.rpc, vote, delegator)).toMatchObject({ takesFrom: { hasVoted: true, choice: "for" }, choice: "against", canCount: { yes: false, why: expect.stringContaining("has voted") } });
    const { standing, outlook } = await show("1");
    expect(standing).toMatchObject({ counted: true, rules: "stake-governor", forWei: own.weightWei - before.weightWei, againstWei: before.weightWei, outcome: "passed" });
    expect(outlook).toEqual({ toQuorumWei: 0n, toTranscodersWei: 0n, toPassWei: 0n });
  });

  test("is refused loudly when a vote names a proposal and would run other calls", async () => {
    const calls: Call[] = [{ to: protocol.controller, valueWei: 0n, data: "0x8456cb59" }];
    await send(local.accounts.transcoder, createVoteCall(livepeerGovernor, { calls, description }));
    const view = await show(hashVote(calls, description).toString());
    expect(refusalOf(view)).toMatchObject({ code: "LPCTL_VOTE_CALLS_DIFFER", exit: 3 });
    expect(formatVote(view)).toContain("its calls are NOT those of the proposal");
    expect(formatVote(view)).toContain("pause()");
    // By the proposal, the vote that really is about it is found all the same.
    expect((await show("1")).vote).toMatchObject({ voteId });
  });

  test("is found to have kept votes from us when the RPC leaves logs out", async () => {
    const vote = await governorVote(voteId);
    const deaf = local.rpc.through((inner) => ({
      ...inner,
      endpoint: inner.endpoint,
      send: async (method, params, options) => {
        const answer = await inner.send(method, params, options);
        return method === "eth_getLogs" && Array.isArray(answer) && answer.length === 2 ? answer.slice(0, 1) : answer;
      },
    }));
    expect(await failureOf(readPower(deaf, vote, local.accounts.transcoder))).toMatchObject({ code: "LPCTL_VOTE_LOGS_MISSING" });
    const mute = local.rpc.through((inner) => ({ ...inner, endpoint: inner.endpoint, send: (method, params, options) => (method === "eth_getLogs" ? Promise.resolve([]) : inner.send(method, params, options)) }));
    expect(await failureOf(readVote(mute, { pollCreators: [], governors: [stakeGovernor] }, voteId.toString()))).toMatchObject({ code: "LPCTL_VOTE_LOGS_MISSING" });
  });
});

describe("a poll", () => {
  let poll: Address;

  test("is found by its address and its proposal, over ranges of a hundred blocks too, and counts no stranger", async () => {
    poll = await openPoll(textOf());
    const narrow = local.rpc.through((inner) => ({
      ...inner,
      endpoint: inner.endpoint,
      send: (method, params, options) => {
        const [filter] = params as [{ fromBlock: string; toBlock: string }];
        if (method === "eth_getLogs" && BigInt(filter.toBlock) - BigInt(filter.fromBlock) > 99n) {
          return Promise.reject(new LpctlError({ code: "LPCTL_RPC_ERROR", exit: 6, message: "the range is too wide", details: { rpcCode: -32_005 } }));
        }
        return inner.send(method, params, options);
      },
    }));
    const [wide, thin] = await Promise.all([readVote(local.rpc, sources, poll), readVote(narrow, sources, poll.toLowerCase())]);
    expect(thin).toEqual(wide);
    expect(wide).toMatchObject({ kind: "poll", address: poll, creator, foreign: false, state: "active", destroyed: false, quorumPpm: 333_300n, quotaPpm: 500_000n, link: { proposalId: stored.proposal.id } });
    expect(await failureOf(readVote(local.rpc, sources, stored.proposal.id))).toMatchObject({ code: "LPCTL_VOTE_AMBIGUOUS" });
    expect(await failureOf(show("1"))).toMatchObject({ code: "LPCTL_VOTE_AMBIGUOUS" });
  });

  test("shows a voter the stake of now, the transcoder what was taken from it, and lets a vote be changed", async () => {
    const { delegator, transcoder, broadcaster } = local.accounts;
    await send(delegator, castPollCall(poll, "against"));
    await send(broadcaster, castPollCall(poll, "for"));
    await send(delegator, castPollCall(poll, "for"));
    const vote = await readVote(local.rpc, sources, poll);
    const power = await readPower(local.rpc, vote, delegator);
    expect(power).toMatchObject({ delegate: transcoder, hasVoted: true, choice: "for", isDecided: false, canCount: { yes: true }, takesFrom: { transcoder, hasVoted: false } });
    expect(power.weightWei).toBeGreaterThan(300n * LPT);
    expect(await readPower(local.rpc, vote, transcoder)).toMatchObject({ overriddenWei: power.weightWei, hasVoted: false, canCount: { yes: true } });
    expect(await readPower(local.rpc, vote, broadcaster)).toMatchObject({ weightWei: 0n, delegate: undefined, canCount: { yes: false, why: expect.stringContaining("no stake") } });
  });

  test("of a creator that is not registered is foreign, whatever a stranger claims, and counts for nobody", async () => {
    const stranger = await openPoll("pay the stranger", foreignCreator);
    const vote = await readVote(local.rpc, sources, stranger);
    expect(vote).toMatchObject({ foreign: true, creator: foreignCreator });
    expect(await readPower(local.rpc, vote, local.accounts.delegator)).toMatchObject({ canCount: { yes: false, why: expect.stringContaining("registered PollCreator") } });
    expect((await readVotes(local.rpc, sources)).some((one) => one.kind === "poll" && one.address === stranger)).toBe(false);
    const named = await openVoteSources(local.project, { pollCreators: [foreignCreator] });
    expect((await readVotes(local.rpc, named)).filter((one) => one.kind === "poll").map(({ address, foreign }) => [address, foreign])).toEqual([[poll, false], [stranger, true]]);
    // Anybody can emit an event with the address of a poll of ours and another quorum.
    await sendAs(local.rpc, local.accounts.broadcaster, foreignCreator, "function claim(address, bytes)", [poll, hexlify(toUtf8Bytes("other words"))]);
    expect(await readVote(local.rpc, sources, poll)).toMatchObject({ foreign: false, creator, quorumPpm: 333_300n });
    expect(await failureOf(readVote(local.rpc, sources, bondingManager))).toMatchObject({ code: "LPCTL_VOTE_UNKNOWN" });
  });

  test("is missed by no list: the creator's nonce counts its polls", async () => {
    await openPoll("a second poll");
    const forgetful = local.rpc.through((inner) => ({
      ...inner,
      endpoint: inner.endpoint,
      send: async (method, params, options) => {
        const answer = await inner.send(method, params, options);
        return method === "eth_getLogs" && Array.isArray(answer) ? answer.slice(0, 1) : answer;
      },
    }));
    expect(await failureOf(readVotes(forgetful, sources, { kind: "poll" }))).toMatchObject({ code: "LPCTL_VOTE_LOGS_MISSING" });
  });

  test("that is over is counted as it was at its end, destroyed or not", async () => {
    await mine(local.rpc, 25n);
    const over = (await readVote(local.rpc, sources, poll)) as PollFacts;
    expect(over.state).toBe("over");
    const power = await readPower(local.rpc, over, local.accounts.delegator);
    expect(power).toMatchObject({ isDecided: true, atBlock: over.endBlock, choice: "for", canCount: { yes: false } });
    await local.rpc.request("anvil_setCode", [poll, "0x"], z.unknown());
    const destroyed = await show(poll, local.accounts.delegator);
    expect(destroyed.vote).toEqual({ ...over, destroyed: true });
    expect(destroyed.power).toMatchObject({ weightWei: power.weightWei, choice: "for" });
    expect(destroyed.standing).toMatchObject({ counted: true, rules: "lip-16", forWei: power.weightWei });
    expect(destroyed.remarks.join("\n")).toContain("destroyed");
  });
});

describe("a governor over a token", () => {
  const calls: Call[] = [{ to: "0x000000000000000000000000000000000000dEaD", valueWei: 0n, data: "0x" }];
  const create = async (governor: Address, description: string): Promise<bigint> => {
    await send(local.accounts.deployer, createVoteCall(governor, { calls, description }));
    return hashVote(calls, description);
  };

  test("with a clock in blocks counts for, against and abstain, and for and abstain to the quorum", async () => {
    const voteId = await create(tokenGovernor, "by blocks");
    expect(await governorVote(voteId)).toMatchObject({ clockMode: "blocks", rules: "oz-governor", state: "pending", quorumCounts: ["for", "abstain"], timelock: undefined });
    await mine(local.rpc, 12n);
    await send(local.accounts.deployer, castCall(tokenGovernor, voteId, "for"));
    const vote = await governorVote(voteId);
    expect(vote).toMatchObject({ state: "active", forWei: 995n * LPT, quorumWei: 100n * LPT });
    expect(await readPower(local.rpc, vote, local.accounts.deployer)).toMatchObject({ weightWei: 995n * LPT, delegate: local.accounts.deployer, hasVoted: true, choice: "for", overriddenWei: 0n, takesFrom: undefined });
    expect(await readPower(local.rpc, vote, local.accounts.broadcaster)).toMatchObject({ weightWei: 0n, delegate: undefined, canCount: { yes: false, why: expect.stringContaining("never delegated") } });
    const { standing, timeLeft } = await show(voteId.toString());
    expect(standing).toMatchObject({ counted: true, rules: "oz-governor", forWei: 995n * LPT, outcome: "passed" });
    expect(timeLeft).toMatchObject({ unit: "blocks", until: vote.deadline, units: vote.deadline - vote.clock });
  });

  test("with a clock in seconds is told in seconds", async () => {
    const voteId = await create(secondGovernor, "by seconds");
    const { timestampSeconds } = await local.rpc.block("latest");
    const vote = await governorVote(voteId);
    expect(vote).toMatchObject({ clockMode: "seconds", snapshot: timestampSeconds + 10n, deadline: timestampSeconds + 1_010n });
    expect((await show(voteId.toString())).timeLeft).toMatchObject({ what: "votes are taken", unit: "seconds", seconds: vote.snapshot - vote.clock });
    await send(local.accounts.deployer, { to: secondGovernor, valueWei: 0n, data: governorInterface.encodeFunctionData("cancel", [...listsOf(calls), hashDescription("by seconds")]) as Hex });
    expect((await governorVote(voteId)).state).toBe("canceled");
  });

  test("may have the vote of another governor, by the same id: then it has to be named", async () => {
    const voteId = await create(secondGovernor, "by blocks");
    const failure = await failureOf(readVote(local.rpc, sources, voteId.toString()));
    expect(failure).toMatchObject({ code: "LPCTL_VOTE_AMBIGUOUS", next: `lpctl vote show ${tokenGovernor}:${voteId}` });
    expect(await show(`${tokenGovernor}:${voteId}`)).toMatchObject({ vote: { governor: tokenGovernor, state: "active" } });
    expect(await show(`${secondGovernor.toLowerCase()}:0x${voteId.toString(16).padStart(64, "0").slice(0, 8)}`)).toMatchObject({ vote: { governor: secondGovernor, state: "pending" } });
    expect(await failureOf(show(`${livepeerGovernor}:${voteId}`))).toMatchObject({ code: "LPCTL_VOTE_UNKNOWN" });
  });

  test("that numbers its votes is believed when it knows these calls by that number", async () => {
    await create(numberedGovernor, "the first of a number");
    const vote = await readVote(local.rpc, sources, "1");
    expect(vote).toMatchObject({ voteId: 1n, governor: numberedGovernor, calls });
  });

  test("is refused when the RPC tells other calls than those that the id is made of", async () => {
    const lying = local.rpc.through((inner) => ({
      ...inner,
      endpoint: inner.endpoint,
      send: async (method, params, options) => {
        const answer = await inner.send(method, params, options);
        return method === "eth_getLogs" ? JSON.parse(JSON.stringify(answer).replaceAll("000000dead", "000000beef")) : answer;
      },
    }));
    expect(await failureOf(readVotes(lying, sources, { kind: "governor" }))).toMatchObject({ code: "LPCTL_VOTE_CALLS_DIFFER", exit: 3 });
  });
});

describe("all of them", () => {
  test("are listed, oldest first, with the proposals they are about", async () => {
    const rows = await listVotes(local.project, sources, {});
    expect(rows.map(({ vote }) => vote.createdBlock)).toEqual(rows.map(({ vote }) => vote.createdBlock).toSorted((a, b) => Number(a - b)));
    expect(rows.filter(({ proposal }) => proposal !== null).map(({ contract, proposal, vote }) => [contract, proposal?.relation, vote.state])).toEqual([
      ["StakeGovernor", "belongs", "active"],
      ["LivepeerGovernor", "claims", "pending"],
      ["PollCreator", "belongs", "over"],
    ]);
    const twice = rows.filter(({ reference }, index) => rows.some((other, place) => place !== index && other.reference === reference));
    expect(twice.map(({ title }) => title)).toEqual(["by blocks", "by blocks"]);
    for (const { short, reference } of rows.filter((row) => !twice.includes(row))) {
      const found = await readVote(local.rpc, sources, short);
      expect(found.kind === "poll" ? found.address : found.voteId.toString()).toBe(reference);
    }
    expect(formatVotes(rows)).toContain(`claims ${stored.name}, but its calls are others`);
  });

  test("can be asked for by state and kind", async () => {
    const kinds = async (states: VoteFacts["state"][], kind?: VoteFacts["kind"]) => (await listVotes(local.project, sources, { states, kind })).map(({ vote }) => `${vote.kind} ${vote.state}`);
    expect(await kinds(["over"])).toEqual(["poll over", "poll over"]);
    expect(await kinds(["canceled"])).toEqual(["governor canceled"]);
    expect(await kinds(["active", "over"], "governor")).toEqual(["governor active", "governor active"]);
  });
});

test("polls that a policy counts say what lpctl says, and a flood of them hides none that was voted in", { timeout: 60_000 }, async () => {
  const lie = await openPoll(`Keep everything as it is\n\n${textOf().split("\n\n")[1]}`);
  await send(local.accounts.broadcaster, castPollCall(lie, "for"));
  expect((await show(lie)).proposal).toMatchObject({ relation: "claims" });
  for (let copy = 0; copy < 9; copy += 1) await send(local.accounts.transcoder, createPollCall(creator, textOf()));
  await mine(local.rpc, 90n);
  const asked: string[] = [];
  const rpc = local.rpc.through((inner) => ({ ...inner, endpoint: inner.endpoint, send: (method, params, options) => (asked.push(method), inner.send(method, params, options)) }));
  const { polls } = await readPollFact({ ...local.project, rpc }, stored.proposal, { vote: "poll", rules: "lip-16", for: [] }, undefined);
  const [first] = (await readVotes(local.rpc, sources)).filter((vote) => vote.kind === "poll");
  expect(polls.map(({ address, count }) => [address, count?.voters])).toEqual([[first?.address, 2]]);
  expect(asked.length).toBeLessThan(600);
});

test("a contract that is no governor, and names of no vote, are refused by name", async () => {
  const wrong = { ...sources, governors: [bondingManager] };
  expect(await failureOf(readVotes(local.rpc, wrong))).toMatchObject({ code: "LPCTL_VOTE_NOT_A_GOVERNOR" });
  for (const reference of ["0x12", "nonsense", "99999999", `0x${"12".repeat(32)}`, `0x${"12".repeat(20)}`]) {
    expect(await failureOf(show(reference)), reference).toMatchObject({ code: "LPCTL_VOTE_UNKNOWN", exit: 2 });
  }
});
