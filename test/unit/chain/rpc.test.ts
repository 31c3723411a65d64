import { gzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import { startAnvil } from "../../../src/chain/anvil.ts";
import { readLogs } from "../../../src/chain/logs.ts";
import { readFunction, tryReadFunction } from "../../../src/chain/read-function.ts";
import { Rpc } from "../../../src/chain/rpc.ts";
import { LpctlError } from "../../../src/errors.ts";
import { answerAll, isBatch, sendJson, startServer } from "./hostile-server.ts";
import { ECHO_REVERT_CODE } from "./local-signer.ts";
import type { JsonRequest } from "./hostile-server.ts";
import type { Address } from "../../../src/protocol/hex.ts";
import { z } from "zod";

const SOMEONE: Address = "0x00000000000000000000000000000000000000AA";
const WORD_ONE = `0x${"1".padStart(64, "0")}`;

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function serve(...args: Parameters<typeof startServer>): ReturnType<typeof startServer> {
  const server = await startServer(...args);
  stops.push(server.stop);
  return server;
}

async function failure(promise: Promise<unknown>): Promise<LpctlError> {
  const error: unknown = await promise.then(
    () => new Error("it did not fail"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof LpctlError)) throw error;
  return error;
}

test("sends requests of one turn as one batch and matches shuffled answers by id", async () => {
  const { url, seen } = await serve((body, response) => {
    const answers = answerAll(body, ({ method }) => ({ result: method === "eth_chainId" ? "0x7a69" : "0x5" }));
    sendJson(response, Array.isArray(answers) ? answers.reverse() : answers);
  });
  const rpc = new Rpc(url);
  expect(await Promise.all([rpc.chainId(), rpc.blockNumber(), rpc.nonce(SOMEONE)])).toEqual([31337n, 5n, 5n]);
  expect(seen).toHaveLength(1);
});

test("splits more than a hundred requests", async () => {
  const { url, seen } = await serve((body, response) => sendJson(response, answerAll(body, () => ({ result: "0x1" }))));
  const rpc = new Rpc(url);
  expect(await Promise.all(Array.from({ length: 250 }, () => rpc.blockNumber()))).toHaveLength(250);
  expect(seen.map(({ body }) => (isBatch(body) ? body.length : 1)).sort((a, b) => a - b)).toEqual([50, 100, 100]);
});

test.each([
  ["an error object without id", 200],
  ["HTTP 400 with plain text", 400],
])("falls back to single requests when a server refuses batches with %s", async (_, status) => {
  const { url } = await serve((body, response) => {
    if (!isBatch(body)) return sendJson(response, answerAll(body, () => ({ result: "0x1" })));
    if (status === 400) return void response.writeHead(400).end("batches are not supported");
    sendJson(response, { jsonrpc: "2.0", id: null, error: { code: -32600, message: "batch not allowed" } });
  });
  const rpc = new Rpc(url);
  expect(await Promise.all([rpc.blockNumber(), rpc.chainId(), rpc.blockNumber()])).toEqual([1n, 1n, 1n]);
});

test("says that an HTML page is not a node, without printing escape sequences or the key in the URL", async () => {
  const { url } = await serve((_, response) => void response.writeHead(200, { "content-type": "text/html" }).end("<html>\u001b[31m/v3/0123456789abcdef"));
  const error = await failure(new Rpc(`${url}/v3/0123456789abcdef?token=supersecret`).chainId());
  expect(error.code).toBe("LPCTL_RPC_NOT_JSON");
  expect(error.exit).toBe(6);
  const shown = `${error.message}${error.why}${error.next}${JSON.stringify(error.details)}`;
  expect(shown).toContain("HTML");
  expect(shown).not.toContain("\u001b");
  expect(shown).not.toMatch(/0123456789abcdef|supersecret/);
});

test("gives up on a server that never answers", async () => {
  const { url } = await serve(() => {});
  expect((await failure(new Rpc(url, { timeoutMs: 60 }).chainId())).code).toBe("LPCTL_RPC_TIMEOUT");
});

test("gives up on a server that stops in the middle of its answer", async () => {
  const { url } = await serve((_, response) => void response.writeHead(200, { "content-type": "application/json" }).write('{"jsonrpc":'));
  expect((await failure(new Rpc(url, { timeoutMs: 60 }).chainId())).code).toBe("LPCTL_RPC_TIMEOUT");
});

test("does not unpack an answer that is meant to fill the memory", async () => {
  // 129 MB of blanks pack into 130 kB.
  const bomb = gzipSync(Buffer.alloc(129 * 1024 * 1024, " "), { level: 1 });
  const { url } = await serve((_, response) => void response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" }).end(bomb));
  expect(await failure(new Rpc(url).chainId())).toMatchObject({ code: "LPCTL_RPC_BAD_ANSWER", why: "the answer is longer than 128 MB" });
});

test("reports a server that dies in the middle of its answer", async () => {
  const { url, seen } = await serve((_, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
    response.write('{"jsonrpc":', () => response.destroy());
  });
  expect((await failure(new Rpc(url).chainId())).code).toBe("LPCTL_RPC_UNREACHABLE");
  expect(seen).toHaveLength(2);
});

test("reports a server that is not there, naming host and port only", async () => {
  const { url, stop } = await startServer(() => {});
  await stop();
  const error = await failure(new Rpc(`${url.replace("//", "//user:secretpassword@")}/key-123456`).chainId());
  expect(error.code).toBe("LPCTL_RPC_UNREACHABLE");
  expect(error.message).toContain(url);
  expect(`${error.message}${error.why}`).not.toMatch(/secretpassword|key-123456/);
});

test("refuses an answer to another request", async () => {
  const { url } = await serve((_, response) => sendJson(response, { jsonrpc: "2.0", id: 999_999, result: "0x1" }));
  expect((await failure(new Rpc(url).chainId())).code).toBe("LPCTL_RPC_BAD_ANSWER");
});

test("fails only the request whose answer is missing from a batch", async () => {
  const { url } = await serve((body, response) => {
    const answers = answerAll(body, () => ({ result: "0x1" }));
    sendJson(response, Array.isArray(answers) ? answers.slice(1) : answers);
  });
  const rpc = new Rpc(url);
  const [first, second] = await Promise.allSettled([rpc.chainId(), rpc.blockNumber()]);
  expect(first).toMatchObject({ status: "rejected", reason: { code: "LPCTL_RPC_BAD_ANSWER" } });
  expect(second).toMatchObject({ status: "fulfilled", value: 1n });
});

test("refuses a result of the wrong shape", async () => {
  const { url } = await serve((body, response) => sendJson(response, answerAll(body, () => ({ result: "twelve" }))));
  const error = await failure(new Rpc(url).blockNumber());
  expect(error.code).toBe("LPCTL_RPC_BAD_ANSWER");
  expect(error.why).toContain("not a hex quantity");
});

test("tries a read again when the server is busy, as it asks", async () => {
  const { url, seen } = await serve((body, response, all) => {
    if (all.length === 1) return void response.writeHead(429, { "retry-after": "0" }).end();
    if (all.length === 2) return void response.writeHead(503).end("<html>");
    sendJson(response, answerAll(body, () => ({ result: "0x1" })));
  });
  expect(await new Rpc(url).blockNumber()).toBe(1n);
  expect(seen).toHaveLength(3);
});

test("does not wait longer for a busy server than its deadline", async () => {
  const { url, seen } = await serve((_, response) => void response.writeHead(429, { "retry-after": "3600" }).end());
  const error = await failure(new Rpc(url).chainId());
  expect(error).toMatchObject({ code: "LPCTL_RPC_ERROR", details: { status: 429 } });
  expect(seen).toHaveLength(1);
});

test("never sends a transaction twice by itself", async () => {
  const { url, seen } = await serve((_, response) => void response.writeHead(503).end());
  await failure(new Rpc(url).sendRawTransaction("0x02"));
  expect(seen).toHaveLength(1);
});

test("passes credentials of the URL as a header", async () => {
  const { url, seen } = await serve((body, response) => sendJson(response, answerAll(body, () => ({ result: "0x1" }))));
  await new Rpc(url.replace("//", "//me:p%40ss@")).chainId();
  expect(seen[0]?.authorization).toBe(`Basic ${Buffer.from("me:p@ss").toString("base64")}`);
});

test.each(["ws://127.0.0.1:1", "not a url", "file:///etc/passwd"])("refuses %s as an RPC URL", (url) => {
  expect(() => new Rpc(url)).toThrow(expect.objectContaining({ code: "LPCTL_RPC_BAD_URL", exit: 2 }));
});

test.each([
  ["geth", { code: 3, message: "execution reverted: no", data: "0x08c379a0" }, "0x08c379a0"],
  ["Nethermind", { code: -32015, message: "VM execution error.", data: "Reverted 0xABCD" }, "0xabcd"],
  ["Hardhat", { code: -32603, message: "VM Exception: revert", data: { message: "x", data: "0x1234" } }, "0x1234"],
  ["one that says nothing", { code: -32000, message: "execution reverted" }, "0x"],
])("finds the revert data that %s gives", async (_, error, data) => {
  const { url } = await serve((body, response) => sendJson(response, answerAll(body, () => ({ error }))));
  expect(await failure(new Rpc(url).call({ to: SOMEONE }))).toMatchObject({ code: "LPCTL_CHAIN_CALL_REVERTED", exit: 4, details: { data } });
});

test("reads a real chain, and its reverts", async () => {
  const anvil = await startAnvil();
  stops.push(anvil.stop);
  const { rpc } = anvil;
  await rpc.request("anvil_setCode", [SOMEONE, ECHO_REVERT_CODE], z.unknown());
  const [head, code, word, balance] = await Promise.all([rpc.block("latest"), rpc.code(SOMEONE), rpc.storage(SOMEONE, 7n), rpc.balanceWei(SOMEONE)]);
  expect({ code, word, balance }).toEqual({ code: ECHO_REVERT_CODE, word: `0x${"0".repeat(64)}`, balance: 0n });
  expect(head.hash).toMatch(/^0x[0-9a-f]{64}$/);
  expect(await failure(rpc.call({ to: SOMEONE, data: "0x1234" }))).toMatchObject({ code: "LPCTL_CHAIN_CALL_REVERTED", details: { data: "0x1234" } });
  expect((await failure(readFunction(rpc, "0x00000000000000000000000000000000000000bb" as Address, "function owner() view returns (address)"))).code).toBe("LPCTL_CHAIN_NOT_THAT_CONTRACT");
  expect(await tryReadFunction(rpc, SOMEONE, "function owner() view returns (address)")).toBeUndefined();
  expect((await failure(rpc.block(99n))).code).toBe("LPCTL_CHAIN_NO_BLOCK");
});

test("still reports the network when a function is only tried", async () => {
  const { url } = await serve((_, response) => void response.writeHead(200).end("<html>"));
  expect((await failure(tryReadFunction(new Rpc(url), SOMEONE, "function owner() view returns (address)"))).code).toBe("LPCTL_RPC_NOT_JSON");
});

test("reads logs in ever smaller ranges until the provider agrees, in order and each once", async () => {
  const hash = `0x${"ab".repeat(32)}`;
  const ranges: bigint[] = [];
  const { url } = await serve((body, response) => {
    sendJson(
      response,
      answerAll(body, ({ method, params }: JsonRequest) => {
        if (method === "eth_blockNumber") return { result: "0x63" };
        const { fromBlock, toBlock } = z.looseObject({ fromBlock: z.string(), toBlock: z.string() }).parse(params[0]);
        const [from, to] = [BigInt(fromBlock), BigInt(toBlock)];
        if (to - from >= 10n) return { error: { code: -32005, message: "query returned more than 10 results" } };
        ranges.push(to - from + 1n);
        const log = (block: bigint): object => ({ address: SOMEONE, topics: [WORD_ONE], data: "0x", blockNumber: `0x${block.toString(16)}`, transactionHash: hash, logIndex: "0x0" });
        return { result: [log(to), log(from), log(from)] };
      }),
    );
  });
  const logs = await readLogs(new Rpc(url), { fromBlock: 0n, toBlock: "latest" });
  const blocks = logs.map(({ blockNumber }) => blockNumber);
  expect(blocks).toEqual([...blocks].sort((a, b) => Number(a - b)));
  expect(new Set(blocks).size).toBe(blocks.length);
  expect(ranges.reduce((sum, range) => sum + range, 0n)).toBe(100n);
});

test("does not mistake a refused key for a range that is too wide", async () => {
  const { url, seen } = await serve((_, response) => void response.writeHead(401).end("invalid key"));
  expect((await failure(readLogs(new Rpc(url), { fromBlock: 0n, toBlock: 100n }))).code).toBe("LPCTL_RPC_ERROR");
  expect(seen).toHaveLength(1);
});
