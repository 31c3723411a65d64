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

  test("whose stake decides is owned by a timelock that obeys the StakeGovernor, and nobody else", async () => {
    const rpc = await startChain();
    const { contracts, controller, safe, vetoGuardian } = await deploy(rpc, "current", "stake");
    const { LivepeerGovernor, Treasury, StakeGovernor, StakeTimelock, BondingVotes } = contracts;
    const number = (contract: Address | undefined, name: string) => one(rpc, contract, `function ${name}() view returns (uint256)`);
    const holders = async (timelock: Address | undefined, role: string): Promise<unknown[]> => {
      const accounts = [StakeGovernor, LivepeerGovernor, vetoGuardian, StakeTimelock, Treasury, localAccounts().deployer.address, safe];
      const key = role === "DEFAULT_ADMIN_ROLE" ? `0x${"0".repeat(64)}` : keccakOfText(role);
      const has = await Promise.all(accounts.map((account) => one(rpc, timelock, "function hasRole(bytes32,address) view returns (bool)", [key, account])));
      return accounts.filter((_, at) => has[at] === true);
    };
    expect(await one(rpc, controller, "function owner() view returns (address)")).toBe(StakeTimelock);
    const roles = ["PROPOSER_ROLE", "EXECUTOR_ROLE", "CANCELLER_ROLE"];
    expect(await Promise.all(roles.map((role) => holders(StakeTimelock, role)))).toEqual([[StakeGovernor], [StakeGovernor], [StakeGovernor, vetoGuardian]]);
    expect(await holders(StakeTimelock, "DEFAULT_ADMIN_ROLE")).toEqual([StakeTimelock]);
    expect(await one(rpc, StakeTimelock, "function vetoGuardian() view returns (address)")).toBe(vetoGuardian);
    expect(await one(rpc, vetoGuardian, "function guardian() view returns (address)")).toBe(safe);
    expect(await one(rpc, vetoGuardian, "function timelock() view returns (address)")).toBe(StakeTimelock);
    expect(Number(await number(vetoGuardian, "expiresAt")) - Date.now() / 1000).toBeGreaterThan(360 * 86_400);
    const rules = ["votingDelay", "votingPeriod", "proposalThreshold", "quorumNumerator", "quota", "transcoderQuorum"];
    expect(await Promise.all(rules.map((name) => number(StakeGovernor, name)))).toEqual([1n, 3n, 100n * 10n ** 18n, 333_300n, 500_000n, 166_650n]);
    expect(await one(rpc, StakeGovernor, "function timelock() view returns (address)")).toBe(StakeTimelock);
    expect(await one(rpc, StakeGovernor, "function token() view returns (address)")).toBe(BondingVotes);

    // The treasury is still decided about by the LivepeerGovernor, as deployed.
    expect(await Promise.all(roles.map((role) => holders(Treasury, role)))).toEqual([[LivepeerGovernor], [LivepeerGovernor], [LivepeerGovernor]]);
    expect(await holders(Treasury, "TIMELOCK_ADMIN_ROLE")).toEqual([Treasury]);
    expect(await Promise.all(rules.slice(0, 5).map((name) => number(LivepeerGovernor, name)))).toEqual([1n, 10n, 100n * 10n ** 18n, 333_300n, 500_000n]);
    expect(await one(rpc, contracts["BondingManager"], "function nextRoundTreasuryRewardCutRate() view returns (uint256)")).toBe(10n ** 26n);

    // With the stake of a local chain a vote can be created at once.
    await writeLiveState(rpc, { profile: "current", contracts });
    const clock = (await one(rpc, StakeGovernor, "function clock() view returns (uint48)")) as bigint;
    const votesOf = (account: Address) => one(rpc, StakeGovernor, "function getVotes(address,uint256) view returns (uint256)", [account, clock - 1n]);
    expect(await Promise.all([votesOf(localAccounts().transcoder.address), votesOf(localAccounts().delegator.address)])).toEqual([1_300n * 10n ** 18n, 300n * 10n ** 18n]);
  });

  test("has no veto where none is wanted", async () => {
    const rpc = await startChain();
    const { safe, vetoGuardian, contracts } = await deploySuite(rpc, artifactsOf("current"), { profile: "current", phase: "stake", gitCommitHash: `0x${"11".repeat(20)}`, guardianDays: 0 });
    expect([safe, vetoGuardian]).toEqual([undefined, undefined]);
    expect(BigInt(String(await one(rpc, contracts["StakeTimelock"], "function vetoGuardian() view returns (address)")))).toBe(0n);
  });

  test("of the launch has no phase stake", async () => {
    const rpc = await startChain();
    await expect(deploy(rpc, "launch", "stake")).rejects.toMatchObject({ code: "LPCTL_NODE_PHASE_IMPOSSIBLE" });
    expect(await rpc.blockNumber()).toBe(0n);
  });
});
