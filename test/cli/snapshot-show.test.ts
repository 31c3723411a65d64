/** `snapshot show`, `snapshot diff` and `vote verify --snapshot` on snapshots of a local chain that stake decides about. */
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { readFunction } from "../../src/chain/read-function.ts";
import { Rpc } from "../../src/chain/rpc.ts";
import { localAccounts } from "../../src/node/local-accounts.ts";
import { sendUnlocked } from "../../src/node/setup-sender.ts";
import type { Call } from "../../src/proposal/call.ts";
import { contractId } from "../../src/protocol/contract-id.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";
import { callTo } from "../../src/node/actors/actor.ts";
import { castCall, createVoteCall } from "../../src/voting/governor-contract.ts";
import { castPollCall, createPollCall } from "../../src/voting/poll-contract.ts";
import { formatVoteText } from "../../src/voting/vote-text.ts";
import { hashVote } from "../../src/voting/vote-id.ts";
import { endNode } from "./end-node.ts";
import { freePort } from "./free-port.ts";
import { expectDocument } from "./result-schemas.ts";
import { cleanEnvironment, documentOf, runLpctl, type Ran } from "./run-lpctl.ts";
import { createWarmLpctl } from "./warm-lpctl.ts";

const LPT = 10n ** 18n;
const folder = mkdtempSync(join(tmpdir(), "lpctl-show-"));
const warm = createWarmLpctl();
const run = (...args: string[]): Promise<Ran> => warm.run({ args, cwd: folder, env: cleanEnvironment(folder) });
const { transcoder, delegator, broadcaster } = localAccounts();
const calls: Call[] = [{ to: "0x000000000000000000000000000000000000dEaD", valueWei: 0n, data: "0x" }];
let rpc: Rpc;
let contracts: Record<"BondingManager" | "LivepeerToken" | "RoundsManager" | "StakeGovernor" | "PollCreator", Address>;
let voteId: string;
let poll: string;

/** Runs with `--json` and holds the document against the command's schema. */
async function result<T>(command: string, ...args: string[]): Promise<T> {
  return expectDocument(command, await run(...command.split(" "), ...args, "--json")) as T;
}

async function send(from: Address, call: Pick<Call, "to" | "data" | "valueWei">): Promise<void> {
  expect((await sendUnlocked(rpc, from, await rpc.nonce(from), call)).status).toBe("success");
}

async function call(from: Address, to: Address, signature: string, args: readonly unknown[] = []): Promise<void> {
  await send(from, { to, data: callTo(to, signature, args, "").data, valueWei: 0n });
}

async function askNumber(to: Address, signature: string, args: readonly unknown[] = []): Promise<string> {
  return String((await readFunction(rpc, to, `function ${signature} view returns (uint256)`, args))[0]);
}

async function nextRounds(count: number): Promise<void> {
  for (let round = 0; round < count; round++) {
    const [start, length] = await Promise.all([askNumber(contracts.RoundsManager, "currentRoundStartBlock()"), askNumber(contracts.RoundsManager, "roundLength()")]);
    const missing = BigInt(start) + BigInt(length) - (await rpc.blockNumber());
    await rpc.request("anvil_mine", [`0x${missing.toString(16)}`], z.unknown());
    await call(transcoder.address, contracts.RoundsManager, "function initializeRound()");
    await call(transcoder.address, contracts.BondingManager, "function reward()");
  }
}

beforeAll(async () => {
  const started = await runLpctl(["node", "start", "--no-actors", "--profile", "current", "--phase", "stake", "--block-time", "0", "--port", String(await freePort()), "--json"], { cwd: folder });
  const { rpcUrl, controller } = documentOf(started).result as { rpcUrl: string; controller: Address };
  rpc = new Rpc(rpcUrl);
  const names = ["BondingManager", "LivepeerToken", "RoundsManager", "StakeGovernor", "PollCreator"] as const;
  const found = await Promise.all(names.map(async (name) => [name, (await readFunction(rpc, controller, "function getContract(bytes32) view returns (address)", [contractId(name)]))[0] as Address] as const));
  contracts = Object.fromEntries(found) as typeof contracts;
  await call(delegator.address, contracts.LivepeerToken, "function transfer(address to, uint256 value)", [broadcaster.address, 5n * LPT]);
  await call(delegator.address, contracts.BondingManager, "function unbond(uint256 amount)", [20n * LPT]);
  await send(transcoder.address, createVoteCall(contracts.StakeGovernor, { calls, description: "Do nothing" }));
  await send(transcoder.address, createPollCall(contracts.PollCreator, formatVoteText({ title: "Ask first", proposalId: `0x${"12".repeat(32)}`, reportHash: `0x${"34".repeat(32)}` })));
  voteId = hashVote(calls, "Do nothing").toString();
  await nextRounds(2);
  await send(transcoder.address, castCall(contracts.StakeGovernor, BigInt(voteId), "for"));
  await send(delegator.address, castCall(contracts.StakeGovernor, BigInt(voteId), "against"));
  poll = (await result<{ votes: { vote: { address?: string } }[] }>("vote list", "--kind", "poll")).votes[0]?.vote.address ?? "";
  await send(delegator.address, castPollCall(poll as Address, "against"));
  await result("vote tally", voteId, "--out", "governor.json");
  await result("vote tally", poll, "--out", "poll.json");
  await result("snapshot take", "--out", "before");
}, 120_000);
afterAll(async () => {
  await warm.stop();
  await endNode(folder);
  rmSync(folder, { recursive: true, force: true });
});

interface Shown {
  totals: { stake: Record<string, string | number>; token: { supplyWei: string }; rounds: { current: string } };
  top: { account: string; stakeWei: string; isTranscoder: boolean }[];
  distribution: { pointsPpm: string[]; half: number };
  account: { pendingStakeWei: string; delegate: string; locks: { amountWei: string; canWithdraw: boolean }[]; tokensWei: string; votes: { nextRoundWei: string }; namedBy: string[] } | null;
}

test("shows totals and the accounts with the most stake, as the contracts tell them", async () => {
  const { totals, top, distribution, account } = await result<Shown>("snapshot show", "before");
  expect(account).toBeNull();
  expect(totals.token.supplyWei).toBe(await askNumber(contracts.LivepeerToken, "totalSupply()"));
  expect(totals.rounds.current).toBe(await askNumber(contracts.RoundsManager, "currentRound()"));
  expect(totals.stake).toMatchObject({ transcoders: 1, locks: 1, lockedWei: String(20n * LPT) });
  expect(top.map(({ account: address }) => address)).toEqual([transcoder.address, delegator.address]);
  for (const { account: address, stakeWei } of top) expect(stakeWei).toBe(await askNumber(contracts.BondingManager, "pendingStake(address, uint256)", [address, 0n]));
  expect(distribution).toMatchObject({ half: 1 });
  expect(distribution.pointsPpm.at(-1)).toBe("1000000");
  const { stdout } = await run("snapshot", "show", "before", "--top", "1");
  expect(stdout).toMatch(/Share of all stake that the richest accounts have/);
  expect(stdout).toContain(transcoder.address);
  expect(stdout).not.toContain(delegator.address);
});

test("shows what an account has, to the wei", async () => {
  const { account } = await result<Shown>("snapshot show", "before", "--account", delegator.address, "--top", "0");
  expect(account).toMatchObject({
    delegate: transcoder.address,
    locks: [{ amountWei: String(20n * LPT), canWithdraw: false }],
    pendingStakeWei: await askNumber(contracts.BondingManager, "pendingStake(address, uint256)", [delegator.address, 0n]),
    tokensWei: await askNumber(contracts.LivepeerToken, "balanceOf(address)", [delegator.address]),
  });
  expect((await run("snapshot", "show", "before", "--account", delegator.address)).stdout).toMatch(/20 LPT/);
  expect((await result<Shown>("snapshot show", "before", "--account", contracts.BondingManager)).account?.namedBy).toContain("PollCreator.bondingManager");
});

test("writes the same for a browser, and refuses what it cannot write", async () => {
  await result("snapshot show", "before", "--out", "shown.html");
  expect(readFileSync(join(folder, "shown.html"), "utf8")).toMatch(/<svg class="chart"/);
  await result("snapshot show", "before", "--out", "chart.svg");
  expect(readFileSync(join(folder, "chart.svg"), "utf8")).toMatch(/^<svg/);
  const wrong = await run("snapshot", "show", "before", "--out", "shown.pdf");
  expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining("LPCTL_SNAPSHOT_FORM")]);
  const nothing = await run("snapshot", "show", "nowhere");
  expect([nothing.exitCode, nothing.stderr]).toEqual([2, expect.stringContaining("LPCTL_SNAPSHOT_NOT_FOUND")]);
});

test("recounts a Governor's vote and a poll from the snapshot alone, and says what it cannot tell", async () => {
  const proven = await result<{ against: string; unproven: string[] }>("vote verify", "governor.json", "--snapshot", "before");
  expect(proven).toMatchObject({ against: "the snapshot before", unproven: ["in which transactions the votes were cast", "with which block the chain began"] });
  const polled = await result<{ unproven: string[] }>("vote verify", "poll.json", "--snapshot", "before");
  expect(polled.unproven[0]).toMatch(/^who voted and what/);
  expect((await run("vote", "verify", "poll.json", "--snapshot", "before")).stdout).toMatch(/It does not tell:\n {4}who voted/);
  const both = await run("vote", "verify", "poll.json", "--snapshot", "before", "--offline");
  expect(both.exitCode).toBe(2);
});

interface Differed {
  equal: boolean;
  same: number;
  contracts: { name: string; changes: { path: string | null; account: string | null; difference: string | null }[] }[];
}

test("tells two snapshots, and a snapshot from the chain, apart by names and amounts", async () => {
  expect(await result<Differed>("snapshot diff", "before", "--live")).toMatchObject({ equal: true, contracts: [] });
  expect((await run("snapshot", "diff", "before", "before", "--exit-code")).exitCode).toBe(0);
  await call(delegator.address, contracts.LivepeerToken, "function transfer(address to, uint256 value)", [broadcaster.address, 3n * LPT]);
  const live = await result<Differed>("snapshot diff", "before", "--live");
  expect(live.contracts).toMatchObject([{ name: "LivepeerToken" }]);
  expect(live.contracts[0]?.changes.map(({ account, difference }) => [account, difference])).toEqual(expect.arrayContaining([[broadcaster.address, "+3 LPT"], [delegator.address, "-3 LPT"]]));
  await result("snapshot take", "--out", "after");
  expect((await result<Differed>("snapshot diff", "before", "after")).contracts).toEqual(live.contracts);
  const shown = await run("snapshot", "diff", "before", "after", "--exit-code");
  expect(shown.exitCode).toBe(7);
  expect(shown.stdout).toMatch(/LivepeerToken[^]*_balances\[0x[^]*\+3 LPT/);
  expect(shown.stderr).toContain("LPCTL_SNAPSHOT_DIFFERS");
  const wrong = await run("snapshot", "diff", "before");
  expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining("LPCTL_SNAPSHOT_DIFF_USAGE")]);
});

test("does not take a tally of another block, or a snapshot that was changed", async () => {
  const other = await run("vote", "verify", "poll.json", "--snapshot", "after");
  expect([other.exitCode, other.stderr]).toEqual([7, expect.stringContaining("LPCTL_TALLY_DIFFERS")]);
  cpSync(join(folder, "before"), join(folder, "edited"), { recursive: true });
  const manifest = join(folder, "edited", "manifest.json");
  const text = readFileSync(manifest, "utf8");
  const changed = text.replace(/"balanceWei": ?"[1-9][0-9]*"/, '"balanceWei":"1"');
  expect(changed).not.toBe(text);
  const { writeFileSync } = await import("node:fs");
  writeFileSync(manifest, changed);
  const edited = await run("vote", "verify", "poll.json", "--snapshot", "edited");
  expect(edited.exitCode).toBe(7);
  const hash: Hex = `0x${"0".repeat(64)}`;
  expect(edited.stderr).not.toContain(hash);
});
