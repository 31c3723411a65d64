import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readFunction } from "../../src/chain/read-function.ts";
import type { Runner } from "../../src/node/runner/runner.ts";
import type { EventKind, RunnerStatus } from "../../src/node/runner/runner-status.ts";
import { contractId } from "../../src/protocol/contract-id.ts";
import { ZERO_ADDRESS, type Hex } from "../../src/protocol/hex.ts";
import { revert, snapshot, startActorChain, type ActorChain } from "./actor-chain.ts";

const GIT: Hex = `0x${"22".repeat(20)}`;
const REGISTER = "function setContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash)";

let chain: ActorChain;
let untouched: Hex;

beforeAll(async () => {
  chain = await startActorChain("launch");
  untouched = await snapshot(chain.rpc);
});
afterAll(() => chain.anvil.stop());
beforeEach(async () => {
  await revert(chain.rpc, untouched);
  untouched = await snapshot(chain.rpc);
});

function textsOf(runner: Runner, kind: EventKind): string[] {
  return runner.events().filter((event) => event.kind === kind).map(({ text }) => text);
}

function unwell({ actors }: RunnerStatus): string[] {
  return actors.flatMap(({ name, health }) => (health.state === "ok" ? [] : [`${name} ${health.state}: ${health.reason}`]));
}

async function balanceOf(runner: Runner, role: string): Promise<bigint> {
  const address = runner.cast.members.find((member) => member.role === role)?.address;
  const [balance] = await readFunction(chain.rpc, chain.contract("LivepeerToken"), "function balanceOf(address) view returns (uint256)", [address]);
  return balance as bigint;
}

describe("a cast that behaves", () => {
  test("begins rounds, mints rewards, and does jobs from the claim to the fees", async () => {
    const runner = await chain.enter({});
    await runner.playRounds(6);
    const status = await runner.status();
    expect(unwell(status)).toEqual([]);
    expect(textsOf(runner, "missed-reward")).toEqual([]);
    expect(textsOf(runner, "slash")).toEqual([]);
    expect(status.work.rounds).toBe(6n);
    // The sixth round has just begun.
    expect(status.work.rewards).toBeGreaterThanOrEqual(15n);
    expect(status.work.claims).toBe(2n * status.work.jobs);
    expect(status.work.verifications).toBeGreaterThan(0n);
    expect(status.work.feesWei).toBeGreaterThan(0n);
    expect(status.bondedPpm).toBeGreaterThan(400_000n);
    expect(status.mintedWei).toBeLessThanOrEqual(status.mintableWei);
    expect(status.inflation.human).toBe(`0.0${status.inflation.raw}% per round`);
    expect(new Set(status.activeSet.map(({ name }) => name))).toEqual(new Set(["transcoder 1", "transcoder 2", "transcoder 3"]));
    expect(textsOf(runner, "bonding").some((text) => /unbonded|moved|again/.test(text))).toBe(true);
  });

  test("enters once, however often it is asked to", async () => {
    const runner = await chain.enter({});
    await runner.playRounds(1);
    const before = await chain.rpc.blockNumber();
    await runner.enter();
    await (await chain.enter({})).status();
    expect(await chain.rpc.blockNumber()).toBe(before);
    await runner.playRounds(1);
    expect(unwell(await runner.status())).toEqual([]);
  });

  test("goes on where a chain was set back to", async () => {
    const runner = await chain.enter({});
    await runner.playRounds(1);
    const earlier = await snapshot(chain.rpc);
    await runner.playRounds(2);
    await revert(chain.rpc, earlier);
    await runner.playRounds(2);
    expect(unwell(await runner.status())).toEqual([]);
  });
});

describe("misbehaviour", () => {
  test("is noticed, and punished where the protocol punishes it", async () => {
    const runner = await chain.enter({ transcoders: 5, jobsPerRound: 3, misbehaviour: ["double-claim", "missed-verification", "late-reward", "offline"] });
    await runner.playUntil(() => ["transcoder 4 was slashed", "transcoder 5 was slashed"].every((text) => textsOf(runner, "slash").some((slash) => slash.startsWith(text))), "two slashes", 400);
    await runner.playUntil(() => ["transcoder 2 ", "transcoder 3 "].every((who) => textsOf(runner, "missed-reward").some((text) => text.startsWith(who))), "missed rewards", 200);
    expect(textsOf(runner, "slash").filter((text) => !/^transcoder [45] was slashed/.test(text))).toEqual([]);
    expect(textsOf(runner, "missed-reward").filter((text) => text.startsWith("transcoder 1 "))).toEqual([]);
    expect(textsOf(runner, "reward").some((text) => text.startsWith("transcoder 3 "))).toBe(true);
    expect(textsOf(runner, "reward").some((text) => text.startsWith("transcoder 2 "))).toBe(false);
    expect(await balanceOf(runner, "watcher")).toBeGreaterThan(0n);
    // Whoever was thrown out comes back.
    expect(textsOf(runner, "pool").some((text) => text.startsWith("transcoder 5 is active"))).toBe(true);
  });
});

describe("trouble", () => {
  test("a pause makes everybody wait and say so, and is over when it is over", async () => {
    const runner = await chain.enter({});
    await runner.playRounds(2);
    await chain.asOwner(chain.protocol.controller, "function pause()");
    await runner.mine(30n);
    await runner.tick();
    const paused = await runner.status();
    expect(paused.paused).toBe(true);
    expect(paused.actors.filter(({ role }) => role !== "watcher" && role !== "solver").map(({ health }) => health)).toEqual(
      paused.actors.filter(({ role }) => role !== "watcher" && role !== "solver").map(() => ({ state: "waiting", reason: "the protocol is paused" })),
    );
    await chain.asOwner(chain.protocol.controller, "function unpause()");
    await runner.playRounds(2);
    expect(unwell(await runner.status())).toEqual([]);
    expect(textsOf(runner, "pause")).toEqual(["the protocol was paused", "the protocol goes on"]);
  });

  test("code that is missing is named by its error, costs nobody a reward, and is forgotten when it is back", async () => {
    const runner = await chain.enter({});
    await runner.playRounds(1);
    const { controller } = chain.protocol;
    const [target] = await readFunction(chain.rpc, controller, "function getContract(bytes32 id) view returns (address)", [contractId("JobsManagerTarget")]);
    await chain.asOwner(controller, REGISTER, [contractId("JobsManagerTarget"), ZERO_ADDRESS, GIT]);
    await runner.playRounds(3);
    const broken = await runner.status();
    expect(unwell(broken)).toContainEqual(expect.stringContaining("broadcaster failing: ManagerProxyTargetNotRegistered"));
    expect(textsOf(runner, "missed-reward")).toEqual([]);
    await chain.asOwner(controller, REGISTER, [contractId("JobsManagerTarget"), target, GIT]);
    await runner.playRounds(2);
    expect(unwell(await runner.status())).toEqual([]);
    expect(textsOf(runner, "health")).toContain("broadcaster is well again");
  });

  test("a round length that changes mid-round is noticed by who reads it, and costs rounds to who remembers another", async () => {
    const skipped: Record<string, boolean> = {};
    for (const cacheRoundLength of [false, true]) {
      await revert(chain.rpc, untouched);
      untouched = await snapshot(chain.rpc);
      const runner = await chain.enter({ cacheRoundLength });
      await runner.playRounds(1);
      await chain.asOwner(chain.contract("RoundsManager"), "function setRoundLength(uint256)", [10n]);
      await runner.playRounds(3);
      const begun = textsOf(runner, "round").map((text) => Number(text.split(" ")[1]));
      skipped[String(cacheRoundLength)] = begun.some((round, at) => at > 0 && round !== (begun[at - 1] ?? 0) + 1);
    }
    expect(skipped).toEqual({ false: false, true: true });
  });
});
