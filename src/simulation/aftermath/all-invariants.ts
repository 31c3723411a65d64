import type { Invariant } from "./invariant.ts";
import { delegationsKept } from "./invariants/delegations-kept.ts";
import { earningsKept } from "./invariants/earnings-kept.ts";
import { inflationKept } from "./invariants/inflation-kept.ts";
import { locksKept } from "./invariants/locks-kept.ts";
import { mintedWithinMintable } from "./invariants/minted-within-mintable.ts";
import { minterMayMint } from "./invariants/minter-may-mint.ts";
import { nextStakeAddsUp } from "./invariants/next-stake-adds-up.ts";
import { payersFundsKept } from "./invariants/payers-funds-kept.ts";
import { poolSizeKept } from "./invariants/pool-size-kept.ts";
import { poolSorted } from "./invariants/pool-sorted.ts";
import { registryResolves } from "./invariants/registry-resolves.ts";
import { roundStakeAddsUp } from "./invariants/round-stake-adds-up.ts";
import { roundsContinuous } from "./invariants/rounds-continuous.ts";
import { stakeNotLost } from "./invariants/stake-not-lost.ts";
import { stakePromisedOnce } from "./invariants/stake-promised-once.ts";
import { startFactorsExist } from "./invariants/start-factors-exist.ts";
import { supplyKept } from "./invariants/supply-kept.ts";
import { switchKept } from "./invariants/switch-kept.ts";
import { transcodersKept } from "./invariants/transcoders-kept.ts";
import { vaultCoversFees } from "./invariants/vault-covers-fees.ts";
import { vaultCoversStake } from "./invariants/vault-covers-stake.ts";
import { votesFollowStake } from "./invariants/votes-follow-stake.ts";
import { workKept } from "./invariants/work-kept.ts";

/** Every invariant of a registry protocol, in the order of reading. */
export const INVARIANTS: readonly Invariant[] = [
  vaultCoversStake,
  vaultCoversFees,
  supplyKept,
  mintedWithinMintable,
  minterMayMint,
  inflationKept,
  nextStakeAddsUp,
  roundStakeAddsUp,
  poolSorted,
  poolSizeKept,
  stakePromisedOnce,
  stakeNotLost,
  startFactorsExist,
  earningsKept,
  delegationsKept,
  locksKept,
  transcodersKept,
  roundsContinuous,
  payersFundsKept,
  workKept,
  votesFollowStake,
  registryResolves,
  switchKept,
];
