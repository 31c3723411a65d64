import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { describeIntent } from "../../../src/lifecycle/describe-intent.ts";
import { checkRecord, loadKeptReport } from "../../../src/lifecycle/kept-report.ts";
import { saveReport } from "../../../src/lifecycle/records.ts";
import { canonicalHash } from "../../../src/proposal/canonical.ts";
import { makeProposal, withEffectsHash } from "../../../src/proposal/proposal.ts";
import type { StoredProposal } from "../../../src/proposal/store.ts";
import { hashReport } from "../../../src/report/build-document.ts";
import type { ReportData } from "../../../src/report/report-data.ts";
import { hashEffects } from "../../../src/simulation/net-changes.ts";
import { saveTraffic } from "../../../src/simulation/traffic/traffic-file.ts";
import { exampleReport, hash, PROXY, SAFE } from "../report/example-report.ts";

const proposal = makeProposal({
  network: "local",
  chainId: 31337n,
  genesisHash: hash("9e"),
  title: "Challenge one in 500 segments",
  intents: [
    { kind: "set-parameter", parameter: "JobsManager.verificationRate", target: PROXY, getter: "function verificationRate() view returns (uint64)", getterArgs: [], setter: "function setVerificationRate(uint64 verificationRate)", setterArgs: [], value: "500" },
  ],
  authorities: [{ kind: "safe", address: SAFE }],
  route: { salt: 0n, delayBlocks: 0n, delaySeconds: 0n },
  sinceBlock: 1n,
  preconditions: [],
  code: [],
});

/** A report that fits the proposal. */
function report(change: (data: ReportData) => void = () => {}): ReportData {
  const data = exampleReport();
  const { simulation } = data;
  if (simulation === undefined) throw new Error("the example is simulated");
  const effectsHash = hashEffects(simulation.changes);
  Object.assign(simulation, { proposalId: proposal.id, effectsHash });
  Object.assign(data, {
    proposal: { id: proposal.id, name: "001-challenge" },
    title: proposal.title,
    network: { name: "local", chainId: 31337n },
    compare: [
      { label: "Proposal id", value: proposal.id },
      { label: "Calls hash", value: canonicalHash(proposal.calls) },
      { label: "Effects hash", value: effectsHash },
    ],
    intents: proposal.intents.map((intent) => ({ text: describeIntent(intent), effects: [2] })),
    calls: proposal.calls.map((call) => ({ target: { address: call.to }, valueWei: call.valueWei, data: call.data })),
  });
  change(data);
  return data;
}

/** As if made at a later block. */
function later(change: (data: ReportData) => void = () => {}): ReportData {
  return report((data) => {
    if (data.simulation !== undefined) data.simulation.block = { number: 130n, hash: hash("b2"), timestampSeconds: 1_525_132_900n };
    change(data);
  });
}

describe("the record of a proposal", () => {
  let stored: StoredProposal;
  beforeEach(async () => {
    stored = { proposal, name: "001-challenge", folder: mkdtempSync(join(tmpdir(), "lpctl-record-")) };
    await saveReport(stored, report());
  });
  afterEach(() => rmSync(stored.folder, { recursive: true, force: true }));

  const file = (name: string): string => join(stored.folder, name);

  test("may allow more than its simulation did, as the proposal says", async () => {
    const wide = withEffectsHash(proposal, hash("ef"));
    const kept = report((data) => Object.assign(data, { proposal: { id: wide.id, name: "001-challenge" }, compare: data.compare.map((item) => (item.label === "Effects hash" ? { ...item, value: hash("ef") } : item.label === "Proposal id" ? { ...item, value: wide.id } : item)) }));
    if (kept.simulation !== undefined) kept.simulation.proposalId = wide.id;
    const widened = { ...stored, proposal: wide };
    await saveReport(widened, kept);
    expect(hashReport((await loadKeptReport(widened)) as ReportData)).toBe(hashReport(kept));
  });

  test("refuses a replay that was edited, and leaves alone one of another proposal, which counts for nothing", async () => {
    await saveTraffic(file("replay.json"), { number: 9n, hash: hash("b9") }, { proposalId: hash("01"), upgrades: [], expectations: undefined }, []);
    expect(await checkRecord(stored, report(), undefined)).toEqual([]);
    writeFileSync(file("replay.json"), readFileSync(file("replay.json"), "utf8").replace('"number": "9"', '"number": "99"'));
    expect(await checkRecord(stored, report(), undefined)).toMatchObject([{ severity: "refuse", code: "record-altered", title: expect.stringContaining("replay.json was changed after it was made") as string }]);
  });

  test("tells a replay that the report does not show, or shows and that counts no more", async () => {
    const traffic = [{ proposalId: proposal.id, proxy: PROXY, contract: "JobsManager", implementation: SAFE, fromBlock: 1n, toBlock: 9n, transactions: 1, identical: 1, expected: 0, classes: [], skipped: [], notes: [], unusedExpectations: [] }];
    const shown = report((data) => Object.assign(data, { traffic }));
    const [replayed, without] = [shown, report((data) => Object.assign(data, { traffic: undefined }))];
    const titles = async (fresh: ReportData): Promise<string[]> => (await checkRecord(stored, fresh, undefined)).map(({ severity, title }) => `${severity}: ${title}`);
    await saveReport(stored, without);
    expect([await titles(without), await titles(replayed)]).toEqual([[], ["warning: The report beside the proposal does not show the replay yet"]]);
    await saveReport(stored, shown);
    expect([await titles(replayed), await titles(without)]).toEqual([[], ["warning: The report beside the proposal shows a replay that does not count any more"]]);
  });

  test("tells evidence that is missing, and refuses what is damaged", async () => {
    const named = report((data) => Object.assign(data, { evidence: { file: "evidence.json.gz", hash: hash("e1") } }));
    await saveReport(stored, named);
    expect(await checkRecord(stored, named, undefined)).toMatchObject([{ severity: "warning", code: "record-outdated", title: expect.stringContaining("missing") }]);
    writeFileSync(file("evidence.json.gz"), "cut off");
    expect(await checkRecord(stored, named, undefined)).toMatchObject([{ severity: "refuse", code: "record-altered", title: expect.stringContaining("evidence.json.gz") }]);
  });

  const edit = (name: string, from: string, to: string): void => {
    const text = readFileSync(file(name), "utf8");
    expect(text).toContain(from);
    writeFileSync(file(name), text.replace(from, to));
  };
  const found = async (fresh: ReportData): Promise<string[]> => (await checkRecord(stored, fresh, undefined)).map(({ severity, code, title }) => `${severity} ${code}: ${title}`);

  test("is read back as it was written", async () => {
    const kept = await loadKeptReport(stored);
    expect(kept === undefined ? undefined : hashReport(kept)).toBe(hashReport(report()));
  });

  test("is intact as long as nobody touches it, also when blocks pass and line ends are turned", async () => {
    expect(await found(report())).toEqual([]);
    writeFileSync(file("VALIDATION.md"), readFileSync(file("VALIDATION.md"), "utf8").replaceAll("\n", "\r\n"));
    expect(await found(later())).toEqual([]);
  });

  test.each(["report.md", "report.html", "VALIDATION.md"])("refuses an edited %s", async (name) => {
    edit(name, "500", "501");
    expect(await found(report())).toEqual([`refuse record-altered: ${name} was changed by hand`]);
  });

  test("refuses a report.json that contradicts its proposal, its own hashes or its findings", async () => {
    const original = readFileSync(file("report.json"), "utf8");
    for (const [from, to, code] of [
      [proposal.calls[0]?.data ?? "", `${proposal.calls[0]?.data.slice(0, -2) ?? ""}00`, "LPCTL_REPORT_EDITED"],
      ['"text": "Set JobsManager', '"text": "Leave JobsManager', "LPCTL_REPORT_EDITED"],
      [`"effectsHash": "${report().simulation?.effectsHash ?? ""}"`, `"effectsHash": "${hash("66")}"`, "LPCTL_REPORT_EDITED"],
      ['"outcome": "ready"', '"outcome": "refused"', "LPCTL_REPORT_EDITED"],
      [proposal.id, hash("77"), "LPCTL_REPORT_OTHER_PROPOSAL"],
      ['"schema": 1', '"schema": 2', "LPCTL_REPORT_FILE_INVALID"],
      ['"title"', '"surprise": 1, "title"', "LPCTL_REPORT_FILE_INVALID"],
    ] as const) {
      writeFileSync(file("report.json"), original);
      edit("report.json", from, to);
      await expect(loadKeptReport(stored), from).rejects.toMatchObject({ code, exit: 3 });
      expect((await found(report()))[0], from).toMatch(/^refuse record-altered/);
    }
  });

  test("refuses a report that says of a block what that block does not give, however well it is made", async () => {
    await saveReport(stored, report((data) => {
      const change = data.simulation?.changes[2];
      if (change !== undefined) change.afterText = "1000";
    }));
    expect(await found(report())).toEqual(["refuse record-altered: report.json was changed by hand"]);
  });

  test("tells a chain that moved from tampering", async () => {
    const moved = later((data) => {
      const { simulation, compare } = data;
      const change = simulation?.changes[2];
      if (simulation === undefined || change === undefined) throw new Error("the example changes something");
      change.before = hash("33");
      simulation.effectsHash = hashEffects(simulation.changes);
      data.compare = compare.map((item) => (item.label === "Effects hash" ? { ...item, value: simulation.effectsHash } : item));
    });
    const [finding, ...others] = await checkRecord(stored, moved, undefined);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ severity: "warning", code: "record-drifted", detail: expect.stringContaining("effects hash") as string });
  });

  test("does not compare texts of another version, and misses what is missing", async () => {
    expect(await found(report((data) => Object.assign(data, { producedBy: "lpctl 9" })))).toEqual([expect.stringMatching(/^warning record-outdated: .* made by lpctl 0\.1\.0/) as string]);
    rmSync(file("VALIDATION.md"));
    expect(await found(report())).toEqual(["warning record-outdated: VALIDATION.md is missing beside the proposal"]);
    rmSync(file("report.json"));
    expect(await found(report())).toEqual([]);
  });
});
