import { id as keccakOfText } from "ethers";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startAnvil } from "../../../src/chain/anvil.ts";
import { readFunction } from "../../../src/chain/read-function.ts";
import type { Rpc } from "../../../src/chain/rpc.ts";
import { deploySuite, suiteTargets } from "../../../src/node/deploy-suite.ts";
import { writeLiveState } from "../../../src/node/live-state.ts";
import { LOCAL_ACCOUNT_COUNT, localAccounts } from "../../../src/node/local-accounts.ts";
import { LOCAL_BALANCE_WEI } from "../../../src/node/local-genesis.ts";
import type { Address } from "../../../src/protocol/hex.ts";
import { PROFILES, type Profile } from "../../../src/protocol/profiles.ts";
import type { Artifact } from "../../../src/solidity/artifact.ts";
import { compiledSuite } from "../contracts/compiled-suite.ts";

let artifactsOf: (profile: Profile) => Artifact[];

beforeAll(async () => {
  const artifact = await compiledSuite();
  artifactsOf = (profile) => suiteTargets(profile).map(({ contract }) => artifact(contract));
});

async function startChain(): Promise<Rpc> {
  const anvil = await startAnvil({ accounts: LOCAL_ACCOUNT_COUNT, gasLimit: 1_000_000_000n });
  onTestFinished(() => anvil.stop());
  return anvil.rpc;
}

const deploy = (rpc: Rpc, profile: Profile, phase: "eoa" | "stake") => deploySuite(rpc, artifactsOf(profile), { profile, phase, gitCommitHash: `0x${"11".repeat(20)}` });

async function one(rpc: Rpc, contract: Address | undefined, signature: string, args: unknown[] = []): Promise<unknown> {
  if (contract === undefined) throw new Error("not deployed");
  return (await readFunction(rpc, contract, signature, args))[0];
}

describe("a local protocol", () => {
  test.each(PROFILES)("of profile %s begins with a genesis: all tokens given out, the token the Minter's", async (profile) => {
    const rpc = await startChain();
    const { contracts, controller } = await deploy(rpc, profile, "eoa");
    const balanceOf = (account: Address | undefined) => one(rpc, contracts["LivepeerToken"], "function balanceOf(address) view returns (uint256)", [account]);
    const { transcoder, delegator, broadcaster, deployer } = localAccounts();
    const holders = [transcoder.address, delegator.address, broadcaster.address, deployer.address, contracts["LivepeerTokenFaucet"]];
    const balances = (await Promise.all(holders.map(balanceOf))) as bigint[];
    expect(balances.slice(0, 3)).toEqual([LOCAL_BALANCE_WEI, LOCAL_BALANCE_WEI, LOCAL_BALANCE_WEI]);
    expect(balances.reduce((sum, balance) => sum + balance, 0n)).toBe(await one(rpc, contracts["LivepeerToken"], "function totalSupply() view returns (uint256)"));
    expect(await one(rpc, contracts["LivepeerToken"], "function owner() view returns (address)")).toBe(contracts["Minter"]);
    expect(await one(rpc, controller, "function paused() view returns (bool)")).toBe(false);
    const scale = profile === "launch" ? 10n ** 6n : 10n ** 9n;
    expect(await one(rpc, contracts["Minter"], "function PERC_DIVISOR() view returns (uint256)")).toBe(scale);
    expect(await one(rpc, contracts["Minter"], "function targetBondingRate() view returns (uint256)")).toBe(scale / 2n);
    await writeLiveState(rpc, { profile, contracts });
    expect(await one(rpc, contracts["BondingManager"], "function getTotalBonded() view returns (uint256)")).toBe(1300n * 10n ** 18n);
  });

  test("whose stake decides has a Treasury that obeys the LivepeerGovernor, and nobody else", async () => {
    const rpc = await startChain();
    const { contracts, controller } = await deploy(rpc, "current", "stake");
    const has = (role: string, account: Address | undefined) => one(rpc, contracts["Treasury"], "function hasRole(bytes32,address) view returns (bool)", [keccakOfText(role), account]);
    const { LivepeerGovernor, Treasury, BondingVotes } = contracts;
    expect(await one(rpc, controller, "function owner() view returns (address)")).toBe(Treasury);
    const roles = ["PROPOSER_ROLE", "CANCELLER_ROLE", "EXECUTOR_ROLE"];
    expect(await Promise.all(roles.map((role) => has(role, LivepeerGovernor)))).toEqual([true, true, true]);
    expect(await Promise.all([...roles, "TIMELOCK_ADMIN_ROLE"].map((role) => has(role, localAccounts().deployer.address)))).toEqual([false, false, false, false]);
    expect(await one(rpc, LivepeerGovernor, "function token() view returns (address)")).toBe(BondingVotes);
    expect(await one(rpc, LivepeerGovernor, "function quorumNumerator() view returns (uint256)")).toBe(333_300n);
    expect(await one(rpc, LivepeerGovernor, "function quota() view returns (uint256)")).toBe(500_000n);
    expect(await one(rpc, LivepeerGovernor, "function proposalThreshold() view returns (uint256)")).toBe(100n * 10n ** 18n);
    expect(await one(rpc, contracts["BondingManager"], "function nextRoundTreasuryRewardCutRate() view returns (uint256)")).toBe(10n ** 26n);
  });

  test("of the launch has no phase stake", async () => {
    const rpc = await startChain();
    await expect(deploy(rpc, "launch", "stake")).rejects.toMatchObject({ code: "LPCTL_NODE_PHASE_IMPOSSIBLE" });
    expect(await rpc.blockNumber()).toBe(0n);
  });
});
