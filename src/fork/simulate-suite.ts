import { keccak256 } from "ethers/crypto";
import { z } from "zod";
import { readDumpedAccounts } from "../chain/anvil-dump.ts";
import { startAnvil } from "../chain/anvil.ts";
import { receiptSchema } from "../chain/rpc-schemas.ts";
import { formatTag, type Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { PlannedTransaction } from "../genesis/transaction-plan.ts";
import { hash32Schema, hexSchema, type Address, type Hex } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import { slotWordsOf, type SlotWords } from "../snapshot/trie/storage-root.ts";

/** What deploying the suite leaves in one contract. */
export interface DeployedWords {
  /** Ascending, none zero. Those of managers depend on the block in which they are made. */
  words: SlotWords;
  codeHash: Hex;
}

export interface SuiteSimulation {
  /** By address in lower case. */
  byAddress: ReadonlyMap<string, DeployedWords>;
  gasUsed: bigint;
}

const GAS_PER_TRANSACTION = 16_000_000n;
const BLOCK_GAS_LIMIT = 1_000_000_000n;
/** Only of this chain of a moment. */
const ENDLESS_WEI = 10n ** 30n;

const dumpedSchema = z.object({ code: hexSchema, storage: z.record(hash32Schema, hash32Schema) });

/**
 * Deploys the suite on an empty chain of the same id, at the same height: a suite makes everything it needs, so nothing of the
 * real chain is missing there.
 * @throws LPCTL_FORK_WOULD_REVERT
 */
export async function simulateSuite(plan: { from: Address; firstNonce: bigint; transactions: readonly PlannedTransaction[] }, at: { chainId: bigint; block: bigint; timestampSeconds: bigint }): Promise<SuiteSimulation> {
  const anvil = await startAnvil({ chainId: at.chainId, genesisBlock: at.block, genesisTimestampSeconds: at.timestampSeconds, accounts: 0, gasLimit: BLOCK_GAS_LIMIT });
  try {
    const { rpc } = anvil;
    await Promise.all([
      rpc.request("anvil_setNonce", [plan.from, formatTag(plan.firstNonce)], z.unknown()),
      rpc.request("anvil_setBalance", [plan.from, formatTag(ENDLESS_WEI)], z.unknown()),
      rpc.request("anvil_impersonateAccount", [plan.from], z.unknown()),
    ]);
    let gasUsed = 0n;
    for (const [index, transaction] of plan.transactions.entries()) gasUsed += await deploy(rpc, plan.from, transaction, index, plan.transactions.length);
    return { byAddress: await readDeployed(rpc), gasUsed };
  } finally {
    await anvil.stop();
  }
}

async function deploy(rpc: Rpc, from: Address, { id, title, to, data, valueWei }: PlannedTransaction, index: number, count: number): Promise<bigint> {
  const request = { from, ...(to === null ? {} : { to }), data, value: formatTag(valueWei), gas: formatTag(GAS_PER_TRANSACTION) };
  const receipt = await rpc.request("eth_sendTransactionSync", [request], receiptSchema);
  if (receipt.status !== "reverted") return receipt.gasUsed;
  throw new LpctlError({
    code: "LPCTL_FORK_WOULD_REVERT",
    exit: Exit.reverted,
    message: `Transaction ${index + 1} of ${count} would revert: ${printable(title)} (${printable(id)})`,
    why: "deploying the suite on an empty chain stopped there",
    next: "Look at the parameters in the fork file, and at the code that the snapshot has",
    details: { id, index },
  });
}

async function readDeployed(rpc: Rpc): Promise<Map<string, DeployedWords>> {
  return new Map(
    [...(await readDumpedAccounts(rpc, dumpedSchema))]
      .filter(([, { code }]) => code !== "0x")
      .map(([address, { code, storage }]) => {
        const words = Object.entries(storage)
          .filter(([, value]) => BigInt(value) !== 0n)
          .map(([slot, value]) => [hash32Schema.parse(slot), value] as const)
          .sort(([left], [right]) => (left < right ? -1 : 1));
        return [address.toLowerCase(), { words: slotWordsOf(words), codeHash: keccak256(code) as Hex }] as const;
      }),
  );
}
