import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { localAccounts, type LocalRole } from "../../src/node/local-accounts.ts";
import { act, beginNextRound, foresee, mineBlocks, readNumber } from "../../src/rehearsal/act.ts";
import { claimsConstants, foretellClaims } from "../../src/rehearsal/claims-contract.ts";
import { writeClaims } from "../../src/rehearsal/claims-file.ts";
import { placeMigration, runMigration } from "../../src/rehearsal/migration-run.ts";
import { addressIn, openStage, type Stage, type StageOptions } from "../../src/rehearsal/stage.ts";
import { readFunction } from "../../src/chain/read-function.ts";
import type { MigrationOutcome } from "../../src/migration/run/send-migration.ts";
import { contractId } from "../../src/protocol/contract-id.ts";
import { ZERO_ADDRESS, type Address } from "../../src/protocol/hex.ts";
import { COMPILE_CACHES, read, sendAs } from "./local-project.ts";

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

describe("from jobs to tickets", () => {
  test("claims are paid, lost escrow goes back, and every deposit arrives to the wei", { timeout: 60_000 }, async () => {
    const stage = await openOwned({});
    const { rpc } = stage.project;
    const { transcoder, broadcaster, delegator } = localAccounts();
    const [jobs, bonding, token] = [addressIn(stage, "JobsManager"), addressIn(stage, "BondingManager"), addressIn(stage, "LivepeerToken")];
    const setTerms = "function transcoder(uint256 rewardCut, uint256 feeShare, uint256 pricePerSegment)";
    const post = (price: bigint, endBlock: bigint) => act(stage, "broadcaster", jobs, "function job(string streamId, string options, uint256 maxPricePerSegment, uint256 endBlock)", ["s", "abcd1234", price, endBlock]);
    const claimWork = (role: LocalRole, jobId: bigint) => act(stage, role, jobs, "function claimWork(uint256 jobId, uint256[2] segmentRange, bytes32 claimRoot)", [jobId, [0n, 9n], `0x${"11".repeat(32)}`]);
    await beginNextRound(stage);
    await bond(stage, "transcoder", 1000n * LPT, "transcoder");
    await act(stage, "transcoder", bonding, setTerms, [0n, 0n, 10n ** 15n]);
    await beginNextRound(stage);
    await act(stage, "broadcaster", jobs, "function deposit() payable", [], ETHER);
    await act(stage, "delegator", jobs, "function deposit() payable", [], 7n);
    await post(10n ** 15n, (await rpc.blockNumber()) + 400n);
    await claimWork("transcoder", 0n);
    // A cheaper one, who works and resigns.
    await act(stage, "delegator", token, "function transfer(address to, uint256 value)", [localAccounts()["owner-2"].address, 10n * LPT]);
    await bond(stage, "owner-2", 10n * LPT, "owner-2");
    await act(stage, "owner-2", bonding, setTerms, [0n, 0n, 10n ** 14n]);
    await beginNextRound(stage);
    await post(5n * 10n ** 14n, (await rpc.blockNumber()) + 400n);
    await claimWork("owner-2", 1n);
    await act(stage, "owner-2", bonding, "function unbond(uint256 amount)", [10n * LPT]);

    await expect(migrate(stage, 1, "jobs-closing")).rejects.toMatchObject({ why: expect.stringMatching(/claims can be punished until block \d+/) });
    await expect(migrate(stage, 1, "jobs-to-tickets")).rejects.toMatchObject({ why: expect.stringContaining("shut its doors first") });
    await mineBlocks(stage, 210n);
    await beginNextRound(stage);
    expect(await migrate(stage, 2, "jobs-closing")).toMatchObject({ operations: 2, confirmed: 2 });
    const minter = addressIn(stage, "Minter");
    const before = await rpc.balanceWei(minter);
    const outcome = await migrate(stage, 3, "jobs-to-tickets");
    expect(outcome).toMatchObject({ operations: 7, skipped: 0 });

    const broker = await registered(stage, "TicketBroker");
    const deposits = await Promise.all([broadcaster, delegator].map(({ address }) => readNumber(stage, broker, "function getSenderInfo(address account) view returns (uint256 deposit)", [address])));
    // Ten segments at the dearer price were paid; those at the cheaper one nobody could be paid for.
    expect(deposits).toEqual([ETHER - 10n * 10n ** 15n, 7n]);
    expect(await rpc.balanceWei(minter)).toBe(before);
    expect(await readNumber(stage, bonding, "function pendingFees(address account, uint256 endRound) view returns (uint256)", [transcoder.address, 0n])).toBe(10n * 10n ** 15n);
    stage.protocol.contracts["TicketBroker"] = broker;
    await act(stage, "delegator", broker, "function unlock()");
    await mineBlocks(stage, 50n * 7n);
    await beginNextRound(stage);
    const held = await rpc.balanceWei(broker);
    await act(stage, "delegator", broker, "function withdraw()");
    expect([held, before - (await rpc.balanceWei(minter))]).toEqual([0n, 7n]);
  });
});

describe("another Minter", () => {
  test("gets everything, at rates that mean the same, and nothing while a reward is due", { timeout: 60_000 }, async () => {
    const stage = await openOwned({ isLived: true });
    const { rpc, controller } = { rpc: stage.project.rpc, controller: stage.protocol.controller };
    const old = addressIn(stage, "Minter");
    await beginNextRound(stage);
    const isPaused = () => readNumber(stage, controller, "function paused() view returns (uint256)");
    await expect(migrate(stage, 1, "minter-swap")).rejects.toMatchObject({ why: expect.stringContaining("migrate new stop --from pause-protocol") });
    await expect(migrate(stage, 3, "unpause-protocol")).rejects.toMatchObject({ why: expect.stringContaining("runs already") });
    expect(await migrate(stage, 4, "pause-protocol")).toMatchObject({ confirmed: 1 });
    expect(await isPaused()).toBe(1n);
    await expect(migrate(stage, 5, "pause-protocol")).rejects.toMatchObject({ why: expect.stringContaining("is stopped already") });
    await expect(migrate(stage, 1, "minter-swap")).rejects.toMatchObject({ why: expect.stringContaining("did not call reward") });
    expect(await migrate(stage, 6, "unpause-protocol")).toMatchObject({ confirmed: 1 });
    // What was stopped and started is stopped by no second run of the first.
    expect(await migrate(stage, 4, "pause-protocol")).toMatchObject({ confirmed: 0 });
    expect(await isPaused()).toBe(0n);
    await act(stage, "transcoder", addressIn(stage, "BondingManager"), "function reward()");
    await stop(stage);
    const held = [await balanceOf(stage, old), await rpc.balanceWei(old)];
    const inflation = await readNumber(stage, old, "function inflation() view returns (uint256)");
    expect(await migrate(stage, 2, "minter-swap")).toMatchObject({ operations: 2, confirmed: 4 });
    const fresh = await registered(stage, "Minter");
    expect([await balanceOf(stage, fresh), await rpc.balanceWei(fresh)]).toEqual(held);
    expect([await balanceOf(stage, old), await rpc.balanceWei(old)]).toEqual([0n, 0n]);
    expect(await readNumber(stage, fresh, "function inflation() view returns (uint256)")).toBe(inflation * 1000n);
    expect(await readNumber(stage, controller, "function paused() view returns (uint256)")).toBe(0n);
    await beginNextRound(stage);
    await act(stage, "transcoder", addressIn(stage, "BondingManager"), "function reward()");
  });
});

describe("claims from a snapshot", () => {
  test("are staged, cancelled, staged anew, open after seven days, and pay each account once", { timeout: 60_000 }, async () => {
    const stage = await openOwned({ profile: "current", isLived: true });
    const { rpc, folder, chainId } = stage.project;
    const { deployer, transcoder } = localAccounts();
    const [newcomer, other] = [localAccounts()["owner-1"], localAccounts()["owner-2"]];
    const terms = { snapshotId: `0x${"5a".repeat(32)}`, reviewSeconds: 7n * 86_400n, claimSeconds: 86_400n, remainderTo: deployer.address } as const;
    const contract = await foretellClaims(stage, terms);
    const domain = { chainId, claimContract: contract, snapshotId: terms.snapshotId };
    const row = (account: Address, stakeWei: bigint) => ({ account, delegate: transcoder.address, stakeWei, tokensWei: 3n, feesWei: 5n });
    await act(stage, "delegator", addressIn(stage, "LivepeerToken"), "function transfer(address to, uint256 value)", [deployer.address, 1000n * LPT]);

    // The first tree forgets somebody, and is taken back while it is reviewed.
    const wrong = join(folder, "wrong.json");
    const wrongTree = await writeClaims(wrong, domain, [row(newcomer.address, 100n * LPT)]);
    await expect(migrate(stage, 1, "merkle-claims", claimsConstants(terms, wrong))).rejects.toMatchObject({ code: "LPCTL_MIGRATE_NOT_YET" });
    await expect(migrate(stage, 2, "merkle-claims-cancel", { CONTRACT: JSON.stringify(contract), ROOT: JSON.stringify(`0x${"11".repeat(32)}`) })).rejects.toMatchObject({ why: expect.stringContaining("is staged, not") });
    expect(await migrate(stage, 3, "merkle-claims-cancel", { CONTRACT: JSON.stringify(contract), ROOT: JSON.stringify(wrongTree.root) })).toMatchObject({ confirmed: 1 });

    const file = join(folder, "claims.json");
    const tree = await writeClaims(file, domain, [row(newcomer.address, 100n * LPT), row(other.address, 50n * LPT)]);
    await expect(migrate(stage, 4, "merkle-claims", claimsConstants({ ...terms, reviewSeconds: 0n }, file))).rejects.toMatchObject({ why: expect.stringMatching(/this one will be 0x/) });
    await expect(migrate(stage, 5, "merkle-claims", claimsConstants(terms, file))).rejects.toMatchObject({ code: "LPCTL_MIGRATE_NOT_YET" });
    await rpc.request("evm_increaseTime", [`0x${terms.reviewSeconds.toString(16)}`], z.unknown());
    await mineBlocks(stage, 1n);
    expect(await migrate(stage, 5, "merkle-claims", claimsConstants(terms, file))).toMatchObject({ operations: 6, confirmed: 1 });

    await beginNextRound(stage);
    await act(stage, "transcoder", addressIn(stage, "BondingManager"), "function reward()");
    const claim = "function claim((uint256 index, address account, address delegate, uint256 stake, uint256 tokens, uint256 fees) entry, bytes32[] proof, (address delegate, address recipient) choice, address[4] hints)";
    const args = [[0n, newcomer.address, transcoder.address, 100n * LPT, 3n, 5n], tree.proofAt(0), [ZERO_ADDRESS, ZERO_ADDRESS], [ZERO_ADDRESS, ZERO_ADDRESS, ZERO_ADDRESS, ZERO_ADDRESS]];
    await act(stage, "owner-1", contract, claim, args);
    expect(await readNumber(stage, "BondingManager", "function pendingStake(address account, uint256 endRound) view returns (uint256)", [newcomer.address, 0n])).toBe(100n * LPT);
    expect(await foresee(stage, "owner-1", contract, claim, args)).toBeDefined();
  });
});

async function registered(stage: Stage, name: string): Promise<Address> {
  return (await read(stage.project.rpc, stage.protocol.controller, "function getContract(bytes32 id) view returns (address)", [contractId(name)])) as Address;
}

/** Pays fees to the transcoder in the name of the JobsManager. */
async function payFees(stage: Stage, amountWei: bigint): Promise<void> {
  const { rpc } = stage.project;
  const jobs = addressIn(stage, "JobsManager");
  await sendAs(rpc, jobs, addressIn(stage, "Minter"), "function depositETH() payable returns (bool)", [], amountWei);
  const round = await read(rpc, addressIn(stage, "RoundsManager"), "function currentRound() view returns (uint256)");
  await sendAs(rpc, jobs, addressIn(stage, "BondingManager"), "function updateTranscoderWithFees(address account, uint256 fees, uint256 round)", [localAccounts().transcoder.address, amountWei, round]);
}
