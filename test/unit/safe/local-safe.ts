import { id } from "ethers/hash";
import { z } from "zod";
import { startAnvil } from "../../../src/chain/anvil.ts";
import type { Anvil } from "../../../src/chain/anvil.ts";
import { pollUntil } from "../../../src/chain/poll.ts";
import type { Rpc } from "../../../src/chain/rpc.ts";
import { LpctlError } from "../../../src/errors.ts";
import { walletSigner } from "../../../src/keys/unlocked-key.ts";
import type { Signer } from "../../../src/keys/signer.ts";
import { hash32Schema } from "../../../src/protocol/hex.ts";
import type { Address, Hex } from "../../../src/protocol/hex.ts";
import { addressSchema } from "../../../src/protocol/address-schema.ts";
import { createSafe, deploySafeContracts } from "../../../src/safe/deploy-local.ts";
import type { SendTransaction } from "../../../src/safe/deploy-local.ts";

export interface LocalSafe {
  anvil: Anvil;
  rpc: Rpc;
  send: SendTransaction;
  safe: Address;
  /** Three owners, two needed. */
  owners: [Signer, Signer, Signer];
}

/** Throw-away keys, the same in every run. */
export function testSigner(name: string): Signer {
  return walletSigner(id(`lpctl test key ${name}`) as Hex);
}

/** Sends from the node's own funded account. */
export async function unlockedSender(rpc: Rpc): Promise<SendTransaction> {
  const [from] = await rpc.request("eth_accounts", [], z.array(addressSchema));
  return async ({ to, data, valueWei }) => {
    const hash = await rpc.request("eth_sendTransaction", [{ from, to, data, value: `0x${valueWei.toString(16)}`, gas: "0x989680" }], hash32Schema);
    return pollUntil(async () => (await rpc.receipt(hash)) ?? undefined, { deadlineMs: 30_000, intervalMs: 10, what: "a receipt" });
  };
}

export async function startLocalSafe(): Promise<LocalSafe> {
  const anvil = await startAnvil();
  const { rpc } = anvil;
  const send = await unlockedSender(rpc);
  await deploySafeContracts({ rpc, send });
  const owners: [Signer, Signer, Signer] = [testSigner("one"), testSigner("two"), testSigner("three")];
  const safe = await createSafe({ rpc, send, owners: owners.map(({ address }) => address), threshold: 2n, saltNonce: 1n });
  return { anvil, rpc, send, safe, owners };
}

/** The code of the refusal, or "accepted". */
export async function refusalOf(attempt: () => unknown): Promise<string> {
  try {
    await attempt();
  } catch (error) {
    if (error instanceof LpctlError) return error.code;
    throw error;
  }
  return "accepted";
}
