import { AbiCoder, Interface } from "ethers";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { Rpc, type Log, type Transport } from "../../../src/chain/rpc.ts";
import type { Hex } from "../../../src/protocol/hex.ts";
import { decodeAggregated, encodeAggregate } from "../../../src/chain/bulk-calls.ts";
import { scanLogs } from "../../../src/voting/tally/scan-logs.ts";
import { loadTallyCache } from "../../../src/voting/tally/tally-cache.ts";
import { account } from "./tally-fixtures.ts";

const multicall = new Interface(["function aggregate3((address target, bool allowFailure, bytes callData)[] calls) payable returns ((bool success, bytes returnData)[])"]);

test("many calls in one are encoded as a general codec does it, and their answers read", () => {
  const calls = [{ to: account("a"), data: "0x12345678" as const }, { to: account("b"), data: `0x${"ab".repeat(68)}` as const }, { to: account("c"), data: "0x" as const }];
  expect(encodeAggregate(calls)).toBe(multicall.encodeFunctionData("aggregate3", [calls.map(({ to, data }) => [to, true, data])]));
  const answers: [boolean, Hex][] = [[true, `0x${"01".repeat(32)}`], [false, "0x08c379a0"], [true, "0x"]];
  const encoded = AbiCoder.defaultAbiCoder().encode(["tuple(bool,bytes)[]"], [answers]) as Hex;
  expect(decodeAggregated(encoded, 3)).toEqual([`0x${"01".repeat(32)}`, undefined, "0x"]);
  expect(() => decodeAggregated(encoded, 2)).toThrow(RangeError);
  expect(() => decodeAggregated(encoded.slice(0, -64) as Hex, 3)).toThrow(RangeError);
});

/** A chain of empty blocks with a log in some; `fork` changes the hashes from a block on. */
function chainOf(logsIn: bigint[], fork: { from: bigint } = { from: 1n << 60n }): { rpc: Rpc; asked: [bigint, bigint][] } {
  const asked: [bigint, bigint][] = [];
  const hashOf = (number: bigint): Hex => `0x${(number + (number >= fork.from ? 1n << 200n : 0n)).toString(16).padStart(64, "0")}`;
  const filterSchema = z.object({ fromBlock: z.string(), toBlock: z.string() });
  const transport: Transport = {
    endpoint: { origin: "test", redact: (text) => text },
    send: (method, [first]) => {
      if (method === "eth_getBlockByNumber") return Promise.resolve({ number: String(first), hash: hashOf(BigInt(String(first))), timestamp: "0x0" });
      const { fromBlock, toBlock } = filterSchema.parse(first);
      const [from, to] = [BigInt(fromBlock), BigInt(toBlock)];
      asked.push([from, to]);
      const found = logsIn.filter((number) => number >= from && number <= to);
      return Promise.resolve(found.map((number) => ({ address: account("p"), topics: [], data: "0x", blockNumber: `0x${number.toString(16)}`, transactionHash: hashOf(number), logIndex: "0x0" })));
    },
  };
  return { rpc: new Rpc("http://test.invalid", { transport }), asked };
}

const scan = { name: "s", filter: {}, fromBlock: 1n, pick: (log: Log) => log.blockNumber.toString(), schema: z.string() };

test("a scan goes on where it was, over later blocks, and past a cache that was cut off", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lpctl-scan-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "cache.ndjson");
  const { rpc, asked } = chainOf([5n, 30_000n, 70_000n]);
  expect(await scanLogs(rpc, await loadTallyCache(path), { ...scan, toBlock: 50_000n })).toEqual(["5", "30000"]);
  expect(asked).toEqual([[1n, 20_000n], [20_001n, 40_000n], [40_001n, 50_000n]]);
  asked.length = 0;
  await writeFile(path, (await readFile(path, "utf8")).slice(0, -20));
  expect(await scanLogs(rpc, await loadTallyCache(path), { ...scan, toBlock: 50_000n })).toEqual(["5", "30000"]);
  expect(asked).toEqual([[40_001n, 50_000n]]);
  asked.length = 0;
  expect(await scanLogs(rpc, await loadTallyCache(path), { ...scan, toBlock: 70_000n })).toEqual(["5", "30000", "70000"]);
  expect(asked).toEqual([[50_001n, 70_000n]]);
});

test("what a reorganisation replaced is read again, and only that", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lpctl-scan-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "cache.ndjson");
  await scanLogs(chainOf([5n, 30_000n]).rpc, await loadTallyCache(path), { ...scan, toBlock: 50_000n });
  const forked = chainOf([5n, 45_000n], { from: 25_000n });
  expect(await scanLogs(forked.rpc, await loadTallyCache(path), { ...scan, toBlock: 50_000n })).toEqual(["5", "45000"]);
  expect(forked.asked).toEqual([[20_001n, 40_000n], [40_001n, 50_000n]]);
  const again = chainOf([5n, 45_000n], { from: 25_000n });
  expect(await scanLogs(again.rpc, await loadTallyCache(path), { ...scan, toBlock: 50_000n })).toEqual(["5", "45000"]);
  expect(again.asked).toEqual([]);
});
