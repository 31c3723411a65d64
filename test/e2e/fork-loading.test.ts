import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Anvil } from "../../src/chain/anvil.ts";
import type { LoadingMethod } from "../../src/fork/loading/tail.ts";
import { compileForkSuite, prepareFork, type PreparedFork } from "../../src/fork/prepare-fork.ts";
import { compareFork, readLoaders } from "../../src/fork/read-fork-state.ts";
import { runFork } from "../../src/fork/run-fork.ts";
import { verifyFork } from "../../src/fork/verify-fork.ts";
import { walletSigner } from "../../src/keys/unlocked-key.ts";
import { callTo } from "../../src/node/actors/actor.ts";
import { localAccounts } from "../../src/node/local-accounts.ts";
import { sendUnlocked } from "../../src/node/setup-sender.ts";
import type { Artifact } from "../../src/solidity/artifact.ts";
import { loadLayouts } from "../../src/snapshot/view/load-layouts.ts";
import type { StateView } from "../../src/snapshot/view/state-view.ts";
import { startActorChain } from "./actor-chain.ts";
import { COMMIT, headOf, startTargetChain, viewOfLocalChain } from "./fork-world.ts";
import { COMPILE_CACHES } from "./local-project.ts";

let target: Anvil;
let view: StateView;
let folder: string;
let artifacts: Artifact[];
const REVIEW_SECONDS = 5_000n;
const { privateKey, address: deployer } = localAccounts().operator;

beforeAll(async () => {
  const source = await startActorChain("current");
  [target, folder] = await Promise.all([startTargetChain(), mkdtemp(join(tmpdir(), "lpctl-fork-"))]);
  const runner = await source.enter({ delegators: 8 });
  await runner.playRounds(2);
  view = await viewOfLocalChain(source.rpc, source.protocol);
  await source.anvil.stop();
  artifacts = await compileForkSuite(COMPILE_CACHES);
  await target.rpc.request("anvil_setBalance", [deployer, "0x56bc75e2d63100000"], z.unknown());
}, 60_000);
afterAll(async () => {
  await Promise.all([target.stop(), rm(folder, { recursive: true, force: true })]);
});

/** Makes a fork on the same chain, after those before it. */
async function makeFork(method: LoadingMethod): Promise<{ prepared: PreparedFork; gasUsed: bigint }> {
  const chain = await headOf(target.rpc);
  const prepared = await prepareFork(view, {
    deployer,
    firstNonce: await target.rpc.nonce(deployer),
    gitCommitHash: COMMIT,
    snapshotId: `0x${"5a".repeat(32)}`,
    artifacts,
    chain,
    terms: { owner: undefined, unpause: true, parameters: {}, excluded: [], clock: { snapshotBlock: view.blockNumber, forkBlock: chain.block }, loading: { method, belowWei: undefined, ...(method === "claims" ? { claims: { reviewSeconds: REVIEW_SECONDS, openSeconds: 1_000n, remainderTo: deployer } } : {}) } },
  });
  const results = await runFork(target.rpc, prepared, { chainId: 31337n, signer: walletSigner(privateKey), journalPath: join(folder, `${method}.ndjson`), receiptLagMs: 200 });
  return { prepared, gasUsed: results.reduce((sum, { receipt }) => sum + (receipt?.gasUsed ?? 0n), 0n) };
}

function expectForetold({ prepared, gasUsed }: { prepared: PreparedFork; gasUsed: bigint }): void {
  expect(Number((prepared.gas * 1000n) / gasUsed)).toBeGreaterThan(970);
  expect(Number((prepared.gas * 1000n) / gasUsed)).toBeLessThan(1100);
}

describe("a fork whose long tail comes in otherwise", { concurrent: false }, () => {
  test("has every storage root of the snapshot where delegators are loaded from packed records, and both loaders are gone", async () => {
    const made = await makeFork("typed");
    const { prepared } = made;
    expect(prepared.plannedTail?.tail.rows.length).toBeGreaterThan(5);
    const verification = await verifyFork(target.rpc, prepared, await loadLayouts(view.state, COMPILE_CACHES), { block: undefined, isLived: false });
    expect(verification).toMatchObject({ equal: true, loaders: { burned: true, registeredAs: [] } });
    expect(prepared.plan.transactions.filter(({ id }) => id.startsWith("load:burn"))).toHaveLength(2);
    expectForetold(made);
  }, 60_000);

  test("answers as the snapshot where delegators wait in chunks, and has its storage root once all are touched", async () => {
    const made = await makeFork("chunks");
    const { prepared } = made;
    const verification = await verifyFork(target.rpc, prepared, await loadLayouts(view.state, COMPILE_CACHES), { block: undefined, isLived: true });
    expect([...verification.invariants, ...verification.carriedOver, ...(verification.life?.verdicts ?? [])].filter(({ holds }) => !holds)).toEqual([]);
    expect(verification).toMatchObject({ equal: true });
    expect(verification.carriedOver.map(({ name }) => name)).toEqual(expect.arrayContaining(["chunks-kept", "chunks-answer"]));
    expectForetold(made);

    // Where the journal is lost, the chain shows that all of it is done.
    const again = await runFork(target.rpc, prepared, { chainId: 31337n, signer: walletSigner(privateKey), journalPath: join(folder, "lost.ndjson"), receiptLagMs: 200 });
    expect(again.filter(({ outcome }) => outcome !== "skipped").map(({ id }) => id)).toEqual([]);

    const accounts = prepared.tail.rows.map(({ account }) => account);
    const { to, data } = callTo(prepared.deployed.contracts["BondingManager"] ?? "0x", "function touch(address[] accounts)", [accounts], "");
    const toucher = localAccounts().deployer.address;
    expect((await sendUnlocked(target.rpc, toucher, await target.rpc.nonce(toucher), { to, data, valueWei: 0n })).status).toBe("success");
    const touched = { ...prepared, predicted: prepared.predicted.map((each) => ({ ...each, words: each.complete ?? each.words })) };
    const { contracts } = await compareFork(target.rpc, touched, undefined);
    expect(contracts.filter(({ isEqual }) => !isEqual)).toEqual([]);
    expect(await readLoaders(target.rpc, prepared)).toMatchObject({ burned: true, registeredAs: [] });
  }, 60_000);

  test("has nobody's stake twice where delegators claim it, and pays each of them to the wei", async () => {
    const made = await makeFork("claims");
    const { prepared } = made;
    const verification = await verifyFork(target.rpc, prepared, await loadLayouts(view.state, COMPILE_CACHES), { block: undefined, isLived: true });
    expect([...verification.invariants, ...verification.carriedOver, ...(verification.life?.verdicts ?? [])].filter(({ holds }) => !holds)).toEqual([]);
    expect(verification).toMatchObject({ equal: true });
    expect([...verification.carriedOver, ...(verification.life?.verdicts ?? [])].map(({ name }) => name)).toEqual(expect.arrayContaining(["claims-staged", "claims-not-loaded", "claims-pay"]));
    expectForetold(made);
  }, 60_000);
});
