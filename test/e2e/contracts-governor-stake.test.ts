import { AbiCoder, Signature, dataSlice, id } from "ethers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Receipt } from "../../src/chain/rpc.ts";
import type { Address } from "../../src/protocol/hex.ts";
import { type Account, ContractsChain, type Deployed, LPT, Protocol, Reverted } from "./contracts-chain.ts";

const [AGAINST, FOR, ABSTAIN] = [0n, 1n, 2n];
const [PENDING, ACTIVE, CANCELED, DEFEATED, SUCCEEDED, QUEUED, EXECUTED] = [0n, 1n, 2n, 3n, 4n, 5n, 7n];
const RULES = [1n, 10n, 100n * LPT, 333_300n, 500_000n];
const NOBODY: Address = "0x0000000000000000000000000000000000000000";
/** Short, since a vote takes twelve of them. */
const ROUND_BLOCKS = 60n;

let chain: ContractsChain;
let protocol: Protocol;
let governor: Deployed;
let treasury: Deployed;
let votes: Deployed;
/** 1,000 LPT are delegated to it, 300 of them by the delegator. */
const transcoder = (): Account => chain.account(1);
const delegator = (): Account => chain.account(2);
/** 400 LPT of its own. */
const second = (): Account => chain.account(3);
/** 2,600 LPT of its own. */
const third = (): Account => chain.account(4);
const stranger = (): Account => chain.account(5);

interface Proposal {
  id: bigint;
  description: string;
  calls: [targets: string[], values: bigint[], calldatas: string[]];
}

const currentRound = (): Promise<bigint> => chain.readNumber(protocol.rounds, "currentRound");
/** Mines the first block of a later round, so that what is read is of that round. */
const passRounds = async (count: bigint): Promise<void> =>
  chain.mineUpTo((await chain.readNumber(protocol.rounds, "currentRoundStartBlock")) + count * ROUND_BLOCKS + 1n);
const stateOf = (proposal: Proposal): Promise<bigint> => chain.readNumber(governor, "state", [proposal.id]);
const votesOn = async (proposal: Proposal): Promise<bigint[]> => {
  const tally = await chain.read(governor, "proposalVotes", [proposal.id]);
  return tally.toArray().map((one) => BigInt(String(one)) / LPT);
};
const castVote = (account: Account, proposal: Proposal, support: bigint): Promise<Receipt> =>
  chain.send(account, governor, "castVote", [proposal.id, support]);
const withHash = (proposal: Proposal): unknown[] => [...proposal.calls, id(proposal.description)];
const payment = (lpt: bigint): Proposal["calls"] => [
  [protocol.token.address],
  [0n],
  [protocol.token.abi.encodeFunctionData("transfer", [stranger().address, lpt * LPT])],
];
const callToItself = (name: string, args: unknown[]): Proposal["calls"] => [
  [governor.address],
  [0n],
  [governor.abi.encodeFunctionData(name, args)],
];

async function propose(description: string, calls = payment(1n), by = transcoder()): Promise<Proposal> {
  const receipt = await chain.send(by, governor, "propose", [...calls, description]);
  return { id: BigInt(String(chain.event(receipt, governor, "ProposalCreated")[0])), description, calls };
}

/** What a call was refused with, as text; OpenZeppelin 4.9 has strings and no errors. */
async function refusal(call: Promise<unknown>): Promise<string> {
  const caught = await call.then(() => undefined, (error: unknown) => error);
  if (!(caught instanceof Reverted)) throw new Error("was not refused", { cause: caught });
  if (!caught.data.startsWith("0x08c379a0")) return caught.message;
  return String(AbiCoder.defaultAbiCoder().decode(["string"], dataSlice(caught.data, 4))[0]);
}

beforeAll(async () => {
  chain = await ContractsChain.start();
  protocol = await Protocol.deploy(chain, { supplyWei: 100_000n * LPT, inflationPpm: 0n, inflationChangePpm: 0n, poolSize: 5n });
  await protocol.set(protocol.rounds, "setRoundLength", ROUND_BLOCKS);
  await passRounds(1n);
  await chain.send(protocol.owner, protocol.rounds, "initializeRound");
  votes = await protocol.deployProxied("BondingVotes");
  treasury = await chain.deploy(protocol.owner, "Treasury");
  governor = await protocol.deployProxied("LivepeerGovernor");
  await protocol.bond(transcoder(), 700n * LPT, transcoder());
  await protocol.bond(delegator(), 300n * LPT, transcoder());
  await protocol.bond(second(), 400n * LPT, second());
  await protocol.bond(third(), 2_600n * LPT, third());
});
afterAll(() => chain.stop());

describe("the rules", () => {
  test("are set by the Controller's owner, once the Treasury is registered, and not on the implementation", async () => {
    const { owner, controller } = protocol;
    expect(await refusal(chain.send(stranger(), governor, "initialize", RULES))).toContain("ManagerCallerNotControllerOwner");
    expect(await refusal(chain.send(owner, governor, "initialize", RULES))).toBe("BondingVotesGovernorNotRegistered(Treasury)");
    await protocol.register("Treasury", treasury.address);
    expect(await refusal(chain.send(owner, governor, "initialize", [...RULES.slice(0, 4), 1_000_001n]))).toBe(
      "GovernorCountingInvalidQuota(1000001)",
    );
    expect(await refusal(chain.send(owner, governor, "initialize", [...RULES.slice(0, 3), 1_000_001n, 0n]))).toBe(
      "GovernorVotesQuorumFraction: quorumNumerator over quorumDenominator",
    );
    await chain.send(owner, governor, "initialize", RULES);
    const again = "Initializable: contract is already initialized";
    expect(await refusal(chain.send(owner, governor, "initialize", RULES))).toBe(again);
    const target = chain.at(String(await chain.read(controller, "getContract", [id("LivepeerGovernorTarget")])) as Address, "LivepeerGovernor");
    expect(await refusal(chain.send(owner, target, "initialize", RULES))).toBe(again);
    await chain.send(owner, treasury, "initialize", [0n, [governor.address], [governor.address], NOBODY]);
    await chain.send(owner, protocol.token, "transfer", [treasury.address, 500n * LPT]);
  });

  test("are told in rounds and parts per million", async () => {
    const numbers = ["votingDelay", "votingPeriod", "proposalThreshold", "quorumNumerator()", "quota", "quorumDenominator"];
    expect(await Promise.all(numbers.map((name) => chain.readNumber(governor, name)))).toEqual([...RULES, 1_000_000n]);
    expect(await chain.readNumber(governor, "clock")).toBe(await currentRound());
    const texts = ["name", "version", "CLOCK_MODE", "COUNTING_MODE"];
    expect(await Promise.all(texts.map((name) => chain.read(governor, name)))).toEqual([
      "LivepeerGovernor", "1", "mode=livepeer_round", "support=bravo&quorum=for,abstain,against",
    ]);
    const parts = await Promise.all(["timelock", "token", "votes"].map((name) => chain.read(governor, name)));
    expect(parts).toEqual([treasury.address, votes.address, votes.address]);
  });
});

describe("a vote", () => {
  let passing: Proposal;
  let tooFew: Proposal;
  let abstained: Proposal;
  let refused: Proposal;
  let tied: Proposal;
  let signed: Proposal;
  let settings: Proposal;
  let withdrawn: Proposal;
  let snapshot: bigint;

  test("is proposed by an account with votes enough", async () => {
    const tooLow = "Governor: proposer votes below proposal threshold";
    expect(await refusal(propose("none", payment(1n), stranger()))).toBe(tooLow);
    // What was bonded in this round votes from the next.
    expect(await refusal(propose("early"))).toBe(tooLow);
    await passRounds(1n);
    await chain.send(protocol.owner, protocol.rounds, "initializeRound");
    passing = await propose("Pay 100 LPT", payment(100n));
    tooFew = await propose("too few votes");
    abstained = await propose("only abstentions");
    refused = await propose("only votes against");
    tied = await propose("a tie");
    signed = await propose("votes by signature");
    settings = await propose("Change a rule", callToItself("updateQuorumNumerator", [200_000n]), delegator());
    withdrawn = await propose("a mistake");
    snapshot = (await currentRound()) + 1n;
    expect(await chain.readNumber(governor, "proposalSnapshot", [passing.id])).toBe(snapshot);
    expect(await chain.readNumber(governor, "proposalDeadline", [passing.id])).toBe(snapshot + 10n);
    expect(await chain.readNumber(governor, "hashProposal", withHash(passing))).toBe(passing.id);
    expect(await refusal(propose("Pay 100 LPT", payment(100n)))).toBe("Governor: proposal already exists");
    expect(await refusal(propose("empty", [[], [], []]))).toBe("Governor: empty proposal");
    expect(await refusal(propose("unequal", [[governor.address], [], []]))).toBe("Governor: invalid proposal length");
  });

  test("can be withdrawn by its proposer until it begins", async () => {
    expect(await stateOf(withdrawn)).toBe(PENDING);
    expect(await refusal(chain.send(second(), governor, "cancel", withHash(withdrawn)))).toBe("Governor: only proposer can cancel");
    await chain.send(transcoder(), governor, "cancel", withHash(withdrawn));
    expect(await stateOf(withdrawn)).toBe(CANCELED);
  });

  test("begins after the snapshot round", async () => {
    await passRounds(1n);
    expect(await stateOf(passing)).toBe(PENDING);
    expect(await refusal(castVote(transcoder(), passing, FOR))).toBe("Governor: vote not currently active");
    await passRounds(1n);
    expect(await stateOf(passing)).toBe(ACTIVE);
    expect(await refusal(chain.send(transcoder(), governor, "cancel", withHash(passing)))).toBe("Governor: too late to cancel");
    expect(await chain.readNumber(governor, "quorum", [snapshot])).toBe(13_332n * LPT / 10n);
    expect(await chain.readNumber(governor, "getVotes", [transcoder().address, snapshot])).toBe(1_000n * LPT);
  });

  test("of a delegator is taken out of its transcoder's: 1,100 for and 300 against", async () => {
    const receipt = await castVote(transcoder(), passing, FOR);
    expect(chain.event(receipt, governor, "VoteCast").toArray()).toEqual([transcoder().address, passing.id, FOR, 1_000n * LPT, ""]);
    expect(await votesOn(passing)).toEqual([0n, 1_000n, 0n]);
    const override = await castVote(delegator(), passing, AGAINST);
    expect(chain.event(override, governor, "VoteCast")[3]).toBe(300n * LPT);
    expect(await votesOn(passing)).toEqual([300n, 700n, 0n]);
    await castVote(second(), passing, FOR);
    expect(await votesOn(passing)).toEqual([300n, 1_100n, 0n]);
    expect(await chain.read(governor, "hasVoted", [passing.id, second().address])).toBe(true);
    expect(await chain.read(governor, "hasVoted", [passing.id, third().address])).toBe(false);
  });

  test("is cast once, for one of three choices", async () => {
    expect(await refusal(castVote(delegator(), passing, FOR))).toBe("VoteAlreadyCast()");
    expect(await refusal(castVote(third(), passing, 3n))).toBe("InvalidVoteType(3)");
    await castVote(stranger(), passing, FOR);
    expect(await votesOn(passing)).toEqual([300n, 1_100n, 0n]);
  });

  test("counts the same when the delegator comes first", async () => {
    await castVote(delegator(), tooFew, AGAINST);
    await castVote(transcoder(), tooFew, FOR);
    expect(await votesOn(tooFew)).toEqual([300n, 700n, 0n]);
  });

  test("can agree with the transcoder, or abstain from what it says", async () => {
    await castVote(third(), abstained, ABSTAIN);
    await castVote(delegator(), abstained, ABSTAIN);
    await castVote(transcoder(), abstained, ABSTAIN);
    expect(await votesOn(abstained)).toEqual([0n, 0n, 3_600n]);
    await castVote(transcoder(), refused, AGAINST);
    await castVote(delegator(), refused, ABSTAIN);
    await castVote(third(), refused, ABSTAIN);
    expect(await votesOn(refused)).toEqual([700n, 0n, 2_900n]);
  });

  test("goes by the delegation of the snapshot, not by that of the day", async () => {
    await chain.send(protocol.owner, protocol.rounds, "initializeRound");
    await chain.send(delegator(), protocol.bonding, "bond", [0n, second().address]);
    await passRounds(1n);
    expect(await chain.read(votes, "delegatedAt", [delegator().address, (await currentRound()) - 1n])).toBe(second().address);
    await castVote(transcoder(), settings, FOR);
    await castVote(third(), settings, FOR);
    await castVote(delegator(), settings, AGAINST);
    await castVote(second(), settings, AGAINST);
    expect(await votesOn(settings)).toEqual([700n, 3_300n, 0n]);
  });

  test("can be signed and sent by another", async () => {
    const domain = { name: "LivepeerGovernor", version: "1", chainId: await chain.rpc.chainId(), verifyingContract: governor.address };
    const ballot = { Ballot: [{ name: "proposalId", type: "uint256" }, { name: "support", type: "uint8" }] };
    const value = { proposalId: signed.id, support: FOR };
    const { v, r, s } = Signature.from(await third().wallet.signTypedData(domain, ballot, value));
    const receipt = await chain.send(stranger(), governor, "castVoteBySig", [signed.id, FOR, v, r, s]);
    expect(chain.event(receipt, governor, "VoteCast").toArray()).toEqual([third().address, signed.id, FOR, 2_600n * LPT, ""]);
    const fields = [{ name: "reason", type: "string" }, { name: "params", type: "bytes" }];
    const extended = { ExtendedBallot: [...ballot.Ballot, ...fields] };
    const why = { ...value, support: AGAINST, reason: "no", params: "0x01" };
    const other = Signature.from(await second().wallet.signTypedData(domain, extended, why));
    const args = [signed.id, AGAINST, "no", "0x01", other.v, other.r, other.s];
    const reasoned = await chain.send(stranger(), governor, "castVoteWithReasonAndParamsBySig", args);
    expect(chain.event(reasoned, governor, "VoteCastWithParams")[0]).toBe(second().address);
    expect(await votesOn(signed)).toEqual([400n, 2_600n, 0n]);
  });

  test("succeeds when it is a tie, and when everybody abstains", async () => {
    await castVote(transcoder(), tied, FOR);
    await castVote(delegator(), tied, AGAINST);
    await castVote(second(), tied, AGAINST);
    await castVote(third(), tied, ABSTAIN);
    expect(await votesOn(tied)).toEqual([700n, 700n, 2_600n]);
    expect(await stateOf(abstained)).toBe(ACTIVE);
    await passRounds(10n);
    expect(await stateOf(passing)).toBe(SUCCEEDED);
    expect(await stateOf(tooFew)).toBe(DEFEATED);
    expect(await stateOf(abstained)).toBe(SUCCEEDED);
    expect(await stateOf(refused)).toBe(DEFEATED);
    expect(await stateOf(tied)).toBe(SUCCEEDED);
    expect(await stateOf(signed)).toBe(SUCCEEDED);
    expect(await stateOf(settings)).toBe(SUCCEEDED);
  });

  test("that succeeded is queued in the Treasury and executed by it", async () => {
    expect(await refusal(chain.send(stranger(), governor, "queue", withHash(tooFew)))).toBe("Governor: proposal not successful");
    const queued = await chain.send(stranger(), governor, "queue", withHash(passing));
    expect(chain.event(queued, governor, "ProposalQueued")[0]).toBe(passing.id);
    expect(await stateOf(passing)).toBe(QUEUED);
    expect(await chain.readNumber(governor, "proposalEta", [passing.id])).toBeGreaterThan(0n);
    const before = await chain.readNumber(protocol.token, "balanceOf", [treasury.address]);
    await chain.send(stranger(), governor, "execute", withHash(passing));
    expect(await stateOf(passing)).toBe(EXECUTED);
    expect(await chain.readNumber(protocol.token, "balanceOf", [treasury.address])).toBe(before - 100n * LPT);
    expect(await chain.readNumber(protocol.token, "balanceOf", [stranger().address])).toBe(100n * LPT);
    expect(await refusal(chain.send(stranger(), governor, "execute", withHash(passing)))).toBe("Governor: proposal not successful");
  });

  test("changes the rules of later votes, which nobody else can", async () => {
    const past = await chain.readNumber(governor, "quorum", [snapshot]);
    const setters: [name: string, args: unknown[]][] = [
      ["updateQuorumNumerator", [1n]], ["setVotingPeriod", [1n]], ["updateTimelock", [NOBODY]], ["relay", [NOBODY, 0n, "0x"]],
    ];
    for (const [name, args] of setters) {
      expect(await refusal(chain.send(protocol.owner, governor, name, args))).toBe("Governor: onlyGovernance");
    }
    await chain.send(stranger(), governor, "queue", withHash(settings));
    await chain.send(stranger(), governor, "execute", withHash(settings));
    expect(await chain.readNumber(governor, "quorumNumerator()")).toBe(200_000n);
    expect(await chain.readNumber(governor, "quorum", [snapshot])).toBe(past);
  });
});

describe("the governor", () => {
  test("takes another BondingVotes when it is told to, if there is one", async () => {
    const other = await protocol.deployProxied("BondingVotes");
    expect(await chain.read(governor, "token")).toBe(votes.address);
    expect(await chain.read(governor, "votes")).toBe(other.address);
    await chain.send(stranger(), governor, "bumpGovernorVotesTokenAddress");
    expect(await chain.read(governor, "token")).toBe(other.address);
    await protocol.register("BondingVotes", NOBODY);
    expect(await refusal(chain.send(stranger(), governor, "bumpGovernorVotesTokenAddress"))).toBe("BondingVotesGovernorNotRegistered(BondingVotes)");
    await protocol.register("BondingVotes", votes.address);
    await chain.send(stranger(), governor, "bumpGovernorVotesTokenAddress");
    expect(await chain.read(governor, "token")).toBe(votes.address);
  });

  test("knows no time but rounds, and stops with them", async () => {
    await protocol.register("RoundsManager", NOBODY);
    await expect(chain.read(governor, "clock")).rejects.toMatchObject({ code: "LPCTL_CHAIN_CALL_REVERTED" });
    await protocol.register("RoundsManager", protocol.rounds.address);
    expect(await chain.readNumber(governor, "clock")).toBe(await currentRound());
  });

  test("takes no plain ether", async () => {
    const empty = chain.rpc.call({ from: stranger().address, to: governor.address, data: "0x", valueWei: 1n });
    await expect(empty).rejects.toMatchObject({ code: "LPCTL_CHAIN_CALL_REVERTED" });
  });
});
