import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { identityOf } from "../../../src/snapshot/format/identity.ts";
import { loadSnapshot } from "../../../src/snapshot/format/load-snapshot.ts";
import { saveSnapshot } from "../../../src/snapshot/format/save-snapshot.ts";
import { verifySnapshot } from "../../../src/snapshot/format/verify-snapshot.ts";
import { smallState } from "./format-state.ts";

const folder = await mkdtemp(join(tmpdir(), "lpctl-format-"));
afterAll(() => rm(folder, { recursive: true }));
const tool = "lpctl test";

test("a snapshot comes back as it was saved, and proves itself", async () => {
  const { state, proofs } = await smallState();
  const path = join(folder, "small");
  const saved = await saveSnapshot(path, state, proofs, { tool, notes: ["taken by a test"], nameOf: () => "slot" });
  const { snapshot, differences, blockHashGiven } = await verifySnapshot(path);
  expect(differences).toEqual([]);
  expect(blockHashGiven).toBe(false);
  expect(snapshot.state).toEqual(state);
  expect(saved).toMatchObject({ id: snapshot.id, words: 66 });
  expect(snapshot.id).toBe(await identityOf(state));
  expect((await loadSnapshot(path)).manifest.notes).toEqual(["taken by a test"]);
  expect(await readdir(folder)).toEqual(["small"]);
});
