import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HDNodeWallet } from "ethers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { PUBLISHED_TEST_MNEMONIC, type Anvil } from "../../src/chain/anvil.ts";
import { readFunction } from "../../src/chain/read-function.ts";
import { addNetwork } from "../../src/config/add-network.ts";
import { saveClaims } from "../../src/fork/fork-record.ts";
import { claimOnCopy } from "../../src/fork/loading/claim-on-copy.ts";
import { claimantsOf } from "../../src/fork/loading/claims-tail.ts";
import type { Claim, ClaimTree } from "../../src/fork/loading/claims-file.ts";
import { judgeTail } from "../../src/fork/loading/judge-tail.ts";
import type { LoadingMethod } from "../../src/fork/loading/tail.ts";
import { compileForkSuite, prepareFork, type PreparedFork } from "../../src/fork/prepare-fork.ts";
import { compareFork, readLoaders } from "../../src/fork/read-fork-state.ts";
import { runFork } from "../../src/fork/run-fork.ts";
import { verifyFork } from "../../src/fork/verify-fork.ts";
import { createKeystore } from "../../src/keys/keystore.ts";
import { walletSigner } from "../../src/keys/unlocked-key.ts";
import { callTo } from "../../src/node/actors/actor.ts";
import { localAccounts } from "../../src/node/local-accounts.ts";
import { sendUnlocked } from "../../src/node/setup-sender.ts";
import type { Address } from "../../src/protocol/hex.ts";
import type { Artifact } from "../../src/solidity/artifact.ts";
import { loadLayouts } from "../../src/snapshot/view/load-layouts.ts";
import { BondingView } from "../../src/snapshot/view/bonding.ts";
import { openView, type StateView } from "../../src/snapshot/view/state-view.ts";
import { expectDocument } from "../cli/result-schemas.ts";
import { cleanEnvironment, type Ran } from "../cli/run-lpctl.ts";
import { createWarmLpctl } from "../cli/warm-lpctl.ts";
import { startActorChain } from "./actor-chain.ts";
import { COMMIT, headOf, startTargetChain, viewOfLocalChain } from "./fork-world.ts";
import { COMPILE_CACHES } from "./local-project.ts";

let target: Anvil;
let view: StateView;
let folder: string;
let artifacts: Artifact[];
/** The fork that was loaded with claims. */
let claimed: PreparedFork | undefined;
const warm = createWarmLpctl();
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
  await warm.stop();
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

/** Somebody of the cast who can claim stake, with its published key. */
function claimantOf(tree: ClaimTree): { entry: Claim["entry"]; privateKey: string } {
  const root = HDNodeWallet.fromPhrase(PUBLISHED_TEST_MNEMONIC, "", "m/44'/60'/0'/0");
  for (let at = 1_000; at < 1_008; at++) {
    const { address, privateKey } = root.deriveChild(at);
    const [claim] = tree.claimsOf(address as Address);
    if (claim !== undefined && claim.entry[3] > 0n) return { entry: claim.entry, privateKey };
  }
  throw new Error("no delegator of the cast can claim");
}

/** The next one: few blocks may be left of the one that it is. */
async function beginRound(rounds: Address): Promise<void> {
  const [start = 0n, length = 0n] = (await Promise.all(["currentRoundStartBlock", "roundLength"].map((name) => readFunction(target.rpc, rounds, `function ${name}() view returns (uint256)`)))).map(([value]) => BigInt(String(value)));
  await target.rpc.request("anvil_mine", [`0x${(start + length - (await target.rpc.blockNumber())).toString(16)}`], z.unknown());
  const { to, data } = callTo(rounds, "function initializeRound()", [], "");
  const anybody = localAccounts().deployer.address;
  await sendUnlocked(target.rpc, anybody, await target.rpc.nonce(anybody), { to, data, valueWei: 0n });
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

  test("lets nobody claim on whom others rely, who waits for stake, who does not come along, or who could not call", async () => {
    const terms = { loading: { method: "claims" as const, belowWei: undefined }, excluded: [] };
    const accountsOf = async (changed: Partial<Parameters<typeof claimantsOf>[1]>, of: StateView = view): Promise<Address[]> => (await claimantsOf(of, { ...terms, ...changed })).rows.map(({ account }) => account);
    const bonding = new BondingView(view);
    const all = await accountsOf({});
    const known = [...bonding.delegators()];
    expect(all.length).toBeGreaterThan(3);
    expect(known.filter(({ account, delegatedWei }) => delegatedWei > 0n && all.includes(account))).toEqual([]);
    expect(known.filter((each) => bonding.locks(each).length > 0 && all.includes(each.account))).toEqual([]);
    expect(known.filter((each) => !all.includes(each.account) && each.delegatedWei === 0n && each.bondedWei > 0n && bonding.locks(each).length === 0)).toEqual([]);

    const [first = "0x", second = "0x", third = "0x"] = all;
    const { state, blockNumber } = view;
    const withCode = await openView({ ...state, preimages: { ...state.preimages, contracts: [{ address: third, codeHash: `0x${"c0".repeat(32)}` }] } }, { layouts: await loadLayouts(state, COMPILE_CACHES), blockNumber });
    expect(await accountsOf({ excluded: [{ account: first, reason: "so" }], moved: [{ from: second, to: deployer, reason: "so" }] }, withCode)).toEqual(all.slice(3));
    const stakes = all.map((account) => bonding.pending(bonding.delegator(account))?.stakeWei ?? 0n);
    const most = stakes.reduce((largest, stake) => (stake > largest ? stake : largest), 0n);
    expect(await accountsOf({ loading: { method: "claims", belowWei: most } })).toEqual(all.filter((_, at) => (stakes[at] ?? 0n) < most));
    expect(await accountsOf({ loading: { method: "raw", belowWei: undefined } })).toEqual([]);
  });

  test("has nobody's stake twice where delegators claim it, and pays each of them to the wei", async () => {
    const made = await makeFork("claims");
    const { prepared } = made;
    const verification = await verifyFork(target.rpc, prepared, await loadLayouts(view.state, COMPILE_CACHES), { block: undefined, isLived: false });
    expect([...verification.invariants, ...verification.carriedOver].filter(({ holds }) => !holds)).toEqual([]);
    expect(verification).toMatchObject({ equal: true });
    expect(verification.carriedOver.map(({ name }) => name)).toEqual(expect.arrayContaining(["claims-staged", "claims-not-loaded"]));
    if (prepared.plannedTail?.method !== "claims") throw new Error("nothing can be claimed");
    expect(await claimOnCopy(target.url, prepared, prepared.plannedTail, verification.block.number)).toMatchObject({ holds: true, detail: `${prepared.tail.rows.length} of ${prepared.tail.rows.length} accounts claimed on a copy` });
    expectForetold(made);
    const again = await runFork(target.rpc, prepared, { chainId: 31337n, signer: walletSigner(privateKey), journalPath: join(folder, "lost-claims.ndjson"), receiptLagMs: 200 });
    expect(again.filter(({ outcome }) => outcome !== "skipped").map(({ id }) => id)).toEqual([]);
    await saveClaims({ claims: join(folder, "claims.json") }, prepared);
    claimed = prepared;
  }, 60_000);

  test("shows an account its claim, opens the claims once the review is over, and sends the claim once", async () => {
    const { plannedTail, deployed } = claimed ?? {};
    if (plannedTail?.method !== "claims" || deployed === undefined) throw new Error("nothing can be claimed");
    const { tree, claims } = plannedTail;
    const contractIn = (name: string): Address => deployed.contracts[name] ?? "0x";
    const { entry, privateKey: own } = claimantOf(tree);
    const [, account, delegate, stakeWei] = entry;
    await Promise.all([
      createKeystore({ directory: join(folder, "keys"), name: "mine", password: "known", privateKey: own, scryptN: 1024 }),
      createKeystore({ directory: join(folder, "keys"), name: "other", password: "known", privateKey: localAccounts().deployer.privateKey, scryptN: 1024 }),
      writeFile(join(folder, "password"), "known"),
      target.rpc.request("anvil_setBalance", [account, "0x56bc75e2d63100000"], z.unknown()),
    ]);
    const passwordFile = join(folder, "password");
    const keys = { mine: { keystore: join(folder, "keys/mine.json"), passwordFile }, other: { keystore: join(folder, "keys/other.json"), passwordFile } };
    await addNetwork(join(folder, "lpctl.yaml"), "fork", { rpcUrl: target.url, chainId: 31337, keys });
    const lpctl = (...args: string[]): Promise<Ran> => warm.run({ args: ["fork", "claim", "claims.json", "--network", "fork", ...args], cwd: folder, env: cleanEnvironment(folder) });

    const early = await lpctl("--account", account, "--json");
    expect(early.exitCode).toBe(5);
    expect(expectDocument("fork claim", early)).toMatchObject({ phase: "review", root: tree.root, claim: { account, isClaimed: false, entry: { stakeWei: stakeWei.toString() }, delegate } });
    expect(await lpctl("--key", "mine", "--confirm", "fork")).toMatchObject({ exitCode: 5, stderr: expect.stringContaining("LPCTL_CLAIM_IN_REVIEW") as unknown });
    expect(await lpctl("--account", claims)).toMatchObject({ exitCode: 3, stderr: expect.stringContaining(`${claims} has nothing to claim`) as unknown });

    await target.rpc.request("evm_increaseTime", [Number(REVIEW_SECONDS)], z.unknown());
    await target.rpc.request("evm_mine", [], z.unknown());
    await beginRound(contractIn("RoundsManager"));
    expect(await lpctl("--account", account, "--key", "other", "--confirm", "fork")).toMatchObject({ exitCode: 3, stderr: expect.stringContaining("LPCTL_CLAIM_OTHER_ACCOUNT") as unknown });
    const sent = await lpctl("--key", "mine", "--confirm", "fork", "--json");
    expect(expectDocument("fork claim", sent)).toMatchObject({ phase: "ready", claim: { account, isClaimed: true }, sent: [expect.anything(), expect.anything()] as unknown });
    const bonded = await readFunction(target.rpc, contractIn("BondingManager"), "function pendingStake(address account, uint256 round) view returns (uint256)", [account, 0n]);
    expect(bonded[0]).toBe(stakeWei);
    expect(await lpctl("--key", "mine", "--confirm", "fork")).toMatchObject({ exitCode: 3, stderr: expect.stringContaining("has claimed already") as unknown });

    // What was claimed is missing from the contract, and bonded: a fork that begins so is none.
    const judged = await judgeTail(target.rpc, claimed as PreparedFork, await target.rpc.blockNumber());
    expect(judged.map(({ name, holds }) => [name, holds])).toEqual([["claims-staged", false], ["claims-not-loaded", false]]);
    expect(judged[0]?.detail).toContain(`it has ${tree.tokensWei - stakeWei} of ${tree.tokensWei} units of the token`);
    await target.rpc.request("anvil_setStorageAt", [claims, `0x${"3".padStart(64, "0")}`, `0x${"ab".repeat(32)}`], z.unknown());
    await target.rpc.request("evm_mine", [], z.unknown());
    expect((await lpctl("--account", account)).stderr).toContain("LPCTL_CLAIM_OTHER_TREE");
  }, 60_000);
});
