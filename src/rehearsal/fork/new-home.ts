import { mkdir, rm } from "node:fs/promises";
import { z } from "zod";
import { startAnvil } from "../../chain/anvil.ts";
import { formatTag } from "../../chain/rpc.ts";
import { LOCAL_ACCOUNT_COUNT, localAccounts } from "../../node/local-accounts.ts";
import type { Hex } from "../../protocol/hex.ts";
import type { Stage } from "../stage.ts";

const CHAIN_ID = 31_338n;
const BLOCK_GAS_LIMIT = 1_000_000_000n;

/** Another chain, old enough for a round of the original to be under way there, with nothing on it. The protocol comes later. */
export async function openNewHome(original: Stage, folder: string, ageBlocks: bigint): Promise<Stage> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const anvil = await startAnvil({ chainId: CHAIN_ID, accounts: LOCAL_ACCOUNT_COUNT, gasLimit: BLOCK_GAS_LIMIT });
  try {
    await anvil.rpc.request("anvil_mine", [formatTag(ageBlocks)], z.unknown());
    return {
      ...original,
      project: { ...original.project, folder, network: "fork", chainId: CHAIN_ID, controller: undefined, rpc: anvil.rpc },
      stop: () => anvil.stop(),
    };
  } catch (error) {
    await anvil.stop();
    throw error;
  }
}

/** What a person would write to have the fork: one parameter is another. */
export function forkFile(snapshot: { folder: string; id: Hex }, forkBlock: bigint, parameter: { id: string; value: string }): string {
  return `schema: 1
chainId: ${CHAIN_ID}
snapshot:
  folder: ${JSON.stringify(snapshot.folder)}
  identity: "${snapshot.id}"
governance:
  owner: "${localAccounts().deployer.address}"
  unpause: true
clock: { forkBlock: ${forkBlock} }
parameters:
  ${parameter.id}: ${parameter.value}
`;
}
