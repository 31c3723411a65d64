import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getAddress } from "ethers/address";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Anvil } from "../../src/chain/anvil.ts";
import type { WordOverride } from "../../src/fork/contract-draft.ts";
import { compileForkSuite, prepareFork, type PreparedFork } from "../../src/fork/prepare-fork.ts";
import { compareFork, readLoaders } from "../../src/fork/read-fork-state.ts";
import { runFork } from "../../src/fork/run-fork.ts";
import { verifyFork } from "../../src/fork/verify-fork.ts";
import type { Excluded, MovedAccount } from "../../src/fork/fork-terms.ts";
import { walletSigner } from "../../src/keys/unlocked-key.ts";
import type { Address } from "../../src/protocol/hex.ts";
import { localAccounts } from "../../src/node/local-accounts.ts";
import { BondingView } from "../../src/snapshot/view/bonding.ts";
import type { StateView } from "../../src/snapshot/view/state-view.ts";
import { TokenView } from "../../src/snapshot/view/token.ts";
import { loadLayouts } from "../../src/snapshot/view/load-layouts.ts";
import { startActorChain, type ActorChain } from "./actor-chain.ts";
import { COMMIT, headOf, startTargetChain, viewOfLocalChain } from "./fork-world.ts";
import { COMPILE_CACHES } from "./local-project.ts";

let source: ActorChain;
let target: Anvil;
let view: StateView;
let prepared: PreparedFork;
let folder: string;
/** A transcoder whom others have delegated to, and one of those, who does not come along. */
let move: MovedAccount;
let excluded: Excluded;
const OTHER_ADDRESS: Address = getAddress("0x0bad00000000000000000000000000000000cafe") as Address;
// Not who deployed the original: then the fork would have its very addresses.
const { privateKey, address: deployer } = localAccounts().operator;
const UNBONDING_ROUNDS = 9n;

beforeAll(async () => {
  [source, target, folder] = await Promise.all([startActorChain("current"), startTargetChain(), mkdtemp(join(tmpdir(), "lpctl-fork-"))]);
  const runner = await source.enter({});
  await runner.playRounds(3);
  view = await viewOfLocalChain(source.rpc, source.protocol);
  await source.anvil.stop();
  await target.rpc.request("anvil_setBalance", [deployer, "0x56bc75e2d63100000"], z.unknown());
  const chain = await headOf(target.rpc);
  const bonding = new BondingView(view);
  const pool = bonding.pool().map(({ account }) => account);
  const leaver = [...bonding.delegators()].find(({ delegate, delegatedWei, bondedWei }) => delegate !== pool[0] && pool.includes(delegate) && delegatedWei === 0n && bondedWei > 0n);
  if (leaver === undefined) throw new Error("nobody has delegated");
  move = { from: leaver.delegate, to: OTHER_ADDRESS, reason: "its Safe is not here" };
  excluded = { account: leaver.account, reason: "an exchange that is not here" };
  prepared = await prepareFork(view, {
    deployer,
    firstNonce: await target.rpc.nonce(deployer),
    gitCommitHash: COMMIT,
    artifacts: await compileForkSuite(COMPILE_CACHES),
    chain,
    terms: { owner: undefined, unpause: true, parameters: { "BondingManager.unbondingPeriod": UNBONDING_ROUNDS }, excluded: [excluded], moved: [move], clock: { snapshotBlock: view.blockNumber, forkBlock: chain.block } },
  });
}, 60_000);
afterAll(async () => {
  await Promise.all([target.stop(), rm(folder, { recursive: true, force: true })]);
});

describe("a fork of a protocol that has lived", { concurrent: false }, () => {
  test("stops half-way and goes on, and has every storage root of the snapshot with the declared words replaced", async () => {
    let left = 40;
    const onCheckpoint = (): void => {
      if (--left === 0) throw new Error("killed");
    };
    const options = { chainId: 31337n, signer: walletSigner(privateKey), journalPath: join(folder, "journal.ndjson"), receiptLagMs: 200 };
    await expect(runFork(target.rpc, prepared, { ...options, onCheckpoint })).rejects.toThrow("killed");
    const results = await runFork(target.rpc, prepared, options);
    const { contracts } = await compareFork(target.rpc, prepared, undefined);
    expect(contracts.filter(({ isEqual, isCodeEqual }) => !isEqual || isCodeEqual === false).map(({ name, different }) => ({ name, different }))).toEqual([]);
    expect(contracts.filter(({ balanceWei, predictedBalanceWei }) => balanceWei !== predictedBalanceWei)).toEqual([]);
    expect(await readLoaders(target.rpc, prepared)).toMatchObject({ burned: true, registeredAs: [] });
    // What was said to be paid before anything was sent.
    const used = results.reduce((sum, { receipt }) => sum + (receipt?.gasUsed ?? 0n), 0n);
    expect(Number((prepared.gas * 1000n) / used)).toBeGreaterThan(970);
    expect(Number((prepared.gas * 1000n) / used)).toBeLessThan(1100);
    expect(await target.rpc.nonce(deployer)).toBe(prepared.plan.firstNonce + BigInt(prepared.plan.transactions.length));
  }, 60_000);

  test("declares the parameter, the addresses of its own contracts and the clock, and no other word", () => {
    const bonding = prepared.predicted.find(({ name }) => name === "BondingManager");
    const isMoved = ({ why }: WordOverride): boolean => why.includes(`${move.from} goes to`);
    const isLeft = ({ why }: WordOverride): boolean => why.startsWith(`${excluded.account} leaves with its stake, excluded: ${excluded.reason}`);
    expect(bonding?.overrides.filter((each) => !isMoved(each) && !isLeft(each)).map(({ name }) => name)).toEqual(["controller", "unbondingPeriod"]);
    expect(bonding?.overrides.filter(isLeft).map(({ name }) => name)).toEqual(expect.arrayContaining(["nextRoundTotalActiveStake", `delegators[${move.from}].delegatedAmount`]));
    expect(bonding?.erased.first(100)).toEqual(expect.arrayContaining([expect.objectContaining({ name: `delegators[${excluded.account}].bondedAmount`, why: `excluded: ${excluded.reason}` })]));
    const votes = prepared.predicted.find(({ name }) => name === "BondingVotes");
    expect(votes?.erased.first(100)).toEqual(expect.arrayContaining([expect.objectContaining({ name: `bondingCheckpoints[${excluded.account}].startRounds.length` })]));
    const [left] = prepared.leftStake;
    expect(left).toMatchObject({ account: excluded.account, delegate: move.from });
    const supply = new TokenView(prepared.view).supplyWei();
    expect(new TokenView(view).supplyWei() - supply).toBe((left?.stakeWei ?? 0n) + (left?.lockedWei ?? 0n) + (left?.tokensWei ?? 0n));
    expect(left?.stakeWei).toBeGreaterThan(0n);
    expect(prepared.draft.holders.reduce((sum, { amountWei }) => sum + amountWei, 0n)).toBe(supply);
    const names = bonding?.overrides.filter(isMoved).map(({ name }) => name) ?? [];
    expect(names).toEqual(expect.arrayContaining([`delegators[${move.to}].bondedAmount`, `delegators[${move.from}].bondedAmount`, `transcoderPool.nodes[${move.to}].key`]));
    expect(prepared.draft.rekeyed.byAccount.get(move.from)).toBeGreaterThan(10);
    const rounds = prepared.predicted.find(({ name }) => name === "RoundsManager");
    expect(rounds?.overrides.map(({ name }) => name)).toEqual(["controller", "lastRoundLengthUpdateRound", "lastRoundLengthUpdateStartBlock"]);
  });

  test("goes through all that is done once more where its journal is lost, and sends nothing", async () => {
    const nonce = await target.rpc.nonce(deployer);
    const results = await runFork(target.rpc, prepared, { chainId: 31337n, signer: walletSigner(privateKey), journalPath: join(folder, "another.ndjson"), receiptLagMs: 200 });
    expect(results.every(({ outcome }) => outcome === "skipped")).toBe(true);
    expect(await target.rpc.nonce(deployer)).toBe(nonce);
  });

  test("is lived on as the original is, with everybody's stake the same to the wei", async () => {
    const layouts = await loadLayouts(view.state, COMPILE_CACHES);
    const verification = await verifyFork(target.rpc, prepared, layouts, { block: undefined, isLived: true });
    expect([...verification.invariants, ...verification.carriedOver, ...(verification.life?.verdicts ?? [])].filter(({ holds }) => !holds)).toEqual([]);
    expect(verification).toMatchObject({ equal: true });
    expect(verification.life?.deeds).toBeGreaterThan(20);
    expect(verification.life?.verdicts.find(({ name }) => name === "votes-alike")?.detail).toBe("6 values are the same");
  }, 60_000);

  test("is found to be another by one word", async () => {
    const { address, words } = prepared.predicted.find(({ name }) => name === "BondingManager") ?? { address: "0x", words: undefined };
    const slot = `0x${Buffer.from(words?.slots.subarray(0, 32) ?? []).toString("hex")}`;
    await target.rpc.request("anvil_setStorageAt", [address, slot, `0x${"01".repeat(32)}`], z.unknown());
    await target.rpc.request("evm_mine", [], z.unknown());
    const { contracts } = await compareFork(target.rpc, prepared, undefined);
    expect(contracts.filter(({ isEqual }) => !isEqual).map(({ name, different }) => ({ name, slots: different.map((each) => each.slot) }))).toEqual([{ name: "BondingManager", slots: [slot] }]);
  });
});
