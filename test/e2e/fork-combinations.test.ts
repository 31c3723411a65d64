/** Ways of making a fork, put together: other code, moved accounts, chunks; packed records on the launch suite; strangers meanwhile. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Interface } from "ethers";
import { getAddress } from "ethers/address";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Anvil } from "../../src/chain/anvil.ts";
import { readFunction } from "../../src/chain/read-function.ts";
import type { ForkTerms } from "../../src/fork/fork-terms.ts";
import type { LoadingMethod } from "../../src/fork/loading/tail.ts";
import { compileForkSuite, prepareFork, type PreparedFork } from "../../src/fork/prepare-fork.ts";
import { compareFork, readLoaders } from "../../src/fork/read-fork-state.ts";
import type { ReplacedCode } from "../../src/fork/replaced-code.ts";
import { runFork } from "../../src/fork/run-fork.ts";
import { verifyFork } from "../../src/fork/verify-fork.ts";
import type { Project } from "../../src/inspection/project.ts";
import { walletSigner } from "../../src/keys/unlocked-key.ts";
import { MigrationRun } from "../../src/migration/run/migration-run.ts";
import { sendMigration, type MigrationOutcome } from "../../src/migration/run/send-migration.ts";
import { loadScript } from "../../src/migration/script/load-script.ts";
import { writeScript } from "../../src/migration/script/write-script.ts";
import { fillShipped, findShipped } from "../../src/migration/shipped/shipped-migrations.ts";
import { localAccounts } from "../../src/node/local-accounts.ts";
import { hexSchema, type Address, type Hex } from "../../src/protocol/hex.ts";
import { BondingView } from "../../src/snapshot/view/bonding.ts";
import { loadLayouts } from "../../src/snapshot/view/load-layouts.ts";
import type { StateView } from "../../src/snapshot/view/state-view.ts";
import type { Artifact } from "../../src/solidity/artifact.ts";
import { replaceFile } from "../../src/replace-file.ts";
import { startActorChain } from "./actor-chain.ts";
import { COMMIT, headOf, startTargetChain, viewOfLocalChain } from "./fork-world.ts";
import { COMPILE_CACHES, compileArtifacts } from "./local-project.ts";

const OTHER_SOURCE = "contracts/historic/BondingManagerForgottenFees2021.sol:BondingManagerForgottenFees2021";
const STRANGER = "0x00000000000000000000000000000000000005e7";
const { privateKey, address: deployer } = localAccounts().operator;
const newAddress = (index: number): Address => getAddress(`0x0bad00000000000000000000000000000000ca0${index}`) as Address;

let target: Anvil;
let folder: string;
let artifacts: Artifact[];

beforeAll(async () => {
  [target, folder, artifacts] = await Promise.all([startTargetChain(), mkdtemp(join(tmpdir(), "lpctl-fork-")), compileForkSuite(COMPILE_CACHES)]);
  await target.rpc.request("anvil_setBalance", [deployer, "0x56bc75e2d63100000"], z.unknown());
}, 60_000);
afterAll(async () => {
  await Promise.all([target.stop(), rm(folder, { recursive: true, force: true })]);
});

async function viewOf(profile: "launch" | "current", rounds: number): Promise<StateView> {
  const source = await startActorChain(profile);
  const runner = await source.enter({ delegators: 6 });
  await runner.playRounds(rounds);
  const view = await viewOfLocalChain(source.rpc, source.protocol);
  await source.anvil.stop();
  return view;
}

async function prepare(view: StateView, method: LoadingMethod, terms: Partial<ForkTerms> = {}, code: readonly ReplacedCode[] = []): Promise<PreparedFork> {
  const chain = await headOf(target.rpc);
  return prepareFork(view, {
    deployer,
    firstNonce: await target.rpc.nonce(deployer),
    gitCommitHash: COMMIT,
    snapshotId: `0x${"5a".repeat(32)}`,
    artifacts,
    chain,
    code,
    terms: { owner: undefined, unpause: true, parameters: {}, excluded: [], clock: { snapshotBlock: view.blockNumber, forkBlock: chain.block }, loading: { method, belowWei: undefined }, ...terms },
  });
}

let journals = 0;
function options(): Parameters<typeof runFork>[2] {
  return { chainId: 31337n, signer: walletSigner(privateKey), journalPath: join(folder, `journal-${journals++}.ndjson`), receiptLagMs: 200 };
}

/** Runs until a transaction is in the chain, then lets somebody act, then goes on. */
async function runWith(prepared: PreparedFork, acts: Readonly<Record<string, () => Promise<void>>>): Promise<void> {
  const given = options();
  for (const [id, act] of Object.entries(acts)) {
    const onProgress: typeof given.onProgress = ({ kind, operation }) => {
      if (kind === "confirmed" && operation.id === id) throw new Error("stopped");
    };
    await expect(runFork(target.rpc, prepared, { ...given, onProgress }), id).rejects.toThrow("stopped");
    await act();
  }
  await runFork(target.rpc, prepared, given);
}

/** Whether somebody can have a call carried out. */
async function can(from: string, to: string, data: string): Promise<boolean> {
  return target.rpc.request("eth_call", [{ from, to, data, gas: "0x1c9c380" }, "latest"], hexSchema).then(
    () => true,
    () => false,
  );
}

/** Everything that a stranger could send to a proxy while a loader stands in it. */
async function expectClosed(prepared: PreparedFork, loaders: readonly Address[]): Promise<void> {
  const { controller, contracts } = prepared.deployed;
  const bonding = contracts["BondingManager"] ?? "0x";
  expect(await readFunction(target.rpc, controller, "function paused() view returns (bool)")).toEqual([true]);
  const load = prepared.plan.transactions.find(({ id }) => id === "load:BondingManager:1");
  const loads = prepared.plan.transactions.filter(({ id, to }) => id.startsWith("load:") && to === bonding).map(({ data }) => data);
  expect(await can(deployer, bonding, load?.data ?? "0x"), "the deployer may").toBe(true);
  const open: string[] = [];
  const tryCall = async (what: string, to: string, data: string): Promise<void> => {
    if (await can(STRANGER, to, data)) open.push(what);
  };
  for (const data of loads) await tryCall("load", bonding, data);
  for (const loader of loaders) {
    await tryCall("burn", loader, new Interface(["function burn()"]).encodeFunctionData("burn"));
    for (const data of loads) await tryCall("load without a proxy", loader, data);
  }
  for (const name of ["BondingManager", "RoundsManager", "Controller"]) {
    const { abi } = artifacts.find((artifact) => artifact.name === name) ?? { abi: [] };
    for (const { name: called, selector } of changing(abi)) await tryCall(`${name}.${called}`, name === "Controller" ? controller : (contracts[name] ?? "0x"), selector + "00".repeat(320));
  }
  expect(open).toEqual([]);
}

function changing(abi: Artifact["abi"]): { name: string; selector: Hex }[] {
  const functions = new Interface(abi as ConstructorParameters<typeof Interface>[0]).fragments.filter((fragment) => fragment.type === "function");
  return functions.flatMap((fragment) => ("selector" in fragment && "stateMutability" in fragment && "name" in fragment && fragment.stateMutability === "nonpayable" ? [{ name: String(fragment.name), selector: fragment.selector as Hex }] : []));
}

async function expectEqual(prepared: PreparedFork, isLived: boolean): Promise<void> {
  const { view } = prepared;
  const verification = await verifyFork(target.rpc, prepared, await loadLayouts(view.state, COMPILE_CACHES), { block: undefined, isLived });
  expect([...verification.invariants, ...verification.carriedOver, ...(verification.life?.verdicts ?? [])].filter(({ holds, isDeclared }) => !holds && isDeclared !== true)).toEqual([]);
  expect(verification.contracts.filter(({ isEqual }) => !isEqual).map(({ name, different }) => ({ name, different }))).toEqual([]);
  expect(verification).toMatchObject({ equal: true, loaders: { burned: true, registeredAs: [] } });
}

/** The shipped script with these constants, run by the deployer. */
async function touch(prepared: PreparedFork, number: number, constants: Record<string, string>): Promise<MigrationOutcome> {
  const shipped = findShipped("touch-chunks");
  if (shipped === undefined) throw new Error("it is shipped");
  const project: Project = { folder, network: "local", chainId: 31337n, controller: prepared.deployed.controller, rpc: target.rpc, compilerCaches: [], sources: [], compilers: {}, delayBlocks: 0n, aftermath: false };
  const { path } = await writeScript(folder, `touch-${number}`, "touch-chunks");
  await replaceFile(path, await fillShipped(shipped, constants));
  const run = await MigrationRun.open(project, await loadScript(path), { sender: deployer });
  try {
    return await sendMigration(run, { signer: walletSigner(privateKey), producedBy: "test", receiptLagMs: 100 });
  } finally {
    await run.close();
  }
}

describe("a fork with several things at once", { concurrent: false }, () => {
  test("has other code, moved accounts and delegators in chunks, and lets no stranger act while it is loaded", async () => {
    const view = await viewOf("current", 2);
    const bonding = new BondingView(view);
    const transcoder = bonding.pool()[1]?.account;
    const all = [...bonding.delegators()];
    const delegator = all.find((each) => each.delegatedWei === 0n && each.bondedWei > 0n && each.delegate === transcoder)?.account ?? all.find((each) => each.delegatedWei === 0n && each.bondedWei > 0n)?.account;
    if (transcoder === undefined || delegator === undefined) throw new Error("somebody has delegated");
    const artifact = (await compileArtifacts([OTHER_SOURCE]))("BondingManagerForgottenFees2021");
    const moved = [transcoder, delegator].map((from, index) => ({ from, to: newAddress(index), reason: "its Safe is not here" }));
    const prepared = await prepare(view, "chunks", { moved }, [{ contract: "BondingManager", source: OTHER_SOURCE, artifact, replaces: "contracts/bonding/BondingManager.sol:BondingManager" }]);
    await runWith(prepared, { "load:BondingManager:begin": () => expectClosed(prepared, [prepared.loader]), "load:BondingManager:1": () => expectClosed(prepared, [prepared.loader]) });
    await expectEqual(prepared, true);

    // By a migration: first one account, then everybody, and then the code stands there without what brought them in.
    const { rows } = prepared.tail;
    expect(rows.length).toBeGreaterThan(2);
    const one = rows.find(({ account }) => account !== newAddress(1))?.account ?? "0x";
    await expect(touch(prepared, 1, { ACCOUNTS: JSON.stringify([STRANGER]) })).rejects.toMatchObject({ why: expect.stringContaining("do not wait in the chunks") as unknown });
    expect(await touch(prepared, 2, { ACCOUNTS: JSON.stringify([one, one.toLowerCase()]) })).toMatchObject({ operations: 1, confirmed: 1 });
    await expect(touch(prepared, 3, { ACCOUNTS: JSON.stringify([one]) })).rejects.toMatchObject({ why: expect.stringContaining("or not any more") as unknown });
    expect(await touch(prepared, 4, { PER_CALL: "2", FINISH: "true", COMMIT: JSON.stringify(COMMIT) })).toMatchObject({ operations: Math.ceil((rows.length - 1) / 2) + 1, skipped: 0 });
    const { contracts } = await compareFork(target.rpc, { ...prepared, predicted: prepared.predicted.map((each) => ({ ...each, words: each.complete ?? each.words })) }, undefined);
    expect(contracts.filter(({ isEqual }) => !isEqual).map(({ name, different }) => [name, different.length])).toEqual([["Controller", 1]]);
    expect(await readFunction(target.rpc, prepared.deployed.contracts["BondingManager"] ?? "0x", "function hasCoarseFactors(address) view returns (bool)", [newAddress(0)])).toEqual([false]);
    await expect(touch(prepared, 5, {})).rejects.toMatchObject({ why: expect.stringContaining("not loaded from chunks") as unknown });
  }, 60_000);

  test("has delegators of the launch suite from packed records, and lets no stranger act on either loader", async () => {
    const view = await viewOf("launch", 1);
    const prepared = await prepare(view, "typed");
    const { plannedTail } = prepared;
    if (plannedTail?.method !== "typed") throw new Error("it is loaded from records");
    expect(plannedTail.tail.rows.length).toBeGreaterThan(3);
    const loaders = [prepared.loader, plannedTail.loader];
    await runWith(prepared, { "load:BondingManager:begin": () => expectClosed(prepared, loaders) });
    await expectEqual(prepared, false);
    expect(await readLoaders(target.rpc, prepared)).toMatchObject({ burned: true, registeredAs: [] });
  }, 60_000);
});
