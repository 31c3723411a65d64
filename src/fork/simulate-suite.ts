import { z } from "zod";
import { startAnvil } from "../chain/anvil.ts";
import { formatTag } from "../chain/rpc.ts";
import { predictGenesis } from "../genesis/predict-genesis.ts";
import type { DeployedProfile } from "../genesis/plan-profile.ts";
import type { PlannedTransaction } from "../genesis/transaction-plan.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { Artifact } from "../solidity/artifact.ts";
import { slotWordsOf, type SlotWords } from "../snapshot/trie/storage-root.ts";

/** What deploying the suite leaves in one contract. */
export interface DeployedWords {
  /** Ascending, none zero. */
  words: SlotWords;
  /** Slots whose word depends on the block. */
  unsure: ReadonlySet<Hex>;
  codeHash: Hex | undefined;
}

export interface SuiteSimulation {
  byAddress: ReadonlyMap<string, DeployedWords>;
  gasUsed: bigint;
}

/**
 * Deploys the suite on an empty chain of the same id, twice in different blocks: a suite makes everything it needs, so
 * nothing of the real chain is missing there.
 * @throws LPCTL_GENESIS_WOULD_REVERT
 */
export async function simulateSuite(plan: { from: Address; firstNonce: bigint; transactions: readonly PlannedTransaction[] }, deployed: DeployedProfile, artifacts: readonly Artifact[], at: { chainId: bigint; block: bigint; timestampSeconds: bigint }): Promise<SuiteSimulation> {
  const anvil = await startAnvil({ chainId: at.chainId, genesisBlock: at.block, genesisTimestampSeconds: at.timestampSeconds, accounts: 0 });
  try {
    await anvil.rpc.request("anvil_setNonce", [plan.from, formatTag(plan.firstNonce)], z.unknown());
    const { accounts, gasUsed } = await predictGenesis({ rpcUrl: anvil.url, plan, artifacts, contracts: deployed });
    const byAddress = new Map(
      accounts.map(({ address, storage, codeHash }) => {
        const words = storage.filter(({ value }) => BigInt(value) !== 0n).toSorted((left, right) => (left.slot < right.slot ? -1 : 1));
        const unsure = new Set(storage.flatMap(({ slot, dependsOn }) => (dependsOn === undefined ? [] : [slot])));
        return [address.toLowerCase(), { words: slotWordsOf(words.map(({ slot, value }) => [slot, value] as const)), unsure, codeHash }] as const;
      }),
    );
    return { byAddress, gasUsed };
  } finally {
    await anvil.stop();
  }
}
