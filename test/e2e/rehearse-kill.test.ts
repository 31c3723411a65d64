import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { killCertificateSchema } from "../../src/rehearsal/kill/certificate.ts";
import { prepareKillRehearsal } from "../../src/rehearsal/kill/kill-rehearsal.ts";
import { BANK, GOVERNANCE, SMALL } from "../unit/genesis/genesis-text.ts";
import { startGenesisProject, type GenesisProject } from "./genesis-project.ts";
import { readFile } from "node:fs/promises";

let chain: GenesisProject;

beforeAll(async () => {
  chain = await startGenesisProject();
});
afterAll(() => chain.stop());

test("a genesis comes to the same end whatever happens on its way", { timeout: 240_000 }, async () => {
  const file = join(chain.folder, "genesis.yaml");
  const { timestampSeconds } = await chain.rpc.block("latest");
  await writeFile(file, SMALL.replace(BANK, chain.safe).replace(GOVERNANCE, chain.safe).replace(/start: 2.*/, `start: ${timestampSeconds + 86_400n}`));
  const folder = join(chain.folder, "kill");
  const rehearsal = prepareKillRehearsal({ folder, project: chain.project, plan: { kind: "genesis", file }, kills: 12, producedBy: "lpctl test" });
  try {
    for (const { title, run } of rehearsal.steps) console.log(title, await run((doing) => console.log("   ", doing)));
    console.log(rehearsal.result().proofs);
    const certificate = killCertificateSchema.parse(JSON.parse(await readFile(join(folder, "kill-certificate.json"), "utf8")));
    console.log(JSON.stringify(certificate.runs, null, 0));
    expect(certificate).toMatchObject({ duplicates: 0, missing: 0, stuck: 0, findings: [] });
  } finally {
    await rehearsal.stop();
  }
});
