import { describe, expect, test } from "vitest";
import { describeEndpoint } from "../../../src/chain/rpc-errors.ts";
import { Rpc, type Transport } from "../../../src/chain/rpc.ts";
import { Exit, LpctlError } from "../../../src/errors.ts";
import type { Address, Hex } from "../../../src/protocol/hex.ts";
import { EXECUTION_FAILURE, EXECUTION_SUCCESS } from "../../../src/safe/execute.ts";
import { readExecutionAt, readExecutions } from "../../../src/safe/read-executions.ts";

const SAFE: Address = "0x1111111111111111111111111111111111111111";
const HEAD = 1_000_000n;

describe("what used the nonces of a Safe", () => {
  test("is counted back from the present nonce, whether the hash is a topic or data", async () => {
    const { known, sinceBlock } = await readExecutions(provider([log(10n, 1), log(10n, 2, { failed: true }), log(900_000n, 3, { isOld: true })]).rpc, safe(7n));
    expect(sinceBlock).toBe(0n);
    expect(known.map(({ nonce, safeTxHash, outcome }) => [nonce, safeTxHash, outcome])).toEqual([
      [6n, hash(3), "success"],
      [5n, hash(2), "failure"],
      [4n, hash(1), "success"],
    ]);
  });

  test("is looked for in windows where a provider refuses the whole chain, and only as far back as asked", async () => {
    const { rpc, ranges } = provider([log(10n, 1), log(930_000n, 2), log(990_000n, 3)], { widestRange: 50_000n });
    const { known, sinceBlock } = await readExecutions(rpc, safe(9n), 7n);
    expect(known.map(({ nonce, safeTxHash }) => [nonce, safeTxHash])).toEqual([[8n, hash(3)], [7n, hash(2)]]);
    expect(sinceBlock).toBe(900_001n);
    expect(ranges.slice(1)).toEqual([[950_001n, HEAD], [900_001n, 950_000n]]);
  });

  test("is unknown, and not somebody else's, when it lies further back than is searched", async () => {
    const { rpc } = provider([log(10n, 1), log(990_000n, 3)], { widestRange: 50_000n });
    expect(await readExecutionAt(rpc, safe(9n), 3n)).toBeUndefined();
    expect((await readExecutions(rpc, safe(9n), 3n)).sinceBlock).toBe(600_001n);
  });

  test("is nothing of a Safe that has done nothing, without a question", async () => {
    const { rpc, ranges } = provider([]);
    expect(await readExecutions(rpc, safe(0n))).toEqual({ known: [], sinceBlock: HEAD });
    expect(ranges).toEqual([]);
  });
});

function safe(nonce: bigint): { address: Address; nonce: bigint; blockNumber: bigint } {
  return { address: SAFE, nonce, blockNumber: HEAD };
}

function hash(digit: number): Hex {
  return `0x${String(digit).repeat(64)}`;
}

interface RawLog {
  block: bigint;
  topics: Hex[];
  data: Hex;
}

function log(block: bigint, digit: number, { failed = false, isOld = false } = {}): RawLog {
  const topic = failed ? EXECUTION_FAILURE : EXECUTION_SUCCESS;
  const payment = "0".repeat(64);
  return isOld ? { block, topics: [topic], data: `${hash(digit)}${payment}` } : { block, topics: [topic, hash(digit)], data: `0x${payment}` };
}

function provider(logs: readonly RawLog[], { widestRange = HEAD * 2n }: { widestRange?: bigint } = {}): { rpc: Rpc; ranges: [bigint, bigint][] } {
  const ranges: [bigint, bigint][] = [];
  const transport: Transport = {
    endpoint: describeEndpoint(new URL("http://127.0.0.1:1")),
    async send(_method, params) {
      const [{ fromBlock, toBlock }] = params as [{ fromBlock: string; toBlock: string }];
      const [from, to] = [BigInt(fromBlock), BigInt(toBlock)];
      ranges.push([from, to]);
      if (to - from >= widestRange) throw new LpctlError({ code: "LPCTL_RPC_ERROR", exit: Exit.network, message: "the range is too wide", next: "ask for less", details: { rpcCode: -32005 } });
      return logs
        .filter(({ block }) => block >= from && block <= to)
        .map(({ block, topics, data }) => ({ address: SAFE, topics, data, blockNumber: `0x${block.toString(16)}`, transactionHash: `0x${"ee".repeat(32)}`, logIndex: `0x${logs.findIndex((one) => one.topics === topics).toString(16)}` }));
    },
  };
  return { rpc: new Rpc("http://127.0.0.1:1", { transport }), ranges };
}
