import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { LpctlError } from "../../../src/errors.ts";
import { loadLedger, recordIncident, recordSignature, type NewSignature } from "../../../src/safe/signature-ledger.ts";
import { hashSafeTransaction, safeTransaction } from "../../../src/safe/transaction.ts";

const SAFE = "0x1111111111111111111111111111111111111111";
const OWNER = "0x2222222222222222222222222222222222222222";
const MODULE = join(import.meta.dirname, "../../../src/safe/signature-ledger.ts");

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lpctl-ledger-"));
  path = join(folder, "data", "lpctl", "signatures.ndjson");
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

describe("the list of what a user's keys have signed", () => {
  test("gives back what was written, in order, also above 2^53", async () => {
    recordSignature(path, signature(2n ** 53n + 1n));
    recordIncident(path, { what: "The device gave a signature of another hash.", signer: OWNER, detail: "recovered 0x33" });
    recordSignature(path, { ...signature(8n), blind: true, proposalId: "p-1" }, new Date("2026-01-02T03:04:05Z"));
    const { signed, incidents, unreadableLines } = await loadLedger(path);
    expect(signed.map(({ nonce, blind, proposalId }) => [nonce, blind, proposalId])).toEqual([
      [2n ** 53n + 1n, undefined, null],
      [8n, true, "p-1"],
    ]);
    expect(signed[1]?.at).toBe("2026-01-02T03:04:05.000Z");
    expect(signed[0]?.transaction).toEqual(transaction(2n ** 53n + 1n));
    expect(incidents).toMatchObject([{ what: "The device gave a signature of another hash.", signer: OWNER }]);
    expect(unreadableLines).toEqual([]);
  });

  test("is for nobody else to read", () => {
    recordSignature(path, signature(1n));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "data", "lpctl")).mode & 0o777).toBe(0o700);
  });

  test("is empty where there is none", async () => {
    await expect(loadLedger(path)).resolves.toEqual({ signed: [], incidents: [], unreadableLines: [] });
  });

  test("keeps a torn line, writes after it, and shows all others", async () => {
    recordSignature(path, signature(1n));
    appendFileSync(path, '{"schema":1,"at":"2026-01-0');
    expect((await loadLedger(path)).unreadableLines).toEqual([2]);
    recordSignature(path, signature(3n));
    const { signed, unreadableLines } = await loadLedger(path);
    expect(signed.map(({ nonce }) => nonce)).toEqual([1n, 3n]);
    expect(unreadableLines).toEqual([2]);
    expect(readFileSync(path, "utf8")).toContain('{"schema":1,"at":"2026-01-0\n');
  });

  test("takes lines of several processes at once without mixing them", async () => {
    recordSignature(path, signature(0n));
    const script = `const { recordIncident } = await import(${JSON.stringify(MODULE)});
      for (let at = 0; at < 40; at++) recordIncident(${JSON.stringify(path)}, { what: process.argv[1], detail: "x".repeat(3000) });`;
    await Promise.all(["a", "b"].map((name) => run(script, name)));
    const { incidents, unreadableLines } = await loadLedger(path);
    expect(unreadableLines).toEqual([]);
    expect(["a", "b"].map((name) => incidents.filter(({ what }) => what === name).length)).toEqual([40, 40]);
  });

  test("says that nothing is to be signed when it cannot be written", () => {
    writeFileSync(join(folder, "data"), "");
    let error: LpctlError | undefined;
    try {
      recordSignature(path, signature(1n));
    } catch (thrown) {
      error = thrown as LpctlError;
    }
    expect(error?.code).toBe("LPCTL_LEDGER_NOT_WRITTEN");
    expect(error?.next).toContain("nothing is signed that is not in the list first");
  });
});

function transaction(nonce: bigint): ReturnType<typeof safeTransaction> {
  return safeTransaction({ to: SAFE, valueWei: 0n, data: "0x", operation: 0, nonce });
}

function signature(nonce: bigint): NewSignature {
  const tx = transaction(nonce);
  return { chainId: 31337n, safe: SAFE, nonce, ...hashSafeTransaction(31337n, SAFE, tx), transaction: tx, signer: OWNER, key: "owner-1", keyKind: "keystore", proposalId: null };
}

async function run(script: string, argument: string): Promise<void> {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script, argument], { stdio: ["ignore", "ignore", "inherit"] });
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect(code).toBe(0);
}
