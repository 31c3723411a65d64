import { afterAll, beforeAll, expect, test } from "vitest";
import type { PlannedStep } from "../../../src/authority/planned-step.ts";
import { startAnvil, type Anvil } from "../../../src/chain/anvil.ts";
import type { Call } from "../../../src/proposal/call.ts";
import type { Address } from "../../../src/protocol/hex.ts";
import type { ControlRecord, StateChange } from "../../../src/outcome/simulation.ts";
import { runControl } from "../../../src/simulation/classify/control-run.ts";
import { dependsOnTime } from "../../../src/simulation/classify/depends-on-time.ts";
import type { AddressBook } from "../../../src/simulation/contract-book.ts";
import type { ForkMark } from "../../../src/simulation/fork.ts";
import { simulate } from "../../../src/simulation/route-runner.ts";
import type { Artifact } from "../../../src/solidity/artifact.ts";
import { bookOf, compileFixture, deploy, encode } from "./fixture-contracts.ts";

/** Deploys, and so owns the pool. */
const OWNER: Address = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const DAY = 86_400n;

let chain: Anvil;
let pool: Artifact;
let poolAt: Address;
let book: AddressBook;

beforeAll(async () => {
  [chain, pool] = await Promise.all([startAnvil(), compileFixture("AccruingPool")]);
  poolAt = await deploy(chain.rpc, pool);
  book = bookOf(poolAt, pool, {});
});
afterAll(() => chain.stop());

interface Controlled {
  changes: StateChange[];
  control: ControlRecord;
  /** Paths driven by time, with the reason. */
  driven: Record<string, string>;
}

async function controlled(name: string, args: unknown[], more: { unchanged?: Call[]; book?: AddressBook } = {}): Promise<Controlled> {
  const call = { to: poolAt, valueWei: 0n, data: encode(pool, name, args) };
  const steps: PlannedStep[] = [
    { kind: "advance-time", title: "wait", seconds: DAY },
    { kind: "transaction", title: name, from: OWNER, ...call },
  ];
  let start: ForkMark | undefined;
  let control: ControlRecord | undefined;
  const { changes } = await simulate({
    rpcUrl: chain.url,
    steps,
    book: more.book ?? book,
    proposalId: `0x${"11".repeat(32)}`,
    assumptions: [],
    before: async (fork) => {
      start = await fork.mark();
    },
    after: async (fork, result) => {
      if (start === undefined) throw new Error("no mark");
      await fork.returnTo(start);
      control = await runControl({
        fork, steps, book: more.book ?? book, changes: result.changes, calls: [call], authority: OWNER, unchangedSettings: more.unchanged ?? [], isSettled: () => false,
      });
    },
  });
  if (control === undefined) throw new Error("no control run");
  return { changes, control, driven: Object.fromEntries(control.driven.map(({ path, why }) => [path, why])) };
}

test("tells an index that grows by itself from the rate that is set", async () => {
  const { changes, driven } = await controlled("setRatePerSecond", [5n]);
  expect(changes.map(({ path }) => path)).toEqual(["index", "accruedAt", "ratePerSecond"]);
  expect(driven).toEqual({
    index: "changes in the same way without the proposal, when a stranger calls AccruingPool.accrue()",
    accruedAt: "changes in the same way without the proposal, when a stranger calls AccruingPool.accrue()",
  });
});

test("finds the same where nobody but the authority can bring the index up to date", async () => {
  const unchanged = [{ to: poolAt, valueWei: 0n, data: encode(pool, "setRatePerSecond", [1_000n]) }];
  const { driven, control } = await controlled("setRatePerSecond", [5n], { unchanged, book: { ...book, interfaceOf: () => undefined } });
  expect(driven["index"]).toBe("changes in the same way without the proposal, when what is set is set once more to the value it has");
  expect(Object.keys(driven)).toEqual(["index", "accruedAt"]);
  expect(control.ran).toHaveLength(2);
});

test("does not take for accrual what the proposal does to the index", async () => {
  const { driven } = await controlled("setRateOfAllTimes", [7_000n]);
  expect(driven).not.toHaveProperty("index");
  expect(driven).toHaveProperty("accruedAt");
});

test("goes by the dependence on time alone where no function is known, and says so", async () => {
  const { driven, control } = await controlled("setRatePerSecond", [5n], { book: { ...book, interfaceOf: () => undefined } });
  expect(driven).toEqual({
    index: "depends on the time: it comes out differently 8 days and 57600 blocks later",
    accruedAt: "depends on the time: it comes out differently 8 days and 57600 blocks later",
  });
  expect(control.blind.join()).toContain("clock");
});

test("knows entries of a day by their key, whatever they hold, and leaves owners alone that the clock chooses", async () => {
  const set = await controlled("setFee", [40n]);
  expect(Object.keys(set.driven).toSorted()).toEqual(["accruedAt", "index", "seedOfDay[*]", "settingsOfDay[*]"]);
  const [even, odd] = [1, 2].map((digit) => `0x${String(digit).repeat(40)}`);
  expect((await controlled("shuffle", [even, odd])).driven).not.toHaveProperty("owner");
});

test("does not take an entry that is chosen by hand for one of the days, even if it is only written today", async () => {
  for (const until of [10n ** 12n, (await chain.rpc.block("latest")).timestampSeconds + 2n * DAY]) {
    const { changes, control } = await controlled("rewriteDay", [7n, 1_000n, until]);
    expect(changes.map(({ path }) => path)).toContain("settingsOfDay[7]");
    const days = control.driven.find(({ path }) => path === "settingsOfDay[*]");
    expect(days).toMatchObject({ except: ["settingsOfDay[7]"] });
    expect(control.driven.map(({ path }) => path)).toEqual(["settingsOfDay[*]"]);
  }
});

test("knows entries that move on together, and those that overlap with the ones before", () => {
  const entry = (path: string): StateChange => ({ address: OWNER, kind: "storage", slot: "0x01", path, type: "uint256", before: "0x00", after: "0x01", beforeText: "0", afterText: "1" });
  const driven = (now: string[], later: string[]) => [...new Map([...dependsOnTime(now.map(entry), later.map(entry), "a day")].map((place) => [place.path, place.except ?? []]))];
  expect(driven(["s[41]", "s[42]"], ["s[42]", "s[43]"])).toEqual([["s[*]", []]]);
  expect(driven(["s[41][7]", "s[41][8]"], ["s[51][7]", "s[51][8]"])).toEqual([["s[*][*]", []]]);
  expect(driven(["s[41]", "s[48]", "s[9]"], ["s[51]", "s[58]", "s[9]"])).toEqual([["s[*]", ["s[9]"]]]);
  expect(driven(["s[41]"], ["s[51]", "s[999]"])).toEqual([["s[*]", ["s[999]"]]]);
  expect(driven(["s[41]", "s[45]"], ["s[43]", "s[51]", "s[55]"])).toEqual([["s[*]", []]]);
  expect(driven(["s[9]"], ["s[9]"])).toEqual([]);
});

test("leaves the fork's chain as it was", async () => {
  const before = await chain.rpc.blockNumber();
  await controlled("setFee", [41n]);
  expect(await chain.rpc.blockNumber()).toBe(before);
});
