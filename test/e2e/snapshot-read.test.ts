import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { startAnvil, type Anvil } from "../../src/chain/anvil.ts";
import { MULTICALL3 } from "../../src/chain/bulk-calls.ts";
import { Rpc, type BlockHeader } from "../../src/chain/rpc.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";
import { readMany } from "../../src/snapshot/read/read-many.ts";
import { readSlots } from "../../src/snapshot/read/read-slots.ts";
import { compileFixture } from "../unit/simulation/fixture-contracts.ts";
import { startHostileRpc, type Asked, type Behaviour, type HostileRpc } from "./hostile-rpc.ts";

/** Returns the word in the slot that it is asked for; reverts where that is zero. */
const CODE: Hex = "0x600435548015600f575f5260205ff35b5f5ffd";
const CONTRACT: Address = "0x00000000000000000000000000000000000C0DE1";
const COUNT = 400;

let anvil: Anvil;
let block: BlockHeader;
const slots = new Uint8Array(COUNT * 32);
const expected = new Uint8Array(COUNT * 32);
const data = new Uint8Array(COUNT * 36);

beforeAll(async () => {
  anvil = await startAnvil();
  await anvil.rpc.request("anvil_setCode", [CONTRACT, CODE], z.unknown());
  for (let index = 0; index < COUNT; index++) {
    new DataView(slots.buffer).setUint32(index * 32 + 28, index);
    new DataView(expected.buffer).setUint32(index * 32 + 28, index * 7);
    data.set(slots.subarray(index * 32, (index + 1) * 32), index * 36 + 4);
  }
  const word = (value: number): string => `0x${value.toString(16).padStart(64, "0")}`;
  await Promise.all(Array.from({ length: COUNT }, (_, index) => anvil.rpc.request("anvil_setStorageAt", [CONTRACT, word(index), word(index * 7)], z.unknown())));
  await anvil.rpc.request("evm_mine", [], z.unknown());
  block = await anvil.rpc.block("latest");
  // What comes after is not of that block; what anvil is told before the next one is.
  await anvil.rpc.request("evm_mine", [], z.unknown());
  await anvil.rpc.request("anvil_setStorageAt", [CONTRACT, word(5), word(999)], z.unknown());
  await anvil.rpc.request("evm_mine", [], z.unknown());
});
afterAll(() => anvil.stop());

async function before(behaviour: Behaviour): Promise<{ rpc: Rpc; hostile: HostileRpc }> {
  const hostile = await startHostileRpc(anvil.url, behaviour);
  onTestFinished(() => hostile.stop());
  return { rpc: new Rpc(hostile.url, { timeoutMs: 5_000 }), hostile };
}

const isLens = ({ method, params }: Asked): boolean => method === "eth_call" && params.length === 3;
const slotsIn = ({ params }: Asked): number => (z.object({ data: z.string() }).parse(params[0]).data.length - 2) / 64;
const refusal = (message: string): { error: { code: number; message: string } } => ({ error: { code: -32000, message } });
const questions = { contract: CONTRACT, data, questionBytes: 36, words: 1 };

function asked(hostile: HostileRpc, method: string): Asked[] {
  return hostile.requests.flatMap((request) => request.asked).filter((each) => each.method === method);
}

test("all words of the block come in one call, and none of a later block", async () => {
  const { rpc, hostile } = await before({});
  const progress: number[] = [];
  expect(await readSlots(rpc, CONTRACT, slots, { block, onProgress: ({ done }) => progress.push(done) })).toEqual(expected);
  expect(progress).toEqual([0, COUNT]);
  expect(asked(hostile, "eth_getStorageAt")).toEqual([]);
  // One to see whether the node takes a lens, one for all.
  expect(asked(hostile, "eth_call")).toHaveLength(2);
});

test("a node that bears little at once gets less, and one that cuts its answers is not believed", async () => {
  const capped = await before({ instead: (each) => (isLens(each) && slotsIn(each) > 45 ? refusal("out of gas: gas required exceeds: 50000000") : undefined) });
  expect(await readSlots(capped.rpc, CONTRACT, slots, { block })).toEqual(expected);
  const sizes = asked(capped.hostile, "eth_call").map(slotsIn).filter((size) => size > 1 && size <= 45);
  // Halved until it passed, then widened again.
  expect(sizes[0]).toBe(25);
  expect(Math.max(...sizes)).toBe(40);
  const cutting = await before({ distort: (each, result) => (isLens(each) && String(result).length > 2_000 ? String(result).slice(0, 2_000) : result) });
  expect(await readSlots(cutting.rpc, CONTRACT, slots, { block })).toEqual(expected);
  expect(asked(cutting.hostile, "eth_getStorageAt")).toEqual([]);
});

test.each<[name: string, behaviour: Behaviour]>([
  ["refuses another code", { instead: (each) => (isLens(each) ? { error: { code: -32602, message: "too many arguments, want at most 2" } } : undefined) }],
  ["passes over another code", { instead: (each) => (isLens(each) ? { result: "0x" } : undefined) }],
  ["takes another code only where there is none", { instead: (each) => (isLens(each) && slotsIn(each) > 1 ? { result: `0x${"00".repeat(32)}` } : isLens(each) && JSON.stringify(each.params).includes(CONTRACT) ? { result: "0x" } : undefined) }],
])("a node that %s is read word by word", async (_, behaviour) => {
  const { rpc, hostile } = await before(behaviour);
  expect(await readSlots(rpc, CONTRACT, slots, { block })).toEqual(expected);
  expect(asked(hostile, "eth_getStorageAt").length).toBeGreaterThanOrEqual(COUNT);
  expect(hostile.requests.filter((request) => request.asked.some(({ method }) => method === "eth_getStorageAt")).length).toBeLessThan(20);
});

test("a node that knows no hashes for blocks is read by number, and not once the block is another", async () => {
  let isReplaced = false;
  const behaviour: Behaviour = {
    instead: ({ params }) => (JSON.stringify(params).includes("blockHash") ? { error: { code: -32602, message: "invalid argument 1: hex string expected" } } : undefined),
    distort: ({ method, params }, result) => (isReplaced && method === "eth_getBlockByNumber" && params[0] !== "latest" ? { ...z.looseObject({}).parse(result), hash: `0x${"ab".repeat(32)}` } : result),
  };
  const { rpc } = await before(behaviour);
  expect(await readSlots(rpc, CONTRACT, slots, { block })).toEqual(expected);
  const replacing = readSlots(rpc, CONTRACT, slots, {
    block,
    onProgress: ({ done }) => {
      isReplaced = done === COUNT;
    },
  });
  await expect(replacing).rejects.toMatchObject({ code: "LPCTL_SNAPSHOT_REORG", exit: 6 });
});

test("a reading that was ended goes on where it was, past a line that was cut off or changed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lpctl-read-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const cachePath = join(folder, "of-contract.chunks");
  const small = (each: Asked): boolean => isLens(each) && slotsIn(each) > 40;
  // From the fourth good answer on, the connection just ends.
  let good = 0;
  const dying = await before({ instead: (each) => (small(each) ? refusal("execution aborted (timeout = 5s)") : undefined), dies: (each) => isLens(each) && !small(each) && ++good > 4 });
  await expect(readSlots(dying.rpc, CONTRACT, slots, { block, cachePath, inFlight: 1 })).rejects.toMatchObject({ code: "LPCTL_RPC_UNREACHABLE" });
  expect(existsSync(cachePath)).toBe(true);
  const lines = readFileSync(cachePath, "utf8").trim().split("\n");
  expect(lines).toHaveLength(4);
  // A digit of the second chunk is another now, and a third one was being written.
  writeFileSync(cachePath, `${lines[0]}\n${lines[1]}\n${lines[2]?.replace(/AA(?=[^A])/, "AB")}\n`);
  appendFileSync(cachePath, lines[3]?.slice(0, 30) ?? "");
  const again = await before({});
  const first: number[] = [];
  expect(await readSlots(again.rpc, CONTRACT, slots, { block, cachePath, onProgress: ({ done }) => first.push(done) })).toEqual(expected);
  const kept = Number(lines[1]?.split(" ")[1]);
  expect(first[0]).toBe(kept);
  const silent = await before({});
  expect(await readSlots(silent.rpc, CONTRACT, slots, { block, cachePath })).toEqual(expected);
  expect(asked(silent.hostile, "eth_call")).toHaveLength(1);
  const other = await anvil.rpc.block("latest");
  await expect(readSlots(anvil.rpc, CONTRACT, slots, { block: other, cachePath })).rejects.toMatchObject({ code: "LPCTL_SNAPSHOT_CACHE_OTHER", exit: 3 });
});

test("view functions give the same through a lens, through Multicall3 and in batches, with what reverts marked", async () => {
  const { runtimeBytecode } = await compileFixture("ManyCalls");
  const noLens = { instead: (each: Asked) => (isLens(each) ? refusal("state override is not supported") : undefined) };
  const lens = await before({});
  const batches = await before(noLens);
  const fromLens = await readMany(lens.rpc, questions, { block });
  expect(fromLens.words).toEqual(expected);
  expect([...fromLens.answered]).toEqual(Array.from({ length: COUNT }, (_, index) => (index === 0 ? 0 : 1)));
  expect(await readMany(batches.rpc, questions, { block })).toEqual(fromLens);
  expect(asked(batches.hostile, "eth_call").length).toBeGreaterThan(COUNT);

  await anvil.rpc.request("anvil_setCode", [MULTICALL3, runtimeBytecode], z.unknown());
  await anvil.rpc.request("anvil_setStorageAt", [CONTRACT, `0x${"5".padStart(64, "0")}`, `0x${(35).toString(16).padStart(64, "0")}`], z.unknown());
  await anvil.rpc.request("evm_mine", [], z.unknown());
  const later = await anvil.rpc.block("latest");
  const multicall = await before(noLens);
  expect(await readMany(multicall.rpc, questions, { block: later })).toEqual(fromLens);
  expect(asked(multicall.hostile, "eth_call").length).toBeLessThan(10);
  await expect(readMany(multicall.rpc, { ...questions, words: 2 }, { block: later })).rejects.toMatchObject({ code: "LPCTL_SNAPSHOT_ANSWER_UNEXPECTED" });
});

test("a lie about one word is the same whenever it is read", async () => {
  const { rpc } = await before({ distort: (each, result) => (isLens(each) && slotsIn(each) === COUNT ? `${String(result).slice(0, -2)}ff` : result) });
  const lie = await readSlots(rpc, CONTRACT, slots, { block });
  expect(lie).not.toEqual(expected);
  expect(await readSlots(rpc, CONTRACT, slots, { block })).toEqual(lie);
});
