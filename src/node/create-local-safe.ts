import type { Rpc } from "../chain/rpc.ts";
import type { Address } from "../protocol/hex.ts";
import { createSafe, deploySafeContracts, type SendTransaction } from "../safe/deploy-local.ts";
import { localAccounts } from "./local-accounts.ts";
import { sendUnlocked } from "./setup-sender.ts";

const THRESHOLD = 2n;
const SALT_NONCE = 1n;

/** Puts the official Safe contracts on a local chain and makes the 2-of-3 Safe of the published test owners. */
export async function createLocalSafe(rpc: Rpc): Promise<Address> {
  const accounts = localAccounts();
  const send = await unlockedSender(rpc, accounts.deployer.address);
  await deploySafeContracts({ rpc, send });
  const owners = [accounts["owner-1"].address, accounts["owner-2"].address, accounts["owner-3"].address];
  return createSafe({ rpc, send, owners, threshold: THRESHOLD, saltNonce: SALT_NONCE });
}

/** Sends from an account the local node has unlocked; several may be under way at once. */
async function unlockedSender(rpc: Rpc, from: Address): Promise<SendTransaction> {
  let nonce = await rpc.nonce(from);
  return async ({ to, data, valueWei }) => {
    const own = nonce;
    nonce += 1n;
    return sendUnlocked(rpc, from, own, { to, data, valueWei });
  };
}
