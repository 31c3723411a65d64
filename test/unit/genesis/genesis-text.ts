import { formatGenesisTemplate, type TemplateOptions } from "../../../src/genesis/genesis-template.ts";
import type { Address } from "../../../src/protocol/hex.ts";

export const NOW = 1_900_000_000n;
export const BANK: Address = "0x5B38Da6a701c568545dCfcB03FcB875f56beddC4";
export const GOVERNANCE: Address = "0xAb8483F64d9C6d1EcF9b849Ae677dD3315835cb2";
export const ALICE: Address = "0x4B20993Bc481177ec7E8f571ceCaE8A9e22C02db";
export const BOB: Address = "0x78731D3Ca6b7E34aC0F824c42a7cC18A495cabaB";
export const CAROL: Address = "0x617F2E2fD72FD9D5503197092aC168c91465E7f2";

const OPTIONS: TemplateOptions = {
  example: "2018",
  chainId: 31337n,
  profile: "launch",
  distribution: "faucet",
  startSeconds: NOW + 86_400n,
  headBlock: 1000n,
  bankMultisig: BANK,
  governanceMultisig: GOVERNANCE,
  recipientsPath: "recipients.txt",
};

/** The example as `genesis init` writes it; a faucet distributes, so that no second file is needed. */
export function exampleText(overrides: Partial<TemplateOptions> = {}): string {
  return formatGenesisTemplate({ ...OPTIONS, ...overrides });
}

const PARAMETERS = `parameters:
  Minter.inflation: 0.0137%
  Minter.inflationChange: 0.0003%
  Minter.targetBondingRate: 50%
  BondingManager.unbondingPeriod: 7 rounds
  BondingManager.numActiveTranscoders: 10
  JobsManager.verificationRate: 1 in 1000
  JobsManager.verificationPeriod: 100 blocks
  JobsManager.verificationSlashingPeriod: 100 blocks
  JobsManager.failedVerificationSlashAmount: 0.0001%
  JobsManager.missedVerificationSlashAmount: 0.5%
  JobsManager.doubleClaimSegmentSlashAmount: 3%
  JobsManager.finderFee: 5%
  RoundsManager.roundLength: 5760 blocks
  RoundsManager.roundLockAmount: 10%
  LivepeerTokenFaucet.requestAmount: 10 LPT
  LivepeerTokenFaucet.requestWait: 1 hour
`;

/** A genesis that a page holds, in which nothing is wrong; line 1 is its first. */
export const SMALL = `schema: 1
chainId: 31337
profile: launch
allocations:
  total: "100"
  crowd: "40"
  company: "10.5"
  team: "30"
  investors: "19"
  community: "0.5"
grants:
  start: ${new Date(Number(NOW + 86_400n) * 1000).toISOString().replace(".000Z", "Z")}
  team:
    - receiver: "${ALICE}"
      amount: "10"
      cliff: 1 year
      duration: 3 years
    - receiver: "${BOB}"
      amount: "20"
      cliff: 0 s
      duration: 94608000 s
  investors:
    - { receiver: "${CAROL}", amount: "19", cliff: 0 s, duration: 1.5 years }
  community:
    - { receiver: "0x17F6AD8Ef982297579C203069C1DbfFE4348c372", amount: "0.500000000000000000" }
distribution:
  kind: faucet
bankMultisig: "${BANK}"
governance:
  multisig: "${GOVERNANCE}"
${PARAMETERS}`;

/** The small genesis with one thing of it changed. */
export function changed(from: string | RegExp, to: string): string {
  const text = SMALL.replace(from, to);
  if (text === SMALL) throw new Error(`nothing in the genesis is ${String(from)}`);
  return text;
}

export const MERKLE_MINE = `distribution:
  kind: merkle-mine
  recipients: recipients.txt
  genesisBlock: 900
  balanceThreshold: 0.1 ETH
  callerAllocationStartBlock: 500_000
  callerAllocationPeriod: 2500000 blocks
`;

/** The small genesis with a MerkleMine. */
export function withMerkleMine(terms: string = MERKLE_MINE): string {
  return changed("distribution:\n  kind: faucet\n", terms).replace(/ {2}LivepeerTokenFaucet.*\n/g, "");
}
