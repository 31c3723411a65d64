import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { endNode } from "./end-node.ts";
import { freePort } from "./free-port.ts";
import { documentedCommands, expectDocument, publicCommands } from "./result-schemas.ts";
import { cleanEnvironment, runLpctl, type Ran } from "./run-lpctl.ts";
import { createWarmLpctl } from "./warm-lpctl.ts";

const V2 = "contracts/jobs/JobsManagerV2.sol:JobsManagerV2";
/** `node start` writes keys whose password files it names in lpctl.yaml, so that nothing prompts. */
const operator = ["--key", "operator", "--confirm", "local"];
const deployer = ["--key", "deployer", "--confirm", "local"];

/**
 * A genesis and a rehearsal need chains of their own: test/e2e/genesis-binary.test.ts, genesis-verify-command.test.ts and
 * rehearse.test.ts hold their documents against their schemas. Votes need stake: votes-cast.test.ts, votes.test.ts, tally.test.ts; so do snapshots: snapshot-show.test.ts.
 */
const SEEN_ELSEWHERE = ["fork claim", "fork genesis", "fork init", "fork plan", "fork run", "fork verify", "genesis check", "genesis init", "genesis run", "genesis verify", "rehearse", "safe serve", "snapshot attest", "snapshot diff", "snapshot show", "snapshot take", "snapshot verify", "vote cast", "vote checkpoint", "vote create", "vote execute", "vote list", "vote show", "vote tally", "vote verify"];

/** Something that only the owner of the Controller may do. */
const SLOWER_VERIFICATION = `import { defineMigration } from "lpctl/migration";
export default defineMigration({
  title: "A slower verification",
  operations: async (chain) => [{
    id: "rate",
    title: "Set verificationRate to 777",
    calls: [await chain.call("JobsManager", "setVerificationRate(uint64)", [777])],
    enacted: async (now) => (await now.readInteger("JobsManager", "verificationRate() view returns (uint64)")) === 777n,
  }],
});
`;

/** Commands that ran here and whose documents fit. */
const seen = new Set<string>();
const folder = mkdtempSync(join(tmpdir(), "lpctl-schemas-"));

const warm = createWarmLpctl();

/** What starts or stops the chain does so in the real binary; the rest shares one process. */
async function run(command: string, ...args: string[]): Promise<Ran> {
  const line = [...command.split(" "), ...args, "--json"];
  return line[0] === "node" ? runLpctl(line, { cwd: folder }) : warm.run({ args: line, cwd: folder, env: cleanEnvironment(folder) });
}

/** Runs a command with `--json`, holds the document against its schema, and gives the result. */
async function result<T>(command: string, args: string[] = [], exitCode = 0): Promise<T> {
  const ran = await run(command, ...args);
  const found = expectDocument(command, ran);
  expect(ran.exitCode, ran.stdout).toBe(exitCode);
  if (exitCode === 0 || exitCode === 5) seen.add(command);
  return found as T;
}

interface ProposedResult {
  proposal: { name: string };
  safe: { safeTxHash: string };
}

function confirmed(by: string, safeTxHash: string): string[] {
  return ["--key", by, "--confirm", safeTxHash.slice(0, 10)];
}

describe("--json", { concurrent: false }, () => {
  beforeAll(async () => {
    await result("node start", ["--no-actors", "--phase", "governor", "--block-time", "0.2", "--port", String(await freePort())]);
  });

  afterAll(async () => {
    // Also when a test failed halfway; a chain that is stopped already is no failure.
    await warm.stop();
    await endNode(folder);
    rmSync(folder, { recursive: true, force: true });
  });

  test("describes the project, its keys and its chain", async () => {
    await result("node status");
    await result("config show");
    await result("config explain");
    await result("completion", ["fish"]);
    await result("rehearse list");
    writeFileSync(join(folder, "password"), "correct horse\n", { mode: 0o600 });
    writeFileSync(join(folder, "key"), `0x${"5".repeat(64)}\n`, { mode: 0o600 });
    await result("keys new", ["fresh", "--password-file", "password"]);
    await result("keys import", ["known", "--password-file", "password", "--private-key-file", "key"]);
    await result("keys show", ["known"]);
    expect(await result<{ keys: unknown[] }>("keys list")).toHaveProperty("keys.length", 2);
    await result("authority show", ["JobsManager"]);
    await result("authority show", ["Controller"]);
    await result("params list");
    await result("params get", ["verificationRate"]);
    await result("params get", ["lipUpgradeRound"]);
    await result("safe show");
    await result("proposal list");
    await result("safe queue");
  });

  test("describes a parameter change from proposal to verification", async () => {
    await result("params set", ["verificationRate", "500", "--dry-run", "--no-aftermath"]);
    const { safe } = await result<ProposedResult>("params set", ["verificationRate", "500", "inflationChange", "0.0004%"]);
    expect(await result("params project", ["--proposal", "1"])).toMatchObject({ changes: [{ id: "JobsManager.verificationRate" }, { id: "Minter.inflationChange" }], money: { chance: { seed: "1" } }, verification: { after: { terms: { verificationRate: "500" } } } });
    await result("params project", ["rewardCut=20%", "--participation", "fixed", "--bonded", "48%", "--rounds", "50", "--out", "effect.csv"]);
    await result("proposal show", ["1"]);
    await result("proposal status", ["1"], 5);
    await result("proposal simulate", ["1", "--no-aftermath"]);
    await result("proposal report", ["1", "--format", "json"]);
    await result("proposal reproduce", ["1"]);
    await result("proposal watch", ["1", "--once"]);
    expect(await result<{ ok: boolean; checks: unknown[] }>("proposal check", ["1"])).toMatchObject({ ok: true });
    await result("proposal check", ["--explain", "storage-layout"]);
    await result("proposal sign", ["1", "--no-aftermath", ...confirmed("owner-1", safe.safeTxHash)], 5);
    expect(await result("safe approve", ["1", "--no-aftermath", ...confirmed("owner-2", safe.safeTxHash)])).toMatchObject({ safeTxHash: safe.safeTxHash, approves: null });
    await result("safe queue");
    await result("proposal execute", ["1", ...operator, "--wait"]);
    await result("proposal status", ["1"]);
    await result("proposal list");
  });

  test("describes an upgrade that is signed offline and called off", async () => {
    await result("upgrade check", ["JobsManager", "--to", V2]);
    const { implementation } = await result<{ implementation: { address: string } }>("upgrade prepare", ["JobsManager", "--to", V2, ...deployer]);
    const { safe } = await result<ProposedResult>("upgrade propose", ["JobsManager", "--to", V2, "--implementation", implementation.address]);
    expect(await result("proposal cancel", ["2"])).toHaveProperty("kind", "nothing-signed");
    writeFileSync(join(folder, "expected.json"), JSON.stringify({ expected: [{ selector: "*", kind: "gas" }] }));
    expect(await result("proposal replay", ["2", "--last", "20", "--expect", "expected.json"])).toMatchObject({ ok: true, contracts: [{ contract: "JobsManager" }] });
    // Another transaction comes after it: its nonce must be used up even though nobody has signed.
    await result("params set", ["finderFee", "6%", "--no-aftermath"]);
    expect(await result("proposal queue")).toMatchObject({ items: [{ outcome: "success" }, { outcome: "success" }], conflicts: [] });
    expect(await result("proposal cancel", ["2"])).toHaveProperty("kind", "rejection");
    await result("safe export", ["2", "--output", "upgrade.json"]);
    await result("safe sign", ["upgrade.json", "--offline", "--blind", ...confirmed("owner-1", safe.safeTxHash)]);
    expect(await result("safe verify", ["upgrade.json"])).toMatchObject({ missing: 1, signatures: [{ blind: true, standing: "owner" }] });
    await result("safe verify", ["upgrade.json", "--offline"]);
    const owners = await result<{ owners: string[] }>("safe show");
    await result("safe change", ["--threshold", "3", "--dry-run"]);
    await result("safe create", [...owners.owners.flatMap((owner) => ["--owner", owner]), "--threshold", "2", "--salt", "9", ...deployer]);
    // Exported again it keeps the signature that only the file has; what is no such file stays as it is.
    expect(await result("safe export", ["2", "--output", "upgrade.json"])).toHaveProperty("signatures", 1);
    await result("safe export", ["2", "--output", "lpctl.yaml"], 2);
    await result("safe import", ["upgrade.json"], 5);
    expect(await result("safe sync", ["--with", "shared"])).toMatchObject({ bundles: { 0: { signatures: 1 } }, findings: [] });
    expect(await result("safe export", ["2", "--format", "qr"])).toHaveProperty("path", null);
    await result("safe export", ["upgrade.json", "--format", "qr", "--signatures-only", "--output", "scanned.txt"]);
    expect(await result("safe merge", ["upgrade.json", "scanned.txt"])).toHaveProperty("added", []);
    await result("safe export", ["3", "--format", "tx-builder", "--output", "batch.json"]);
    await result("safe import", ["batch.json", "--dry-run", "--no-aftermath"]);
    const rejection = await result<{ path: string; safeTxHash: string }>("proposal cancel", ["2"]);
    for (const owner of ["owner-1", "owner-3"]) await result("safe sign", [rejection.path, ...confirmed(owner, rejection.safeTxHash)]);
    const executed = await result("safe execute", [rejection.path, ...operator]);
    // Run again, it finds its own transaction instead of calling the nonce used.
    expect(await result("safe execute", [rejection.path, ...operator])).toEqual(executed);
    await result("proposal status", ["2"], 3);
    expect(await result<{ signatures: { state: string }[] }>("safe signatures")).toMatchObject({ signatures: { 0: { rejection: true, state: "executed" } } });
    expect(await result("safe reanchor", ["2"])).toMatchObject({ before: { nonce: "1" }, after: { nonce: "3" }, old: { state: "dead" } });
    expect(await result("safe replace", ["2", "--with", "2"])).toHaveProperty("rivals.length", 1);
    expect(await result("proposal reanchor", ["2"])).toHaveProperty("after.nonce", "3");
    const rejected = await result<{ safeTxHash: string }>("safe reject", ["2"]);
    expect(await result("safe burn", ["--nonce", "2", ...confirmed("owner-1", rejected.safeTxHash)], 5)).toHaveProperty("rejections.0.signatures.length", 1);
  });

  test("carries what was found when the verdict is no", async () => {
    writeFileSync(join(folder, "Other.sol"), "// SPDX-License-Identifier: MIT\npragma solidity ^0.8.0;\ncontract Other { uint256 public other; }\n");
    const refused = await result<{ ok: boolean; slots: unknown[] }>("upgrade check", ["JobsManager", "--to", "Other.sol:Other"], 3);
    expect(refused.ok).toBe(false);
    expect(refused.slots).not.toEqual([]);
  });

  test.each([
    [2, "params get", ["verificationRat"]],
    [3, "params set", ["verificationPeriod", "300"]],
    [3, "params project", ["verificationRate=0"]],
    [2, "params project", ["unbondingPeriod=3"]],
    [3, "params project", ["inflationChange=100%"]],
    [3, "params project", ["--participation", "history"]],
    [2, "params project", ["rewardCut=20"]],
    [2, "params project", ["--proposal", "1", "rewardCut=20%"]],
    [2, "params project", ["--out", "effect.pdf"]],
    [2, "proposal sign", ["1", "--nonsense"]],
    [2, "proposal show", ["99"]],
    [2, "proposal check", []],
    [2, "safe approve", ["1", "--for", "0x0000000000000000000000000000000000000001"]],
    [2, "proposal check", ["--explain", "storage-layuot"]],
    [3, "safe import", ["lpctl.yaml"]],
    [2, "authority show", ["0x0000000000000000000000000000000000000001"]],
  ] as const)("fails with exit code %i and an error document: %s %s", async (exitCode, command, args) => {
    await result(command, [...args], exitCode);
  });

  test("describes a handover as it is prepared and planned, and where it stands", async () => {
    const { address } = await result<{ address: string }>("safe show");
    await result("handover prepare", ["governor", "--owner", address, ...deployer, "--dry-run"]);
    expect(await result("handover prepare", ["governor", "--owner", address, ...deployer])).toMatchObject({ preparations: { 0: { kind: "governor", owner: address, sent: { length: 3 } } } });
    expect(await result("handover prepare", ["governor", "--owner", address, ...deployer], 3)).toBeUndefined();
    expect(await result("handover prepare", ["stake", ...deployer], 3)).toBeUndefined();
    expect(await result("handover plan", ["governor", "--no-aftermath", "--dry-run"])).toMatchObject({ stages: { 0: { kind: "sign-of-life" } } });
    const planned = await result<{ from: string; proofs: { holds: boolean }[] }>("handover plan", ["safe", "--to", address, "--no-aftermath"]);
    expect(planned.proofs.filter(({ holds }) => !holds)).toEqual([]);
    expect(await result("handover plan", ["safe", "--to", planned.from], 2)).toBeUndefined();
    expect(await result("handover status", [], 5)).toMatchObject({ isOver: false, stages: { 0: { kind: "sign-of-life", state: "open" } } });
  });

  test("carries a migration out, and waits for those who own what it changes", async () => {
    const { name } = await result<{ name: string }>("migrate new", ["leave a note"]);
    expect(await result("migrate run", ["1", "--dry-run", "--key", "deployer"])).toMatchObject({ migration: name, dryRun: { transactions: 1, differences: [] }, outcome: null });
    expect(await result("migrate run", ["1", ...deployer])).toMatchObject({ outcome: { confirmed: 1, skipped: 0 } });
    writeFileSync(join(folder, "migrations/002-slower-verification.ts"), SLOWER_VERIFICATION);
    expect(await result("migrate run", ["2", "--dry-run", "--key", "deployer"])).toMatchObject({ dryRun: { proposals: 1, transactions: 0, shown: [{ actor: "authority", outcome: "enacted" }] } });
    const { waitingFor } = await result<{ waitingFor: { proposal: string } }>("migrate run", ["2", ...deployer], 5);
    // Asked again, it proposes nothing again.
    expect(await result("migrate run", ["2", ...deployer], 5)).toMatchObject({ waitingFor });
    rmSync(join(folder, "migrations/local/002-slower-verification/journal.ndjson"));
    expect(await result("migrate rebuild", ["2", "--key", "deployer"])).toMatchObject({ enacted: 0, open: 1, elsewhere: [waitingFor.proposal] });
    expect(await result("migrate status")).toMatchObject({ migrations: [{ state: "complete" }, { state: "waiting", elsewhere: [{ enacted: false }] }] });
  });

  test("ends with the chain stopped", async () => {
    await result("node stop");
    await result("node status");
  });

  test("has a schema, and a run above or elsewhere, for every command", () => {
    expect(documentedCommands()).toEqual(publicCommands());
    expect([...seen, ...SEEN_ELSEWHERE].toSorted()).toEqual(publicCommands());
  });
});
