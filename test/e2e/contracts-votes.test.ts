import { ZeroAddress, ZeroHash } from "ethers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Account, ContractsChain, type Deployed, LPT, Protocol, ROUND_BLOCKS } from "./contracts-chain.ts";

let chain: ContractsChain;
let protocol: Protocol;
let votes: Deployed;
const transcoder = (): Account => chain.account(1);
const delegator = (): Account => chain.account(2);
const other = (): Account => chain.account(3);
const stranger = (): Account => chain.account(4);

beforeAll(async () => {
  chain = await ContractsChain.start();
});
afterAll(() => chain.stop());

const currentRound = (): Promise<bigint> => chain.readNumber(protocol.rounds, "currentRound");
const votesOf = (account: Account): Promise<bigint> => chain.readNumber(votes, "getVotes", [account.address]);
const pastVotesOf = (account: Account, round: bigint): Promise<bigint> =>
  chain.readNumber(votes, "getPastVotes", [account.address, round]);

describe("a transcoder with 700 LPT and a delegator with 300 LPT, from before there were votes", () => {
  beforeAll(async () => {
    protocol = await Protocol.deploy(chain, { supplyWei: 100_000n * LPT, inflationPpm: 100n, inflationChangePpm: 0n, poolSize: 2n });
    await protocol.nextRound();
    await protocol.bond(transcoder(), 700n * LPT, transcoder());
    await chain.send(transcoder(), protocol.bonding, "transcoder(uint256,uint256)", [100_000n, 500_000n]);
    await protocol.bond(delegator(), 300n * LPT, transcoder());
    await expect(chain.send(stranger(), protocol.bonding, "checkpointBondingState", [delegator().address])).rejects.toThrow(
      "BondingVotesNotRegistered",
    );
    votes = await protocol.deployProxied("BondingVotes");
  });

  test("have no votes until anybody has their stake written down", async () => {
    expect(await chain.read(votes, "hasCheckpoint", [delegator().address])).toBe(false);
    expect([await votesOf(transcoder()), await votesOf(delegator())]).toEqual([0n, 0n]);
    const receipt = await chain.send(stranger(), protocol.bonding, "checkpointBondingState", [delegator().address]);
    expect(chain.event(receipt, votes, "DelegateChanged").toArray()).toEqual([delegator().address, ZeroAddress, transcoder().address]);
    // A delegate that is not known to have stake of its own carries nobody's votes.
    expect([await votesOf(transcoder()), await votesOf(delegator())]).toEqual([0n, 0n]);
    const second = await chain.send(stranger(), protocol.bonding, "checkpointBondingState", [transcoder().address]);
    expect(chain.event(second, votes, "DelegateVotesChanged").toArray()).toEqual([transcoder().address, 0n, 1_000n * LPT]);
    expect([await votesOf(transcoder()), await votesOf(delegator())]).toEqual([1_000n * LPT, 300n * LPT]);
    expect(await chain.read(votes, "hasCheckpoint", [delegator().address])).toBe(true);
  });

  test("have them from the next round on, and nobody had any before", async () => {
    const round = await currentRound();
    expect(await chain.readNumber(votes, "clock")).toBe(round);
    await expect(chain.read(votes, "getPastVotes", [transcoder().address, round])).rejects.toMatchObject({ code: "LPCTL_CHAIN_CALL_REVERTED" });
    expect(await pastVotesOf(transcoder(), round - 1n)).toBe(0n);
    await protocol.nextRound();
    expect(await pastVotesOf(transcoder(), round)).toBe(1_000n * LPT);
    expect(await pastVotesOf(delegator(), round)).toBe(300n * LPT);
    expect(await chain.readNumber(votes, "getPastTotalSupply", [round])).toBe(1_000n * LPT);
    expect(await chain.readNumber(votes, "getPastTotalSupply", [round - 2n])).toBe(0n);
  });

  test("get more by rewards that the delegator has not claimed, without changing the past", async () => {
    const round = await currentRound();
    await chain.send(transcoder(), protocol.bonding, "reward");
    expect(await votesOf(delegator())).toBe(3_027n * LPT / 10n);
    expect(await votesOf(delegator())).toBe(await protocol.pendingStake(delegator()));
    expect(await votesOf(transcoder())).toBe(1_010n * LPT);
    expect(await chain.readNumber(votes, "totalSupply")).toBe(1_010n * LPT);
    expect(await pastVotesOf(delegator(), round - 1n)).toBe(300n * LPT);
    await chain.send(delegator(), protocol.bonding, "claimEarnings", [0n]);
    expect(await votesOf(delegator())).toBe(3_027n * LPT / 10n);
  });

  test("keep their past when the delegator moves on", async () => {
    await protocol.bond(other(), 50n * LPT, other());
    await chain.send(delegator(), protocol.bonding, "bond", [0n, other().address]);
    const round = await currentRound();
    expect(await chain.read(votes, "delegates", [delegator().address])).toBe(other().address);
    expect(await chain.read(votes, "delegatedAt", [delegator().address, round - 1n])).toBe(transcoder().address);
    expect(await votesOf(delegator())).toBe(3_027n * LPT / 10n);
    expect(await votesOf(transcoder())).toBe(7_073n * LPT / 10n);
    expect(await votesOf(other())).toBe(3_527n * LPT / 10n);
  });

  test("have the supply of the next initialized round in a round that was skipped", async () => {
    const skipped = (await currentRound()) + 1n;
    await chain.mine(ROUND_BLOCKS);
    await protocol.nextRound();
    await protocol.bond(other(), 10n * LPT, other());
    await protocol.nextRound();
    expect(await currentRound()).toBe(skipped + 2n);
    expect(await chain.readNumber(votes, "getTotalActiveStakeAt", [skipped])).toBe(1_060n * LPT);
    expect(await chain.readNumber(votes, "getTotalActiveStakeAt", [skipped + 1n])).toBe(1_060n * LPT);
    expect(await chain.readNumber(votes, "getTotalActiveStakeAt", [skipped + 2n])).toBe(1_070n * LPT);
    await expect(chain.read(votes, "getTotalActiveStakeAt", [skipped + 4n])).rejects.toThrow();
  });

  test("lose votes with the stake: by unbonding, and with a delegate that has none left", async () => {
    await chain.send(other(), protocol.bonding, "unbond", [60n * LPT]);
    expect(await votesOf(other())).toBe(0n);
    expect(await votesOf(delegator())).toBe(0n);
    await chain.send(other(), protocol.bonding, "rebondFromUnbonded", [other().address, 0n]);
    expect(await votesOf(delegator())).toBe(3_027n * LPT / 10n);
    await chain.send(delegator(), protocol.bonding, "unbond", [3_027n * LPT / 10n]);
    expect(await votesOf(delegator())).toBe(0n);
    expect(await votesOf(other())).toBe(60n * LPT);
  });

  test("can be written down while the protocol is stopped", async () => {
    await chain.send(protocol.owner, protocol.controller, "pause");
    const receipt = await chain.send(stranger(), protocol.bonding, "checkpointBondingState", [transcoder().address]);
    // Nothing has changed, so there is nothing to tell.
    expect(receipt.logs).toEqual([]);
    await chain.send(protocol.owner, protocol.controller, "unpause");
  });

  test("are delegated with the stake and not otherwise", async () => {
    await expect(chain.send(delegator(), votes, "delegate", [other().address])).rejects.toThrow("MustCallBondingManager(bond)");
    await expect(
      chain.send(delegator(), votes, "delegateBySig", [other().address, 0n, 0n, 27n, ZeroHash, ZeroHash]),
    ).rejects.toThrow("MustCallBondingManager(bondFor)");
    expect(await chain.read(votes, "CLOCK_MODE")).toBe("mode=livepeer_round");
    expect([await chain.read(votes, "name"), await chain.read(votes, "symbol")]).toEqual(["Livepeer Voting Power", "vLPT"]);
    expect(await chain.readNumber(votes, "decimals")).toBe(18n);
  });

  test("are written down by the BondingManager alone, in the order of rounds", async () => {
    const { bonding, owner } = protocol;
    const round = await currentRound();
    const write = (startRound: bigint, lastClaimRound: bigint, lastRewardRound = 0n, account = stranger()) =>
      chain.send(owner, votes, "checkpointBondingState", [account.address, startRound, LPT, transcoder().address, 0n, lastClaimRound, lastRewardRound]);
    await expect(write(round + 1n, round)).rejects.toThrow(`InvalidCaller(${owner.address},${bonding.address})`);
    await expect(chain.send(owner, votes, "checkpointTotalActiveStake", [1n, round])).rejects.toThrow("InvalidCaller");

    await protocol.register("BondingManager", owner.address);
    await expect(write(round, 0n)).rejects.toThrow(`InvalidStartRound(${round},${round + 1n})`);
    await expect(write(round + 1n, round + 1n)).rejects.toThrow(`FutureLastClaimRound(${round + 1n},${round})`);
    await expect(chain.send(owner, votes, "checkpointTotalActiveStake", [1n, round + 1n])).rejects.toThrow(
      `InvalidTotalStakeCheckpointRound(${round + 1n},${round})`,
    );
    await write(round + 1n, 1n);
    await protocol.register("BondingManager", bonding.address);
    // Nothing was ever frozen in round 1, so there is no factor to begin with.
    await expect(chain.send(owner, votes, "getVotes", [stranger().address])).rejects.toThrow(`MissingEarningsPool(${transcoder().address},1)`);
  });
});

test("a slashed transcoder loses votes with its stake, its delegators keep theirs", async () => {
  const jobs = chain.account(5);
  await protocol.register("JobsManager", jobs.address);
  await protocol.bond(delegator(), 100n * LPT, transcoder());
  const [before, own, pending] = [await votesOf(transcoder()), await protocol.pendingStake(transcoder()), await votesOf(delegator())];
  await chain.send(jobs, protocol.bonding, "slashTranscoder", [transcoder().address, ZeroAddress, 500_000n, 0n]);
  expect(await votesOf(transcoder())).toBe(before - own / 2n);
  expect(await votesOf(delegator())).toBe(pending);
});
