import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeAll, afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { OperationResult } from "../../src/chain/operation.ts";
import { readFunction } from "../../src/chain/read-function.ts";
import { openGenesis, recordGenesis, type OpenedGenesis } from "../../src/genesis/open-genesis.ts";
import { runGenesis } from "../../src/genesis/run-genesis.ts";
import { localAccounts } from "../../src/node/local-accounts.ts";
import { sendUnlocked } from "../../src/node/setup-sender.ts";
import { BANK, GOVERNANCE, SMALL } from "../unit/genesis/genesis-text.ts";
import { startGenesisProject, type GenesisProject } from "./genesis-project.ts";

let chain: GenesisProject;
let file: string;
/** Each test begins on the chain as it was before any genesis. */
let snapshot: string;
let text: string;
/** The genesis of that file, checked and simulated, and nothing of it recorded or sent. */
let fresh: OpenedGenesis;

beforeAll(async () => {
  chain = await startGenesisProject();
  file = join(chain.folder, "genesis.yaml");
  snapshot = await chain.rpc.request("evm_snapshot", [], z.string());
  const { timestampSeconds } = await chain.rpc.block("latest");
  // A commit of its own, so that a commit to this repository meanwhile changes nothing.
  const own = SMALL.replace(BANK, chain.safe).replace(GOVERNANCE, chain.safe).replace(/start: 2.*/, `start: ${timestampSeconds + 86_400n}`);
  text = `${own}gitCommit: "${"c0".repeat(20)}"\n`;
  await writeFile(file, text);
  fresh = await openGenesis(chain.project, file, chain.deployer, now());
});
afterAll(() => chain.stop());
afterEach(async () => {
  await chain.rpc.request("evm_revert", [snapshot], z.literal(true));
  snapshot = await chain.rpc.request("evm_snapshot", [], z.string());
  await rm(join(chain.folder, "genesis"), { recursive: true, force: true });
  await writeFile(file, text);
});

function now(): bigint {
  return BigInt(Math.floor(Date.now() / 1000));
}

async function open(): Promise<OpenedGenesis> {
  return openGenesis(chain.project, file, chain.deployer, now());
}

class Stopped extends Error {}

/** Runs a genesis until it stops at the n-th thing it writes or sends, as a kill there would leave it. */
async function runUntil(boundary: number, opened = fresh, meanwhile?: () => void): Promise<OpenedGenesis> {
  let left = boundary;
  const onCheckpoint = (): void => {
    meanwhile?.();
    if (--left === 0) throw new Stopped();
  };
  await expect(runGenesis(chain.rpc, opened, { signer: chain.signer, onCheckpoint })).rejects.toThrow(Stopped);
  return opened;
}

async function finish(): Promise<OperationResult[]> {
  return runGenesis(chain.rpc, await open(), { signer: chain.signer, receiptLagMs: 200 });
}

/** What the deployer does beside the genesis. */
async function sendSomethingElse(): Promise<void> {
  await sendUnlocked(chain.rpc, chain.deployer, await chain.rpc.nonce(chain.deployer), { to: localAccounts().delegator.address, data: "0x", valueWei: 1n });
}

/** Every grant is there once, nothing is left over, and the Controller changed hands. */
async function expectComplete({ record, prepared }: OpenedGenesis, otherTransactions = 0n): Promise<void> {
  const { rpc } = chain;
  const read = async (to: typeof record.controller, signature: string, args: unknown[] = []): Promise<unknown> => (await readFunction(rpc, to, signature, args))[0];
  const token = record.contracts["LivepeerToken"] ?? "0x";
  const balance = "function balanceOf(address account) view returns (uint256)";
  expect(await read(record.genesisManager, "function stage() view returns (uint8)")).toBe(2n);
  expect(await read(token, balance, [record.genesisManager])).toBe(0n);
  expect(await read(token, "function totalSupply() view returns (uint256)")).toBe(prepared.terms.allocations.total);
  expect(await read(token, balance, [chain.safe])).toBe(prepared.terms.allocations.company);
  for (const { receiver, amountWei } of [...prepared.terms.grants.team, ...prepared.terms.grants.investors]) {
    const holder = await read(record.genesisManager, "function vestingHolders(address receiver) view returns (address)", [receiver]);
    expect(await read(token, balance, [holder])).toBe(amountWei);
  }
  expect(await read(token, "function owner() view returns (address)")).toBe(record.contracts["Minter"]);
  expect(await read(record.controller, "function owner() view returns (address)")).toBe(chain.safe);
  expect(await read(record.controller, "function paused() view returns (bool)")).toBe(true);
  // One transaction for each of the plan: nothing was sent twice.
  expect(await rpc.nonce(chain.deployer)).toBe(BigInt(prepared.plan.transactions.length) + otherTransactions);
}

function indexOf(id: string): number {
  const index = fresh.prepared.plan.transactions.findIndex((transaction) => transaction.id === id);
  expect(index).toBeGreaterThanOrEqual(0);
  return index;
}

/** The plan's line and its flush come first; each transaction passes six boundaries. */
function boundaryOf(transaction: number, within = 1): number {
  return 2 + transaction * 6 + within;
}

describe("a genesis that was interrupted", () => {
  test("goes on exactly, wherever it stopped", async () => {
    const boundaries = boundaryOf(fresh.prepared.plan.transactions.length, 0);
    let opened = fresh;
    let passed = 0;
    // Another kind of boundary each time: before and after a line is written, before and after bytes are sent.
    for (let run = 1; passed + 31 + run < boundaries; run++) {
      await runUntil(31 + run, opened);
      opened = await open();
      expect(opened.isBegun).toBe(true);
      passed = boundaryOf(opened.done, 0);
    }
    expect(opened.done).toBeGreaterThan(30);
    const results = await finish();
    expect(results.every(({ outcome }) => outcome === "confirmed")).toBe(true);
    await expectComplete(opened);
  });

  test("goes on from the chain when its journal is lost", async () => {
    const opened = await runUntil(boundaryOf(44, 1));
    await rm(opened.paths.journalOf(opened.record.planHash));
    const results = await finish();
    expect(results.filter(({ outcome }) => outcome === "skipped")).toHaveLength(44);
    await expectComplete(opened);
    // And when all of it is done.
    await rm(opened.paths.journalOf(opened.record.planHash));
    expect((await finish()).filter(({ outcome }) => outcome === "skipped")).toHaveLength(opened.prepared.plan.transactions.length);
    await expectComplete(opened);
  });

  test("refuses a nonce that went to something else while addresses depend on it, before anything is signed", async () => {
    const opened = await runUntil(boundaryOf(10, 1));
    await sendSomethingElse();
    const before = await readFile(opened.paths.journalOf(opened.record.planHash), "utf8");
    const { title } = opened.prepared.plan.transactions[10] ?? { title: "" };
    await expect(finish()).rejects.toMatchObject({
      code: "LPCTL_GENESIS_NONCE_TAKEN",
      exit: 3,
      message: expect.stringContaining(`"${title}" cannot be sent any more`),
      next: expect.stringContaining(`move ${opened.paths.folder} away, then lpctl genesis run`),
    });
    expect(await readFile(opened.paths.journalOf(opened.record.planHash), "utf8")).toBe(before);
    expect(await chain.rpc.nonce(chain.deployer)).toBe(11n);
    // Begun anew as it says: other addresses, from the next nonce on.
    await rm(opened.paths.folder, { recursive: true });
    const anew = await open();
    expect(anew.record.firstNonce).toBe(11n);
    expect(anew.record.controller).not.toBe(opened.record.controller);
  });

  test("refuses it too when our own transaction for that nonce was signed already", async () => {
    const opened = await runUntil(boundaryOf(10, 3));
    await sendSomethingElse();
    await expect(finish()).rejects.toMatchObject({ code: "LPCTL_GENESIS_NONCE_TAKEN" });
    expect(await chain.rpc.nonce(chain.deployer)).toBe(11n);
    expect(opened.record.firstNonce).toBe(0n);
  });

  test("refuses it while that something else is only waiting to be mined", async () => {
    const opened = await runUntil(boundaryOf(10, 1));
    await chain.rpc.request("evm_setAutomine", [false], z.unknown());
    try {
      await chain.rpc.request("eth_sendTransaction", [{ from: chain.deployer, to: chain.deployer }], z.string());
      await expect(finish()).rejects.toMatchObject({ code: "LPCTL_GENESIS_NONCE_TAKEN", why: expect.stringContaining("Its nonce would be 11, and must be 10. ") });
    } finally {
      await chain.rpc.request("anvil_dropAllTransactions", [], z.unknown());
      await chain.rpc.request("evm_setAutomine", [true], z.unknown());
    }
    // It never was mined, and nothing of ours was sent in its place: the genesis goes on.
    await finish();
    await expectComplete(opened);
  });

  test("goes on beside other transactions of the deployer once everything is deployed", async () => {
    const opened = await runUntil(boundaryOf(indexOf("grant:team:2"), 1));
    await sendSomethingElse();
    await finish();
    await expectComplete(opened, 1n);
  });

  test("goes on when a grant that was signed lost its nonce to another transaction", async () => {
    const opened = await runUntil(boundaryOf(indexOf("grant:team:2"), 3));
    await sendSomethingElse();
    await finish();
    await expectComplete(opened, 1n);
  });

  test("is refused when its grants have started before all timelocks were made", async () => {
    await runUntil(boundaryOf(indexOf("grant:community:1"), 1));
    const before = await chain.rpc.nonce(chain.deployer);
    await chain.rpc.request("evm_increaseTime", [2 * 86_400], z.unknown());
    await chain.rpc.request("evm_mine", [], z.unknown());
    await expect(finish()).rejects.toMatchObject({ code: "LPCTL_GENESIS_START_PASSED", exit: 3, message: "The grants have started, and 1 of 1 timelocks of the community are not made yet" });
    expect(await chain.rpc.nonce(chain.deployer)).toBe(before);
  });

  test("is finished though its grants have started meanwhile, when the timelocks are there", async () => {
    const opened = await runUntil(boundaryOf(indexOf("end:genesis"), 1));
    await chain.rpc.request("evm_increaseTime", [2 * 86_400], z.unknown());
    await chain.rpc.request("evm_mine", [], z.unknown());
    await finish();
    await expectComplete(opened);
  });
});

describe("a genesis that was begun", () => {
  test("refuses a file that was changed, and another key", async () => {
    const opened = await runUntil(boundaryOf(3, 1));
    await writeFile(file, `${text}# nothing but a comment\n`);
    await expect(open()).rejects.toMatchObject({ code: "LPCTL_GENESIS_CHANGED", exit: 3, why: expect.stringContaining("genesis.yaml is not the file it was begun with") });
    await writeFile(file, text);
    const { deployer } = localAccounts();
    await expect(openGenesis(chain.project, file, deployer.address, now())).rejects.toMatchObject({
      code: "LPCTL_GENESIS_OTHER_DEPLOYER",
      message: `This genesis was begun by ${chain.deployer}, and the key is that of ${deployer.address}`,
    });
    await rm(opened.paths.prediction);
    await expect(open()).rejects.toMatchObject({ code: "LPCTL_GENESIS_CHANGED", why: expect.stringContaining("prediction.json is missing") });
  });

  test("refuses a record that was damaged", async () => {
    const opened = await runUntil(boundaryOf(3, 1));
    await writeFile(opened.paths.record, (await readFile(opened.paths.record, "utf8")).slice(0, 100));
    await expect(open()).rejects.toMatchObject({ code: "LPCTL_GENESIS_RECORD_UNREADABLE", next: expect.stringContaining("Restore the file") });
  });

  test("keeps other runs out while it is sent, and those that looked at it before it began", async () => {
    let second: Promise<unknown> | undefined;
    const onCheckpoint = (): void => void (second ??= runGenesis(chain.rpc, fresh, { signer: chain.signer }).catch((error: unknown) => error));
    await runUntil(boundaryOf(3, 1), fresh, onCheckpoint);
    expect(await second).toMatchObject({ code: "LPCTL_JOURNAL_LOCKED" });
    const other: OpenedGenesis = { ...fresh, record: { ...fresh.record, planHash: `0x${"1".repeat(64)}` } };
    await expect(runGenesis(chain.rpc, other, { signer: chain.signer })).rejects.toMatchObject({ code: "LPCTL_GENESIS_CHANGED", why: expect.stringContaining("another run of lpctl") });
    expect((await open()).done).toBe(3);
  });

  test("may still be changed while nothing of it is signed", async () => {
    await recordGenesis(fresh);
    await writeFile(file, text.replace("cliff: 1 year", "cliff: 2 years"));
    await sendSomethingElse();
    const second = await open();
    await recordGenesis(second);
    expect(second.isBegun).toBe(false);
    expect(second.record.planHash).not.toBe(fresh.record.planHash);
    expect(second.record.firstNonce).toBe(1n);
    expect(JSON.parse(await readFile(second.paths.plan, "utf8"))).toMatchObject({ planHash: second.record.planHash, firstNonce: "1" });
  });
});
