import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { genesisPaths } from "../../src/genesis/genesis-record.ts";
import { savePrediction } from "../../src/genesis/prediction.ts";
import { expectDocument } from "../cli/result-schemas.ts";
import { documentOf, runLpctl, type Ran } from "../cli/run-lpctl.ts";
import { finishGenesis, type FinishedGenesis } from "./finished-genesis.ts";
import { COMPILE_CACHES } from "./local-project.ts";

let done: FinishedGenesis;
let predictionPath: string;

beforeAll(async () => {
  done = await finishGenesis();
  const { project, rpc } = done.local;
  await mkdir(join(project.folder, "cache/lpctl"), { recursive: true });
  await symlink(COMPILE_CACHES.at(-1) ?? "", join(project.folder, "cache/lpctl/solc"));
  predictionPath = (await genesisPaths(project.folder, "local", rpc)).prediction;
  await writeFile(join(project.folder, "lpctl.yaml"), `schema: 1\nnetworks:\n  local:\n    rpcUrl: ${rpc.url}\n    chainId: 31337\n    controller: "${done.prepared.suite.controller}"\n`);
});
afterAll(() => done?.stop());

/** With the contracts that `finishGenesis` compiled in the cache, as a person has them after a run. */
function run(...args: string[]): Promise<Ran> {
  return runLpctl(["genesis", "verify", "genesis.yaml", "--network", "local", ...args], {
    cwd: done.local.project.folder,
    env: { XDG_CACHE_HOME: join(done.local.project.folder, "cache") },
  });
}

it("verifies with the file and the Controller alone, and predicts the state again", async () => {
  const ran = await run();
  expect(ran.stderr + ran.stdout).toContain("verified: the chain");
  expect(ran.exitCode).toBe(0);
  expect(ran.stdout).toContain("verified: the chain is as the genesis file says");
  expect(ran.stdout).toContain("predicted again, on an empty chain");
});

it("compares with the prediction that was kept, and prints a document that fits its schema", async () => {
  await mkdir(dirname(predictionPath), { recursive: true });
  await savePrediction(predictionPath, done.prediction);
  const ran = await run("--json");
  const result = expectDocument("genesis verify", ran) as { equal: boolean; predicted: string; groups: { group: string; different: number }[] };
  expect(result).toMatchObject({ equal: true, predicted: "kept" });
  expect(result.groups.map(({ group }) => group)).toContain("state");
});

it("ends with exit code 7 and names what differs, as text and as a document", async () => {
  const { rpc } = done.local;
  const snapshot = await rpc.request("evm_snapshot", [], z.string());
  const token = done.prepared.suite.contracts["LivepeerToken"];
  await rpc.request("anvil_setStorageAt", [done.prepared.suite.controller, `0x${"0".repeat(64)}`, `0x${"0".repeat(24)}${"ab".repeat(20)}`], z.unknown());
  await rpc.request("anvil_setCode", [token, "0x"], z.unknown());
  const [text, json] = await Promise.all([run(), run("--json")]);
  await rpc.request("evm_revert", [snapshot], z.literal(true));
  expect(text.exitCode).toBe(7);
  expect(text.stdout).toMatch(/Controller\.owner: 0xab/i);
  expect(text.stdout).toContain("LivepeerToken.totalSupply: could not be read");
  expect(text.stderr).toContain("LPCTL_GENESIS_DIFFERENT");
  expect(json.exitCode).toBe(7);
  expect(expectDocument("genesis verify", json)).toMatchObject({ equal: false });
  expect(documentOf(json).error).toMatchObject({ code: "LPCTL_GENESIS_DIFFERENT" });
});

it("verifies an old block, and refuses what is no block, no prediction, or no deployer of this Controller", async () => {
  const block = await done.local.rpc.blockNumber();
  const [old, ...refused] = await Promise.all([
    run("--block", String(block)),
    run("--block", "latest"),
    run("--prediction", "elsewhere.json"),
    run("--deployer", done.local.accounts.operator),
  ]);
  expect(old.exitCode).toBe(0);
  expect(refused.map(({ exitCode, stderr }) => [exitCode, /LPCTL_\w+/.exec(stderr)?.[0]])).toEqual([
    [2, "LPCTL_USAGE_NOT_A_BLOCK"],
    [2, "LPCTL_GENESIS_PREDICTION_MISSING"],
    [2, "LPCTL_GENESIS_DEPLOYER_UNKNOWN"],
  ]);
});
