import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AbiCoder, Interface } from "ethers/abi";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { startAnvil } from "../../../src/chain/anvil.ts";
import { loadJournal } from "../../../src/chain/journal.ts";
import { pollUntil } from "../../../src/chain/poll.ts";
import { Rpc } from "../../../src/chain/rpc.ts";
import { sendOperations } from "../../../src/chain/sender.ts";
import { forgeJournal, type Entry } from "../../e2e/forge-journal.ts";
import { isBatch, startServer } from "./hostile-server.ts";
import { COUNTER_CODE, ECHO_REVERT_CODE, initCode, localSigner } from "./local-signer.ts";
import type { Anvil } from "../../../src/chain/anvil.ts";
import type { Operation, SendOptions } from "../../../src/chain/operation.ts";
import type { TransactionSigner } from "../../../src/chain/transaction.ts";
import type { Address, Hex } from "../../../src/protocol/hex.ts";

const COUNTER = "0x00000000000000000000000000000000000000c0" as Address;
const REVERTER = "0x00000000000000000000000000000000000000c1" as Address;
const signer = localSigner();
const FOREIGN_BYTES = await localSigner(1).signTransaction({ chainId: 31337n, nonce: 0n, to: COUNTER, data: "0x", valueWei: 0n, gasLimit: 100_000n, maxFeePerGasWei: 10n ** 10n, maxPriorityFeePerGasWei: 1n });

let anvil: Anvil;
let folder: string;
let journalPath: string;
let snapshot: string;
beforeAll(async () => {
  anvil = await startAnvil();
  await cheat("anvil_setCode", COUNTER, COUNTER_CODE);
  await cheat("anvil_setCode", REVERTER, ECHO_REVERT_CODE);
});
afterAll(() => anvil.stop());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "lpctl-sender-"));
  journalPath = join(folder, "journal.ndjson");
  snapshot = await anvil.rpc.request("evm_snapshot", [], z.string());
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await cheat("evm_setAutomine", true);
  await cheat("evm_revert", snapshot);
  await cheat("anvil_setNextBlockBaseFeePerGas", "0x3b9aca00");
});

function cheat(method: string, ...params: unknown[]): Promise<unknown> {
  return anvil.rpc.request(method, params, z.unknown());
}
function count(id: string, parts: Partial<Operation> = {}): Operation {
  return { id, to: COUNTER, data: "0x", valueWei: 0n, title: `count ${id}`, ...parts };
}
function options(operations: Operation[], parts: Partial<SendOptions> = {}): SendOptions {
  return { rpc: anvil.rpc, chainId: 31337n, signer, journalPath, operations, ...parts };
}
const total = async (): Promise<bigint> => BigInt(await anvil.rpc.storage(COUNTER, 0n));
const attempts = async (): Promise<number> => (await loadJournal(journalPath))?.operations.flatMap((operation) => operation.attempts).length ?? 0;

test("sends operations in order, deployments included, and a second run sends nothing", async () => {
  const operations = [count("a"), count("deploy", { to: null, data: initCode(COUNTER_CODE) }), count("b")];
  const progress: string[] = [];
  const first = await sendOperations(options(operations, { onProgress: ({ kind, operation }) => progress.push(`${kind} ${operation.id}`) }));
  expect(first.map(({ outcome }) => outcome)).toEqual(["confirmed", "confirmed", "confirmed"]);
  const deployed = first[1]?.receipt?.contractAddress;
  expect(deployed && (await anvil.rpc.code(deployed))).toBe(COUNTER_CODE);
  expect(progress.slice(0, 3)).toEqual(["signing a", "sent a", "confirmed a"]);
  const nonce = await anvil.rpc.nonce(signer.address);
  expect(await sendOperations(options(operations))).toEqual(first);
  expect(await anvil.rpc.nonce(signer.address)).toBe(nonce);
  expect(await total()).toBe(2n);
});

test("skips, and records, what is done already", async () => {
  const operations = [count("a", { isDone: async () => true }), count("b")];
  const results = await sendOperations(options(operations));
  expect(results.map(({ outcome }) => outcome)).toEqual(["skipped", "confirmed"]);
  expect((await loadJournal(journalPath))?.operations[0]?.status).toBe("skipped");
  expect(await total()).toBe(1n);
});

test("refuses to go on with other operations, another sender, or another chain of the same id", async () => {
  await sendOperations(options([count("a")]));
  const before = readFileSync(journalPath, "utf8");
  const other = await startAnvil({ genesisTimestampSeconds: 1_700_000_000n });
  try {
    await expect(sendOperations(options([count("a", { valueWei: 1n })]))).rejects.toMatchObject({ code: "LPCTL_JOURNAL_OTHER_PLAN", exit: 3 });
    await expect(sendOperations(options([count("a")], { signer: localSigner(1) }))).rejects.toMatchObject({ code: "LPCTL_JOURNAL_OTHER_PLAN" });
    await expect(sendOperations(options([count("a")], { rpc: other.rpc }))).rejects.toMatchObject({ code: "LPCTL_JOURNAL_OTHER_CHAIN" });
    expect(await other.rpc.nonce(signer.address)).toBe(0n);
  } finally {
    await other.stop();
  }
  expect(readFileSync(journalPath, "utf8")).toBe(before);
});

test("signs nothing for another chain than the one that is meant, even on a plan begun before", async () => {
  await expect(sendOperations(options([count("a")], { chainId: 1n }))).rejects.toMatchObject({ code: "LPCTL_SENDER_OTHER_CHAIN", exit: 3 });
  expect(existsSync(journalPath)).toBe(false);
});

test("signs nothing at a fee that only a lying RPC would ask for", async () => {
  class Greedy extends Rpc {
    override request<T>(method: string, params: unknown[], schema: z.ZodType<T>): Promise<T> {
      return method === "eth_maxPriorityFeePerGas" ? Promise.resolve(schema.parse("0xe8d4a51001")) : super.request(method, params, schema);
    }
  }
  await expect(sendOperations(options([count("a")], { rpc: new Greedy(anvil.url) }))).rejects.toMatchObject({ code: "LPCTL_SENDER_FEE_TOO_HIGH", exit: 3 });
  expect(await attempts()).toBe(0);
});

function forgeEntries(change: (entry: Entry) => void): void {
  forgeJournal(journalPath, (entries) => entries.map((entry) => (change(entry), entry)));
}

test.each([
  ["dearer fees than were signed", (entry: Entry) => (entry["maxPriorityFeePerGasWei"] = "1000000000000000")],
  ["bytes that another key signed", (entry: Entry) => (entry["raw"] = FOREIGN_BYTES)],
  ["another hash", (entry: Entry) => (entry["hash"] = `0x${"1".repeat(64)}`)],
])("sends and signs nothing on a journal that names %s", async (_what, change) => {
  await crashAt("attempt:written", [count("a")]);
  forgeEntries((entry) => void (entry["kind"] === "attempt" && change(entry)));
  await expect(sendOperations(options([count("a")]))).rejects.toMatchObject({ code: "LPCTL_JOURNAL_UNTRUE", exit: 3 });
  expect(await attempts()).toBe(1);
  expect(await anvil.rpc.nonce(signer.address, "pending")).toBe(0n);
});

test("believes no journal that has another transaction as the one that was mined", async () => {
  const operations = [count("a"), count("b"), count("c", { data: "0x01" })];
  await expect(sendOperations(options([...operations, count("d", { to: REVERTER })]))).rejects.toMatchObject({ code: "LPCTL_SENDER_REVERTED" });
  const honest = readFileSync(journalPath, "utf8");
  const first = (await loadJournal(journalPath))?.operations[0]?.attempts[0];
  const raw = await localSigner(1).signTransaction({ chainId: 31337n, nonce: 0n, to: COUNTER, data: "0x01", valueWei: 0n, gasLimit: 100_000n, maxFeePerGasWei: 10n ** 10n, maxPriorityFeePerGasWei: 1n });
  await cheat("anvil_setBalance", localSigner(1).address, "0xde0b6b3a7640000");
  const sent = await anvil.rpc.sendRawTransaction(raw);
  const { blockNumber, blockHash } = await pollUntil(async () => (await anvil.rpc.receipt(sent)) ?? undefined, { deadlineMs: 5_000, intervalMs: 5, what: "the receipt" });
  const foreign = { hash: sent, raw, nonce: "0", blockNumber: blockNumber.toString(), blockHash };
  const inPlaceOf = (operation: string, fields: Entry) => (entry: Entry): void => {
    if (entry["operation"] === operation) for (const [name, value] of Object.entries(fields)) if (name in entry) entry[name] = value;
  };
  const untrue = (why: string) => ({ code: "LPCTL_JOURNAL_UNTRUE", exit: 3, why: expect.stringContaining(why) as string });
  const nonce = await anvil.rpc.nonce(signer.address);
  for (const [change, why] of [
    [inPlaceOf("c", foreign), `It was sent by ${localSigner(1).address}`],
    [inPlaceOf("b", foreign), "Its data differs."],
    [inPlaceOf("b", { hash: first?.hash, raw: first?.raw, nonce: "0" }), "for another operation already"],
    [inPlaceOf("a", { raw }), "Its hash differs."],
  ] as const) {
    writeFileSync(journalPath, honest);
    forgeEntries(change);
    await expect(sendOperations(options([...operations, count("d", { to: REVERTER })]))).rejects.toMatchObject(untrue(why));
  }
  expect(await anvil.rpc.nonce(signer.address)).toBe(nonce);
});

test("leaves no hole where a journal has as skipped what nobody did, as long as there is something to do", async () => {
  const lasting = (isDone: boolean): Operation[] => [count("a", { isDone: async () => isDone, staysDone: true }), count("b", { to: REVERTER })];
  await expect(sendOperations(options(lasting(true)))).rejects.toMatchObject({ code: "LPCTL_SENDER_REVERTED" });
  await expect(sendOperations(options(lasting(false)))).rejects.toMatchObject({ code: "LPCTL_JOURNAL_UNTRUE", why: expect.stringContaining('"count a"') as string });
  await cheat("anvil_setCode", REVERTER, COUNTER_CODE);
  expect(await sendOperations(options(lasting(true)))).toMatchObject([{ outcome: "skipped" }, { outcome: "confirmed" }]);
  expect(await sendOperations(options(lasting(false)))).toMatchObject([{ outcome: "skipped" }, { outcome: "confirmed" }]);
});

test("signs nothing that would revert, and says why in the contract's own words", async () => {
  const errors = new Interface(["error TooEarly(uint256 round)"]);
  const data = errors.encodeErrorResult("TooEarly", [7n]) as Hex;
  const reverting = options([count("a", { to: REVERTER, data })], { errorAbis: [errors] });
  const refusal = { code: "LPCTL_SENDER_REVERTED", exit: 4, message: expect.stringContaining("TooEarly(round: 7)") as string, details: { sent: false } };
  await expect(sendOperations(reverting)).rejects.toMatchObject(refusal);
  expect(await attempts()).toBe(0);
  expect(await anvil.rpc.nonce(signer.address)).toBe(0n);
});

test("reports a transaction that reverted on chain with its reason, and tries anew on the next run", async () => {
  const data: Hex = `0x08c379a0${AbiCoder.defaultAbiCoder().encode(["string"], ["system is paused"]).slice(2)}`;
  const spoiling: TransactionSigner = {
    address: signer.address,
    signTransaction: async (transaction) => {
      await cheat("anvil_setCode", COUNTER, ECHO_REVERT_CODE);
      return signer.signTransaction({ ...transaction });
    },
  };
  const operations = [count("a", { data })];
  await expect(sendOperations(options(operations, { signer: spoiling }))).rejects.toMatchObject({ code: "LPCTL_SENDER_REVERTED", message: expect.stringContaining("system is paused") as string, details: { sent: true } });
  expect((await loadJournal(journalPath))?.operations[0]?.status).toBe("reverted");
  await cheat("anvil_setCode", COUNTER, COUNTER_CODE);
  expect(await sendOperations(options(operations))).toMatchObject([{ outcome: "confirmed" }]);
  expect(await total()).toBe(1n);
  expect(await anvil.rpc.nonce(signer.address)).toBe(2n);
});

test("does not sign without the ether to pay", async () => {
  await cheat("anvil_setBalance", signer.address, "0x10");
  await expect(sendOperations(options([count("a")]))).rejects.toMatchObject({ code: "LPCTL_SENDER_NO_FUNDS", exit: 3 });
  expect(await attempts()).toBe(0);
});

test("sends nothing that the signer changed or signed for another account", async () => {
  const changing: TransactionSigner = { address: signer.address, signTransaction: (transaction) => signer.signTransaction({ ...transaction, valueWei: 1n }) };
  const foreign: TransactionSigner = { address: signer.address, signTransaction: (transaction) => localSigner(1).signTransaction(transaction) };
  for (const bad of [changing, foreign]) {
    await expect(sendOperations(options([count("a")], { signer: bad }))).rejects.toMatchObject({ code: "LPCTL_SENDER_BAD_SIGNATURE" });
  }
  expect(await attempts()).toBe(0);
  expect(await total()).toBe(0n);
});

/** Stops at the first checkpoint of that name, as a crash would, but in this process. */
async function crashAt(name: string, operations: Operation[]): Promise<void> {
  const onCheckpoint = (reached: string): void => {
    if (reached === name) throw new Error("crash");
  };
  await expect(sendOperations(options(operations, { onCheckpoint }))).rejects.toThrow("crash");
}

test("sends the same bytes again after a crash, with one transaction in the end", async () => {
  await crashAt("send", [count("a")]);
  const [attempt] = (await loadJournal(journalPath))?.operations[0]?.attempts ?? [];
  const [result] = await sendOperations(options([count("a")]));
  expect(result?.hash).toBe(attempt?.hash);
  expect(await total()).toBe(1n);
});

test("finds its own transaction waiting in the pool, and does not sign a second one", async () => {
  await cheat("evm_setAutomine", false);
  await crashAt("sent", [count("a")]);
  const sending = sendOperations(options([count("a")], { onProgress: ({ kind }) => kind === "sent" && void cheat("evm_mine") }));
  expect(await sending).toMatchObject([{ outcome: "confirmed" }]);
  expect(await attempts()).toBe(1);
  expect(await total()).toBe(1n);
});

test("survives an answer that is lost after the node took the transaction", async () => {
  let drops = 1;
  const server = await startServer((body, response) => {
    void fetch(anvil.url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) })
      .then((answer) => answer.text())
      .then((text) => {
        const isSend = !isBatch(body) && z.looseObject({ method: z.string() }).parse(body).method === "eth_sendRawTransaction";
        if (isSend && drops-- > 0) response.destroy();
        else response.end(text);
      });
  });
  try {
    const rpc = new Rpc(server.url);
    await expect(sendOperations(options([count("a")], { rpc }))).rejects.toMatchObject({ code: "LPCTL_RPC_UNREACHABLE", exit: 6 });
    expect(await sendOperations(options([count("a")], { rpc }))).toMatchObject([{ outcome: "confirmed" }]);
    expect(await total()).toBe(1n);
    expect(await anvil.rpc.nonce(signer.address)).toBe(1n);
  } finally {
    await server.stop();
  }
});

test("stops when another transaction took its nonce, and goes on only when told to", async () => {
  await crashAt("send", [count("a")]);
  await sendOperations(options([count("foreign", { data: "0x01" })], { journalPath: join(folder, "foreign.ndjson") }));
  const receiptLagMs = 50;
  await expect(sendOperations(options([count("a")], { receiptLagMs }))).rejects.toMatchObject({ code: "LPCTL_SENDER_NONCE_TAKEN", exit: 3 });
  expect(await total()).toBe(1n);
  expect(await sendOperations(options([count("a")], { receiptLagMs, abandonTakenNonces: true }))).toMatchObject([{ outcome: "confirmed" }]);
  expect(await total()).toBe(2n);
});

test("raises the fees on the same nonce when the base fee has outgrown them", async () => {
  await crashAt("send", [count("a")]);
  await cheat("anvil_setNextBlockBaseFeePerGas", "0x174876e800");
  await cheat("evm_mine");
  expect(await sendOperations(options([count("a")]))).toMatchObject([{ outcome: "confirmed" }]);
  expect(await attempts()).toBe(2);
  expect(await total()).toBe(1n);
  expect(await anvil.rpc.nonce(signer.address)).toBe(1n);
});

test("sends again what a reorganisation took out of the chain", async () => {
  const operations = [count("a"), count("b")];
  await sendOperations(options(operations));
  await cheat("anvil_rollback", 1);
  expect(await total()).toBe(1n);
  expect(await sendOperations(options(operations))).toMatchObject([{ outcome: "confirmed" }, { outcome: "confirmed" }]);
  expect(await total()).toBe(2n);
  expect(readFileSync(journalPath, "utf8")).toContain('"kind":"reorged"');
});

test("waits for as many confirmations as asked, and says so when they do not come", async () => {
  const waiting = options([count("a")], { confirmations: 3, miningDeadlineMs: 50 });
  await expect(sendOperations(waiting)).rejects.toMatchObject({ code: "LPCTL_SENDER_NOT_MINED", exit: 5 });
  await cheat("anvil_mine", "0x2");
  expect(await sendOperations(waiting)).toMatchObject([{ outcome: "confirmed" }]);
  expect(await total()).toBe(1n);
});

test("leaves no lock and no journal when the chain cannot be reached", async () => {
  const rpc = new Rpc("http://127.0.0.1:1");
  await expect(sendOperations(options([count("a")], { rpc }))).rejects.toMatchObject({ code: "LPCTL_RPC_UNREACHABLE" });
  expect(existsSync(journalPath)).toBe(false);
});
