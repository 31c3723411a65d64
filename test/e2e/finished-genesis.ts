import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadGenesis, type LoadedGenesis } from "../../src/genesis/load-genesis-file.ts";
import { predictGenesis } from "../../src/genesis/predict-genesis.ts";
import type { Prediction } from "../../src/genesis/prediction.ts";
import { compileSuite, prepareGenesis, type PreparedGenesis } from "../../src/genesis/prepare-genesis.ts";
import { verifyGenesis, type GenesisVerification, type VerifyGenesisOptions } from "../../src/genesis/verify-genesis.ts";
import { sendUnlocked } from "../../src/node/setup-sender.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";
import type { Profile } from "../../src/protocol/profiles.ts";
import { COMPILE_CACHES, startLocalProject, type LocalProject } from "./local-project.ts";

export const RECIPIENTS = Array.from({ length: 5 }, (_, index): Hex => `0x${String(index + 1).repeat(40)}`);
export const BANK: Address = "0x9999999999999999999999999999999999999999";
export const GOVERNANCE: Address = "0x8888888888888888888888888888888888888888";
export const COMMIT: Hex = `0x${"c0".repeat(20)}`;

const MERKLE_MINE = `distribution:
  kind: merkle-mine
  recipients: recipients.txt
  genesisBlock: 0
  balanceThreshold: 0.1 ETH
  callerAllocationStartBlock: 500000
  callerAllocationPeriod: 2500000`;
const FAUCET = "distribution: { kind: faucet }";
const FAUCET_PARAMETERS = `
  LivepeerTokenFaucet.requestAmount: 10 LPT
  LivepeerTokenFaucet.requestWait: 2 hours`;

/** A small genesis: that of 2018 with its MerkleMine, or that of today with a faucet. */
export function genesisYaml(profile: Profile, startSeconds: bigint): string {
  return `schema: 1
chainId: 31337
profile: ${profile}
gitCommit: "${COMMIT}"
allocations: { total: "1000", crowd: "500", company: "100", team: "250", investors: "120", community: "30" }
grants:
  start: ${startSeconds}
  team:
    - { receiver: "0x7000000000000000000000000000000000000001", amount: "200", cliff: "0", duration: 3 years }
    - { receiver: "0x7000000000000000000000000000000000000002", amount: "50", cliff: 1 year, duration: 3 years }
  investors:
    - { receiver: "0x7000000000000000000000000000000000000003", amount: "120", cliff: "0", duration: 1.5 years }
  community:
    - { receiver: "0x7000000000000000000000000000000000000001", amount: "30" }
${profile === "launch" ? MERKLE_MINE : FAUCET}
bankMultisig: "${BANK}"
governance: { multisig: "${GOVERNANCE}" }
parameters:
  BondingManager.unbondingPeriod: 9 rounds${profile === "launch" ? "" : FAUCET_PARAMETERS}
`;
}

/** A chain on which the whole genesis of a file was run, and what was predicted before. */
export interface FinishedGenesis {
  local: LocalProject;
  path: string;
  loaded: LoadedGenesis;
  prepared: PreparedGenesis;
  prediction: Prediction;
  verify(overrides?: Partial<VerifyGenesisOptions>): Promise<GenesisVerification>;
  stop(): Promise<void>;
}

export async function finishGenesis(profile: Profile = "launch"): Promise<FinishedGenesis> {
  const [local, artifacts] = await Promise.all([startLocalProject(), compileSuite(COMPILE_CACHES)]);
  const { rpc, project, accounts } = local;
  const path = join(project.folder, "genesis.yaml");
  const { timestampSeconds } = await rpc.block("latest");
  await writeFile(join(project.folder, "recipients.txt"), RECIPIENTS.join("\n"));
  await writeFile(path, genesisYaml(profile, timestampSeconds + 86_400n));
  const loaded = await loadGenesis(path);
  const prepared = await prepareGenesis(loaded, artifacts, { deployer: accounts.deployer, firstNonce: await rpc.nonce(accounts.deployer) });
  const { plan, suite } = prepared;
  const prediction = await predictGenesis({ rpcUrl: rpc.url, plan, artifacts, contracts: suite });
  for (const [index, transaction] of plan.transactions.entries()) {
    const receipt = await sendUnlocked(rpc, plan.from, plan.firstNonce + BigInt(index), transaction);
    if (receipt.status === "reverted") throw new Error(`${transaction.id} reverted`);
  }
  return {
    local,
    path,
    loaded,
    prepared,
    prediction,
    verify: (overrides = {}) => verifyGenesis({ rpc, loaded, artifacts, controller: suite.controller, deployer: undefined, prediction, ...overrides }),
    stop: () => local.stop(),
  };
}
