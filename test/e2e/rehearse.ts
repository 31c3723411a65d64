/** Runs a rehearsal step by step, as the command does, without its terminal. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import type { RehearsalResult } from "../../src/rehearsal/rehearsal.ts";
import { findScenario } from "../../src/rehearsal/scenarios.ts";
import { COMPILE_CACHES } from "./local-project.ts";

/** The result of a rehearsal all of whose proofs hold. */
export async function rehearse(name: string): Promise<RehearsalResult> {
  const parent = await mkdtemp(join(tmpdir(), "lpctl-rehearsal-"));
  const rehearsal = findScenario(name).prepare({ folder: join(parent, "rehearsal"), compilerCaches: COMPILE_CACHES, producedBy: "test" });
  onTestFinished(async () => {
    await rehearsal.stop();
    await rm(parent, { recursive: true, force: true });
  });
  for (const { run } of rehearsal.steps) await run(() => {});
  const result = rehearsal.result();
  expect(result.proofs.filter(({ holds }) => !holds)).toEqual([]);
  return result;
}

/** The detail of the proof whose statement has these words. */
export function proofOf({ proofs }: RehearsalResult, words: string): string {
  const found = proofs.filter(({ what }) => what.includes(words));
  expect(found.map(({ what }) => what), words).toHaveLength(1);
  return found[0]?.detail ?? "";
}
