import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod";
import { localAccounts, type LocalRole } from "../../src/node/local-accounts.ts";
import { act, beginNextRound, mineBlocks, readNumber } from "../../src/rehearsal/act.ts";
import { placeMigration, runMigration } from "../../src/rehearsal/migration-run.ts";
import { addressIn, openStage, type Stage, type StageOptions } from "../../src/rehearsal/stage.ts";
import { readFunction } from "../../src/chain/read-function.ts";
import type { MigrationOutcome } from "../../src/migration/run/send-migration.ts";
import type { Address } from "../../src/protocol/hex.ts";
import { COMPILE_CACHES, read, sendAs } from "./local-project.ts";

// Scripts are loaded by vitest here, which does not know the hooks that find this module elsewhere.
vi.mock("lpctl/migration", () => ({ defineMigration: (migration: unknown) => migration }));

const LPT = 10n ** 18n;
const ETHER = 10n ** 18n;

/** A protocol of its own that the deployer owns: everything goes out directly. */
async function openOwned(options: Partial<StageOptions>): Promise<Stage> {
  const parent = await mkdtemp(join(tmpdir(), "lpctl-shipped-"));
  const stage = await openStage({ folder: join(parent, "project"), compilerCaches: COMPILE_CACHES, producedBy: "test" }, { delayBlocks: 0n, phase: "eoa", isLived: false, aftermath: false, ...options }, () => {});
  onTestFinished(async () => {
    await stage.stop();
    await rm(parent, { recursive: true, force: true });
  });
  return stage;
}

async function migrate(stage: Stage, number: number, name: string, constants: Record<string, string> = {}): Promise<MigrationOutcome> {
  return runMigration(stage, await placeMigration(stage, number, name, constants), { producedBy: "test", role: "deployer", update: () => {} });
}

async function bond(stage: Stage, role: LocalRole, amount: bigint, to: LocalRole): Promise<void> {
  const bonding = addressIn(stage, "BondingManager");
  await act(stage, role, addressIn(stage, "LivepeerToken"), "function approve(address spender, uint256 amount)", [bonding, amount]);
  await act(stage, role, bonding, "function bond(uint256 amount, address to)", [amount, localAccounts()[to].address]);
}

const stop = (stage: Stage) => act(stage, "deployer", stage.protocol.controller, "function pause()");
const balanceOf = (stage: Stage, account: Address) => readNumber(stage, "LivepeerToken", "function balanceOf(address account) view returns (uint256)", [account]);

describe("partial unbonding", () => {
  test("everyone who is unbonding gets a lock of the same amount and round, and withdraws by it", { timeout: 60_000 }, async () => {
    const stage = await openOwned({ instead: { BondingManager: "contracts/historic/stake2018/BondingManagerLaunch2018.sol:BondingManagerLaunch2018" } });
    const bonding = addressIn(stage, "BondingManager");
    const { delegator, broadcaster } = localAccounts();
    await beginNextRound(stage);
    await bond(stage, "transcoder", 1000n * LPT, "transcoder");
    await act(stage, "transcoder", bonding, "function transcoder(uint256 rewardCut, uint256 feeShare, uint256 pricePerSegment)", [100_000n, 500_000n, 10n]);
    await bond(stage, "delegator", 300n * LPT, "transcoder");
    await bond(stage, "broadcaster", 50n * LPT, "transcoder");
    await beginNextRound(stage);
    await act(stage, "transcoder", bonding, "function reward()");
    await act(stage, "delegator", bonding, "function unbond()");

    await expect(migrate(stage, 1, "partial-unbonding")).rejects.toMatchObject({ code: "LPCTL_MIGRATE_SCRIPT_FAILED", why: expect.stringContaining("the protocol runs") });
    await stop(stage);
    await act(stage, "delegator", addressIn(stage, "LivepeerToken"), "function transfer(address to, uint256 value)", [addressIn(stage, "Minter"), 5n]);
    await expect(migrate(stage, 1, "partial-unbonding")).rejects.toMatchObject({ why: expect.stringContaining("the Minter holds 5 wei of LPT more") });

    const outcome = await migrate(stage, 2, "partial-unbonding", { GIFTS_WEI: "5n" });
    expect(outcome).toMatchObject({ operations: 4, skipped: 0, confirmed: 4 });
    const [amount, withdrawRound] = await readFunction(stage.project.rpc, bonding, "function getDelegatorUnbondingLock(address account, uint256 id) view returns (uint256 amount, uint256 withdrawRound)", [delegator.address, 0n]);
    expect(amount).toBeGreaterThan(300n * LPT);
    const before = await balanceOf(stage, delegator.address);
    await mineBlocks(stage, 50n * 7n);
    expect(await beginNextRound(stage)).toBeGreaterThanOrEqual(BigInt(String(withdrawRound)));
    await act(stage, "delegator", bonding, "function withdrawStake(uint256 id)", [0n]);
    expect((await balanceOf(stage, delegator.address)) - before).toBe(amount);
    await act(stage, "broadcaster", bonding, "function unbond(uint256 amount)", [20n * LPT]);
    expect(await readNumber(stage, bonding, "function getDelegator(address) view returns (uint256)", [broadcaster.address])).toBeGreaterThan(30n * LPT);
  });
});

describe("a finer scale", () => {
  const coarse = { instead: { BondingManager: "contracts/historic/BondingManagerCoarseFactors2020.sol:BondingManagerCoarseFactors2020" } };
  const NEW_TARGET = "contracts/historic/BondingManagerForgottenFees2021.sol:BondingManagerForgottenFees2021";

  test("changes both factors, and is told when it forgets one", { timeout: 60_000 }, async () => {
    const stage = await openOwned(coarse);
    const { rpc } = stage.project;
    const bonding = addressIn(stage, "BondingManager");
    await beginNextRound(stage);
    await bond(stage, "transcoder", 1000n * LPT, "transcoder");
    await act(stage, "transcoder", bonding, "function transcoder(uint256 rewardCut, uint256 feeShare, uint256 pricePerSegment)", [100_000n, 500_000n, 10n]);
    await bond(stage, "delegator", 333n * LPT, "transcoder");
    await beginNextRound(stage);
    await act(stage, "transcoder", bonding, "function reward()");
    await payFees(stage, ETHER);
    await beginNextRound(stage);
    await act(stage, "transcoder", bonding, "function reward()");
    await payFees(stage, ETHER);
    await stop(stage);
    const untouched = await rpc.request("evm_snapshot", [], z.string());

    await expect(migrate(stage, 1, "fixed-point-scale", { NEW_TARGET: JSON.stringify(NEW_TARGET) })).rejects.toMatchObject({
      code: "LPCTL_MIGRATE_NOT_VERIFIED",
      why: expect.stringMatching(/has \d+ wei of fees where \d+ were predicted/),
    });
    await rpc.request("evm_revert", [untouched], z.literal(true));
    const fees = await readNumber(stage, bonding, "function pendingFees(address account, uint256 endRound) view returns (uint256)", [localAccounts().delegator.address, 0n]);
    expect(await migrate(stage, 2, "fixed-point-scale")).toMatchObject({ operations: 4, confirmed: 4 });
    expect(await readNumber(stage, bonding, "function pendingFees(address account, uint256 endRound) view returns (uint256)", [localAccounts().delegator.address, 0n])).toBeGreaterThanOrEqual(fees);
    await beginNextRound(stage);
    await act(stage, "transcoder", bonding, "function reward()");
    await act(stage, "delegator", bonding, "function claimEarnings(uint256 endRound)", [0n]);
  });
});

/** Pays fees to the transcoder in the name of the JobsManager. */
async function payFees(stage: Stage, amountWei: bigint): Promise<void> {
  const { rpc } = stage.project;
  const jobs = addressIn(stage, "JobsManager");
  await sendAs(rpc, jobs, addressIn(stage, "Minter"), "function depositETH() payable returns (bool)", [], amountWei);
  const round = await read(rpc, addressIn(stage, "RoundsManager"), "function currentRound() view returns (uint256)");
  await sendAs(rpc, jobs, addressIn(stage, "BondingManager"), "function updateTranscoderWithFees(address account, uint256 fees, uint256 round)", [localAccounts().transcoder.address, amountWei, round]);
}
