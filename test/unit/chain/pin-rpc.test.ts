import { expect, test } from "vitest";
import { recordRpc } from "../../../src/chain/record-rpc.ts";
import { Rpc } from "../../../src/chain/rpc.ts";
import { Exit, LpctlError } from "../../../src/errors.ts";
import type { Address } from "../../../src/protocol/hex.ts";

const ADDRESS: Address = "0x00000000000000000000000000000000000000AA";
const OTHER: Address = "0x00000000000000000000000000000000000000Bb";
const HASH = `0x${"11".repeat(32)}`;

/** An endpoint whose chain grows with every question, and that counts what it is asked. */
function growing(answer: (method: string, params: unknown[]) => unknown = () => "0x6001"): { rpc: Rpc; asked: string[] } {
  const asked: string[] = [];
  let number = 6;
  const rpc = new Rpc("http://127.0.0.1:1", {
    transport: {
      endpoint: { origin: "here", redact: (text) => text },
      async send(method, params) {
        asked.push(`${method} ${JSON.stringify(params)}`);
        number += 1;
        if (method === "eth_getBlockByNumber") return { number: `0x${number.toString(16)}`, hash: HASH, parentHash: HASH, timestamp: "0x5", baseFeePerGas: null };
        return answer(method, params);
      },
    },
  });
  return { rpc, asked };
}

test("a pinned endpoint speaks of one block, is asked nothing twice, and stays as it is when it is pinned again", async () => {
  const { rpc, asked } = growing();
  const first = await recordRpc(rpc);
  await first.rpc.code(ADDRESS);
  await first.rpc.code(ADDRESS, 7n);
  const second = await recordRpc(first.rpc);
  await second.rpc.code(ADDRESS);
  expect([await second.rpc.blockNumber(), second.block.number, second.rpc.pinnedAt?.number]).toEqual([7n, 7n, 7n]);
  expect(asked).toEqual(['eth_getBlockByNumber ["latest",false]', `eth_getCode ["${ADDRESS}","0x7"]`]);
  expect(second.answers()).toEqual(first.answers());
});

test("what was only asked ahead is in no record, and is there when it is asked for", async () => {
  const { rpc, asked } = growing();
  const { rpc: recorded, answers } = await recordRpc(rpc);
  recorded.askAhead((ahead) => Promise.all([ahead.code(ADDRESS), ahead.code(OTHER)]));
  expect(asked).toHaveLength(3);
  expect(answers().map(({ method }) => method)).toEqual(["eth_getBlockByNumber"]);
  expect(await recorded.code(ADDRESS)).toBe("0x6001");
  expect(asked).toHaveLength(3);
  expect(answers()).toMatchObject([{ method: "eth_getBlockByNumber" }, { method: "eth_getCode", params: [ADDRESS, "0x7"], result: "0x6001" }]);
});

test("nothing is asked ahead where nothing is remembered, and a failure ahead is forgotten", async () => {
  let failures = 1;
  const { rpc, asked } = growing(() => {
    if (failures-- > 0) throw new LpctlError({ code: "LPCTL_RPC_TIMEOUT", exit: Exit.network, message: "silence" });
    return "0x6002";
  });
  rpc.askAhead((ahead) => ahead.code(ADDRESS));
  expect(asked).toEqual([]);
  const { rpc: recorded } = await recordRpc(rpc);
  recorded.askAhead((ahead) => ahead.code(ADDRESS));
  // In a later turn, when that has failed.
  await new Promise((resolve) => setImmediate(resolve));
  expect(await recorded.code(ADDRESS)).toBe("0x6002");
});
