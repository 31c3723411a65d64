/** A proposal through a vote of those with stake by the command line: made, cast, refused, signed, handed in, carried out. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { localAccounts } from "../../src/node/local-accounts.ts";
import { contractId } from "../../src/protocol/contract-id.ts";
import { ZERO_ADDRESS, type Address } from "../../src/protocol/hex.ts";
import type { Call } from "../../src/proposal/call.ts";
import { hashVote } from "../../src/voting/vote-id.ts";
import { createPollCall, POLL_CREATED } from "../../src/voting/poll-contract.ts";
import { startLocalChain, type LocalChain } from "../cli/local-chain.ts";
import { expectDocument } from "../cli/result-schemas.ts";
import { compileArtifacts, read, sendAs } from "./local-project.ts";

const LPT = 10n ** 18n;
const ROUND_BLOCKS = 50;
const MULTICALL3: Address = "0xcA11bde05977b3631167028862bE2a173976CA11";
const STRANGE_CREATOR: Address = "0x00000000000000000000000000000000000000c5";
const SET_INFO = "function setContractInfo(bytes32 id, address at, bytes20 commit)";
const REGISTERED = "function getContract(bytes32 id) view returns (address)";
const people = localAccounts();
const confirm = ["--confirm", "local"];

let chain: LocalChain;
let controller: Address;
let bonding: Address;
let votes: Address;

interface Cast {
  votes: { choice: string; earlier: string | null; remarks: string[]; power: { weightWei: string; overriddenWei: string; takesFrom: { choice: string | null } | null }; tally: { before: Sums; after: Sums } | null }[];
  sent: string[];
  path: string | null;
}
interface Sums {
  forWei: string;
  againstWei: string;
  outcome: string;
}

/** Runs a command of the noun vote, and holds its document against its schema. */
async function run<T>(args: readonly string[], exit = 0): Promise<T> {
  const result = await chain.result<T>(["vote", ...args], exit);
  expectDocument(`vote ${args[0] ?? ""}`, { stdout: JSON.stringify({ schema: 1, ok: true, result }), stderr: "", exitCode: exit });
  return result;
}

async function mine(blocks: number, seconds = 1): Promise<void> {
  await chain.rpc.request("anvil_mine", [`0x${blocks.toString(16)}`, `0x${seconds.toString(16)}`], z.unknown());
}
const passRounds = (count: number): Promise<void> => mine(count * ROUND_BLOCKS);
const hasVotes = (account: Address): Promise<unknown> => read(chain.rpc, votes, "function hasCheckpoint(address account) view returns (bool)", [account]);

/** Stake from before there were votes: nothing of it is written down. */
async function bondUnwritten(accounts: readonly Address[]): Promise<void> {
  const { rpc } = chain;
  const token = (await read(rpc, controller, REGISTERED, [contractId("LivepeerToken")])) as Address;
  const owner = (await read(rpc, controller, "function owner() view returns (address)")) as Address;
  const register = (at: Address) => sendAs(rpc, owner, controller, SET_INFO, [contractId("BondingVotes"), at, `0x${"00".repeat(20)}`]);
  await register(ZERO_ADDRESS);
  for (const account of accounts) {
    await sendAs(rpc, people.broadcaster.address, token, "function transfer(address to, uint256 amount)", [account, 10n * LPT]);
    await sendAs(rpc, account, token, "function approve(address spender, uint256 amount)", [bonding, 10n * LPT]);
    await sendAs(rpc, account, bonding, "function bond(uint256 amount, address to)", [10n * LPT, people.transcoder.address]);
  }
  await register(votes);
}

beforeAll(async () => {
  chain = await startLocalChain("stake", "warm");
  controller = z.looseObject({ controller: z.string() }).parse(await chain.result(["node", "status"])).controller as Address;
  [bonding, votes] = (await Promise.all(["BondingManager", "BondingVotes"].map((name) => read(chain.rpc, controller, REGISTERED, [contractId(name)])))) as [Address, Address];
  await bondUnwritten([people["owner-1"].address, people["owner-2"].address, people["owner-3"].address, people.deployer.address]);
  await chain.result(["params", "set", "unbondingPeriod", "8", "--no-aftermath"]);
});
afterAll(() => chain.stop());

describe("stake of which nothing is written down", { concurrent: false }, () => {
  const [one, two, three] = [people["owner-1"].address, people["owner-2"].address, people["owner-3"].address];
  const missing = [one, two, three, people.deployer.address];

  test("is found, and what writing it down costs, without sending anything", async () => {
    const found = await run<{ accounts: Address[]; gas: string; sent: string[]; transactions: number }>(["checkpoint", "--missing", "--dry-run"]);
    expect(found).toMatchObject({ accounts: missing.toSorted(), transactions: 4, bundled: false, sent: [] });
    expect(BigInt(found.gas)).toBeGreaterThan(4n * 50_000n);
  });

  test("is written down for one account by a transaction of somebody else", async () => {
    expect(await hasVotes(one)).toBe(false);
    expect(await run(["checkpoint", one, people.transcoder.address, "--key", "operator", ...confirm])).toMatchObject({ accounts: [one], known: [people.transcoder.address], transactions: 1, sent: { length: 1 } });
    expect(await hasVotes(one)).toBe(true);
    expect(await run(["checkpoint", one, "--key", "operator"])).toMatchObject({ accounts: [], sent: [] });
  });

  test("is written down for many accounts at once where the chain has Multicall3", async () => {
    const artifactOf = await compileArtifacts(["test/fixtures/contracts/Aggregator.sol:Aggregator"]);
    await chain.rpc.request("anvil_setCode", [MULTICALL3, artifactOf("Aggregator").runtimeBytecode], z.unknown());
    writeFileSync(join(chain.folder, "accounts.txt"), `# those of the office\n${two}\n\n${three} # at home\n`);
    expect(await run(["checkpoint", "--file", "accounts.txt", "--key", "operator", ...confirm])).toMatchObject({ accounts: [two, three].toSorted(), bundled: true, transactions: 1, sent: { length: 1 } });
    expect(await Promise.all([two, three].map(hasVotes))).toEqual([true, true]);
  });

  test("is not looked for where there is no stake, no address, or no list", async () => {
    const from = ["--key", "operator", ...confirm];
    await chain.refuses(["vote", "checkpoint", people.operator.address, ...from], { exit: 2, code: "LPCTL_VOTE_NOTHING_TO_WRITE" });
    await chain.refuses(["vote", "checkpoint", ...from], { exit: 2, code: "LPCTL_USAGE_NO_ACCOUNTS" });
    await chain.refuses(["vote", "checkpoint", "--file", "nothing.txt", ...from], { exit: 2, code: "LPCTL_VOTE_LIST_UNREADABLE" });
    await chain.refuses(["vote", "checkpoint", one.replace(/.$/, "g"), ...from], { exit: 2, code: "LPCTL_USAGE_NOT_AN_ADDRESS" });
  });
});

describe("a vote", { concurrent: false }, () => {
  let vote: string;
  let poll: string;
  /** Says it is about the proposal, and would run something else. */
  let lure: bigint;
  const ballot = (): string => join(chain.folder, "ballot.json");

  test("is not made by whom stake is missing, nor in a governor that decides nothing about the proposal", async () => {
    await chain.refuses(["vote", "create", "1", "--key", "operator", ...confirm], { exit: 3, code: "LPCTL_VOTE_STAKE_MISSING", says: /100 LPT are missing/ });
    await chain.refuses(["vote", "create", "1", "--governor", STRANGE_CREATOR, "--key", "delegator", ...confirm], { exit: 3, code: "LPCTL_VOTE_OTHER_ROUTE" });
  });

  test("is not made of a proposal without a report that voters could be given", async () => {
    const report = join(chain.folder, "proposals/local/001-set-unbondingperiod-to-8-rounds/report.json");
    renameSync(report, `${report}.away`);
    await chain.refuses(["vote", "create", "1", "--key", "delegator", ...confirm], { exit: 3, code: "LPCTL_VOTE_NO_REPORT" });
    renameSync(`${report}.away`, report);
  });

  test("is made from the proposal, once", async () => {
    expect(await run(["create", "1", "--no-aftermath", "--dry-run"])).toMatchObject({ kind: "governor", vote: null, transaction: null });
    const made = await run<{ vote: string; voteId: string; text: string; proposalId: string }>(["create", "1", "--no-aftermath", "--key", "delegator", ...confirm]);
    expect(made.text).toContain(`lpctl proposal ${made.proposalId}`);
    expect(made.vote).toBe(made.voteId);
    vote = made.vote;
    const calls: Call[] = [{ to: controller, valueWei: 0n, data: "0x8456cb59" }];
    // Nobody can make the very vote first and cancel it: its text names who may.
    expect(made.text).toMatch(new RegExp(`\n#proposer=${people.delegator.address}$`));
    const text = made.text.replace(/\n\n#proposer=.*$/, "");
    lure = hashVote(calls, text);
    const governor = (await read(chain.rpc, controller, REGISTERED, [contractId("StakeGovernor")])) as Address;
    await sendAs(chain.rpc, people.transcoder.address, governor, "function propose(address[] targets, uint256[] values, bytes[] calldatas, string description)", [[controller], [0n], ["0x8456cb59"], text]);
    await expect(sendAs(chain.rpc, people.transcoder.address, governor, "function propose(address[] targets, uint256[] values, bytes[] calldatas, string description)", [[controller], [0n], ["0x8456cb59"], made.text])).rejects.toThrow("reverted");
    await chain.refuses(["vote", "create", "1", "--key", "delegator", ...confirm], { exit: 3, code: "LPCTL_VOTE_EXISTS", says: /pending/ });
    ({ vote: poll } = await run<{ vote: string }>(["create", "1", "--poll", "--no-aftermath", "--key", "transcoder", ...confirm]));
  });

  test("is not voted in before it opens, by a wrong name, choice, file or number of words", async () => {
    const by = ["--key", "delegator", ...confirm];
    await chain.refuses(["vote", "cast", vote, "for", ...by], { exit: 3, code: "LPCTL_VOTE_NOT_OPEN", says: /votes are taken after round/ });
    await chain.refuses(["vote", "execute", "0x1234567890", ...by], { exit: 2, code: "LPCTL_VOTE_UNKNOWN" });
    await chain.refuses(["vote", "cast", "nonsense\u001b[31m", "for", ...by], { exit: 2, code: "LPCTL_VOTE_UNKNOWN" });
    await chain.refuses(["vote", "cast", vote, "perhaps", ...by], { exit: 2, code: "LPCTL_VOTE_WRONG_CHOICE" });
    await chain.refuses(["vote", "cast", poll, "abstain", ...by], { exit: 2, code: "LPCTL_VOTE_WRONG_CHOICE", says: /a poll has no abstention/ });
    await chain.refuses(["vote", "cast", poll, "yes", "--reason", "because", ...by], { exit: 2, code: "LPCTL_VOTE_NO_REASON" });
    await chain.refuses(["vote", "cast", poll, "yes", "--by-signature", ...by], { exit: 2, code: "LPCTL_VOTE_NO_BALLOT" });
    await chain.refuses(["vote", "cast", vote, ...by], { exit: 2, code: "LPCTL_USAGE_VOTE" });
    await chain.refuses(["vote", "cast", "--signed", "nowhere.json", ...by], { exit: 2, code: "LPCTL_VOTE_BALLOT_NOT_FOUND" });
    await chain.refuses(["vote", "cast", "1", "for", ...by], { exit: 2, code: "LPCTL_VOTE_AMBIGUOUS" });
  });

  test("in a poll can be changed, and the earlier choice is named", async () => {
    const first = await run<Cast>(["cast", poll, "yes", "--key", "delegator", ...confirm]);
    expect(first.votes[0]).toMatchObject({ choice: "for", earlier: null, tally: { before: { forWei: "0" } } });
    await chain.refuses(["vote", "cast", poll, "yes", "--key", "delegator", ...confirm], { exit: 3, code: "LPCTL_VOTE_ALREADY_CAST", says: /the last one counts/ });
    const second = await run<Cast>(["cast", poll, "no", "--key", "delegator", ...confirm]);
    const weight = second.votes[0]?.power.weightWei;
    expect(second.votes[0]).toMatchObject({ choice: "against", earlier: "for", tally: { before: { forWei: weight, againstWei: "0" }, after: { forWei: "0", againstWei: weight } } });
    const third = await run<Cast>(["cast", poll, "yes", "--key", "delegator", ...confirm]);
    expect(new Set([...first.sent, ...second.sent, ...third.sent]).size).toBe(3);
  });

  test("in a poll of another factory is refused", async () => {
    const { rpc } = chain;
    const creator = (await read(rpc, controller, REGISTERED, [contractId("PollCreator")])) as Address;
    await rpc.request("anvil_setCode", [STRANGE_CREATOR, await rpc.code(creator)], z.unknown());
    await rpc.request("anvil_setStorageAt", [STRANGE_CREATOR, `0x${"0".repeat(64)}`, await rpc.storage(creator, 0n)], z.unknown());
    const receipt = await sendAs(rpc, people.transcoder.address, STRANGE_CREATOR, "function createPoll(bytes proposal)", [`0x${createPollCall(creator, "a poll").data.slice(138, 150)}`]);
    const strange = `0x${receipt.logs.find(({ topics }) => topics[0] === POLL_CREATED)?.topics[1]?.slice(26) ?? ""}`;
    await chain.refuses(["vote", "cast", strange, "yes", "--key", "delegator", ...confirm], { exit: 3, code: "LPCTL_VOTE_FOREIGN_POLL" });
  });

  test("of a Safe is a transaction in a file", async () => {
    const { safe } = z.looseObject({ safe: z.string() }).parse(JSON.parse(readFileSync(join(chain.folder, ".lpctl/node/node.json"), "utf8")));
    const written = await run<Cast & { safeTxHash: string }>(["cast", poll, "yes", "--safe", safe, "-o", "safe-vote.json"], 5);
    const file = z.looseObject({ hashes: z.looseObject({ safeTxHash: z.string() }), proposalId: z.null() }).parse(JSON.parse(readFileSync(join(chain.folder, "safe-vote.json"), "utf8")));
    expect(file.hashes.safeTxHash).toBe(written.safeTxHash);
    const signed = await chain.result(["safe", "sign", "safe-vote.json", "--no-aftermath", "--key", "owner-1", "--confirm", written.safeTxHash.slice(0, 10)]);
    expect(signed).toMatchObject({ signatures: [people["owner-1"].address] });
    // Written again it is the same transaction, with what was signed.
    expect(await run(["cast", poll, "yes", "--safe", safe, "-o", "safe-vote.json"], 5)).toMatchObject({ safeTxHash: written.safeTxHash });
    expect(readFileSync(join(chain.folder, "safe-vote.json"), "utf8")).toContain(people["owner-1"].address);
  });

  test("once open takes a delegator's stake out of its transcoder's vote, and no second vote", async () => {
    await passRounds(2);
    const shown = await run<Cast>(["cast", vote, "against", "--key", "delegator", "--dry-run"]);
    expect(shown.sent).toEqual([]);
    await chain.refuses(["vote", "cast", lure.toString(), "for", "--key", "delegator", ...confirm], { exit: 3, code: "LPCTL_VOTE_CALLS_DIFFER" });
    expect(await run<Cast>(["cast", vote, poll, "against", "--key", "transcoder", "--dry-run"])).toMatchObject({ votes: [{ vote: { kind: "governor" } }, { vote: { kind: "poll" } }], sent: [] });
    const [cast] = (await run<Cast>(["cast", vote, "against", "--reason", "too \u202equick", "--key", "delegator", ...confirm])).votes;
    expect(cast).toMatchObject({ tally: { after: { againstWei: cast?.power.weightWei } }, power: { takesFrom: { choice: null } } });
    await chain.refuses(["vote", "cast", vote, "for", "--key", "delegator", ...confirm], { exit: 3, code: "LPCTL_VOTE_ALREADY_CAST", says: /has voted against/ });
  });

  test("is not cast by whom nothing counts for: no stake, or stake written down too late", async () => {
    await chain.refuses(["vote", "cast", vote, "for", "--key", "operator", ...confirm], { exit: 3, code: "LPCTL_VOTE_NO_POWER" });
    await chain.refuses(["vote", "cast", vote, "for", "--key", "deployer", ...confirm], { exit: 3, code: "LPCTL_VOTE_NO_POWER", says: /no checkpoint/ });
  });

  test("by signature is a file that somebody else hands in, once", async () => {
    const signed = await run<Cast>(["cast", vote, "for", "--by-signature", "--key", "transcoder", "-o", "ballot.json", ...confirm], 5);
    expect(signed).toMatchObject({ sent: [], path: "ballot.json" });
    expect(BigInt(signed.votes[0]?.power.overriddenWei ?? 0)).toBeGreaterThan(0n);
    const text = readFileSync(ballot(), "utf8");
    writeFileSync(join(chain.folder, "edited.json"), text.replace('"support": 1', '"support": 0'));
    writeFileSync(join(chain.folder, "other.json"), text.replace('"chainId": "31337"', '"chainId": "1"'));
    const by = ["--key", "operator", ...confirm];
    await chain.refuses(["vote", "cast", "--signed", "edited.json", ...by], { exit: 3, code: "LPCTL_VOTE_BALLOT_FORGED" });
    await chain.refuses(["vote", "cast", "--signed", "other.json", ...by], { exit: 3, code: "LPCTL_VOTE_BALLOT_FORGED" });
    const handed = await run<Cast>(["cast", "--signed", "ballot.json", ...by]);
    expect(handed).toMatchObject({ votes: [{ voter: people.transcoder.address, tally: { after: { outcome: "passed" } } }], sent: { length: 1 } });
    await chain.refuses(["vote", "cast", "--signed", "ballot.json", ...by], { exit: 3, code: "LPCTL_VOTE_ALREADY_CAST" });
  });

  test("is carried out by anyone once it has passed and the timelock has let it, and changes the protocol", async () => {
    expect(await run(["execute", vote], 5)).toMatchObject({ state: "open", sent: [], waitingFor: expect.stringContaining("votes") as string });
    await passRounds(3);
    await chain.refuses(["vote", "cast", vote, "for", "--key", "owner-1", ...confirm], { exit: 3, code: "LPCTL_VOTE_CLOSED" });
    expect(await run(["execute", vote, "--key", "operator", ...confirm], 5)).toMatchObject({ sent: { length: 1 }, waitingFor: expect.stringContaining("delay") as string });
    await mine(1, 60);
    expect(await run(["execute", vote, "--key", "operator", ...confirm])).toMatchObject({ state: "executed", sent: { length: 1 }, verification: { equal: true } });
    expect(await read(chain.rpc, bonding, "function unbondingPeriod() view returns (uint64)")).toBe(8n);
    expect(await run(["execute", vote])).toMatchObject({ state: "executed", sent: [] });
    await chain.refuses(["vote", "cast", vote, "for", "--key", "owner-1", ...confirm], { exit: 3, code: "LPCTL_VOTE_EXECUTED" });
  });

  test("that was a poll runs nothing: it is counted once it is over, and takes no more votes", async () => {
    expect(await run(["execute", poll], 5)).toMatchObject({ kind: "poll", state: "active", unlocks: false });
    const endBlock = (await read(chain.rpc, poll as Address, "function endBlock() view returns (uint256)")) as bigint;
    await mine(Number(endBlock - (await chain.rpc.blockNumber())) + 1);
    await chain.refuses(["vote", "cast", poll, "yes", "--key", "transcoder", ...confirm], { exit: 3, code: "LPCTL_VOTE_CLOSED" });
    await chain.refuses(["vote", "execute", poll], { exit: 3, code: "LPCTL_VOTE_NOT_EXECUTABLE", says: /invalid/ });
  });
});

