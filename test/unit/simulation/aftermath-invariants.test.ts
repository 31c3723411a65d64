import { globSync } from "node:fs";
import { basename, join } from "node:path";
import { computeAddress } from "ethers/transaction";
import { describe, expect, test } from "vitest";
import type { Address } from "../../../src/protocol/hex.ts";
import { INVARIANTS } from "../../../src/simulation/aftermath/all-invariants.ts";
import { judgeInvariants } from "../../../src/simulation/aftermath/judge-invariants.ts";
import type { Intended, Scene } from "../../../src/simulation/aftermath/invariant.ts";
import { makeNewcomer, planLife } from "../../../src/simulation/aftermath/life-plan.ts";
import type { LivingState } from "../../../src/simulation/aftermath/living-state.ts";
import { address } from "../proposal/example-proposal.ts";

const [FIRST, SECOND, DELEGATOR, MINTER, PAYER] = ["a1", "a2", "d1", "e1", "b1"].map((digits) => address(digits)) as [Address, Address, Address, Address, Address];

/** Two transcoders with 100 and 60, of which 40 belong to a delegator of the first; all amounts add up. */
function sound(): LivingState {
  const account = (who: Address, delegate: Address, stake: bigint) => ({
    address: who, bondedAmount: stake, delegate, startRound: 3n, lastClaimRound: 5n, status: 1n, pendingStake: stake, pendingFees: 1n, tokens: 0n,
    locks: who === DELEGATOR ? [{ id: 0n, amount: 10n, withdrawRound: 9n }] : [], nextLockId: who === DELEGATOR ? 1n : 0n, startFactor: 7n,
  });
  const transcoder = (who: Address, stake: bigint) => ({
    address: who, registered: true, active: true, totalStake: stake, roundStake: stake, price: 1n, votes: stake, lastRewardRound: 4n, terms: { rewardCut: 1n, feeShare: 2n },
  });
  const entry = { address: address("ff"), hasCode: true, controller: address("cc"), targetId: "0x01" };
  return {
    protocol: {
      controller: address("cc"), contracts: new Map(), bondingManager: address("b0"), roundsManager: address("10"), minter: MINTER, token: address("20"), jobsManager: address("30"), ticketBroker: undefined,
    },
    paused: false,
    owner: address("0e"),
    registry: new Map([["JobsManager", entry]]),
    rounds: { currentRound: 6n, currentRoundStartBlock: 300n, lastInitializedRound: 6n, roundLength: 50n, roundLockAmount: 100_000n },
    stake: { currentRoundTotalActiveStake: 160n, nextRoundTotalActiveStake: 160n, getTranscoderPoolSize: 2n, getTranscoderPoolMaxSize: 2n, unbondingPeriod: 7n },
    minting: { inflation: 137n, inflationChange: 3n, targetBondingRate: 500_000n, currentMintableTokens: 20n, currentMintedTokens: 20n },
    supply: 1_000n,
    vaultTokens: 170n,
    vaultWei: 13n,
    mayMint: true,
    votes: 160n,
    pool: [{ address: FIRST, stake: 100n, price: 1n }, { address: SECOND, stake: 60n, price: 2n }],
    accounts: [account(FIRST, FIRST, 60n), account(SECOND, SECOND, 60n), account(DELEGATOR, FIRST, 40n)],
    transcoders: [transcoder(FIRST, 100n), transcoder(SECOND, 60n)],
    payers: [{ address: PAYER, funds: [7n, 90n] }],
    ticketsUsed: [true],
    jobs: [{ jobId: 0n, fields: "stream", escrowWei: 3n }],
  };
}

const scene = (moment: Scene["moment"], more: Partial<Scene> = {}): Scene => ({
  moment,
  control: sound(),
  sample: { pool: [FIRST, SECOND], transcoders: [FIRST, SECOND], delegators: [DELEGATOR], payers: [PAYER], usedTickets: [], partial: undefined },
  intended: { getters: new Set(), registered: new Set(), pause: undefined, ownership: false },
  lived: { rounds: 3, supplyLimit: 1_000n },
  ...more,
});

/** Names of invariants that do not hold. */
function broken(change: (state: LivingState) => void, moment: Scene["moment"] = "after", more: Partial<Scene> = {}): string[] {
  const state = sound();
  change(state);
  return INVARIANTS.filter(({ judge }) => judge(state, scene(moment, more))?.holds === false).map(({ name }) => name);
}

const at = <T>(list: readonly T[], index: number): T => list[index] as T;

describe("the plan of a life", () => {
  const sample = { pool: [FIRST, SECOND], transcoders: [FIRST, SECOND], delegators: [DELEGATOR], payers: [PAYER], usedTickets: [], partial: undefined };
  const worker = (change: (state: LivingState) => void) => {
    const state = sound();
    change(state);
    return planLife(state, sample).worker;
  };

  test("has the one transcoder work that asks the least, and nobody where two ask the same", () => {
    expect(worker(() => undefined)).toEqual({ address: FIRST, price: 1n });
    expect(worker(({ pool }) => (at(pool, 1).price = 1n))).toBeUndefined();
  });

  test("looks at the pool, from which the next round draws: not at who is active still, or not yet", () => {
    // SECOND was slashed, asks less, and is back in the pool from the next round on.
    expect(worker(({ pool, transcoders }) => { at(pool, 1).price = 0n; at(transcoders, 1).active = false; })).toEqual({ address: SECOND, price: 0n });
    expect(worker(({ pool }) => pool.splice(0, 1))).toEqual({ address: SECOND, price: 2n });
  });
});

describe("the index of invariants", () => {
  test("has every file, under its name, and says in words what each protects", () => {
    const files = globSync("src/simulation/aftermath/invariants/*.ts", { cwd: join(import.meta.dirname, "../../..") });
    expect(INVARIANTS.map(({ name }) => name).toSorted()).toEqual(files.map((file) => basename(file, ".ts")).toSorted());
    for (const { explains } of INVARIANTS) expect(explains).toMatch(/^[A-Z].{60,}\.$/);
  });

  test.each(["before", "after", "later"] as const)("finds nothing in a sound protocol, %s", (moment) => {
    expect(broken(() => undefined, moment)).toEqual([]);
  });
});

describe("each invariant fails when what it says is not so", () => {
  test.each<[string, (state: LivingState) => void]>([
    ["vault-covers-stake", (state) => (state.vaultTokens = 169n)],
    ["vault-covers-fees", (state) => (state.vaultWei = 12n)],
    ["supply-kept", (state) => (state.supply = 1_001n)],
    ["minted-within-mintable", (state) => (state.minting.currentMintedTokens = 21n)],
    ["minter-may-mint", (state) => (state.mayMint = false)],
    ["inflation-kept", (state) => (state.minting.inflation = 138n)],
    ["next-stake-adds-up", (state) => (state.stake.nextRoundTotalActiveStake = 161n)],
    ["round-stake-adds-up", (state) => (state.stake.currentRoundTotalActiveStake = 159n)],
    ["pool-sorted", (state) => state.pool.reverse()],
    ["pool-size-kept", (state) => (state.stake.getTranscoderPoolMaxSize = 1n)],
    ["stake-promised-once", (state) => (at(state.accounts, 2).pendingStake = 41n)],
    ["earnings-kept", (state) => (at(state.accounts, 2).pendingFees = 0n)],
    ["start-factors-exist", (state) => (at(state.accounts, 2).startFactor = 0n)],
    ["delegations-kept", (state) => (at(state.accounts, 2).status = 2n)],
    ["locks-kept", (state) => (at(at(state.accounts, 2).locks, 0).withdrawRound = 8n)],
    ["transcoders-kept", (state) => (at(state.transcoders, 0).terms = { rewardCut: 1n })],
    ["rounds-continuous", (state) => (state.rounds.lastInitializedRound = 5n)],
    ["payers-funds-kept", (state) => (at(state.payers, 0).funds = [6n, 90n])],
    ["work-kept", (state) => (state.ticketsUsed = [false])],
    ["votes-follow-stake", (state) => (state.votes = 1n)],
    ["registry-resolves", (state) => (state.registry = new Map())],
    ["switch-kept", (state) => (state.paused = true)],
  ])("%s", (name, change) => {
    expect(broken(change)).toContain(name);
  });

  test("after rounds with actors", () => {
    expect(broken((state) => (state.supply = 1_001n), "later")).toEqual(["supply-kept"]);
    expect(broken((state) => (state.rounds.currentRound = 7n), "later")).toEqual(["rounds-continuous"]);
    expect(broken((state) => (state.minting.inflation = 137_000n), "later")).toEqual(["inflation-kept"]);
    const lost = broken((state) => (at(state.transcoders, 0).totalStake = 100n + 1_000_001n), "later");
    expect(lost).toEqual(["stake-not-lost"]);
  });
});

test("what intents ask for is no break", () => {
  const scale = scene("after", { intended: { getters: new Set([`${address("10")}.roundLength`]), registered: new Set(["JobsManager"]), pause: true, ownership: true } });
  const asked = (state: LivingState): void => {
    state.rounds.roundLength = 20n;
    state.paused = true;
    state.owner = PAYER;
    state.registry = new Map();
  };
  expect(broken(asked, "after", scale)).toEqual([]);
  expect(broken(asked)).toEqual(["rounds-continuous", "registry-resolves", "switch-kept"]);
});

describe("where another contract takes a place", () => {
  const OTHER = address("77");
  const registering = (...names: string[]): Intended => ({ getters: new Set(), registered: new Set(names), pause: undefined, ownership: false });

  /** `replaced`, `moot`, or whether it holds, of each invariant that is not as it should be. */
  function judged(change: (state: LivingState) => void, intended: Intended, moment: Scene["moment"] = "after"): Record<string, unknown> {
    const [state, control] = [sound(), sound()];
    const names = { BondingManager: address("b0"), JobsManager: address("30"), Minter: MINTER };
    [state, control].forEach((one) => (one.protocol = { ...one.protocol, contracts: new Map(Object.entries(names)) }));
    change(state);
    const verdicts = INVARIANTS.map(({ name, judge }) => [name, judge(state, scene(moment, { control, intended }))] as const);
    return Object.fromEntries(verdicts.flatMap(([name, verdict]) => (verdict === undefined || (verdict.holds && verdict.untried === undefined) ? [] : [[name, verdict.untried ?? verdict.holds]])));
  }
  const tickets = (state: LivingState): void => {
    state.protocol = { ...state.protocol, jobsManager: undefined, ticketBroker: OTHER, contracts: new Map([...state.protocol.contracts, ["JobsManager", OTHER], ["TicketBroker", OTHER]]) };
    Object.assign(state, { payers: [{ address: PAYER, funds: [0n, 0n, 0n] }], jobs: [], ticketsUsed: [] });
    at(state.transcoders, 0).price = undefined;
  };
  const minter = (times: bigint): ((state: LivingState) => void) => (state) => {
    state.protocol = { ...state.protocol, minter: OTHER, contracts: new Map([...state.protocol.contracts, ["Minter", OTHER]]) };
    state.minting = { ...state.minting, inflation: 137n * times, inflationChange: 3n * times, targetBondingRate: 500_000n * times };
  };
  const stake = (state: LivingState): void => {
    state.protocol = { ...state.protocol, contracts: new Map([...state.protocol.contracts, ["BondingManager", OTHER]]) };
    at(state.accounts, 2).startRound = 9n;
    at(state.transcoders, 0).terms = { rewardCut: 2n, feeShare: 2n };
  };

  test("what the old one remembers is not asked of the new one, if it was to be replaced", () => {
    expect(judged(tickets, registering("JobsManager", "TicketBroker"))).toEqual({ "payers-funds-kept": "replaced", "work-kept": "replaced" });
    expect(judged(tickets, registering())).toMatchObject({ "payers-funds-kept": false, "transcoders-kept": false });
    expect(judged(stake, registering("BondingManager"))).toEqual({ "delegations-kept": "replaced", "transcoders-kept": "replaced" });
    expect(judged(stake, registering())).toMatchObject({ "delegations-kept": false, "transcoders-kept": false });
  });

  test("money is still counted: nobody's stake is lost on the way", () => {
    const poorer = (state: LivingState): void => {
      stake(state);
      at(state.accounts, 2).pendingStake = 0n;
      state.vaultTokens = 169n;
    };
    expect(judged(poorer, registering("BondingManager"))).toMatchObject({ "earnings-kept": false, "vault-covers-stake": false });
  });

  test("votes of a contract that there was not before are nobody's loss", () => {
    const voting = (state: LivingState): void => {
      state.protocol = { ...state.protocol, contracts: new Map([...state.protocol.contracts, ["BondingVotes", OTHER]]) };
      at(state.transcoders, 0).votes = 0n;
    };
    expect(judged(voting, registering("BondingVotes"))).toEqual({});
    expect(judged(voting, registering())).toEqual({ "transcoders-kept": false });
  });

  test("another Minter may count in other parts, and not give more", () => {
    for (const times of [1n, 1000n]) expect(judged(minter(times), registering("Minter"))).toEqual({});
    expect(judged(minter(1000n), registering())).toEqual({ "inflation-kept": false });
    const richer = (state: LivingState): void => {
      minter(1000n)(state);
      state.minting.inflation = 137_001n;
    };
    expect(judged(richer, registering("Minter"))).toEqual({ "inflation-kept": false });
  });

  test("in the wrong scale it shows in what a round may mint", () => {
    expect(judged(minter(1000n), registering("Minter"), "later")).toEqual({});
    for (const mintable of [20_000n, 0n]) {
      const wrong = (state: LivingState): void => {
        minter(1000n)(state);
        Object.assign(state.minting, { currentMintableTokens: mintable, currentMintedTokens: 0n });
      };
      expect(judged(wrong, registering("Minter"), "later")).toEqual({ "inflation-kept": false });
    }
  });
});

test("a round that nobody has begun yet says nothing, which is not the same as no longer being readable", () => {
  const control = sound();
  const jumped = sound();
  Object.assign(jumped.rounds, { currentRound: 8n, roundLength: 20n });
  Object.assign(jumped.stake, { currentRoundTotalActiveStake: 0n });
  const unreadable = sound();
  unreadable.stake.currentRoundTotalActiveStake = undefined;
  const { sample, intended } = scene("after");
  const roundStake = (after: LivingState) =>
    judgeInvariants({ control, controlLater: undefined, after, later: undefined, sample, intended, lived: undefined, livedWithout: undefined, getters: { is: [], was: [], bare: { is: [], was: [] } } }).find(({ name }) => name === "round-stake-adds-up")?.after;
  expect(roundStake(jumped)).toEqual({ holds: true, untried: "moot", detail: "round 8 is not begun" });
  expect(roundStake(unreadable)).toMatchObject({ holds: false, detail: expect.stringContaining("can no longer be told") as string });
});

test("the newcomer's address is that of the key it signs with", () => {
  const { key, address: known } = makeNewcomer();
  expect(computeAddress(key)).toBe(known);
});
