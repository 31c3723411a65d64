import { expect, test } from "vitest";
import { z } from "zod";
import { readAuthority, readCaller } from "../../../src/authority/climb.ts";
import { startAnvil } from "../../../src/chain/anvil.ts";
import { pinRpc } from "../../../src/chain/pin-rpc.ts";
import { readProxyShape } from "../../../src/chain/proxy-shape.ts";
import type { Address } from "../../../src/protocol/hex.ts";

const LOOPING: Address = "0x00000000000000000000000000000000000A11cE";
/** JUMPDEST, PUSH1 0, JUMP. */
const LOOP = "0x5b600056";

/** Without a limit each of the forty questions would use the whole block's gas, which takes many seconds. */
test("a contract that loops is asked what it is within a limit, on a chain with a huge one", { timeout: 15_000 }, async () => {
  const anvil = await startAnvil({ accounts: 0, gasLimit: 5_000_000_000n });
  try {
    await anvil.rpc.request("anvil_setCode", [LOOPING, LOOP], z.unknown());
    const pinned = await pinRpc(anvil.rpc);
    expect(await readAuthority(pinned.rpc, LOOPING)).toEqual({ kind: "unknown", address: LOOPING });
    expect(await readProxyShape(anvil.rpc, LOOPING)).toBeUndefined();
    await expect(readCaller(anvil.rpc, { to: LOOPING, valueWei: 0n, data: "0x12345678" })).rejects.toMatchObject({ code: "LPCTL_AUTHORITY_UNKNOWN" });
    await expect(anvil.rpc.call({ to: LOOPING })).rejects.toMatchObject({ code: "LPCTL_CHAIN_CALL_REVERTED" });
  } finally {
    await anvil.stop();
  }
});
