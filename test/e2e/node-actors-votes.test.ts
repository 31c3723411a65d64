import { Interface } from "ethers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readFunction } from "../../src/chain/read-function.ts";
import { opinionOf, takesPart } from "../../src/node/actors/opinion.ts";
import type { Runner } from "../../src/node/runner/runner.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";
import { sendUnlocked } from "../../src/node/setup-sender.ts";
import { revert, ROUND_BLOCKS, snapshot, startActorChain, type ActorChain } from "./actor-chain.ts";

const SEED = 11n;
const CAST = { seed: SEED, transcoders: 5, delegators: 12 } as const;
const SUPPORT = ["against", "for", "abstain"] as const;
const governorAbi = new Interface([
  "function propose(address[] targets, uint256[] values, bytes[] calldatas, string description) returns (uint256)",
  "event ProposalCreated(uint256 proposalId, address proposer, address[] targets, uint256[] values, string[] signatures, bytes[] calldatas, uint256 voteStart, uint256 voteEnd, string description)",
]);

let chain: ActorChain;
let untouched: Hex;

beforeAll(async () => {
  chain = await startActorChain("current", {}, "stake");
  untouched = await snapshot(chain.rpc);
});
afterAll(() => chain.anvil.stop());
beforeEach(async () => {
  await revert(chain.rpc, untouched);
  untouched = await snapshot(chain.rpc);
});

function textsOf(runner: Runner): string[] {
  return runner.events().filter(({ kind }) => kind === "vote").map(({ text }) => text);
}

function addressOf(runner: Runner, name: string): Address {
  const member = runner.cast.members.find((each) => each.name === name);
  if (member === undefined) throw new Error(`no ${name}`);
  return member.address;
}

async function sendAs(from: Address, to: Address, data: string): Promise<readonly { topics: readonly string[]; data: string }[]> {
  const receipt = await sendUnlocked(chain.rpc, from, await chain.rpc.nonce(from), { to, data: data as Hex, valueWei: 0n });
  if (receipt.status === "reverted") throw new Error("reverted");
  return receipt.logs;
}

/** A vote of the first transcoder's about a longer unbonding period. */
async function propose(runner: Runner): Promise<{ id: bigint; last: bigint }> {
  const data = new Interface(["function setUnbondingPeriod(uint64)"]).encodeFunctionData("setUnbondingPeriod", [9n]);
  const call = governorAbi.encodeFunctionData("propose", [[chain.contract("BondingManager")], [0n], [data], "A longer unbonding period\n\nbecause"]);
  const logs = await sendAs(addressOf(runner, "transcoder 1"), chain.contract("StakeGovernor"), call);
  const [created] = logs.map((log) => governorAbi.parseLog(log)).filter((log) => log !== null);
  return { id: created?.args["proposalId"] as bigint, last: created?.args["voteEnd"] as bigint };
}

async function playVote(runner: Runner): Promise<{ id: bigint; tally: bigint[]; state: bigint }> {
  const { id, last } = await propose(runner);
  await runner.playUntil(async () => (await runner.tick()).round > last, "the end of the vote", 600);
  const governor = chain.contract("StakeGovernor");
  const tally = await readFunction(chain.rpc, governor, "function proposalVotes(uint256) view returns (uint256, uint256, uint256)", [id]);
  const [state] = await readFunction(chain.rpc, governor, "function state(uint256) view returns (uint8)", [id]);
  return { id, tally: tally.toArray() as bigint[], state: state as bigint };
}

describe("actors in the phase stake", () => {
  test("can be asked at once, and vote as they think, or stay away; delegators override and move their stake", async () => {
    const runner = await chain.enter(CAST);
    await runner.tick();
    const { id, tally } = await playVote(runner);
    const status = await runner.status();
    expect(status.actors.filter(({ health }) => health.state === "failing")).toEqual([]);

    const texts = textsOf(runner);
    expect(texts[0]).toBe(`transcoder 1 puts 0x${id.toString(16).padStart(64, "0").slice(0, 8)} to the vote: A longer unbonding period`);
    const transcoders = runner.cast.members.filter(({ role }) => role === "transcoder").map(({ name }) => name);
    const expected = transcoders.filter((name) => takesPart(SEED, name, id.toString(), 80)).map((name) => `${name} votes ${spoken(opinionOf(SEED, name, id.toString()).choice)}`);
    expect(texts.filter((text) => /^transcoder \d+ votes/.test(text)).map((text) => text.split(" on 0x")[0] ?? "").sort()).toEqual(expected.sort());
    expect(expected.length).toBeLessThan(transcoders.length);

    const overrides = texts.filter((text) => /^delegator \d+ votes/.test(text));
    expect(overrides.length).toBeGreaterThan(0);
    expect(overrides.length).toBeLessThan(12);
    for (const text of overrides) {
      const [, name, choice] = /^(delegator \d+) votes (\w+)/.exec(text) ?? [];
      expect(choice, text).toBe(opinionOf(SEED, name ?? "", id.toString()).choice);
    }
    expect(status.work.votes).toBe(BigInt(expected.length + overrides.length));
    expect(status.work.movedWei).toBeGreaterThan(0n);
    expect(tally.reduce((sum, each) => sum + each, 0n)).toBeGreaterThan(0n);
    expect(runner.events().some(({ kind, text }) => kind === "bonding" && /^delegator \d+ moved/.test(text))).toBe(true);
  });

  test("do the same again with the same seed, and something else with another", async () => {
    const stories: string[][] = [];
    for (const seed of [SEED, SEED, 12n]) {
      await revert(chain.rpc, untouched);
      untouched = await snapshot(chain.rpc);
      const runner = await chain.enter({ ...CAST, seed });
      await playVote(runner);
      stories.push(runner.events().map(({ block, text }) => `${block} ${text}`));
    }
    expect(stories[1]).toEqual(stories[0]);
    expect(stories[2]).not.toEqual(stories[0]);
  });

  test("hear of a vote that is created just before a round ends, when all of them wait for the next", async () => {
    const runner = await chain.enter({ ...CAST, turnoutPercent: 100 });
    await runner.tick();
    const { block } = await runner.tick();
    await runner.mine(ROUND_BLOCKS - 2n - (block % ROUND_BLOCKS));
    const { tally } = await playVote(runner);
    expect(tally.reduce((sum, each) => sum + each, 0n)).toBeGreaterThan(0n);
  });

  test("vote yes or no in a poll, and not again after a restart", async () => {
    const runner = await chain.enter({ ...CAST, turnoutPercent: 100 });
    await runner.tick();
    const text = `0x${Buffer.from("Shorter rounds?").toString("hex")}`;
    await sendAs(addressOf(runner, "transcoder 1"), chain.contract("PollCreator"), new Interface(["function createPoll(bytes)"]).encodeFunctionData("createPoll", [text]));
    await runner.playRounds(2);
    const told = textsOf(runner);
    expect(told[0]).toMatch(/^a poll is open until block \d+: Shorter rounds\?$/);
    const votes = told.filter((line) => /^(transcoder|delegator) \d+ votes (yes|no) in the poll 0x/.test(line));
    expect(votes.filter((line) => line.startsWith("transcoder")).length).toBeGreaterThanOrEqual(3);
    expect(new Set(votes.map((line) => line.split(" votes")[0])).size).toBe(votes.length);

    const { work } = await runner.status();
    expect(work.votes).toBe(BigInt(votes.length));
    const again = await chain.enter({ ...CAST, turnoutPercent: 100 });
    await again.mine(ROUND_BLOCKS);
    await again.playRounds(1);
    expect((await again.status()).work.votes).toBe(0n);
  });
});

function spoken(choice: (typeof SUPPORT)[number]): string {
  return choice === "abstain" ? "abstention" : choice;
}
