/** `vote list` and `vote show` by the real binary, on a local chain that stake decides about. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { pollUntil } from "../../src/chain/poll.ts";
import { readFunction } from "../../src/chain/read-function.ts";
import { Rpc } from "../../src/chain/rpc.ts";
import { localAccounts } from "../../src/node/local-accounts.ts";
import { sendUnlocked } from "../../src/node/setup-sender.ts";
import type { Call } from "../../src/proposal/call.ts";
import { contractId } from "../../src/protocol/contract-id.ts";
import type { Address } from "../../src/protocol/hex.ts";
import { createVoteCall } from "../../src/voting/governor-contract.ts";
import { createPollCall } from "../../src/voting/poll-contract.ts";
import { hashVote } from "../../src/voting/vote-id.ts";
import { formatVoteText } from "../../src/voting/vote-text.ts";
import { endNode } from "./end-node.ts";
import { freePort } from "./free-port.ts";
import { expectDocument } from "./result-schemas.ts";
import { cleanEnvironment, documentOf, runLpctl, runPath, type Ran } from "./run-lpctl.ts";
import { openTerminal } from "../tty/terminal.ts";
import { createWarmLpctl } from "./warm-lpctl.ts";

const folder = mkdtempSync(join(tmpdir(), "lpctl-votes-"));
const warm = createWarmLpctl();
const run = (...args: string[]): Promise<Ran> => warm.run({ args, cwd: folder, env: cleanEnvironment(folder) });
const { transcoder, delegator } = localAccounts();
const calls: Call[] = [{ to: "0x000000000000000000000000000000000000dEaD", valueWei: 0n, data: "0x" }];
let rpc: Rpc;
let governor: Address;
let rounds: Address;
let voteId: string;

/** Runs with `--json` and holds the document against the command's schema. */
async function result<T>(command: string, ...args: string[]): Promise<T> {
  return expectDocument(command, await run(...command.split(" "), ...args, "--json")) as T;
}

async function send(call: Call): Promise<void> {
  const from = transcoder.address;
  expect((await sendUnlocked(rpc, from, await rpc.nonce(from), call)).status).toBe("success");
}

beforeAll(async () => {
  const started = await runLpctl(["node", "start", "--no-actors", "--profile", "current", "--phase", "stake", "--block-time", "0", "--port", String(await freePort()), "--json"], { cwd: folder });
  const { rpcUrl, controller } = documentOf(started).result as { rpcUrl: string; controller: Address };
  rpc = new Rpc(rpcUrl);
  const contract = async (name: string): Promise<Address> => (await readFunction(rpc, controller, "function getContract(bytes32) view returns (address)", [contractId(name)]))[0] as Address;
  governor = await contract("StakeGovernor");
  rounds = await contract("RoundsManager");
  expect((await run("vote", "list")).stdout).toBe("Nothing has been put to the vote yet\n");
  await send(createVoteCall(governor, { calls, description: "Do nothing" }));
  await send(createPollCall(await contract("PollCreator"), formatVoteText({ title: "Ask first", proposalId: `0x${"12".repeat(32)}`, reportHash: `0x${"34".repeat(32)}` })));
  voteId = hashVote(calls, "Do nothing").toString();
}, 120_000);
afterAll(async () => {
  await warm.stop();
  await endNode(folder);
  rmSync(folder, { recursive: true, force: true });
});

test("lists votes, shows one, and the power of a key that stays locked", async () => {
  const { votes } = await result<{ votes: { reference: string; short: string; contract: string; vote: { kind: string; state: string; address?: string } }[] }>("vote list");
  expect(votes.map(({ contract, vote }) => [contract, vote.kind, vote.state])).toEqual([["StakeGovernor", "governor", "pending"], ["PollCreator", "poll", "active"]]);
  expect(await result("vote list", "--state", "open", "--kind", "poll")).toHaveProperty("votes.length", 1);
  expect(await result("vote list", "--since", String(await rpc.blockNumber()))).toMatchObject({ votes: [{ vote: { kind: "poll" } }] });
  expect(documentOf(await run("vote", "list", "--since", "soon", "--json")).error).toMatchObject({ code: "LPCTL_USAGE_BLOCK" });
  expect((await run("vote", "list", "--state", "executed")).stdout).toBe("No such votes\n");
  const short = votes[0]?.short ?? "";
  expect(await result("vote show", short, "--key", "delegator")).toMatchObject({ reference: voteId, standing: null, power: { account: delegator.address, delegate: transcoder.address, isDecided: false } });
  const poll = await result<{ standing: unknown; remarks: string[] }>("vote show", votes[1]?.vote.address ?? "", "--account", transcoder.address);
  expect(poll).toMatchObject({ standing: { counted: true, rules: "lip-16" }, power: { canCount: { yes: true } }, outlook: { toQuorumWei: expect.stringMatching(/^[1-9]/) } });
  expect(poll.remarks.join("")).toContain("not in this folder");
  const shown = await run("vote", "show", short, "--key", "delegator");
  for (const part of ["Do nothing", "Nobody can have voted yet", `Power of ${delegator.address}`, "time left", "votes are taken after round"]) expect(shown.stdout).toContain(part);
});

test.each([
  ["an unknown vote", ["0x1234567890"], 2, "LPCTL_VOTE_UNKNOWN"],
  ["a name that is none", ["nothing-like-it"], 2, "LPCTL_VOTE_UNKNOWN"],
  ["a proposal that does not exist", ["7"], 2, "LPCTL_VOTE_UNKNOWN"],
  ["a contract that is no governor", ["0x1234567890", "--governor", delegator.address], 2, "LPCTL_VOTE_NOT_A_GOVERNOR"],
  ["a key that is not there", ["0x1234567890", "--key", "nobody"], 2, "LPCTL_VOTE_NO_ACCOUNT"],
  ["an account that is no address", ["0x1234567890", "--account", "0x12"], 2, "LPCTL_USAGE_NOT_AN_ADDRESS"],
] as const)("refuses %s", async (_what, args, exit, code) => {
  const ran = await run("vote", "show", ...args, "--json");
  const document = documentOf(ran);
  expect([ran.exitCode, document.error?.["code"], document.error?.["next"]]).toEqual([exit, code, expect.stringMatching(/\S/)]);
});

test("watches a vote on a terminal as blocks come, and gives the terminal back", async () => {
  const terminal = openTerminal([runPath, "vote", "show", voteId, "--watch", "--key", "delegator"], { cwd: folder });
  await terminal.see("q leaves this view");
  await terminal.see("pending");
  const block = await rpc.blockNumber();
  await rpc.request("anvil_mine", ["0x1"], z.unknown());
  const length = Number((await readFunction(rpc, rounds, "function currentRoundStartBlock() view returns (uint256)"))[0]) + 100;
  await terminal.see(`${length - Number(block) - 1} blocks`);
  terminal.type("q");
  expect(await terminal.exitCode()).toBe(0);
  expect(terminal.screen()).toMatch(/Do nothing[^]*Power of/);
  expect(terminal.screen()).not.toContain("q leaves this view");
});

test("watches a vote off a terminal, a line for each change, until it takes no more votes", async () => {
  const child = spawn(process.execPath, [runPath, "vote", "show", voteId, "--watch"], { cwd: folder, env: cleanEnvironment(folder), stdio: ["ignore", "pipe", "pipe"] });
  const told: string[] = [];
  let rest = "";
  child.stdout.on("data", (data: Buffer) => {
    const lines = `${rest}${data.toString("utf8")}`.split("\n");
    rest = lines.pop() ?? "";
    told.push(...lines);
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const until = (state: string): Promise<true> => pollUntil(async () => (told.some((line) => line.includes(`  ${state}`)) ? true : undefined), { deadlineMs: 30_000, intervalMs: 20, what: state });
  const passRounds = (count: number): Promise<unknown> => rpc.request("anvil_mine", [`0x${(count * 50).toString(16)}`], z.unknown());
  await until("pending");
  await passRounds(2);
  await until("active");
  await passRounds(4);
  await until("defeated");
  expect(await ended).toBe(0);
  const changes = told.slice(0, told.indexOf(""));
  const states = changes.map((line) => line.split("  ")[1]);
  // Blocks may come between: then a round passes that still changes nothing else.
  expect(states.filter((state, index) => state !== states[index - 1])).toEqual(["pending", "active", "defeated"]);
  expect(told.join("\n")).toContain(`id           ${voteId}`);
});
