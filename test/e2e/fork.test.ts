import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Anvil } from "../../src/chain/anvil.ts";
import { compareFork, readLoaders } from "../../src/fork/read-fork-state.ts";
import { compileForkSuite, prepareFork, type PreparedFork } from "../../src/fork/prepare-fork.ts";
import { runFork } from "../../src/fork/run-fork.ts";
import { walletSigner } from "../../src/keys/unlocked-key.ts";
import { localAccounts } from "../../src/node/local-accounts.ts";
import type { Profile } from "../../src/protocol/profiles.ts";
import type { StateView } from "../../src/snapshot/view/state-view.ts";
import { startActorChain, type ActorChain } from "./actor-chain.ts";
import { COMMIT, headOf, startTargetChain, viewOfLocalChain } from "./fork-world.ts";
import { COMPILE_CACHES } from "./local-project.ts";

describe.each<Profile>(["current", "launch"])("a fork of a protocol of the profile %s that has lived", (profile) => {
  let source: ActorChain;
  let target: Anvil;
  let view: StateView;
  let prepared: PreparedFork;
  let folder: string;
  const { privateKey, address: deployer } = localAccounts().deployer;

  beforeAll(async () => {
    [source, target, folder] = await Promise.all([startActorChain(profile), startTargetChain(), mkdtemp(join(tmpdir(), "lpctl-fork-"))]);
    const runner = await source.enter({});
    await runner.playRounds(3);
    view = await viewOfLocalChain(source.rpc, source.protocol);
    const chain = await headOf(target.rpc);
    prepared = await prepareFork(view, {
      deployer,
      firstNonce: await target.rpc.nonce(deployer),
      gitCommitHash: COMMIT,
      artifacts: await compileForkSuite(COMPILE_CACHES),
      chain,
      terms: { owner: undefined, unpause: true, parameters: { "BondingManager.unbondingPeriod": 9n }, excluded: [], clock: { snapshotBlock: view.blockNumber, forkBlock: chain.block } },
    });
  }, 60_000);
  afterAll(async () => {
    await Promise.all([source.anvil.stop(), target.stop(), rm(folder, { recursive: true, force: true })]);
  });

  test("has every storage root of the snapshot with the declared words replaced", async () => {
    const results = await runFork(target.rpc, prepared, { chainId: 31337n, signer: walletSigner(privateKey), journalPath: join(folder, "journal.ndjson") });
    const { contracts } = await compareFork(target.rpc, prepared, undefined);
    expect(contracts.filter(({ isEqual, isCodeEqual }) => !isEqual || isCodeEqual === false).map(({ name, different }) => ({ name, different }))).toEqual([]);
    expect(contracts.map(({ balanceWei, predictedBalanceWei }) => balanceWei - predictedBalanceWei).every((difference) => difference === 0n)).toBe(true);
    const used = results.reduce((sum, { receipt }) => sum + (receipt?.gasUsed ?? 0n), 0n);
    expect(Number((prepared.gas * 1000n) / used)).toBeGreaterThan(970);
    expect(Number((prepared.gas * 1000n) / used)).toBeLessThan(1100);
    expect(await readLoaders(target.rpc, prepared)).toMatchObject({ burned: true, registeredAs: [] });
  }, 60_000);
});
