import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { killCertificateSchema } from "../../src/rehearsal/kill/certificate.ts";
import { prepareKillRehearsal } from "../../src/rehearsal/kill/kill-rehearsal.ts";
import { BANK, GOVERNANCE, SMALL } from "../unit/genesis/genesis-text.ts";
import { startGenesisProject, type GenesisProject } from "./genesis-project.ts";

let chain: GenesisProject;

beforeAll(async () => {
  chain = await startGenesisProject();
});
afterAll(() => chain.stop());

test("a genesis comes to the same end, killed, cut off, reorganised, doubled and on a full disk", { timeout: 240_000 }, async () => {
  const file = join(chain.folder, "genesis.yaml");
  const { timestampSeconds } = await chain.rpc.block("latest");
  await writeFile(file, SMALL.replace(BANK, chain.safe).replace(GOVERNANCE, chain.safe).replace(/start: 2.*/, `start: ${timestampSeconds + 86_400n}`));
  const folder = join(chain.folder, "kill");
  const rehearsal = prepareKillRehearsal({ folder, project: chain.project, plan: { kind: "genesis", file }, kills: 7, producedBy: "lpctl test" });
  try {
    for (const { run } of rehearsal.steps) await run(() => {});
    const certificate = killCertificateSchema.parse(JSON.parse(await readFile(join(folder, "kill-certificate.json"), "utf8")));
    expect(certificate).toMatchObject({ duplicates: 0, missing: 0, stuck: 0, findings: [] });
    const struck = new Set(certificate.runs.flatMap(({ fault, struck: has }) => (has ? [fault] : [])));
    expect([...struck].sort()).toEqual(["answer lost", "disk full", "killed", "reorg", "second process", "sent twice"]);
    expect(rehearsal.result().proofs.filter(({ holds }) => !holds)).toEqual([]);
    // What was rehearsed left nothing in the project, nor on its chain.
    expect(await chain.rpc.nonce(chain.deployer)).toBe(0n);
  } finally {
    await rehearsal.stop();
  }
});
