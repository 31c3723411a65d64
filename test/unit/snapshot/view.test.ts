import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { readFunction } from "../../../src/chain/read-function.ts";
import { leaveStake } from "../../../src/fork/leave-stake.ts";
import { localAccounts } from "../../../src/node/local-accounts.ts";
import { PROFILES, type Profile } from "../../../src/protocol/profiles.ts";
import { LpctlError } from "../../../src/errors.ts";
import { quantitySchema, ZERO_HASH, type Address, type Hex } from "../../../src/protocol/hex.ts";
import type { ProtocolState } from "../../../src/snapshot/state.ts";
import { slotWordsOf } from "../../../src/snapshot/trie/storage-root.ts";
import { changedWords } from "../../../src/snapshot/diff/changed-words.ts";
import { compareStates } from "../../../src/snapshot/diff/compare-states.ts";
import { BondingView, DELEGATOR_STATUS, isRegistered } from "../../../src/snapshot/view/bonding.ts";
import { judgeCarriedOver } from "../../../src/snapshot/view/carried-over.ts";
import { judgeState } from "../../../src/snapshot/view/invariants.ts";
import { mintingOf } from "../../../src/snapshot/view/minting.ts";
import { payerOf, payersOf } from "../../../src/snapshot/view/payments.ts";
import { roundsOf } from "../../../src/snapshot/view/rounds.ts";
import { openView, type LayoutBook, type StateView } from "../../../src/snapshot/view/state-view.ts";
import { TokenView } from "../../../src/snapshot/view/token.ts";
import { VotesView } from "../../../src/snapshot/view/votes.ts";
import { revert, snapshot, startActorChain, type ActorChain } from "../../e2e/actor-chain.ts";
import { checkpointsOf, leaversOfScene, LONG_ROUND, playScene, recordOf, SCENE, unbondAll, wordsWithout } from "../fork/leaving-world.ts";
import { dumpState, layoutsFor } from "./dumped-state.ts";

const UINT = "view returns (uint256)";
const DELEGATOR = "function getDelegator(address) view returns (uint256 bondedAmount, uint256 fees, address delegateAddress, uint256 delegatedAmount, uint256 startRound, uint256 lastClaimRound, uint256 nextUnbondingLockId)";
const TRANSCODER = "function getTranscoder(address) view returns (uint256, uint256, uint256, uint256, uint256, uint256, uint256, uint256, uint256, uint256)";

describe.each(PROFILES)("the state of the profile %s, read without a chain", (profile: Profile) => {
  let chain: ActorChain;
  let state: ProtocolState;
  let view: StateView;
  let bonding: BondingView;
  let layouts: LayoutBook;
  let untouched: Hex;

  const ask = async (contract: string, signature: string, args: readonly unknown[] = []): Promise<unknown[]> =>
    (await readFunction(chain.rpc, chain.contract(contract), `function ${signature}`, args)).toArray();
  const askOne = async (contract: string, signature: string, args: readonly unknown[] = []): Promise<unknown> => (await ask(contract, signature, args))[0];

  beforeAll(async () => {
    chain = await startActorChain(profile);
    const runner = await chain.enter({ seed: 3n, transcoders: 3, delegators: 6 });
    await runner.playRounds(5);
    // What is asked now and what was dumped are of the same block: a call sees the number of the block it is made at.
    await chain.rpc.request("anvil_mine", ["0x1"], z.unknown());
    untouched = await snapshot(chain.rpc);
    state = await dumpState(chain.rpc, chain.protocol);
    layouts = await layoutsFor(state);
    view = await openView(state, { layouts });
    bonding = new BondingView(view);
  });
  afterAll(() => chain.anvil.stop());

  test("has the rounds that the RoundsManager tells", async () => {
    const rounds = roundsOf(view);
    expect([rounds.current, rounds.startBlock, rounds.isInitialized, rounds.isLocked]).toEqual([
      await askOne("RoundsManager", `currentRound() ${UINT}`),
      await askOne("RoundsManager", `currentRoundStartBlock() ${UINT}`),
      await askOne("RoundsManager", "currentRoundInitialized() view returns (bool)"),
      await askOne("RoundsManager", "currentRoundLocked() view returns (bool)"),
    ]);
  });

  test("has every account's stake, fees and locks to the wei", async () => {
    const delegators = [...bonding.delegators()];
    expect(delegators.length).toBeGreaterThanOrEqual(9);
    let [locks, earned] = [0, 0];
    for (const delegator of delegators) {
      const { account } = delegator;
      const own = await ask("BondingManager", DELEGATOR.slice("function ".length), [account]);
      expect([delegator.bondedWei, delegator.feesWei, delegator.delegate, delegator.delegatedWei, delegator.startRound, delegator.lastClaimRound, delegator.nextLockId]).toEqual(own);
      expect(bonding.pending(delegator)).toEqual({
        stakeWei: await askOne("BondingManager", `pendingStake(address, uint256) ${UINT}`, [account, 0n]),
        feesWei: await askOne("BondingManager", `pendingFees(address, uint256) ${UINT}`, [account, 0n]),
      });
      if ((bonding.pending(delegator)?.stakeWei ?? 0n) > delegator.bondedWei) earned += 1;
      expect(BigInt(DELEGATOR_STATUS.indexOf(bonding.status(delegator)))).toBe(await askOne("BondingManager", "delegatorStatus(address) view returns (uint8)", [account]));
      for (const { id, amountWei, withdrawRound } of bonding.locks(delegator)) {
        locks += 1;
        expect([amountWei, withdrawRound]).toEqual(await ask("BondingManager", "getDelegatorUnbondingLock(address, uint256) view returns (uint256, uint256)", [account, id]));
      }
    }
    expect(locks).toBeGreaterThan(0);
    expect(earned).toBeGreaterThan(0);
  });

  test("has the terms of transcoders, their rounds and the pool in its order", async () => {
    const members = bonding.pool();
    expect(members.map(({ account }) => account)).toEqual(bonding.poolFromTail().toReversed());
    expect(BigInt(members.length)).toBe(await askOne("BondingManager", `getTranscoderPoolSize() ${UINT}`));
    expect(members[0]?.account).toBe(await askOne("BondingManager", "getFirstTranscoderInPool() view returns (address)"));
    for (const { account, keyWei } of members) {
      const own = bonding.transcoder(account);
      expect([own.lastRewardRound, own.rewardCutPpm, own.feeSharePpm, own.lastActiveStakeUpdateRound, own.activationRound, own.deactivationRound, own.activeCumulativeRewardsWei, own.cumulativeRewardsWei, own.cumulativeFeesWei, own.lastFeeRound]).toEqual(
        await ask("BondingManager", TRANSCODER.slice("function ".length), [account]),
      );
      expect(keyWei).toBe(await askOne("BondingManager", `transcoderTotalStake(address) ${UINT}`, [account]));
      expect(bonding.isActive(own)).toBe(await askOne("BondingManager", "isActiveTranscoder(address) view returns (bool)", [account]));
      expect(isRegistered(bonding.delegator(account))).toBe(true);
      const pool = bonding.earningsPool(account, own.lastRewardRound);
      expect([pool.totalStakeWei, pool.rewardCutPpm, pool.feeSharePpm, pool.rewardFactor, pool.feeFactor]).toEqual(
        await ask("BondingManager", "getTranscoderEarningsPoolForRound(address, uint256) view returns (uint256, uint256, uint256, uint256, uint256)", [account, own.lastRewardRound]),
      );
    }
  });

  test("has supply, balances, and what the Minter holds and may mint", async () => {
    const token = new TokenView(view);
    expect(token.supplyWei()).toBe(await askOne("LivepeerToken", `totalSupply() ${UINT}`));
    for (const { account, wei } of token.balances()) expect(wei).toBe(await askOne("LivepeerToken", `balanceOf(address) ${UINT}`, [account]));
    expect(token.owner()).toBe(chain.contract("Minter"));
    const minting = mintingOf(view);
    expect([minting.inflation, minting.mintableWei, minting.mintedWei]).toEqual([
      await askOne("Minter", `inflation() ${UINT}`),
      await askOne("Minter", `currentMintableTokens() ${UINT}`),
      await askOne("Minter", `currentMintedTokens() ${UINT}`),
    ]);
    expect(minting.percentScale).toBe(await askOne("Minter", `PERC_DIVISOR() ${UINT}`));
    expect(minting.balanceWei).toBe(await chain.rpc.request("eth_getBalance", [chain.contract("Minter"), "latest"], quantitySchema));
  });

  test("has what is put down to pay for work", async () => {
    const payers = [...payersOf(view)];
    expect(payers.length).toBeGreaterThan(0);
    for (const payer of payers) {
      expect(payer).toEqual(payerOf(view, payer.account));
      if (profile === "launch") {
        expect([payer.depositWei, payer.withdrawAt]).toEqual(await ask("JobsManager", "broadcasters(address) view returns (uint256, uint256)", [payer.account]));
      } else {
        expect([payer.depositWei, payer.withdrawAt, payer.reserveWei]).toEqual(
          (await ask("TicketBroker", "getSenderInfo(address) view returns (uint256, uint256, uint256, uint256)", [payer.account])).slice(0, 3),
        );
      }
    }
  });

  test.runIf(profile === "current")("has the votes of every account at the end of every round", async () => {
    const votes = new VotesView(view, bonding);
    const { current } = roundsOf(view);
    let powers = 0;
    for (const { account } of bonding.delegators()) {
      for (let round = current - 6n; round < current; round += 1n) {
        const found = votes.atRoundStart(account, round + 1n);
        expect(found).toEqual({
          votesWei: await askOne("BondingVotes", `getPastVotes(address, uint256) ${UINT}`, [account, round]),
          delegate: await askOne("BondingVotes", "delegatedAt(address, uint256) view returns (address)", [account, round]),
        });
        if ((found?.votesWei ?? 0n) > 0n) powers += 1;
      }
    }
    expect(powers).toBeGreaterThan(20);
    for (let round = current - 6n; round < current; round += 1n) {
      expect(votes.totalAt(round + 1n, view.value("BondingManager", "nextRoundTotalActiveStake"))).toBe(await askOne("BondingVotes", `getPastTotalSupply(uint256) ${UINT}`, [round]));
    }
  });

  test("keeps every invariant, and says which one is broken", async () => {
    expect(judgeState(view).filter(({ holds }) => !holds)).toEqual([]);
    expect(judgeState(view).length).toBeGreaterThanOrEqual(13);
    const broken = async (contract: string, change: (values: Uint8Array, at: number) => void, slot: bigint): Promise<string[]> => {
      const other = await openView(withWord(state, contract, slot, change), { layouts });
      return judgeState(other).filter(({ holds }) => !holds).map(({ name }) => name);
    };
    const more = (values: Uint8Array, at: number): void => {
      values[at + 31] = ((values[at + 31] ?? 0) + 1) % 256;
    };
    expect(await broken("LivepeerToken", more, slotOf(view, "LivepeerToken", "_totalSupply"))).toEqual(["balances-are-the-supply"]);
    expect(await broken("BondingManager", more, slotOf(view, "BondingManager", "nextRoundTotalActiveStake"))).toEqual(["next-stake-adds-up"]);
    expect(await broken("LivepeerToken", more, slotOf(view, "LivepeerToken", "owner"))).toEqual(["minter-may-mint"]);
  });

  test("is itself and nothing else, and in another block differs by name and amount", async () => {
    expect(await compareStates(state, state, layouts)).toEqual({ isSameProtocol: true, contracts: [], same: state.contracts.length });
    expect(judgeCarriedOver(view, view).filter(({ holds }) => !holds)).toEqual([]);

    const giver = localAccounts().deployer.address;
    const member = [...bonding.delegators()][0]?.account;
    await chain.asOwner(chain.contract("LivepeerToken"), "function transfer(address to, uint256 value)", [member, 1_500_000_000_000_000_000n]);
    await chain.asOwner(chain.contract("BondingManager"), "function setUnbondingPeriod(uint64)", [9n]);
    const later = await dumpState(chain.rpc, chain.protocol, state.preimages);
    await revert(chain.rpc, untouched);
    untouched = await snapshot(chain.rpc);
    const { contracts, same } = await compareStates(state, later, layouts);
    expect(same).toBe(state.contracts.length - 2);
    const changes = contracts.flatMap(({ name, changes: own }) => own.map(({ path, account, difference, beforeHuman, afterHuman }) => ({ name, path, account, difference, beforeHuman, afterHuman })));
    expect(changes).toMatchObject([
      { name: "BondingManager", path: "unbondingPeriod", beforeHuman: "7 rounds", afterHuman: "9 rounds" },
      ...[{ name: "LivepeerToken", path: `_balances[${giver}]`, account: giver, difference: "-1.5 LPT" }, { name: "LivepeerToken", path: `_balances[${member ?? ""}]`, account: member, difference: "+1.5 LPT" }].toSorted((one, other) => (one.path < other.path ? -1 : 1)),
    ]);
    const lost = judgeCarriedOver(view, await openView(later, { layouts })).filter(({ holds }) => !holds);
    expect(lost.map(({ name }) => name)).toEqual(["balances-kept"]);
  });

  test("without the stake of some accounts is what the contract leaves when they unbond it, word for word", async () => {
    await playScene(chain, bonding.pool());
    const addresses = [...state.preimages.addresses, ...Object.values(SCENE).flat()];
    const here = async (): Promise<StateView> => openView(await dumpState(chain.rpc, chain.protocol, { ...state.preimages, addresses }), { layouts });
    const before = await here();
    const leavers = leaversOfScene(before);
    const pools = [bonding, new BondingView(before)].map((each) => each.pool().map(({ account }) => account));
    await unbondAll(chain, leavers);
    const after = await here();
    await chain.rpc.request("anvil_autoImpersonateAccount", [false], z.unknown());
    await revert(chain.rpc, untouched);
    untouched = await snapshot(chain.rpc);

    const departure = await leaveStake(before, leavers);
    for (const contract of ["BondingManager", ...(profile === "current" ? ["BondingVotes"] : [])]) {
      const words = [departure.view, after].map((each) => wordsWithout(each, contract, leavers, [before, after, departure.view]));
      expect(words[0]).toEqual(words[1]);
      expect(words[0]?.size).toBeGreaterThan(50);
    }
    // The scene is worth something: an order that changes, equal keys, earnings, locks.
    const pool = new BondingView(departure.view).pool().map(({ account }) => account);
    expect(pools[1]?.[0]).toBe(pools[0]?.at(-1));
    expect(pool[0]).toBe(pools[0]?.[0]);
    const [first, second, third] = SCENE.equal;
    expect(pool.filter((account) => (SCENE.equal as readonly Hex[]).includes(account))).toEqual([first, second, third]);
    const was = new BondingView(before);
    expect(departure.left.map(({ account, stakeWei, feesWei }) => ({ account, stakeWei, feesWei }))).toEqual(leavers.map(({ account }) => ({ account, ...was.pending(was.delegator(account)) })));
    expect(departure.left.filter(({ account, stakeWei }) => stakeWei > was.delegator(account).bondedWei).length).toBeGreaterThan(1);
    expect(departure.left.filter(({ lockedWei }) => lockedWei > 0n).map(({ account }) => account)).toEqual(expect.arrayContaining([SCENE.ofFirst, SCENE.retired]));

    // Nothing is left of them, and all that is owed is held.
    for (const { account } of leavers) {
      const cells = [...recordOf(departure.view, account), ...(profile === "current" && account !== SCENE.retired ? checkpointsOf(departure.view, account) : [])];
      expect(cells.filter((cell) => cell.number() !== 0n)).toEqual([]);
    }
    expect(judgeState(before).filter(({ holds }) => !holds)).toEqual([]);
    expect(judgeState(departure.view).filter(({ holds }) => !holds)).toEqual([]);
    const outWei = departure.left.reduce((sum, { stakeWei, lockedWei }) => sum + stakeWei + lockedWei, 0n);
    const [supply, left] = [before, departure.view].map((each) => new TokenView(each).supplyWei());
    expect((supply ?? 0n) - (left ?? 0n)).toBe(outWei);

    // A round that nobody has begun changes nothing: nobody can have unbonded in it.
    const later = await leaveStake(await openView(before.state, { layouts, blockNumber: before.blockNumber + LONG_ROUND }), leavers);
    for (const { name, words } of departure.view.state.contracts) expect(later.view.state.contracts.find((each) => each.name === name)?.words).toEqual(words);

    // What differs is declared, and nothing else.
    for (const { name, words } of before.state.contracts) {
      const changed = departure.changed.get(name);
      const slots = [...(changed?.declared ?? []), ...(changed?.erased.first(1_000) ?? [])].map(({ slot }) => slot).toSorted();
      const now = departure.view.contract(name).state.words;
      const { slots: found, count } = changedWords(words, now);
      expect(slots).toEqual(Array.from({ length: count }, (_, index) => `0x${Buffer.from(found.subarray(32 * index, 32 * index + 32)).toString("hex")}`));
    }
  });

  test("cannot be left by whom others have stake with, or by a transcoder", async () => {
    const leave = (account: Address): Promise<string> => leaveStake(view, [{ account, reason: "why" }]).then(() => "left", (error: unknown) => (error instanceof LpctlError ? `${error.code} ${error.why ?? ""}` : String(error)));
    const [transcoder] = bonding.pool();
    const resting = [...bonding.delegators()].filter(({ account, delegate }) => delegate === transcoder?.account && account !== delegate);
    expect(await leave(transcoder?.account ?? "0x")).toBe(`LPCTL_FORK_EXCLUDED_HAS_STAKE it is a transcoder in the pool, with a stake of ${transcoder?.keyWei ?? 0n} wei: ${resting.length} ${resting.length === 1 ? "account bonded to it stays" : "accounts bonded to it stay"}, ${resting.slice(0, 3).map(({ account }) => account).join(", ")}${resting.length > 3 ? ` and ${resting.length - 3} more` : ""}`);
    expect(await leave(chain.contract("Minter"))).toContain("it is the Minter");
    expect(await leave(SCENE.unknown)).toBe("left");
  });

  test("without somebody who pays for work and holds tokens owes and holds less, and all of it fits", async () => {
    const [payer] = [...payersOf(view)];
    const account = payer?.account ?? "0x";
    const giver = localAccounts().deployer.address;
    const { view: without, left, changed } = await leaveStake(view, [account, giver].map((each) => ({ account: each, reason: "excluded: why", takesAll: true })));
    expect([...payersOf(without)].map((each) => each.account)).not.toContain(account);
    expect(left[0]?.fundsWei).toBe((payer?.depositWei ?? 0n) + (payer?.reserveWei ?? 0n));
    expect(mintingOf(view).balanceWei - mintingOf(without).balanceWei).toBe(left[0]?.fundsWei);
    expect(new TokenView(without).balanceWei(giver)).toBe(0n);
    expect(new TokenView(view).supplyWei() - new TokenView(without).supplyWei()).toBe((left[0]?.tokensWei ?? 0n) + new TokenView(view).balanceWei(giver));
    expect(judgeState(without).filter(({ holds }) => !holds)).toEqual([]);
    expect(changed.get(profile === "launch" ? "JobsManager" : "TicketBroker")?.declared.map(({ why }) => why)).toContain("excluded: why");
  });

  test("has a name for every word, all rounds long", async () => {
    const nothing = { ...state, contracts: state.contracts.map((contract) => ({ ...contract, account: { ...contract.account, storageHash: ZERO_HASH }, words: slotWordsOf([]) })) };
    const { contracts } = await compareStates(nothing, state, layouts);
    const unnamed = contracts.flatMap(({ name, changes }) => changes.flatMap(({ path, slot }) => (path === undefined ? [`${name} ${slot}`] : [])));
    expect(unnamed).toEqual([]);
    expect(contracts.flatMap(({ changes }) => changes).length).toBeGreaterThan(300);
  });
});

function slotOf(view: StateView, contract: string, label: string): bigint {
  return BigInt(view.contract(contract).cell(label).slot);
}

/** The state with another word in one slot. */
function withWord(state: ProtocolState, name: string, slot: bigint, change: (values: Uint8Array, at: number) => void): ProtocolState {
  return {
    ...state,
    contracts: state.contracts.map((contract) => {
      if (contract.name !== name) return contract;
      const { slots, count } = contract.words;
      const values = contract.words.values.slice();
      const at = Array.from({ length: count }, (_, index) => index).find((index) => BigInt(`0x${Buffer.from(slots.subarray(index * 32, index * 32 + 32)).toString("hex")}`) === slot);
      if (at === undefined) throw new Error(`${name} has nothing there`);
      change(values, at * 32);
      return { ...contract, words: { slots, values, count } };
    }),
  };
}
