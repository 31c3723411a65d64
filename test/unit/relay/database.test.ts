import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { LpctlError } from "../../../src/errors.ts";
import { openDatabase } from "../../../src/relay/store/database.ts";
import type { Database } from "../../../src/relay/store/database.ts";

function place(): string {
  const folder = mkdtempSync(join(tmpdir(), "lpctl-database-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "deep", "relay.sqlite");
}

function refusal(attempt: () => Database): string {
  try {
    attempt().close();
  } catch (error) {
    return error instanceof LpctlError ? error.code : String(error);
  }
  return "opened";
}

const put = (database: Database, name: string, value: string): Promise<number> => database.write(() => database.run("INSERT INTO facts (name, value) VALUES (?, ?)", name, value));
const names = (database: Database): unknown[] => database.all("SELECT name FROM facts ORDER BY name").map(({ name }) => name);

test("writes of one turn share a commit, and what fails in one of them undoes that one alone", async () => {
  const path = place();
  const database = openDatabase(path, 31337n);
  const refused = new Error("refused by a rule");
  const outcomes = await Promise.allSettled([
    put(database, "a", "1"),
    database.write(() => {
      database.run("INSERT INTO facts (name, value) VALUES ('half', 'done')");
      throw refused;
    }),
    put(database, "a", "twice"),
    put(database, "b", "2"),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
  expect(outcomes[1]).toMatchObject({ reason: refused });
  expect(outcomes[2]).toMatchObject({ reason: { code: "LPCTL_RELAY_NOT_STORED" } });
  expect(names(database)).toEqual(["a", "b", "chain id"]);
  // Closing answers who waits, and leaves one file.
  const last = put(database, "c", "3");
  database.close();
  expect(await last).toBe(1);
  expect(statSync(`${path}-wal`, { throwIfNoEntry: false })).toBeUndefined();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const again = openDatabase(path, 31337n);
  expect(names(again)).toEqual(["a", "b", "c", "chain id"]);
  again.close();
});

test("a file of another chain, relay, program or time is not touched", () => {
  const path = place();
  const database = openDatabase(path, 31337n);
  expect(refusal(() => openDatabase(path, 31337n))).toBe("LPCTL_RELAY_DATABASE_IN_USE");
  database.close();
  expect(refusal(() => openDatabase(path, 1n))).toBe("LPCTL_RELAY_DATABASE_OTHER_CHAIN");
  const edited = new DatabaseSync(path);
  edited.exec("PRAGMA user_version = 99");
  edited.close();
  expect(refusal(() => openDatabase(path, 31337n))).toBe("LPCTL_RELAY_DATABASE_UNKNOWN");

  const foreign = join(path, "..", "foreign.sqlite");
  const other = new DatabaseSync(foreign);
  other.exec("CREATE TABLE diary (day TEXT)");
  other.close();
  expect(refusal(() => openDatabase(foreign, 31337n))).toBe("LPCTL_RELAY_DATABASE_UNKNOWN");
  const text = join(path, "..", "text.sqlite");
  writeFileSync(text, "not a database, and long enough to be read as the header of one".repeat(20));
  expect(refusal(() => openDatabase(text, 31337n))).toBe("LPCTL_RELAY_DATABASE_UNKNOWN");
});
