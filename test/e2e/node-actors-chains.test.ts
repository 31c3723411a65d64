import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { startAnvil } from "../../src/chain/anvil.ts";
import type { RunnerEvent } from "../../src/node/runner/runner-status.ts";
import { startActorChain } from "./actor-chain.ts";

/** What happened, in order, without the addresses of accounts. */
function told(events: readonly RunnerEvent[]): string[] {
  return events.map(({ block, round, text }) => `${block} ${round} ${text}`);
}

test("the same seed makes the same people do the same things, block by block; another seed does not", async () => {
  const play = async (seed: bigint): Promise<string[]> => {
    const chain = await startActorChain("launch");
    try {
      const runner = await chain.enter({ seed, jobsPerRound: 2 });
      await runner.playRounds(3);
      return told(runner.events());
    } finally {
      await chain.anvil.stop();
    }
  };
  const first = await play(7n);
  expect(first.length).toBeGreaterThan(30);
  expect(await play(7n)).toEqual(first);
  expect(await play(8n)).not.toEqual(first);
});

test("a chain that is away is told of, and work goes on when it is back on its port", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lpctl-actors-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const statePath = join(folder, "state.json");
  const chain = await startActorChain("launch", { statePath });
  onTestFinished(() => chain.anvil.stop());
  const runner = await chain.enter({ jobsPerRound: 3 });
  await runner.playUntil(async () => (await runner.status()).work.claims > 2n, "claims that are open");
  const { block } = await runner.status();
  await chain.anvil.stop();
  expect((await runner.tick()).reachable).toBe(false);
  const away = await runner.status();
  expect(away.chain).toMatchObject({ reachable: false });
  expect(away.block).toBe(block);
  expect(new Set(away.actors.map(({ health }) => JSON.stringify(health)))).toEqual(new Set(['{"state":"waiting","reason":"the chain does not answer"}']));

  const again = await startAnvil({ port: chain.anvil.port, statePath, gasLimit: 1_000_000_000n, timeoutMs: 10_000 });
  onTestFinished(() => again.stop());
  await runner.playRounds(2);
  const status = await runner.status();
  expect(status.actors.filter(({ health }) => health.state !== "ok")).toEqual([]);
  // Contracts get other hashes for blocks from before, and with them other challenges: neither a reason to slash nor to fail.
  expect(runner.events().filter(({ kind, text }) => kind === "slash" || (kind === "health" && !text.includes("well again")))).toEqual([]);
  expect(runner.events().filter(({ kind }) => kind === "chain").map(({ text }) => text)).toEqual([expect.stringContaining("the chain does not answer"), "the chain answers again"]);
});

test("a chain that mines by a clock of its own, or not by itself at all, is served too", async () => {
  const chain = await startActorChain("launch");
  onTestFinished(() => chain.anvil.stop());
  const runner = await chain.enter({});
  for (const [method, value] of [["evm_setAutomine", false], ["evm_setIntervalMining", 1]] as const) {
    await chain.rpc.request(method, [value], z.unknown());
    await runner.playRounds(1);
  }
  expect((await runner.status()).actors.filter(({ health }) => health.state !== "ok")).toEqual([]);
});

test("on the current protocol winning tickets are redeemed and paid to active transcoders", async () => {
  const chain = await startActorChain("current");
  onTestFinished(() => chain.anvil.stop());
  const runner = await chain.enter({ misbehaviour: ["late-reward"] });
  await runner.playRounds(4);
  const status = await runner.status();
  expect(status.actors.filter(({ health }) => health.state !== "ok")).toEqual([]);
  expect(status.work.tickets).toBeGreaterThan(3n);
  expect(status.work.rewards).toBeGreaterThan(6n);
  expect(status.work.missedRewards).toBeGreaterThan(0n);
  expect(status.bondedPpm).toBeGreaterThan(400_000n);
  // The first round moves 220500 parts of 10^9 by 500, and so does every other.
  expect(status.inflation.raw % 500n).toBe(0n);
  expect(status.inflation.human).toMatch(/^0\.02[0-9]{2,3}% per round$/);
  expect(status.mintableWei).toBe((status.supplyWei - status.mintedWei) * status.inflation.raw / 10n ** 9n);
});
