import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { beforeItIsKept } from "../../src/checks/before-it-is-kept.ts";
import { Rpc } from "../../src/chain/rpc.ts";
import { Exit } from "../../src/errors.ts";
import type { Finding } from "../../src/finding.ts";
import { assessProposal } from "../../src/lifecycle/assess-proposal.ts";
import { checkRecord } from "../../src/lifecycle/kept-report.ts";
import { record } from "../../src/lifecycle/propose.ts";
import { proposeUpgrade } from "../../src/lifecycle/propose-upgrade.ts";
import { loadProposalEffects, recordPaths } from "../../src/lifecycle/records.ts";
import { reproduceProposal } from "../../src/lifecycle/reproduce-proposal.ts";
import { makeProposal } from "../../src/proposal/proposal.ts";
import type { StoredProposal } from "../../src/proposal/store.ts";
import type { Hex } from "../../src/protocol/hex.ts";
import type { Policy } from "../../src/protocol/policy.ts";
import type { Evidence } from "../../src/simulation/evidence/evidence.ts";
import { openLibrary } from "../../src/simulation/evidence/open-library.ts";
import { recompileLibrary } from "../../src/simulation/evidence/recompile-library.ts";
import { hashEvidence, loadEvidence, packEvidence, type LoadedEvidence } from "../../src/simulation/evidence/evidence-file.ts";
import { expectDocument } from "../cli/result-schemas.ts";
import { runLpctl } from "../cli/run-lpctl.ts";
import { startHostileRpc } from "./hostile-rpc.ts";
import { failureOf, PROPOSE, ROOT } from "./local-project.ts";
import { draftOf, startSuite, upgradeTo, V2 } from "./suite-project.ts";

/** The evidence of an upgrade; the chain and the project that it was made with are gone. */
const made = mkdtempSync(join(tmpdir(), "lpctl-evidence-"));
const file = join(made, "evidence.json.gz");
let stored: StoredProposal;
let chainPort: string;
let again: Buffer;
let projectFolder: string;
let onceKept: Finding[];
/** Of an assessment, the methods in each HTTP request. */
let requests: string[][];
/** What is found beside the proposal under the same policy, and under another. */
const recordUnder: string[][] = [];

beforeAll(async () => {
  const suite = await startSuite("governor");
  try {
    const policy: Policy = { refuse: ["traffic-not-replayed"], allow: [] };
    const proposed = await proposeUpgrade({ ...suite.project, policy }, upgradeTo(V2), PROPOSE, async () => suite.signers.deployer);
    projectFolder = suite.project.folder;
    chainPort = new URL(suite.rpc.url).port;
    await cp(proposed.stored.folder, made, { recursive: true });
    stored = { ...proposed.stored, folder: made };
    const { proposal, name } = proposed.stored;
    for (const now of [policy, { ...policy, refuse: ["no-delay"] }]) recordUnder.push((await checkRecord(proposed.stored, proposed.report, now)).map(({ code, detail }) => `${code}: ${detail ?? ""}`));
    const assess = async (under: Policy | undefined, rpc = suite.rpc) => assessProposal({ ...suite.project, rpc, policy: under }, proposal, name, await loadProposalEffects(proposed.stored));
    await record(suite.project, proposed.stored, await assess(beforeItIsKept(policy)), PROPOSE.producedBy);
    const counting = await startHostileRpc(suite.rpc.url, {});
    try {
      onceKept = (await assess(policy, new Rpc(counting.url))).findings;
    } finally {
      await counting.stop();
    }
    requests = counting.requests.map(({ asked }) => asked.map(({ method }) => method));
    again = readFileSync(recordPaths(proposed.stored).evidence);
  } finally {
    await suite.stop();
  }
});
afterAll(() => rmSync(made, { recursive: true, force: true }));

describe("the evidence of an upgrade", () => {
  test("is the same bytes when it is made again on the same block", () => {
    expect(again.equals(readFileSync(file))).toBe(true);
    expect([...again.subarray(4, 10)], "no time, no system").toEqual([0, 0, 0, 0, 0, 255]);
  });

  test("takes few ways to the chain and back: what the next step will ask is asked with this one", () => {
    const simulated = requests.findIndex((methods) => methods.includes("debug_traceCall"));
    // The block; the authorities and the registry's events; owners and entries; parameters and code. One more beside them.
    expect(simulated).toBeLessThanOrEqual(5);
    expect(requests.length).toBeLessThanOrEqual(14);
  });

  test("remembers that the policy asks for a replay only once the proposal is kept", () => {
    expect(onceKept.filter(({ severity }) => severity === "refuse").map(({ code }) => code)).toEqual(["traffic-not-replayed"]);
  });

  test("tells that the policy was edited since", () => {
    expect(recordUnder).toEqual([[], [expect.stringMatching(/^record-outdated: new: refuse no-delay; gone: refuse traffic-not-replayed; /)]]);
  });

  test("names no place on the machine that made it, and is small", () => {
    const text = gunzipSync(readFileSync(file)).toString("utf8");
    for (const place of [projectFolder, ROOT, tmpdir(), "node_modules/", chainPort === "" ? "?" : `127.0.0.1:${chainPort}`]) expect(text).not.toContain(place);
    expect(again.length).toBeLessThan(320_000);
  });

  test("gives the same simulation and report with the chain and the project gone, and asks nobody", async () => {
    const connect = vi.spyOn(Socket.prototype, "connect");
    onTestFinished(() => connect.mockRestore());
    const result = await reproduceProposal(file, { stored, recompile: false });
    expect(result.difference).toBeUndefined();
    expect(result).toMatchObject({ equal: true, refusals: 0, proposal: { id: stored.proposal.id } });
    expect(result.proven.accounts).toBeGreaterThan(15);
    expect(result.proven.slots).toBeGreaterThan(60);
    expect(result.proven.calls).toBeGreaterThan(50);
    expect(result.trusted.map(({ what }) => what)).not.toContain("calls");
    expect(result.trusted.map(({ what }) => what)).toEqual(expect.arrayContaining(["block", "events", "compiled"]));
    const targets = connect.mock.calls.map((call) => JSON.stringify(call[0]));
    expect(targets).not.toEqual([]);
    for (const target of targets) {
      expect(target).toContain("127.0.0.1");
      expect(target).not.toContain(chainPort);
    }
  });

  test("is reproduced by the command in an empty folder, which stays empty", async () => {
    const cwd = mkdtempSync(join(tmpdir(), "lpctl-elsewhere-"));
    onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
    const ran = await runLpctl(["proposal", "reproduce", file, "--json"], { cwd });
    expect(ran.exitCode, ran.stdout).toBe(0);
    expect(expectDocument("proposal reproduce", ran)).toMatchObject({ equal: true, producedBy: "test" });
    // The launcher keeps node's compiled code in the user's cache folder, which lies here.
    expect(readdirSync(cwd).filter((name) => name !== ".cache")).toEqual([]);
  });
});

describe("evidence that somebody changed", () => {
  let loaded: LoadedEvidence;
  beforeAll(async () => {
    loaded = await loadEvidence(file);
  });

  /** A file made by somebody who knows its form and computes every hash anew. */
  async function forge(change: (evidence: Evidence) => void, report: unknown = JSON.parse(loaded.report)): Promise<string> {
    const evidence = structuredClone(loaded.evidence);
    change(evidence);
    const path = join(made, `forged-${Math.random().toString(36).slice(2)}.json.gz`);
    writeFileSync(path, await packEvidence(hashEvidence(evidence).text, report));
    return path;
  }

  function write(bytes: Buffer): string {
    const path = join(made, `raw-${Math.random().toString(36).slice(2)}.json.gz`);
    writeFileSync(path, bytes);
    return path;
  }

  const refused = async (path: string, recompile = false): Promise<string> => {
    const { code, exit } = await failureOf(reproduceProposal(path, { stored, recompile }));
    expect(exit, code).toBe(Exit.refused);
    return code;
  };
  const jobs = (evidence: Evidence) => {
    const found = Object.entries(evidence.state.accounts).find(([, account]) => Object.keys(account.storage).length > 3);
    if (found === undefined) throw new Error("no account with storage");
    return found[1];
  };

  test.each<[name: string, code: string, change: (evidence: Evidence) => void]>([
    ["a slot has another value", "LPCTL_EVIDENCE_STATE_DIFFERS", (evidence) => {
      const { storage } = jobs(evidence);
      storage[Object.keys(storage)[0] as Hex] = `0x${"11".repeat(32)}`;
    }],
    ["an account has other code", "LPCTL_EVIDENCE_STATE_DIFFERS", (evidence) => (jobs(evidence).code = "0x00")],
    ["an account is richer", "LPCTL_EVIDENCE_STATE_DIFFERS", (evidence) => (jobs(evidence).balanceWei += 1n)],
    ["the block has another state root", "LPCTL_EVIDENCE_STATE_DIFFERS", (evidence) => (evidence.state.block.stateRoot = `0x${"22".repeat(32)}`)],
    ["the proof lacks a node", "LPCTL_EVIDENCE_STATE_DIFFERS", (evidence) => "nodes" in evidence.proof && evidence.proof.nodes.splice(3, 1)],
    ["a proof node is no trie node", "LPCTL_EVIDENCE_STATE_DIFFERS", (evidence) => "nodes" in evidence.proof && evidence.proof.nodes.fill("0xc0")],
    ["a source has another text", "LPCTL_EVIDENCE_SOURCE_DIFFERS", (evidence) => (evidence.sources.texts[0] += " ")],
    ["a source is missing", "LPCTL_EVIDENCE_SOURCE_DIFFERS", (evidence) => evidence.sources.texts.pop()],
    ["a source wants to be elsewhere", "LPCTL_EVIDENCE_INVALID", (evidence) => evidence.sources.inputs.forEach((input) => (input.sources["../../x.sol"] = 0))],
    ["a source has an absolute name", "LPCTL_EVIDENCE_INVALID", (evidence) => evidence.sources.inputs.forEach((input) => (input.sources["/etc/x.sol"] = 0))],
    ["the proposal's title is another", "LPCTL_PROPOSAL_EDITED", (evidence) => Object.assign(evidence.proposal as object, { title: "Something harmless" })],
    ["the proposal is none", "LPCTL_EVIDENCE_INVALID", (evidence) => (evidence.proposal = [])],
    ["the proposal is another one", "LPCTL_EVIDENCE_OTHER_PROPOSAL", (evidence) => (evidence.proposal = makeProposal({ ...draftOf(stored.proposal), title: "Another" }))],
    ["the chain is another one", "LPCTL_EVIDENCE_OTHER_PROPOSAL", (evidence) => (evidence.state.chainId = 1n)],
    ["the Safe transaction is edited", "LPCTL_BUNDLE_EDITED", (evidence) => Object.assign((evidence.bundle as { transaction: object }).transaction, { nonce: "77" })],
    ["an event list is missing", "LPCTL_EVIDENCE_NOT_RECORDED", (evidence) => (evidence.answers = evidence.answers.filter(({ method }) => method !== "eth_getLogs"))],
    ["a member is of another type", "LPCTL_EVIDENCE_INVALID", (evidence) => Object.assign(evidence, { answers: { length: 3 } })],
    ["a member is unknown", "LPCTL_EVIDENCE_INVALID", (evidence) => Object.assign(evidence, { run: "rm -rf" })],
    ["the name leads elsewhere", "LPCTL_EVIDENCE_INVALID", (evidence) => (evidence.name = "../../001-x")],
  ])("is refused when %s", async (_, code, change) => {
    expect(await refused(await forge(change))).toBe(code);
  });

  test("is refused when a contract's answer is not the one that the state gives", async () => {
    const path = await forge((evidence) => {
      const answer = evidence.answers.find(({ method, result }) => method === "eth_call" && typeof result === "string" && /^0x0{62}[1-9a-f]/.test(result));
      if (answer === undefined) throw new Error("no small number among the answers");
      answer.result = `0x${"0".repeat(61)}7ff`;
    });
    expect(await refused(path)).toBe("LPCTL_EVIDENCE_ANSWER_DIFFERS");
  });

  test("is refused when a compiled contract is not what its source compiles to", async () => {
    // One of them: compiling all takes its time.
    const { sources } = loaded.evidence;
    await expect(recompileLibrary(openLibrary({ ...sources, units: sources.units.slice(0, 1) }))).resolves.toBeUndefined();
    const path = await forge((evidence) => {
      evidence.sources.units.splice(1);
      for (const variable of evidence.sources.units[0]?.artifact.storageLayout.storage ?? []) variable.label = "harmless";
    });
    expect(await refused(path, true)).toBe("LPCTL_EVIDENCE_SOURCE_DIFFERS");
  });

  test("differs, and says where, when only the report was changed", async () => {
    const report = JSON.parse(loaded.report) as { verdict: { risk: string } };
    report.verdict.risk = "low";
    const result = await reproduceProposal(await forge(() => undefined, report), { recompile: false });
    expect(result).toMatchObject({ equal: false, difference: { path: "verdict.risk", recorded: '"low"' } });
  });

  test.each<[name: string, code: string, bytes: () => Buffer]>([
    ["is cut off", "LPCTL_EVIDENCE_DAMAGED", () => again.subarray(0, again.length / 2)],
    ["is not packed", "LPCTL_EVIDENCE_DAMAGED", () => Buffer.from("{}")],
    ["is empty", "LPCTL_EVIDENCE_DAMAGED", () => Buffer.alloc(0)],
    ["was edited and packed again", "LPCTL_EVIDENCE_EDITED", () => gzipSync(gunzipSync(again).toString("utf8").replace('"producedBy":"test"', '"producedBy":"best"'))],
    ["holds something else", "LPCTL_EVIDENCE_INVALID", () => gzipSync("lpctl evidence 2\n{}\n{}")],
    ["would fill the memory", "LPCTL_EVIDENCE_TOO_LARGE", () => gzipSync(Buffer.alloc(129 * 1024 * 1024), { level: 1 })],
  ])("is refused when the file %s", async (_, code, bytes) => {
    expect(await refused(write(bytes()))).toBe(code);
  });

  test("is refused when it is nested beyond all reason", async () => {
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    const path = write(await packEvidence(hashEvidence(loaded.evidence).text.replace('"bundle":{', `"bundle":${deep},"x":{`), {}));
    expect(await refused(path)).toBe("LPCTL_EVIDENCE_INVALID");
  });

  test("is asked for when there is none", async () => {
    expect(await failureOf(reproduceProposal(join(made, "none.gz"), { recompile: false }))).toMatchObject({ code: "LPCTL_EVIDENCE_UNREADABLE", exit: Exit.usage });
  });
});
