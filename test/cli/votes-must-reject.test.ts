/** What the commands about votes must not accept, by the command line: words, files, logs and chains that are not what they should be. */
import { spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { LpctlError } from "../../src/errors.ts";
import { loadReceipt, verifyReceipt } from "../../src/inspection/tally/vote-receipt.ts";
import { verifyTally } from "../../src/inspection/tally/verify-tally.ts";
import { localAccounts } from "../../src/node/local-accounts.ts";
import { sendUnlocked } from "../../src/node/setup-sender.ts";
import type { Call } from "../../src/proposal/call.ts";
import { canonicalJson } from "../../src/proposal/canonical.ts";
import { contractId } from "../../src/protocol/contract-id.ts";
import type { Address } from "../../src/protocol/hex.ts";
import { castCall, createVoteCall } from "../../src/voting/governor-contract.ts";
import { castPollCall, createPollCall, POLL_CREATED, POLL_VOTE } from "../../src/voting/poll-contract.ts";
import { manifestSchema, tallyId, type Manifest } from "../../src/voting/tally/file/tally-file.ts";
import { hashVote } from "../../src/voting/vote-id.ts";
import { read, sendAs } from "../e2e/local-project.ts";
import { startHostileRpc, type Asked, type Behaviour } from "../e2e/hostile-rpc.ts";
import { startLocalChain, type LocalChain, type Refusal } from "./local-chain.ts";
import { expectDocument } from "./result-schemas.ts";
import { cleanEnvironment, repository, runPath } from "./run-lpctl.ts";

const { transcoder, delegator, operator } = localAccounts();
const NOBODY: Address = "0x000000000000000000000000000000000000dEaD";
const REGISTERED = "function getContract(bytes32 id) view returns (address)";
const calls: Call[] = [{ to: NOBODY, valueWei: 0n, data: "0x" }];
const by = ["--key", "delegator", "--confirm", "local"];
const errorCodes = readFileSync(join(repository, "docs/reference/errors.md"), "utf8");

let chain: LocalChain;
let controller: Address;
let governor: Address;
let vote: string;
/** Created after the other, and not open yet. */
let pending: string;
let poll: string;

const at = (name: string): string => join(chain.folder, name);
const contract = async (name: string): Promise<Address> => (await read(chain.rpc, controller, REGISTERED, [contractId(name)])) as Address;
const mine = (blocks: number): Promise<unknown> => chain.rpc.request("anvil_mine", [`0x${blocks.toString(16)}`], z.unknown());

async function send(from: Address, call: Call): Promise<ReturnType<typeof sendUnlocked>> {
  const receipt = await sendUnlocked(chain.rpc, from, await chain.rpc.nonce(from), call);
  expect(receipt.status).toBe("success");
  return receipt;
}

/** As `chain.refuses`; the JSON must also fit its schema, and the code with its exit code be one that is documented. */
async function refuses(args: readonly string[], refusal: Refusal, forms: "json" | "both" = "json"): Promise<void> {
  // With 5 an error says that its time has not come, which is success to `expectDocument`.
  await chain.refuses(args, refusal, { forms, seen: (ran) => void (refusal.exit === 5 || expectDocument(args.slice(0, 2).join(" "), ran)) });
  expect(errorCodes).toMatch(new RegExp(`\`${refusal.code}\` \\| ${refusal.exit} `));
}

/** Runs `then` with a network behind a node that lies; its flags are given. */
async function behind(behaviour: Behaviour, then: (flags: string[]) => Promise<void>): Promise<void> {
  const node = await startHostileRpc(chain.rpc.origin, behaviour);
  writeFileSync(at("hostile.yaml"), readFileSync(at("lpctl.yaml"), "utf8").replace(chain.rpc.origin, node.url));
  try {
    await then(["--config", at("hostile.yaml")]);
  } finally {
    await node.stop();
    rmSync(at("hostile.yaml"));
  }
}

const filterSchema = z.looseObject({ topics: z.array(z.union([z.string(), z.array(z.string()), z.null()])).optional(), fromBlock: z.string().optional(), toBlock: z.string().optional() });
const asksLogsOf = ({ method, params }: Asked, topic: string): boolean => method === "eth_getLogs" && JSON.stringify(filterSchema.parse(params[0]).topics ?? []).includes(topic);

beforeAll(async () => {
  chain = await startLocalChain("stake", "warm");
  controller = z.looseObject({ controller: z.string() }).parse(await chain.result(["node", "status"])).controller as Address;
  governor = await contract("StakeGovernor");
  await send(transcoder.address, createVoteCall(governor, { calls, description: "Do nothing" }));
  vote = hashVote(calls, "Do nothing").toString();
  const made = await send(transcoder.address, createPollCall(await contract("PollCreator"), "Ask them"));
  poll = `0x${made.logs.find(({ topics }) => topics[0] === POLL_CREATED)?.topics[1]?.slice(26) ?? ""}`;
  await mine(100);
  await send(delegator.address, castCall(governor, BigInt(vote), "for"));
  await send(transcoder.address, castPollCall(poll as Address, "for"));
  await send(delegator.address, castPollCall(poll as Address, "against"));
  await send(transcoder.address, createVoteCall(governor, { calls, description: "Do nothing again" }));
  pending = hashVote(calls, "Do nothing again").toString();
  await mine(1);
  await chain.result(["vote", "tally", vote, "--out", "governor.json"]);
  await chain.result(["vote", "tally", poll, "--out", "poll.json"]);
  await chain.result(["vote", "verify", "poll.json", "--receipt", transcoder.address, "--out", "receipt.json"]);
}, 120_000);
afterAll(() => chain.stop());

describe("words that are none", () => {
  const mistyped = (address: string): string => address.replace(/[a-fA-F](?=[^a-fA-F]*$)/, (digit) => (digit === digit.toLowerCase() ? digit.toUpperCase() : digit.toLowerCase()));
  test.each<[string, () => string[], Refusal]>([
    ["an empty name of a vote", () => ["vote", "show", ""], { exit: 2, code: "LPCTL_VOTE_UNKNOWN", says: /no vote ""/ }],
    ["a name that a terminal would obey", () => ["vote", "tally", "\u001b[2Jx"], { exit: 2, code: "LPCTL_VOTE_UNKNOWN" }],
    ["a poll with a mistyped address", () => ["vote", "cast", mistyped("0xfBD745797A0fb50429f0a2b04581092798Fdf30B"), "yes", ...by], { exit: 2, code: "LPCTL_USAGE_ADDRESS_CHECKSUM" }],
    ["a governor's vote in a contract that is none", () => ["vote", "show", `${controller}:${vote}`], { exit: 2, code: "LPCTL_VOTE_NOT_A_GOVERNOR" }],
    ["a file asked for where a vote would be sent", () => ["vote", "cast", vote, "against", "-o", "ballot.json", "--key", "transcoder", "--confirm", "local"], { exit: 2, code: "LPCTL_USAGE_VOTE", says: /--by-signature or --safe/ }],
    ["a file asked for where a vote would be made", () => ["vote", "create", "1", "-o", "vote.json", ...by], { exit: 2, code: "LPCTL_USAGE_FLAGS" }],
    ["a file for a ballot that is in one", () => ["vote", "cast", "--signed", "ballot.json", "-o", "other.json", ...by], { exit: 2, code: "LPCTL_USAGE_FLAGS" }],
    ["a choice that is misspelt", () => ["vote", "cast", vote, "agianst", ...by], { exit: 2, code: "LPCTL_VOTE_WRONG_CHOICE", says: /against, or abstain/ }],
    ["votes since a block that is still to come", () => ["vote", "list", "--since", "123456789"], { exit: 2, code: "LPCTL_USAGE_BLOCK", says: /still to come/ }],
    ["a creator of polls without code", () => ["vote", "list", "--poll-creator", NOBODY], { exit: 2, code: "LPCTL_VOTE_NOT_A_POLL_CREATOR" }],
    ["a governor without code", () => ["vote", "list", "--governor", NOBODY], { exit: 2, code: "LPCTL_VOTE_NOT_A_GOVERNOR" }],
    ["a rule-set that is misspelt", () => ["vote", "tally", vote, "--rules", "lip16"], { exit: 2, code: "LPCTL_TALLY_UNKNOWN_RULES", says: /"lip16"/ }],
    ["a tally of a vote that is not open", () => ["vote", "tally", pending, "--out", "early.json"], { exit: 5, code: "LPCTL_TALLY_NOT_OPEN" }],
    ["a tally where there is no folder for it", () => ["vote", "tally", vote, "--out", "nowhere/tally.json"], { exit: 1, code: "LPCTL_FILE_NOT_WRITTEN" }],
    ["a receipt of a receipt", () => ["vote", "verify", "receipt.json", "--receipt", transcoder.address, "--out", "second.json"], { exit: 2, code: "LPCTL_TALLY_USAGE" }],
    ["a receipt of another tally", () => ["vote", "verify", "receipt.json", "--tally", "governor.json", "--offline"], { exit: 7, code: "LPCTL_TALLY_RECEIPT_FALSE" }],
    ["a share that is no number", () => ["params", "project", "--reward-cut", "ten"], { exit: 2, code: "LPCTL_UNITS_NOT_A_VALUE", says: /--reward-cut/ }],
    ["a seed that no generator takes", () => ["params", "project", "--seed", "99999999999999999999"], { exit: 2, code: "LPCTL_PROJECTION_ASSUMPTION", says: /18 digits/ }],
    ["rounds so short that nobody could wait for the end", () => ["params", "project", "roundLength=1"], { exit: 3, code: "LPCTL_PROJECTION_TOO_FAR" }],
  ])("refuse %s", async (_what, args, refusal) => {
    await refuses(args(), refusal, "both");
  });

  test.each<[string, string, Refusal]>([
    ["an owner for what has none", "owners: {Minter: BondingVotes}\n", { exit: 2, code: "LPCTL_HANDOVER_NO_PRIVILEGE", says: /no owner/ }],
    ["a role of what has none", "roles: [{contract: Minter, role: MINTER_ROLE, holders: []}]\n", { exit: 2, code: "LPCTL_HANDOVER_NO_PRIVILEGE", says: /no roles/ }],
    ["a contract without code", `contracts: {Vault: "${transcoder.address}"}\nto: "${delegator.address}"\n`, { exit: 2, code: "LPCTL_HANDOVER_NO_PRIVILEGE", says: /Vault/ }],
    ["an owner that owns itself in the end", "owners: {Controller: Controller}\n", { exit: 3, code: "LPCTL_HANDOVER_HEIR_INVALID" }],
    ["a key that is misspelt", "targt: stake\n", { exit: 2, code: "LPCTL_HANDOVER_FILE_MALFORMED", says: /Did you mean "target"/ }],
  ])("of a handover refuse %s", async (_what, text, refusal) => {
    writeFileSync(at("handover.yaml"), text);
    await refuses(["handover", "plan", "handover.yaml"], refusal);
  });

  test("of a policy refuse a vote of no such kind, before anything is read", async () => {
    writeFileSync(at("policy.yaml"), `${readFileSync(at("lpctl.yaml"), "utf8")}policy:\n  requires: pol\n`);
    await refuses(["vote", "list", "--config", "policy.yaml"], { exit: 2, code: "LPCTL_CONFIG_MALFORMED", says: /policy\.requires/ });
  });
});

describe("files that were edited", () => {
  type Tree = Record<string, unknown>;
  /** Every member of a JSON document, by its way from the top. */
  const waysOf = (node: unknown, way: string[] = []): string[][] => (typeof node === "object" && node !== null ? Object.entries(node).flatMap(([key, value]) => [[...way, key], ...waysOf(value, [...way, key]).filter((one) => one.length > way.length + 1)]) : []);
  const other = (value: unknown): unknown => {
    if (typeof value === "boolean") return !value;
    if (typeof value === "number") return value + 1;
    if (typeof value !== "string") return Array.isArray(value) ? [...(value as unknown[]), ...(value as unknown[]).slice(0, 1)] : { ...(value as Tree), more: "1" };
    if (/^0x[0-9a-fA-F]{40}$/.test(value)) return operator.address;
    if (/^[0-9]+$/.test(value)) return (BigInt(value) + 1n).toString();
    return value.startsWith("0x") ? value.replace(/.$/, (digit) => (digit === "1" ? "2" : "1")) : `${value}x`;
  };
  /** With one member changed, or taken out. */
  const without = (document: Tree, way: readonly string[], change: ((value: unknown) => unknown) | undefined): Tree => {
    const copy = structuredClone(document);
    const parent = way.slice(0, -1).reduce<Tree>((node, key) => node[key] as Tree, copy);
    const key = way.at(-1) ?? "";
    if (change !== undefined) parent[key] = change(parent[key]);
    else if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else delete parent[key];
    return copy;
  };
  const verdict = async (check: () => Promise<unknown>): Promise<string> => {
    try {
      await check();
      return "believed";
    } catch (error) {
      return error instanceof LpctlError && error.why !== undefined && error.next !== undefined ? `refused with ${error.exit}` : String(error);
    }
  };

  test.each<[string, (path: string) => Promise<unknown>, string[]]>([
    ["poll.json", (path) => verifyTally(path), []],
    ["governor.json", (path) => verifyTally(path), []],
    // A field that no header has is in no hash. Without its proof of stake a receipt says less, and a node that is there twice says nothing
    // more. Which tally it names is looked at with --tally.
    ["receipt.json", async (path) => verifyReceipt((await loadReceipt(path)) ?? (await Promise.reject(new Error("none"))), {}), ["header changed", "stake out", "stake.nodes changed", "tally changed"]],
  ])("%s is not believed, whatever was changed or taken out", async (name, check, harmless) => {
    const document = JSON.parse(readFileSync(at(name), "utf8")) as Tree;
    const believed: string[] = [];
    for (const way of waysOf(document)) {
      for (const [how, change] of [["changed", other], ["out", undefined]] as const) {
        writeFileSync(at("edited.json"), JSON.stringify(without(document, way, change)));
        const found = await verdict(() => check(at("edited.json")));
        if (found !== "refused with 2" && found !== "refused with 7" && !(name === "receipt.json" && way[0] === "kind")) believed.push(`${way.join(".")} ${how}${found === "believed" ? "" : `: ${found}`}`);
      }
    }
    expect(believed).toEqual(harmless);
    rmSync(at("edited.json"));
  });

  test.each<[string, string, (manifest: Manifest) => void, RegExp]>([
    ["the round is another", "governor.json", ({ at: block }) => (block.round += 1n), /its clock stood at/],
    ["a contract is left out", "poll.json", ({ contracts }) => contracts.splice(0, 1), /missing in the file/],
    ["a contract runs other code", "governor.json", ({ contracts }) => contracts.forEach((one) => (one.codeHash = `0x${"5".repeat(64)}`)), /is another/],
    ["it claims to be about a proposal", "poll.json", (manifest) => (manifest.vote.link = { proposalId: `0x${"12".repeat(32)}`, reportHash: undefined }), /own text/],
    ["it claims to be the result of a vote that is open", "poll.json", (manifest) => (manifest.isFinal = true), /still open/],
    ["the totals are others", "poll.json", ({ totals }) => (totals.totalActiveStakeWei += 1n), /totals/],
  ])("a tally with the right id is not believed where %s", async (_what, name, change, why) => {
    const manifest = manifestSchema.parse(JSON.parse(readFileSync(at(name), "utf8")));
    change(manifest);
    writeFileSync(at("forged.json"), canonicalJson({ ...manifest, id: tallyId(manifest) }));
    await refuses(["vote", "verify", "forged.json"], { exit: 7, code: why.source === "own text" ? "LPCTL_TALLY_FILE_EDITED" : "LPCTL_TALLY_DIFFERS", says: why });
  });

  test("a cache of what was read is not believed where its stakes were changed", async () => {
    const path = at(`.lpctl/tally/local-${String(z.looseObject({ vote: z.looseObject({ address: z.string() }) }).parse(JSON.parse(readFileSync(at("poll.json"), "utf8"))).vote.address)}.ndjson`);
    const before = await chain.result<{ counted: unknown }>(["vote", "tally", poll]);
    const text = readFileSync(path, "utf8");
    const edited = text.replaceAll(/"(\d{21,})"/g, '"9$1"');
    expect(edited).not.toBe(text);
    writeFileSync(path, edited);
    expect(await chain.result(["vote", "tally", poll])).toEqual(before);
  });
});

describe("a node", () => {
  const CAST = "0xb8e138887d0aa13bab447e82de9d5c1777041ecd21ca36ba824ff1e6c07ddda4";
  const none = (topic: string): Behaviour => ({ distort: (asked, result) => (asksLogsOf(asked, topic) ? [] : result) });

  test("that gives logs of ten blocks at a time is asked often, and the tally is the same", async () => {
    const wide = await chain.result(["vote", "tally", poll, "--fresh"]);
    const refusal = { error: { code: -32_005, message: "query exceeds max block range 10" } };
    const narrow: Behaviour = {
      instead: ({ method, params }) => {
        const { fromBlock, toBlock } = method === "eth_getLogs" ? filterSchema.parse(params[0]) : {};
        return fromBlock !== undefined && toBlock !== undefined && BigInt(toBlock) - BigInt(fromBlock) > 9n ? refusal : undefined;
      },
    };
    await behind(narrow, async (flags) => expect(await chain.result(["vote", "tally", poll, "--fresh", ...flags])).toEqual(wide));
  });

  test("that leaves out the logs of the registry hides no vote", async () => {
    const all = await chain.result(["vote", "list"]);
    await behind(none("0x9ce43a2d71b4fa9b02ebeb18c3afb5ca10d95a4a3f5b4ac6dd26f8f6a06ac5b4"), async (flags) => expect(await chain.result(["vote", "list", ...flags])).toEqual(all));
  });

  test.each<[string, Behaviour, (flags: string[]) => string[], Refusal]>([
    ["leaves out that a poll was created", none(POLL_CREATED), (flags) => ["vote", "list", ...flags], { exit: 6, code: "LPCTL_VOTE_LOGS_MISSING", says: /has created 1 poll/ }],
    ["has no vote in its index of logs, whatever it is asked", none(POLL_VOTE), (flags) => ["vote", "tally", poll, "--fresh", ...flags], { exit: 6, code: "LPCTL_TALLY_LOGS_INCOMPLETE", says: /receipts of that block/ }],
    ["has no vote of a governor either", none(CAST), (flags) => ["vote", "tally", vote, "--fresh", "--out", "gap.json", ...flags], { exit: 6, code: "LPCTL_TALLY_LOGS_INCOMPLETE" }],
    ["leaves out to whom a timelock gave its roles", none("0x2f8788117e7eff1d82e926ec794901d17c78024a50270940304540a733656f0d"), (flags) => ["authority", "show", "BondingManager", ...flags], { exit: 6, code: "LPCTL_VOTE_LOGS_MISSING", says: /timelock/ }],
    [
      "gives logs that were not asked for",
      { distort: ({ method }, result) => (method === "eth_getLogs" && Array.isArray(result) ? result.map((log: object) => ({ ...log, address: NOBODY })) : result) },
      (flags) => ["vote", "cast", poll, "yes", ...by, ...flags],
      { exit: 6, code: "LPCTL_RPC_BAD_ANSWER", says: /not asked for/ },
    ],
    ["gives no logs at all", { instead: ({ method }) => (method === "eth_getLogs" ? { error: { code: -32_601, message: "no \u001b[2J such method" } } : undefined) }, (flags) => ["vote", "show", vote, ...flags], { exit: 6, code: "LPCTL_RPC_ERROR" }],
  ])("that %s is found out", async (_what, behaviour, args, refusal) => {
    await behind(behaviour, (flags) => refuses(args(flags), refusal, "both"));
  });

  test("whose last block is replaced while it is read gives no tally", async () => {
    let left = 1;
    const reorganising: Behaviour = {
      before: async (asked) => {
        if (asksLogsOf(asked, POLL_VOTE) && left-- > 0) await chain.rpc.request("anvil_reorg", [3, []], z.unknown());
      },
    };
    await behind(reorganising, (flags) => refuses(["vote", "tally", poll, "--fresh", "--out", "torn.json", ...flags], { exit: 6, code: "LPCTL_TALLY_REORG" }));
  });

  test("that is slow can be left at once: nothing is said but that", async () => {
    let child: ReturnType<typeof spawn> | undefined;
    const slow: Behaviour = { before: ({ method }) => (method === "eth_getLogs" ? new Promise(() => child?.kill("SIGINT")) : Promise.resolve()) };
    await behind(slow, async (flags) => {
      child = spawn(process.execPath, [runPath, "vote", "tally", poll, "--json", ...flags], { cwd: chain.folder, env: cleanEnvironment(chain.folder), stdio: ["ignore", "pipe", "pipe"] });
      let [stdout, stderr] = ["", ""];
      child.stdout?.on("data", (part: Buffer) => (stdout += part.toString("utf8")));
      child.stderr?.on("data", (part: Buffer) => (stderr += part.toString("utf8")));
      const exitCode = await new Promise<number | null>((resolve) => child?.on("close", resolve));
      expectDocument("vote tally", { stdout, stderr, exitCode });
      expect([exitCode, stdout]).toEqual([130, expect.stringContaining("LPCTL_CANCELLED")]);
    });
  });
});

test("a poll of another factory is not tallied, and not voted in, unless its creator is named", async () => {
  const { rpc } = chain;
  const creator = await contract("PollCreator");
  const strange: Address = "0x00000000000000000000000000000000000000C5";
  await rpc.request("anvil_setCode", [strange, await rpc.code(creator)], z.unknown());
  await rpc.request("anvil_setStorageAt", [strange, `0x${"0".repeat(64)}`, await rpc.storage(creator, 0n)], z.unknown());
  const receipt = await sendAs(rpc, transcoder.address, strange, "function createPoll(bytes proposal)", ["0x1234"]);
  const foreign = `0x${receipt.logs.find(({ topics }) => topics[0] === POLL_CREATED)?.topics[1]?.slice(26) ?? ""}`;
  await refuses(["vote", "tally", foreign], { exit: 3, code: "LPCTL_VOTE_FOREIGN_POLL" }, "both");
  expect(await chain.result(["vote", "tally", foreign, "--poll-creator", strange])).toBeDefined();
});
