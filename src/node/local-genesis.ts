import type { GenesisTerms } from "../genesis/genesis-file.ts";
import type { Address } from "../protocol/hex.ts";

const LPT = 10n ** 18n;
/** What each of the accounts that use a local protocol has. */
export const LOCAL_BALANCE_WEI = 1_000_000n * LPT;

/**
 * The genesis of a chain for tests, as the launch scripts had it: the crowd's tokens lie in a faucet, the company's with the
 * deployer, who keeps the Controller; nobody has a grant.
 */
export function localGenesis(deployer: Address, startSeconds: bigint): GenesisTerms {
  return {
    allocations: { total: 10_000_000n * LPT, crowd: 2_000_000n * LPT, company: 8_000_000n * LPT, team: 0n, investors: 0n, community: 0n },
    grants: { startSeconds, team: [], investors: [], community: [] },
    distribution: { kind: "faucet", requestAmountWei: 10n * LPT, requestWaitHours: 1n },
    bankMultisig: deployer,
    controllerOwner: undefined,
    unpause: true,
  };
}
