import { mkdtempSync, rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { trafficUnchanged } from "../../../src/checks/traffic-unchanged.ts";
import { Exit } from "../../../src/errors.ts";
import { isPrintable } from "../../../src/protocol/printable.ts";
import type { TrafficOutcome } from "../../../src/outcome/traffic.ts";
import { loadTraffic, saveTraffic, type ReplayedFor } from "../../../src/simulation/traffic/traffic-file.ts";
import { address, exampleProposal, PROXY, SET_RATE, UPGRADE } from "../proposal/example-proposal.ts";
import { context, simulation, word } from "./check-fixtures.ts";

const NEW_CODE = address("c0de");
const gas = { selector: "0x12345678", signature: "claim(uint256)", kind: "gas", what: "1 to 5 % more gas", count: 3, expected: true, example: word("a"), detail: "100 gas becomes 103 (+3.00 %)" } as const;
const outcome: TrafficOutcome = {
  proposalId: word("1"), proxy: PROXY, contract: "JobsManager", implementation: NEW_CODE, fromBlock: 1n, toBlock: 900n,
  transactions: 10, identical: 7, expected: 3, classes: [gas], skipped: [{ reason: "it asks a precompile of its chain", count: 2 }], notes: ["something"], unusedExpectations: [],
};

const findings = (traffic: TrafficOutcome[] | undefined, intents = [UPGRADE]) => trafficUnchanged.find(exampleProposal(intents), simulation(), { ...context, traffic });

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "lpctl-traffic-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("past transactions that come out differently are a warning, those that were not tried a note, of upgrades only", () => {
  expect(findings(undefined)).toMatchObject([{ severity: "info", code: "traffic-not-replayed" }]);
  expect(findings(undefined, [SET_RATE] as never)).toEqual([]);
  const [stale] = trafficUnchanged.find(exampleProposal([UPGRADE]), simulation(), { ...context, staleTraffic: "it is of another proposal" });
  expect(stale).toMatchObject({ code: "traffic-not-replayed", detail: expect.stringContaining("it is of another proposal") as string });
  expect(findings([outcome])).toMatchObject([{ severity: "info", code: "traffic-as-expected", detail: "blocks 1 to 900; 2 could not be run again" }]);
  const none = { ...outcome, transactions: 0, identical: 0, expected: 0, classes: [] };
  expect(findings([none])).toMatchObject([{ code: "traffic-not-replayed", detail: "2: it asks a precompile of its chain" }]);
  expect(findings([{ ...none, skipped: [] }])).toMatchObject([{ code: "traffic-as-expected", title: "No past transaction of JobsManager was found" }]);
  const reverting = { ...gas, kind: "success", what: "reverts: no", expected: false } as const;
  const [warning] = findings([{ ...outcome, expected: 1, classes: [reverting, gas] }]);
  expect(warning).toMatchObject({ severity: "warning", code: "traffic-differs", title: "2 of 10 past transactions of JobsManager come out differently on the new code" });
  expect(warning?.detail).toContain("claim(uint256): success, reverts: no (3)");
});

test("a replay is kept for the proposal, the code and the list that it was made of, and its text is harmless", async () => {
  const path = join(folder, "replay.json");
  const hostile = { ...outcome, classes: [{ ...gas, detail: "\u001b]0;owned\u0007 \u202e" }] };
  const list = { beside: "replay-expected.yaml", hash: word("7") };
  const wanted: ReplayedFor = { proposalId: word("1"), upgrades: [{ proxy: PROXY, implementation: NEW_CODE, implementationCodeHash: word("c") }], expectations: list };
  await saveTraffic(path, { number: 900n, hash: word("9") }, wanted, [hostile]);
  const kept = await loadTraffic(path, wanted);
  if (!Array.isArray(kept)) throw new Error(kept?.stale ?? "none");
  expect(kept).toMatchObject([{ ...outcome, classes: [{ count: 3 }] }]);
  expect(isPrintable(kept[0]?.classes[0]?.detail ?? "\u001b")).toBe(true);
  const stale = { stale: expect.any(String) as string };
  expect(await loadTraffic(path, { ...wanted, proposalId: word("2") })).toEqual(stale);
  expect(await loadTraffic(path, { ...wanted, upgrades: [{ ...wanted.upgrades[0], proxy: PROXY, implementation: NEW_CODE, implementationCodeHash: word("d") }] })).toEqual(stale);
  expect(await loadTraffic(path, { ...wanted, upgrades: [...wanted.upgrades, ...wanted.upgrades] })).toEqual(stale);
  expect(await loadTraffic(path, { ...wanted, expectations: { ...list, hash: word("8") } })).toEqual(stale);
  expect(await loadTraffic(path, { ...wanted, expectations: undefined })).toEqual(stale);
  expect(await loadTraffic(join(folder, "absent.json"), wanted)).toBeUndefined();
  const text = await readFile(path, "utf8");
  await writeFile(path, text.replace('"schema": 2', '"schema": 1'));
  expect(await loadTraffic(path, wanted)).toEqual(stale);
  for (const [broken, code] of [
    [text.slice(0, -20), "LPCTL_REPLAY_FILE_INVALID"],
    [text.replace('"transactions": 10', '"transactions": -1'), "LPCTL_REPLAY_FILE_INVALID"],
    [text.replace('"identical": 7', '"identical": 10'), "LPCTL_REPLAY_EDITED"],
  ] as const) {
    await writeFile(path, broken);
    await expect(loadTraffic(path, wanted)).rejects.toMatchObject({ code, exit: Exit.refused });
  }
});
