import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Rpc, Transport } from "../../src/chain/rpc.ts";
import { Exit, LpctlError } from "../../src/errors.ts";
import { ZERO_ADDRESS, ZERO_HASH, type Address } from "../../src/protocol/hex.ts";
import type { Project } from "../../src/inspection/project.ts";
import { readSurroundings } from "../../src/inspection/tally/read-surroundings.ts";
import { chainSource, verifyTally } from "../../src/inspection/tally/verify-tally.ts";
import { readVote } from "../../src/voting/find/find-votes.ts";
import { writeTallyFile } from "../../src/voting/tally/file/write-tally-file.ts";
import { readTallyInput } from "../../src/voting/tally/read-tally-input.ts";
import { loadTallyCache } from "../../src/voting/tally/tally-cache.ts";
import { tallyUnder } from "../../src/voting/tally/tally-under.ts";
import type { PollFacts } from "../../src/voting/vote.ts";
import { expectDocument } from "../cli/result-schemas.ts";
import { cleanEnvironment, type Ran } from "../cli/run-lpctl.ts";
import { createWarmLpctl } from "../cli/warm-lpctl.ts";
import { compileFixture } from "../unit/simulation/fixture-contracts.ts";
import { type Account, ContractsChain, type Deployed, LPT, Protocol } from "./contracts-chain.ts";

const [AGAINST, FOR, ABSTAIN] = [0n, 1n, 2n];
const [YES, NO] = [0n, 1n];
const ROUND_BLOCKS = 60n;
const UNBONDED_WEI = 50n * LPT + 7n;

let chain: ContractsChain;
let protocol: Protocol;
let governor: Deployed;
let stakeGovernor: Deployed;
let folder: string;
let voteId: bigint;
const warm = createWarmLpctl();
const transcoder = (): Account => chain.account(1);
const delegator = (): Account => chain.account(2);
const second = (): Account => chain.account(3);
/** Delegates to an account that is no transcoder. */
const lost = (): Account => chain.account(4);
const stranger = (): Account => chain.account(5);
const third = (): Account => chain.account(6);

const nextRound = async (): Promise<void> => {
  await chain.mineUpTo((await chain.readNumber(protocol.rounds, "currentRoundStartBlock")) + ROUND_BLOCKS + 1n);
  await chain.send(protocol.owner, protocol.rounds, "initializeRound");
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lpctl-tally-"));
  chain = await ContractsChain.start();
  protocol = await Protocol.deploy(chain, { supplyWei: 100_000n * LPT, inflationPpm: 137n, inflationChangePpm: 0n, poolSize: 2n });
  await protocol.set(protocol.rounds, "setRoundLength", ROUND_BLOCKS);
  await nextRound();
  await protocol.deployProxied("BondingVotes");
  const treasury = await chain.deploy(protocol.owner, "Treasury");
  await protocol.register("Treasury", treasury.address);
  governor = await protocol.deployProxied("LivepeerGovernor");
  await chain.send(protocol.owner, treasury, "initialize", [0n, [governor.address], [governor.address], protocol.owner.address]);
  await chain.send(protocol.owner, governor, "initialize", [1n, 2n, 100n * LPT, 333_300n, 500_000n]);
  stakeGovernor = await protocol.deployProxied("StakeGovernor");
  const stakeTimelock = await chain.deploy(protocol.owner, "StakeTimelock", [0n, stakeGovernor.address, ZERO_ADDRESS, 0n]);
  await protocol.register("StakeTimelock", stakeTimelock.address);
  await chain.send(protocol.owner, stakeGovernor, "initialize", [1n, 2n, 100n * LPT, 333_300n, 500_000n, 166_650n]);
  await protocol.bond(transcoder(), 700n * LPT + 3n, transcoder());
  await chain.send(transcoder(), protocol.bonding, "transcoder(uint256,uint256)", [100_000n, 500_000n]);
  await protocol.bond(delegator(), 300n * LPT + 1n, transcoder());
  await protocol.bond(second(), 411n * LPT + 11n, second());
  // The pool has two places, so this one is a transcoder that is not active.
  await protocol.bond(third(), 200n * LPT + 5n, third());
  await protocol.bond(lost(), 90n * LPT + 9n, stranger());
  for (let round = 0; round < 3; round++) {
    await nextRound();
    await chain.send(transcoder(), protocol.bonding, "reward");
    await chain.send(second(), protocol.bonding, "reward");
  }
  await chain.send(third(), protocol.bonding, "unbond", [UNBONDED_WEI]);
});
afterAll(async () => {
  await warm.stop();
  await chain.stop();
  await rm(folder, { recursive: true, force: true });
});

/** What the BondingManager says now, asked one by one and through ethers. */
async function stakeOf(account: Account): Promise<{ pending: bigint; delegated: bigint }> {
  const delegator = await chain.read(protocol.bonding, "getDelegator", [account.address]);
  return { pending: await protocol.pendingStake(account), delegated: BigInt(String(delegator["delegatedAmount"])) };
}

/** The same chain behind something that changes its answers. */
function behind(rpc: Rpc, change: (method: string, answer: unknown, params: unknown[]) => unknown): Rpc {
  return rpc.through((inner): Transport => ({ endpoint: inner.endpoint, send: async (method, params, options) => change(method, await inner.send(method, params, options), params) }));
}

describe("a poll over real stake, with rewards accrued", () => {
  let poll: PollFacts;
  let expected: { yes: bigint; no: bigint; staked: bigint };

  beforeAll(async () => {
    const creation = await chain.rpc.blockNumber();
    const endBlock = creation + 30n;
    const contract = await chain.deploy(stranger(), "Poll", [endBlock]);
    const vote = (account: Account, choice: bigint) => chain.send(account, contract, "vote", [choice]);
    await vote(delegator(), NO);
    await vote(transcoder(), NO);
    await vote(third(), YES);
    await vote(stranger(), NO);
    await vote(lost(), YES);
    await vote(transcoder(), YES);
    await vote(second(), 7n);
    await chain.mineUpTo(endBlock + 1n);
    const [one, d, e, l] = [await stakeOf(transcoder()), await stakeOf(delegator()), await stakeOf(third()), await stakeOf(lost())];
    const held = await chain.readNumber(protocol.token, "balanceOf", [protocol.minter.address]);
    expected = { yes: one.delegated - d.pending + e.delegated + l.pending, no: d.pending, staked: held - UNBONDED_WEI };
    // After the end nothing matters any more: not a vote, not an unbonding, not a reward.
    await chain.send(delegator(), protocol.bonding, "unbond", [100n * LPT]);
    await nextRound();
    await chain.send(transcoder(), protocol.bonding, "reward");
    poll = {
      kind: "poll", address: contract.address, creator: undefined, foreign: true, text: "", createdBlock: creation + 1n, createdTransaction: ZERO_HASH,
      endBlock, quorumPpm: 333_300n, quotaPpm: 500_000n, state: "over", destroyed: false,
    };
  });

  test("is tallied at its end block, to the wei, with the stake that is all there is", async () => {
    const input = await readTallyInput(chain.rpc, poll, { controller: protocol.controller.address });
    expect([input.at.blockNumber, input.isFinal, input.votes.length]).toEqual([poll.endBlock, true, 7]);
    const result = tallyUnder("lip-16", input);
    expect([result.forWei, result.againstWei]).toEqual([expected.yes, expected.no]);
    expect(result.rows.find(({ voter }) => voter === transcoder().address)?.deductionWei).toBe(expected.no);
    expect(input.totalStakedWei).toBe(expected.staked);
    expect(input.totalActiveStakeWei).toBeLessThan(input.totalStakedWei);
    expect(input.logsProven.blocks).toBe(input.logsProven.ofBlocks);
    expect(result.outcome).toBe("passed");
  });

  test("goes on where a reading was ended, and reads again what a cache has of another chain", async () => {
    const path = join(folder, "poll.ndjson");
    const asked: string[] = [];
    const counting = behind(chain.rpc, (method, answer) => (asked.push(method), answer));
    const options = { controller: protocol.controller.address };
    const first = await readTallyInput(counting, poll, { ...options, cache: await loadTallyCache(path) });
    const calls = asked.filter((method) => method === "eth_getLogs").length;
    asked.length = 0;
    const again = await readTallyInput(counting, poll, { ...options, cache: await loadTallyCache(path) });
    expect(again).toEqual(first);
    expect(calls).toBe(2);
    expect(asked.filter((method) => method === "eth_getLogs")).toEqual([]);
    expect(await readFile(path, "utf8")).toContain('"name":"votes"');
  });

  test("is read through Multicall3 where there is one, and at a block's number where nothing else is understood, and is the same", async () => {
    const options = { controller: protocol.controller.address };
    const first = await readTallyInput(chain.rpc, poll, options);
    const byNumber = behind(chain.rpc, (_, answer, params) => {
      if (params.some((param) => typeof param === "object" && param !== null && "requireCanonical" in param)) throw new LpctlError({ code: "LPCTL_RPC_ERROR", exit: Exit.network, message: "no", details: { rpcCode: -32000, rpcMessage: "invalid argument" } });
      return answer;
    });
    expect(await readTallyInput(byNumber, poll, options)).toEqual(first);
    const { runtimeBytecode } = await compileFixture("ManyCalls");
    await chain.rpc.request("anvil_setCode", ["0xcA11bde05977b3631167028862bE2a173976CA11", runtimeBytecode], z.unknown());
    const now = await chain.rpc.blockNumber();
    await chain.mine(1n);
    const calls: string[] = [];
    const at = { blockNumber: now + 1n };
    const plain = await readTallyInput(behind(chain.rpc, (method, answer, params) => (method === "eth_getCode" && params[0] === "0xcA11bde05977b3631167028862bE2a173976CA11" ? "0x" : answer)), poll, { ...options, at });
    const together = await readTallyInput(behind(chain.rpc, (method, answer) => (calls.push(method), answer)), poll, { ...options, at });
    expect(together).toEqual(plain);
    expect(calls.filter((method) => method === "eth_call").length).toBeLessThan(20);
  });

  test("is tallied at the last block of its last Ethereum block, where contracts see those", async () => {
    const blockSchema = z.looseObject({ number: z.string() });
    const arbitrum = behind(chain.rpc, (method, answer, [number]) => {
      if (method !== "eth_getBlockByNumber") return answer;
      // The chain here begins at a later block.
      const block = answer === null ? { number: String(number), hash: ZERO_HASH, timestamp: "0x0" } : blockSchema.parse(answer);
      return { ...block, l1BlockNumber: `0x${(BigInt(block.number) / 7n).toString(16)}` };
    });
    const lastOfEthereum = poll.endBlock / 7n;
    const input = await readTallyInput(arbitrum, { ...poll, endBlock: lastOfEthereum }, { controller: protocol.controller.address });
    expect([input.at.blockNumber, input.isFinal]).toEqual([lastOfEthereum * 7n + 6n, true]);
  });

  test("is not tallied where the RPC leaves a vote out", async () => {
    const lossy = behind(chain.rpc, (method, answer, params) => {
      const isRange = method === "eth_getLogs" && !JSON.stringify(params).includes("blockHash");
      return isRange && Array.isArray(answer) ? answer.slice(1) : answer;
    });
    await expect(readTallyInput(lossy, poll, { controller: protocol.controller.address })).rejects.toMatchObject({ code: "LPCTL_TALLY_LOGS_INCOMPLETE" });
  });

  test("is not tallied from two chains", async () => {
    const blockSchema = z.looseObject({ number: z.string(), hash: z.string() });
    let calls = 0;
    const reorganising = behind(chain.rpc, (method, answer) => {
      if (method === "eth_call") calls += 1;
      const block = blockSchema.safeParse(answer);
      return method === "eth_getBlockByNumber" && calls > 3 && block.success && BigInt(block.data.number) === poll.endBlock ? { ...block.data, hash: `0x${"ab".repeat(32)}` } : answer;
    });
    await expect(readTallyInput(reorganising, poll, { controller: protocol.controller.address })).rejects.toMatchObject({ code: "LPCTL_TALLY_REORG" });
  });
});

test.each(["stake-governor", "livepeer-governor"] as const)("a vote of a %s is tallied to what the contract counts, to the wei, and is waited for before it begins", async (rules) => {
  const contract = rules === "stake-governor" ? stakeGovernor : governor;
  const call = protocol.token.abi.encodeFunctionData("transfer", [stranger().address, 1n]);
  const receipt = await chain.send(transcoder(), contract, "propose", [[protocol.token.address], [0n], [call], `pay by ${rules}`]);
  const id = BigInt(String(chain.event(receipt, contract, "ProposalCreated")[0]));
  voteId = id;
  const read = () => readVote(chain.rpc, { pollCreators: [], governors: [contract.address] }, id.toString());
  await expect(readTallyInput(chain.rpc, await read())).rejects.toMatchObject({ code: "LPCTL_TALLY_NOT_OPEN" });
  await nextRound();
  await chain.send(transcoder(), protocol.bonding, "reward");
  await nextRound();
  for (const [account, support] of [[delegator(), AGAINST], [transcoder(), FOR], [second(), ABSTAIN], [third(), AGAINST], [lost(), FOR]] as const) {
    await chain.send(account, contract, "castVote", [id, support]);
  }
  const vote = await read();
  const input = await readTallyInput(chain.rpc, vote);
  const result = tallyUnder(rules, input);
  const [against, forVotes, abstain] = (await chain.read(contract, "proposalVotes", [id])).toArray().map((one) => BigInt(String(one)));
  expect([result.againstWei, result.forWei, result.abstainWei]).toEqual([against, forVotes, abstain]);
  expect(input.contract).toMatchObject({ againstWei: against, forWei: forVotes, abstainWei: abstain });
  const ofTranscoders = rules === "stake-governor" ? await chain.readNumber(contract, "transcoderVotes", [id]) : undefined;
  expect([result.transcoders?.castWei, input.contract?.transcodersWei]).toEqual([ofTranscoders, ofTranscoders]);
  expect(result.quorumWei).toBe(input.quorumWei);
  expect(vote).toMatchObject({ rules });
  // Who delegates to nobody that is a transcoder has no votes here.
  expect(result.rows.find(({ voter }) => voter === lost().address)?.weightWei).toBe(0n);
});

describe("vote tally and vote verify", () => {
  const run = (...args: string[]): Promise<Ran> => warm.run({ args: ["vote", ...args, "--network", "local"], cwd: folder, env: cleanEnvironment(folder) });
  let poll: string;

  beforeAll(async () => {
    await writeFile(join(folder, "lpctl.yaml"), `schema: 1\nnetworks:\n  local:\n    rpcUrl: ${chain.rpc.url}\n    chainId: 31337\n    controller: "${protocol.controller.address}"\n`);
    const creator = await chain.deploy(protocol.owner, "PollCreator", [protocol.bonding.address, 10n]);
    await protocol.register("PollCreator", creator.address);
    poll = String(chain.event(await chain.send(transcoder(), creator, "createPoll", ["0x6869"]), creator, "PollCreated")[0]);
    const contract = chain.at(poll as Address, "Poll");
    await chain.send(transcoder(), contract, "vote", [YES]);
    await chain.send(delegator(), contract, "vote", [NO]);
    await chain.mine(20n);
  });

  test("count a governor's vote under every rule-set, say that they disagree, and that the contract agrees", async () => {
    const ran = await run("tally", voteId.toString(), "--rules", "all", "--out", "governor.json", "--json");
    if (ran.exitCode !== 0) throw new Error(ran.stdout + ran.stderr);
    const result = expectDocument("vote tally", ran) as { results: { rules: string; outcome: string }[]; disagree: boolean; contract: unknown };
    expect(result.results.map(({ rules }) => rules)).toEqual(["livepeer-governor", "lip-16", "livepeer-explorer", "stake-governor", "oz-governor"]);
    expect(result.contract).toEqual({ agrees: true, why: null });
    const verified = await run("verify", "governor.json", "--json");
    expect(expectDocument("vote verify", verified)).toMatchObject({ kind: "tally", rules: "livepeer-governor", headerChecked: true, against: expect.stringContaining(new URL(chain.rpc.url).host) as string });
  });

  test("write a tally of a poll that holds by itself, and give a voter a receipt with a proof of its stake", async () => {
    expectDocument("vote tally", await run("tally", poll, "--out", "poll.json", "--json"));
    expect((await run("verify", "poll.json", "--offline")).stdout).toContain("The file was checked by itself");
    const made = await run("verify", "poll.json", "--receipt", delegator().address, "--out", "receipt.json", "--json");
    expect(expectDocument("vote verify", made)).toMatchObject({ receipt: { stakeProven: true, row: { voter: delegator().address, delegate: transcoder().address } } });
    const checked = await run("verify", "receipt.json", "--tally", "poll.json", "--json");
    expect(expectDocument("vote verify", checked)).toMatchObject({ kind: "receipt", blockKnown: true, stake: { delegate: transcoder().address } });
    const missing = await run("verify", "poll.json", "--receipt", stranger().address, "--out", "none.json");
    expect([missing.exitCode, missing.stderr]).toEqual([3, expect.stringContaining("LPCTL_TALLY_NO_SUCH_VOTER")]);
  });

  test("do not take the count of an earlier block for the result", async () => {
    const project = { rpc: chain.rpc, controller: protocol.controller.address, chainId: 31337n } as Project;
    const vote = await readVote(chain.rpc, { pollCreators: [], governors: [] }, poll);
    const { endBlock } = vote as PollFacts;
    const input = await readTallyInput(chain.rpc, vote, { controller: project.controller, at: { blockNumber: endBlock - 1n } });
    const path = join(folder, "early.json");
    await writeTallyFile(path, input, tallyUnder("lip-16", input), await readSurroundings(chain.rpc, input, project.controller));
    await expect(verifyTally(path, chainSource(project, () => Promise.resolve(vote)))).rejects.toMatchObject({ code: "LPCTL_TALLY_DIFFERS", why: `it was counted at block ${endBlock - 1n}, and the poll is decided by block ${endBlock}` });
  });

  test("refuse a receipt and a tally that were edited, naming the row", async () => {
    const receipt = await readFile(join(folder, "receipt.json"), "utf8");
    await writeFile(join(folder, "forged.json"), receipt.replace('"choice": "against"', '"choice": "for"'));
    expect(await run("verify", "forged.json", "--offline")).toMatchObject({ exitCode: 7, stderr: expect.stringContaining("LPCTL_TALLY_RECEIPT_FALSE") as string });
    const text = await readFile(join(folder, "poll.json"), "utf8");
    const [, weight = ""] = /"effectiveWei": "(\d+)"/.exec(text) ?? [];
    await writeFile(join(folder, "edited.json"), text.replace(`"effectiveWei": "${weight}"`, `"effectiveWei": "${BigInt(weight) + 1n}"`));
    const ran = await run("verify", "edited.json", "--offline");
    expect(ran).toMatchObject({ exitCode: 7, stderr: expect.stringContaining("LPCTL_TALLY_FILE_EDITED") as string });
    expect(ran.stderr).toMatch(/row \d, of 0x[0-9a-fA-F]{40}, differs in effectiveWei/);
  });
});
