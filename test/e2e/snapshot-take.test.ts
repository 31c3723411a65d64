import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { concat, getAddress, keccak256, zeroPadValue } from "ethers";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { Rpc } from "../../src/chain/rpc.ts";
import type { Project } from "../../src/inspection/project.ts";
import { contractId } from "../../src/protocol/contract-id.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";
import { loadSnapshot } from "../../src/snapshot/format/load-snapshot.ts";
import type { TakenSnapshot, TakeOptions } from "../../src/snapshot/take/snapshot-take.ts";
import { openTake, takeSnapshot } from "../../src/snapshot/take/take-snapshot.ts";
import { ContractsChain, GIT_HASH, type Deployed } from "./contracts-chain.ts";
import { startHostileRpc, type Asked, type Behaviour, type HostileRpc } from "./hostile-rpc.ts";
import { COMPILE_CACHES } from "./local-project.ts";

/** Each with each they make more slots than are read again after an end. */
const HOLDERS = 50;
const holder = (index: number): Address => getAddress(`0x${(0xacc0_0000 + index).toString(16).repeat(5)}`) as Address;
/** `_balances[account]`, the first variable of the token. */
const balanceSlot = (account: Address): Hex => keccak256(concat([zeroPadValue(account, 32), `0x${"00".repeat(32)}`])) as Hex;

let chain: ContractsChain;
let controller: Deployed;
let token: Deployed;
let services: Deployed;
let wallet: Deployed;
let folder: string;

beforeAll(async () => {
  chain = await ContractsChain.start();
  const owner = chain.account(0);
  controller = await chain.deploy(owner, "Controller");
  token = await chain.deploy(owner, "LivepeerToken");
  services = await chain.deploy(owner, "ServiceRegistry", [controller.address]);
  for (const [name, { address }] of Object.entries({ LivepeerToken: token, ServiceRegistry: services })) await chain.send(owner, controller, "setContractInfo", [contractId(name), address, GIT_HASH]);
  await chain.send(owner, services, "setServiceURI", ["https://a-name-that-is-too-long-for-one-word.example:8935"]);
  // A contract that has something, and one account with a key that runs code.
  wallet = await chain.deploy(owner, "Controller");
  await chain.send(owner, token, "mint", [wallet.address, 7n]);
  await chain.rpc.request("anvil_setCode", [holder(3), `0xef0100${wallet.address.slice(2).toLowerCase()}`], z.unknown());
  await chain.send(owner, token, "approve", [wallet.address, 5n]);
  for (let index = 0; index < HOLDERS; index++) await chain.send(owner, token, "mint", [holder(index), BigInt(index + 1)]);
});
afterAll(() => chain.stop());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lpctl-take-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

async function before(behaviour: Behaviour): Promise<{ project: Project; hostile: HostileRpc }> {
  const hostile = await startHostileRpc(chain.rpc.url, behaviour);
  onTestFinished(() => hostile.stop());
  const rpc = new Rpc(hostile.url, { timeoutMs: 10_000 });
  return { project: { folder, network: "local", chainId: 31337n, controller: controller.address, rpc, compilerCaches: COMPILE_CACHES, sources: [], compilers: {}, delayBlocks: 0n }, hostile };
}

/** What it fails with: the whole of a snapshot would be no help where one is taken after all. */
function failure(taking: Promise<TakenSnapshot>): Promise<unknown> {
  return taking.then(({ id }) => `taken: ${id}`, (error: unknown) => error);
}

async function take(behaviour: Behaviour = {}, options: Partial<TakeOptions> = {}): Promise<TakenSnapshot> {
  return takeSnapshot((await before(behaviour)).project, { tool: "lpctl test", ...options });
}

const mine = (): Promise<unknown> => chain.rpc.request("evm_mine", [], z.unknown());
const written = (): string[] => readdirSync(folder).filter((name) => name !== ".lpctl");
const isLens = ({ method, params }: Asked): boolean => method === "eth_call" && params.length === 3;
const slotsIn = ({ params }: Asked): Hex[] => (z.object({ data: z.string() }).parse(params[0]).data.slice(2).match(/.{64}/g) ?? []).map((slot): Hex => `0x${slot}`);

/** Says another word for one slot, however it is asked. */
function lieAbout(wanted: Hex, word: Hex): Behaviour {
  return {
    distort: (asked, result) => {
      const place = isLens(asked) ? slotsIn(asked).indexOf(wanted) : -1;
      if (place === -1) return result;
      const answer = String(result);
      const at = answer.length - (slotsIn(asked).length - place) * 64;
      return answer.slice(0, at) + word.slice(2) + answer.slice(at + 64);
    },
  };
}

/** A local chain can list its slots; this one lists only those that are zero. */
const cannotList: Behaviour = {
  distort: ({ method }, result) => {
    if (method !== "anvil_dumpState") return result;
    const dump = z.looseObject({ accounts: z.record(z.string(), z.looseObject({ storage: z.record(z.string(), z.string()) })) }).parse(JSON.parse(gunzipSync(Buffer.from(String(result).slice(2), "hex")).toString("utf8")));
    for (const account of Object.values(dump.accounts)) account.storage = Object.fromEntries(Object.entries(account.storage).filter(([, word]) => BigInt(word) === 0n));
    return `0x${gzipSync(JSON.stringify(dump)).toString("hex")}`;
  },
};

test("who takes the same block gets the same, whatever the RPC bears, and reads it back from the folder", async () => {
  const taken = await take();
  expect(taken.contracts.map(({ contract: { name }, words, found }) => [name, words.count > 0, found.length])).toEqual(expect.arrayContaining([["Controller", true, 0], ["LivepeerToken", true, 0], ["ServiceRegistry", true, 0]]));
  expect(taken.contracts.find(({ contract }) => contract.name === "LivepeerToken")?.words.count).toBeGreaterThanOrEqual(HOLDERS);
  expect(taken.folder).toBe(join("snapshots", `local-${taken.block.number}`));
  expect((await loadSnapshot(join(folder, taken.folder))).id).toBe(taken.id);
  const { contracts = [], together = [] } = taken.state.preimages;
  expect(contracts).toEqual([{ address: wallet.address, codeHash: keccak256(await chain.rpc.code(wallet.address)) }]);
  expect(together).toContain(`0x${zeroPadValue(chain.account(0).address, 32).slice(2)}${zeroPadValue(wallet.address, 32).slice(2)}`);
  // Nothing is left of the way to it.
  expect(existsSync(join(folder, ".lpctl"))).toBe(true);
  expect(readdirSync(join(folder, ".lpctl"))).toEqual([]);

  await mine();
  const withoutLens: Behaviour = { instead: (asked) => (isLens(asked) ? { error: { code: -32602, message: "too many arguments, want at most 2" } } : undefined) };
  const again = await take(withoutLens, { block: taken.block.hash, out: join(folder, "again") });
  expect(again.id).toBe(taken.id);
  expect(await failure(take({}, { out: join(folder, "again") }))).toMatchObject({ code: "LPCTL_SNAPSHOT_EXISTS", exit: 2 });
});

test("an RPC that lies about one slot is found out by the root, and what it said is forgotten", async () => {
  const slot = balanceSlot(holder(7));
  const lie: Hex = `0x${(10n ** 24n).toString(16).padStart(64, "0")}`;
  const lying = await failure(take(lieAbout(slot, lie)));
  expect(lying).toMatchObject({ code: "LPCTL_SNAPSHOT_WORD_FALSE", exit: 7, details: { contracts: [{ name: "LivepeerToken", words: [{ slot, said: lie, proven: `0x${"8".padStart(64, "0")}` }] }] } });
  expect(String(z.object({ why: z.string() }).parse(lying).why)).toMatch(/LivepeerToken _?balances\[0x(acc00007){5}\]/i);
  expect(written()).toEqual([]);
  // The same block, from an honest one.
  await mine();
  expect((await take()).resumed).toBe(true);
});

test("logs that an RPC leaves out are missed, by the root, and come in narrow ranges", async () => {
  const gaps: Behaviour = {
    distort: (asked, result) => {
      if (asked.method !== "eth_getLogs") return cannotList.distort?.(asked, result);
      const { fromBlock, toBlock } = z.object({ fromBlock: z.coerce.number(), toBlock: z.coerce.number() }).parse(asked.params[0]);
      return toBlock - fromBlock > 10 ? z.array(z.unknown()).parse(result).slice(0, 20) : result;
    },
  };
  const failed = await failure(take(gaps));
  expect(failed).toMatchObject({ code: "LPCTL_SNAPSHOT_UNEXPLAINED", exit: 7, next: expect.stringContaining("--log-range") });
  const { details } = z.object({ details: z.object({ contracts: z.array(z.object({ name: z.string(), words: z.array(z.object({ word: z.string() })), more: z.boolean() })) }) }).parse(failed);
  expect(details.contracts.map(({ name }) => name)).toEqual(["LivepeerToken"]);
  expect(details.contracts[0]?.words.length).toBeGreaterThan(10);
  expect(written()).toEqual([]);
  const narrow = await take(gaps, { logRangeBlocks: 10n });
  expect(narrow.contracts.every(({ found }) => found.length === 0)).toBe(true);
});

test("a contract that an RPC keeps back is missed, by the Controller's own storage, however it is kept back", async () => {
  const id = contractId("LivepeerToken").slice(2);
  const keepsBack: Record<string, Behaviour> = {
    "its code": { distort: ({ method, params }, result) => (method === "eth_getCode" && params[0] === token.address ? "0x" : result) },
    "all code": { distort: ({ method }, result) => (method === "eth_getCode" ? "0x" : result) },
    "its entry": { distort: ({ method, params }, result) => (method === "eth_call" && JSON.stringify(params).includes(id) ? `0x${"0".repeat(String(result).length - 2)}` : result) },
    "its event": { distort: ({ method }, result) => (method === "eth_getLogs" ? z.array(z.looseObject({ data: z.string() })).parse(result).filter(({ data }) => !data.includes(id)) : result) },
  };
  for (const [what, behaviour] of Object.entries(keepsBack)) {
    expect(await failure(take(behaviour)), what).toMatchObject({ code: "LPCTL_SNAPSHOT_PROOF_FALSE", exit: 7, details: { contract: what === "all code" ? controller.address : token.address } });
  }
  expect(written()).toEqual([]);
});

test("code of another version is seen by its storage, which the node may list", async () => {
  const snapshot = await chain.rpc.request("evm_snapshot", [], z.string());
  onTestFinished(async () => void (await chain.rpc.request("evm_revert", [snapshot], z.boolean())));
  const code = await chain.rpc.code(services.address);
  await chain.rpc.request("anvil_setCode", [services.address, `${code}00`.replace("6080", "6081")], z.unknown());
  await mine();
  expect(await failure(take(cannotList))).toMatchObject({ code: "LPCTL_SNAPSHOT_UNEXPLAINED", why: expect.stringMatching(/ServiceRegistry \(\d+\)\. No known source gives the code of ServiceRegistry/), next: expect.stringContaining("`sources`") });
  const listed = await take();
  expect(listed.contracts.find(({ contract }) => contract.name === "ServiceRegistry")?.found.length).toBeGreaterThan(1);
  expect(listed.resumed).toBe(true);
});

test("a taking that was ended goes on at its block, and begins anew where the node has forgotten that", async () => {
  const isLarge = (asked: Asked): boolean => isLens(asked) && slotsIn(asked).length > 1_000;
  let large = 0;
  const dying = await before({ instead: (asked) => (isLarge(asked) && slotsIn(asked).length > 2_000 ? { error: { code: -32000, message: "out of gas" } } : undefined), dies: (asked) => isLarge(asked) && slotsIn(asked).length <= 2_000 && ++large > 1 });
  const { number } = await chain.rpc.block("latest");
  expect(await failure(takeSnapshot(dying.project, { tool: "lpctl test" }))).toMatchObject({ code: "LPCTL_RPC_UNREACHABLE" });
  await mine();
  const all: string[] = [];
  const second = await before({ distort: (asked, result) => (isLarge(asked) && all.push(...slotsIn(asked)), result) });
  const open = await openTake(second.project, { tool: "lpctl test" });
  await expect(openTake(second.project, { tool: "lpctl test" })).rejects.toMatchObject({ code: "LPCTL_SNAPSHOT_LOCKED", exit: 3 });
  for (const { run } of open.steps) await run(() => {});
  open.end();
  expect([open.result().resumed, open.result().block.number]).toEqual([true, number]);
  expect(open.result().slotsRead - all.length).toBeGreaterThan(1_000);

  // Now one that the node forgets, and one that a person does not want any more.
  const failing: Behaviour = { instead: ({ method }) => (method === "anvil_dumpState" || method === "eth_getLogs" ? { error: { code: -32000, message: "no" } } : undefined) };
  expect(await failure(take(failing))).toMatchObject({ code: "LPCTL_RPC_ERROR" });
  await mine();
  const forgetful: Behaviour = { instead: ({ params }) => (JSON.stringify(params).includes(`"blockHash":"${begunAt}"`) ? { error: { code: -32000, message: "missing trie node" } } : undefined) };
  const begunAt = (await chain.rpc.block((await chain.rpc.blockNumber()) - 1n)).hash;
  const anew = await take(forgetful, { out: join(folder, "anew") });
  expect([anew.resumed, anew.block.number]).toEqual([false, await chain.rpc.blockNumber()]);
});

test("a block that is replaced while it is read is no block of a snapshot", async () => {
  let isReplaced = false;
  const behaviour: Behaviour = {
    instead: (asked) => {
      isReplaced ||= asked.method === "anvil_dumpState" || (isLens(asked) && slotsIn(asked).length > 1_000);
      return undefined;
    },
    distort: ({ method, params }, result) => (isReplaced && method === "eth_getBlockByNumber" && params[0] !== "latest" ? { ...z.looseObject({}).parse(result), hash: `0x${"ab".repeat(32)}` } : result),
  };
  expect(await failure(take(behaviour))).toMatchObject({ code: "LPCTL_SNAPSHOT_REORG", exit: 6 });
  expect(written()).toEqual([]);
});

test("a state that the node has forgotten is not there for a snapshot, and the error says which states are", async () => {
  const head = await chain.rpc.blockNumber();
  const started = head - 1n;
  const restarted: Behaviour = {
    instead: ({ params }) => {
      const [at] = params.slice(1).filter((param) => (typeof param === "string" && /^0x[0-9a-f]{1,8}$/.test(param)) || JSON.stringify(param).includes("blockHash"));
      const block = typeof at === "string" ? BigInt(at) : JSON.stringify(at ?? "").includes(oldHash) ? started - 1n : head;
      return block < started ? { error: { code: -32602, message: `BlockOutOfRangeError: block height is ${head} but requested was ${block}` } } : undefined;
    },
  };
  const oldHash = (await chain.rpc.block(started - 1n)).hash;
  expect(await failure(take(restarted, { confirmations: 2n }))).toMatchObject({
    code: "LPCTL_ANVIL_STATE_GONE",
    exit: 6,
    why: expect.stringContaining(`the oldest that this one has is that of block ${started}`),
    next: expect.stringMatching(/^lpctl snapshot take, without --block and --confirmations/),
    details: { block: String(started - 1n), oldest: String(started) },
  });
  expect(written()).toEqual([]);
});
