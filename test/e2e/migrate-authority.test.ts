import { readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Exit, LpctlError } from "../../src/errors.ts";
import { assessProposal } from "../../src/lifecycle/assess-proposal.ts";
import { dryRun } from "../../src/migration/run/dry-run.ts";
import { listMigrations } from "../../src/migration/run/list-migrations.ts";
import { MigrationRun } from "../../src/migration/run/migration-run.ts";
import { rebuildJournal } from "../../src/migration/run/rebuild-journal.ts";
import { sendMigration, type MigrationOutcome } from "../../src/migration/run/send-migration.ts";
import { defineMigration, type Migration, type MigrationChain } from "../../src/migration/script/define-migration.ts";
import { loadProposal } from "../../src/proposal/store.ts";
import { forgeJournal } from "./forge-journal.ts";
import { carryOut } from "./local-project.ts";
import { mark, MARKS, scriptOf } from "./migrate-marks.ts";
import { startSuite, type Suite } from "./suite-project.ts";
import { z } from "zod";

const NAME = "001-slower-verification";
const rateOf = (chain: MigrationChain): Promise<bigint> => chain.readInteger("JobsManager", "verificationRate() view returns (uint64)");

/** Something for the key, something for the owner of the Controller, and something for the key again. */
const migration = defineMigration({
  title: "A slower verification",
  async *operations(chain) {
    // Nobody is named: anyone may mark, so that it goes out directly.
    const { as: _, ...anyone } = mark(1);
    yield anyone;
    yield {
      id: "rates",
      title: "Set rate and period of verification",
      calls: [await chain.call("JobsManager", "setVerificationRate(uint64)", [777]), await chain.call("JobsManager", "setVerificationPeriod(uint256)", [77])],
      enacted: async (now) => (await rateOf(now)) === 777n,
    };
    yield mark(2);
  },
  verify: async (chain) => ((await rateOf(chain)) === 777n ? [] : ["the rate is another"]),
}) as Migration;

let suite: Suite;
beforeAll(async () => {
  suite = await startSuite("safe");
  await suite.rpc.request("anvil_setCode", [MARKS, "0x5f3580546001019055"], z.unknown());
});
afterAll(() => suite.stop());

async function run(): Promise<MigrationOutcome> {
  const signer = suite.signers.operator;
  const opened = await MigrationRun.open(suite.project, scriptOf(NAME, migration), { sender: signer.address });
  try {
    return await sendMigration(opened, { signer, producedBy: "test" });
  } finally {
    await opened.close();
  }
}

const timesMarked = async (slot: bigint): Promise<bigint> => BigInt(await suite.rpc.storage(MARKS, slot));
const proposals = (): string[] => readdirSync(join(suite.project.folder, "proposals/local"));

test("what a contract objects with is said in words, on a fork and on the chain", async () => {
  const forbidden = defineMigration({
    title: "Too much",
    operations: async (chain) => [{ id: "rate", title: "Set the rate", as: "sender", calls: [await chain.call("JobsManager", "setVerificationRate(uint64)", [778])], enacted: async (now) => (await rateOf(now)) === 778n }],
  }) as Migration;
  const words = { message: expect.stringContaining(`ManagerCallerNotControllerOwner(caller: ${suite.accounts.operator})`) as string };
  const opened = await MigrationRun.open(suite.project, scriptOf("002-too-much", forbidden), { sender: suite.accounts.operator });
  try {
    await expect(dryRun(opened)).rejects.toMatchObject({ code: "LPCTL_MIGRATE_DRY_RUN_REVERTS", ...words });
    await expect(sendMigration(opened, { signer: suite.signers.operator, producedBy: "test" })).rejects.toMatchObject({ code: "LPCTL_SENDER_REVERTED", ...words });
  } finally {
    await opened.close();
  }
});

test("what an authority has to do is proposed once, waited for, and then the rest goes on", async () => {
  const opened = await MigrationRun.open(suite.project, scriptOf(NAME, migration), { sender: suite.accounts.operator });
  const report = await dryRun(opened);
  await opened.close();
  expect(report).toMatchObject({ proposals: 1, transactions: 2, differences: [], shown: [{ actor: "sender" }, { actor: "authority", by: suite.protocol.safe }, { actor: "sender" }] });

  const waiting: unknown = await run().catch((error: unknown) => error);
  expect(waiting).toBeInstanceOf(LpctlError);
  expect(waiting).toMatchObject({ code: "LPCTL_MIGRATE_WAITING", exit: Exit.waiting });
  const [proposal = "", ...others] = proposals();
  expect(others).toEqual([]);
  await expect(run()).rejects.toMatchObject({ code: "LPCTL_MIGRATE_WAITING", details: { proposal } });
  // As by `params set`: the changes are announced, and none is warned of.
  const { proposal: { intents } } = await loadProposal(suite.project.folder, "local", proposal);
  expect(intents.map((intent) => (intent.kind === "set-parameter" ? `${intent.parameter} ${intent.value}` : intent.kind))).toEqual(["JobsManager.verificationRate 777", "JobsManager.verificationPeriod 77"]);
  const { simulation, findings } = await assessProposal(suite.project, (await loadProposal(suite.project.folder, "local", proposal)).proposal);
  expect(simulation.changes.filter(({ class: kind }) => kind !== "bookkeeping").map(({ path, class: kind }) => `${path ?? ""} ${kind ?? ""}`)).toEqual(["verificationRate intended", "verificationPeriod intended"]);
  expect(findings.filter(({ severity }) => severity !== "info")).toEqual([]);
  expect([await timesMarked(1n), await timesMarked(2n)]).toEqual([1n, 0n]);

  // The journal is lost: the proposal is found again, and not made again.
  await rm(join(suite.project.folder, "migrations/local", NAME, "journal.ndjson"));
  expect(await rebuildJournal(suite.project, scriptOf(NAME, migration), { sender: suite.accounts.operator })).toMatchObject({ enacted: 1, elsewhere: [proposal], open: 2 });
  await expect(run()).rejects.toMatchObject({ code: "LPCTL_MIGRATE_WAITING" });
  expect(proposals()).toEqual([proposal]);

  // A journal that says it is done is not believed: nothing that comes after goes out.
  forgeJournal(join(suite.project.folder, "migrations/local", NAME, "journal.ndjson"), (entries) => [...entries, { kind: "enacted", operation: "rates", step: 1 }]);
  await expect(run()).rejects.toMatchObject({ code: "LPCTL_MIGRATE_WAITING" });
  expect(await timesMarked(2n)).toBe(0n);

  await carryOut(suite, await loadProposal(suite.project.folder, "local", proposal));
  expect(await run()).toMatchObject({ elsewhere: [proposal], confirmed: 1 });
  expect([await timesMarked(1n), await timesMarked(2n)]).toEqual([1n, 1n]);
  expect(await listMigrations(suite.project)).toEqual([]);
});
