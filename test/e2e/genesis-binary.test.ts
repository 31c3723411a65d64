import { spawn } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { readFunction } from "../../src/chain/read-function.ts";
import type { Address } from "../../src/protocol/hex.ts";
import { expectDocument } from "../cli/result-schemas.ts";
import { cleanEnvironment, runLpctl, runPath, type Ran } from "../cli/run-lpctl.ts";
import { startGenesisProject, type GenesisProject } from "./genesis-project.ts";

/** Where the journal has this many lines, the command is killed: in the suite, and between two grants. */
const KILLS = [7, 80];

const TRANSACTIONS = 45;

const runSchema = z.object({
  planHash: z.string(),
  sent: z.array(z.string()),
  skipped: z.number(),
  controller: z.string(),
  contracts: z.record(z.string(), z.string()),
  genesisManager: z.string(),
  distribution: z.object({ kind: z.string(), address: z.string() }),
  configuration: z.string(),
});

let chain: GenesisProject;
let planHash: string;
beforeAll(async () => {
  chain = await startGenesisProject();
});
afterAll(() => chain.stop());

function lpctl(...args: string[]): Promise<Ran> {
  return runLpctl(args, { cwd: chain.folder });
}

/** Starts the command, and kills it when its journal has so many lines. */
async function killAt(lines: number): Promise<void> {
  const args = [runPath, "genesis", "run", "--network", "local", "--key", "operator", "--confirm", planHash];
  const child = spawn(process.execPath, args, { cwd: chain.folder, env: cleanEnvironment(chain.folder), stdio: "ignore" });
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once("close", (_, signal) => resolve(signal)));
  const deadline = performance.now() + 60_000;
  while (journalLines() < lines && child.exitCode === null && performance.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
  child.kill("SIGKILL");
  expect(await ended, `killed at ${lines} lines`).toBe("SIGKILL");
}

/** The example of 2018 with one grant for each bucket: as many kinds of transactions, and half as many to wait for. */
function withOneGrantEach(text: string): string {
  const amounts = { team: "1235000", investors: "1900000", community: "21300" };
  return Object.entries(amounts).reduce((shorter, [bucket, amount]) => {
    const list = new RegExp(`^  ${bucket}:\\n(.*amount: )"\\d+"(.*\\n)(?:    - .*\\n)*`, "m");
    return shorter.replace(list, `  ${bucket}:\n$1"${amount}"$2`);
  }, text);
}

function journalLines(): number {
  const [path] = globSync("genesis/*/journal-*.ndjson", { cwd: chain.folder });
  return path === undefined ? 0 : readFileSync(join(chain.folder, path), "utf8").split("\n").length - 1;
}

describe("a genesis through the command line", { concurrent: false }, () => {
  test("is written as the example of 2018, which is never overwritten", async () => {
    const ran = await lpctl("genesis", "init", "--example", "2018", "--network", "local", "--bank", chain.safe, "--governance", chain.safe, "--json");
    expect(expectDocument("genesis init", ran)).toEqual({ files: ["genesis.yaml", "genesis-recipients.txt"], chainId: "31337" });
    const again = await lpctl("genesis", "init");
    expect(again).toMatchObject({ exitCode: 2, stdout: "" });
    expect(again.stderr).toContain("genesis.yaml is there already, and is not overwritten.");
    expect((await lpctl("genesis", "init", "other.yaml", "--bank", chain.safe.replace("a", "A").replace("4", "5"))).exitCode).toBe(2);
    expect(existsSync(join(chain.folder, "other.yaml"))).toBe(false);
    const [another, inFile] = await Promise.all([lpctl("genesis", "init", "genesis.yml", "--example", "2018"), lpctl("genesis", "init", "genesis.yaml/new.yaml")]);
    expect(another).toMatchObject({ exitCode: 2, stdout: "" });
    expect(another.stderr).toContain("genesis-recipients.txt is there already, and is not overwritten.");
    // Both files or none.
    expect(existsSync(join(chain.folder, "genesis.yml"))).toBe(false);
    expect(inFile).toMatchObject({ exitCode: 2, stdout: "" });
    expect(inFile.stderr).toContain("genesis.yaml is a file, and no folder that anything could be written to.");
  });

  test("is checked without a chain, and refused with exit code 3 where it is wrong", async () => {
    const offline = await lpctl("genesis", "check", "--offline", "--json");
    expect(expectDocument("genesis check", offline)).toMatchObject({ ok: true, network: null, plan: null, grants: { team: 8, investors: 23, community: 16 } });
    const text = readFileSync(join(chain.folder, "genesis.yaml"), "utf8");
    await writeFile(join(chain.folder, "wrong.yaml"), text.replace('amount: "82624"', 'amount: "82625"'));
    const wrong = await lpctl("genesis", "check", "wrong.yaml", "--offline");
    expect(wrong.exitCode).toBe(3);
    expect(wrong.stdout).toContain("refuse   The 23 grants of investors come to 1900001 LPT, its bucket holds 1900000 LPT: 1 LPT too much.");
    expect(wrong.stderr).toMatch(/error {2}The genesis wrong\.yaml is refused: The 23 grants of investors/);
    expectDocument("genesis check", await lpctl("genesis", "check", "wrong.yaml", "--offline", "--json"));
    await writeFile(join(chain.folder, "wrong.yaml"), text.replace("profile: launch", "profile: lunch"));
    const malformed = await lpctl("genesis", "check", "wrong.yaml");
    expect(malformed).toMatchObject({ exitCode: 2, stdout: "" });
    expect(malformed.stderr).toContain("wrong.yaml:14:10 is not a valid genesis file.\n  profile: not a profile; one of: launch, current");
    await writeFile(join(chain.folder, "genesis.yaml"), withOneGrantEach(text));
  });

  test("is planned and simulated for a deployer, and nothing is sent", async () => {
    const ran = await lpctl("genesis", "check", "--network", "local", "--deployer", chain.deployer, "--json");
    const checked = z.object({ plan: z.object({ hash: z.string(), transactions: z.number() }) }).parse(expectDocument("genesis check", ran));
    expect(checked.plan.transactions).toBe(TRANSACTIONS);
    planHash = checked.plan.hash;
    expect(await chain.rpc.nonce(chain.deployer)).toBe(0n);
  });

  test("is not run without an answer, and leaves nothing behind", async () => {
    const silent = await runLpctl(["genesis", "run", "--network", "local", "--key", "operator"], { cwd: chain.folder, input: "\n" });
    expect(silent).toMatchObject({ exitCode: 2, stdout: "" });
    expect(silent.stderr).toContain(`next:  Answer it on the command line: --confirm ${planHash.slice(0, 10)}`);
    // Whoever is asked has seen what it is about.
    expect(silent.stderr).toContain(`plan hash     ${planHash}`);
    expect(await chain.rpc.nonce(chain.deployer)).toBe(0n);
    expect(existsSync(join(chain.folder, "genesis"))).toBe(false);
  });

  test("is complete after any number of kills, with one of each", async () => {
    for (const lines of KILLS) await killAt(lines);
    const ran = await lpctl("genesis", "run", "--network", "local", "--key", "operator", "--confirm", planHash.slice(0, 10), "--json");
    const { sent, skipped, contracts, controller, genesisManager, configuration, distribution } = runSchema.parse(expectDocument("genesis run", ran));
    expect(new Set(sent).size).toBe(sent.length);
    expect(sent.length + skipped).toBe(Number(await chain.rpc.nonce(chain.deployer)));
    expect(skipped).toBe(0);
    expect(configuration).toBe(`networks:\n  local:\n    controller: "${controller}"`);

    const logs = await chain.rpc.logs({ address: contracts["LivepeerToken"] as Address, topics: ["0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"], fromBlock: 0n, toBlock: "latest" });
    // One mint, three grants, crowd and company.
    expect(logs).toHaveLength(1 + 3 + 2);
    const balance = await readFunction(chain.rpc, contracts["LivepeerToken"] as Address, "function balanceOf(address account) view returns (uint256)", [distribution.address]);
    expect(balance[0]).toBe(6_343_700n * 10n ** 18n);
    expect((await readFunction(chain.rpc, genesisManager as Address, "function stage() view returns (uint8)"))[0]).toBe(2n);
  });

  test("is only looked at again when it is complete, stage by stage", async () => {
    const before = await chain.rpc.nonce(chain.deployer);
    const again = await lpctl("genesis", "run", "--network", "local", "--key", "operator");
    expect(again.exitCode).toBe(0);
    expect(again.stdout).toContain(`The genesis is complete: ${TRANSACTIONS} transactions`);
    expect(again.stderr).toContain("Make the grants: 3 transactions");
    expect(again.stderr).toContain("next:  lpctl genesis verify genesis.yaml --network local");
    expect(await chain.rpc.nonce(chain.deployer)).toBe(before);
    // Kills and all, the chain is word for word what the simulation before the first transaction said.
    expect(expectDocument("genesis verify", await lpctl("genesis", "verify", "--network", "local", "--json"))).toMatchObject({ equal: true });
  });
});
