import { z } from "zod";
import { receiptSchema, rpcAddressSchema } from "../chain/rpc-schemas.ts";
import { formatTag, type Receipt, type Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import { hash32Schema, hexSchema, quantitySchema } from "../protocol/hex.ts";
import type { AddressBook } from "./contract-book.ts";
import { startFork, withFork } from "./fork.ts";
import { observeTransaction, type Observation } from "./observe-transaction.ts";

const minedSchema = z.object({
  hash: hash32Schema,
  from: rpcAddressSchema,
  to: rpcAddressSchema.nullish(),
  input: hexSchema,
  value: quantitySchema,
  gas: quantitySchema,
});
const blockSchema = z.object({ timestamp: quantitySchema, gasLimit: quantitySchema, transactions: z.array(minedSchema) });

/**
 * Runs a mined transaction again on a fork of the block before it, in one block with everything that came before it,
 * and traces it there. Believed only when it emitted the same events with the same outcome.
 * @throws LPCTL_SIMULATION_REPLAY_DIFFERS
 */
export async function observeReplayed(rpc: Rpc, mined: Receipt, book: AddressBook): Promise<Observation> {
  const block = await rpc.request("eth_getBlockByNumber", [formatTag(mined.blockNumber), true], blockSchema);
  const upTo = block.transactions.findIndex((transaction) => transaction.hash === mined.transactionHash);
  return withFork(await startFork(rpc.url, mined.blockNumber - 1n), async (fork) => {
    const ask = (method: string, params: unknown[]) => fork.rpc.request(method, params, z.unknown());
    await ask("evm_setAutomine", [false]);
    await ask("anvil_setNextBlockBaseFeePerGas", ["0x0"]);
    await ask("evm_setNextBlockTimestamp", [formatTag(block.timestamp)]);
    const before = block.transactions.slice(0, upTo + 1);
    const reads = before.map(({ from, to, input, value }) => ({ from, to: to ?? null, data: input, valueWei: value }));
    const replayed = await fork.witness.whileSending(() =>
      fork.witness.whileRunning({ reads }, async () => {
        let last = mined.transactionHash;
        for (const { from, to, input, value, gas } of before) {
          await ask("anvil_impersonateAccount", [from]);
          const request = { from, ...(to ? { to } : {}), data: input, value: formatTag(value), gas: formatTag(gas), gasPrice: "0x0" };
          last = await fork.rpc.request("eth_sendTransaction", [request], hash32Schema);
        }
        await ask("evm_mine", []);
        return last;
      }),
    );
    const receipt = await fork.rpc.request("eth_getTransactionReceipt", [replayed], receiptSchema);
    if (summary(receipt) !== summary(mined)) throw differs(rpc, mined);
    return observeTransaction(fork.rpc, receipt, book);
  });
}

/** What must be the same on the chain and on the fork. */
function summary({ status, gasUsed, logs }: Receipt): string {
  return JSON.stringify([status, gasUsed.toString(), logs.map(({ address, topics, data }) => [address, topics, data])]);
}

function differs(rpc: Rpc, mined: Receipt): LpctlError {
  return new LpctlError({
    code: "LPCTL_SIMULATION_REPLAY_DIFFERS",
    exit: Exit.different,
    message: `Transaction ${mined.transactionHash} cannot be run again as it was mined`,
    why: `the RPC at ${rpc.origin} does not trace transactions, and on a fork of the block before it came out differently`,
    next: "Use an endpoint that offers debug_traceTransaction",
    details: { transaction: mined.transactionHash },
  });
}
