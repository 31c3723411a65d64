import { spawn } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { parseForkFile } from "../../src/fork/parse-fork-file.ts";
import { hexSchema, type Hex } from "../../src/protocol/hex.ts";
import { saveSnapshot } from "../../src/snapshot/format/save-snapshot.ts";
import { startActorChain } from "../e2e/actor-chain.ts";
import { stateOfLocalChain } from "../e2e/fork-world.ts";
import { startGenesisProject, type GenesisProject } from "../e2e/genesis-project.ts";
import { expectDocument } from "./result-schemas.ts";
import { cleanEnvironment, runLpctl, runPath, type Ran } from "./run-lpctl.ts";

/** Where the journal has this many lines, the command is killed: while words are loaded. */
const KILLED_AT = 75;

/** The chain that the fork is made on, with a project and keys. */
let chain: GenesisProject;
let identity: Hex;
let planHash: string;

beforeAll(async () => {
  const [source, project] = await Promise.all([startActorChain("launch"), startGenesisProject()]);
  chain = project;
  const runner = await source.enter({});
  await runner.playRounds(3);
  const state = await stateOfLocalChain(source.rpc, source.protocol);
  const proofs = new Map(
    await Promise.all(
      state.contracts.map(async ({ address }) => [address, (await source.rpc.request("eth_getProof", [address, [], state.block.number], z.object({ accountProof: z.array(hexSchema) }))).accountProof] as const),
    ),
  );
  await source.anvil.stop();
  await chain.rpc.request("anvil_mine", ["0x40"], z.unknown());
  identity = (await saveSnapshot(join(chain.folder, "snapshot"), state, proofs, { tool: "test" })).id;
  await writeFile(join(chain.folder, "Own.sol"), ownRegistry(""));
  await writeFile(join(chain.folder, "fork.yaml"), forkYaml(`owner: "${chain.safe}"`));
}, 60_000);
afterAll(() => chain.stop());

/** Its own registry of services, on the words of the snapshot's; `before` stands where the words are. */
function ownRegistry(before: string): string {
  return `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.0;
interface IController { function owner() external view returns (address); }
contract OwnRegistry {
    IController public controller;
    bytes32 public targetContractId;
    struct Record { string serviceURI; }
    ${before}mapping(address account => Record record) private records;
    constructor(address initialController) { controller = IController(initialController); }
    function getServiceURI(address account) external view returns (string memory) { return records[account].serviceURI; }
    function setServiceURI(string calldata uri) external { records[msg.sender].serviceURI = uri; }
    function version() external pure returns (uint256) { return 2; }
}
`;
}

function forkYaml(owner: string): string {
  return `schema: 1
chainId: 31337
snapshot:
  folder: snapshot
  identity: "${identity}"
governance:
  ${owner}
  unpause: true
clock: { forkBlock: 100 }
parameters:
  BondingManager.unbondingPeriod: 9 rounds
code: { ServiceRegistry: Own.sol:OwnRegistry }
gitCommit: "${"c0".repeat(20)}"
`;
}

function lpctl(...args: string[]): Promise<Ran> {
  return runLpctl(args, { cwd: chain.folder });
}

function journalLines(): number {
  const [path] = globSync("forks/*/journal-*.ndjson", { cwd: chain.folder });
  return path === undefined ? 0 : readFileSync(join(chain.folder, path), "utf8").split("\n").length - 1;
}

async function killAt(lines: number): Promise<void> {
  const args = [runPath, "fork", "run", "--network", "local", "--key", "operator", "--confirm", planHash];
  const child = spawn(process.execPath, args, { cwd: chain.folder, env: cleanEnvironment(chain.folder), stdio: "ignore" });
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once("close", (_, signal) => resolve(signal)));
  const deadline = performance.now() + 60_000;
  while (journalLines() < lines && child.exitCode === null && performance.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
  child.kill("SIGKILL");
  expect(await ended, `killed at ${lines} lines`).toBe("SIGKILL");
}

describe("a fork through the command line", { concurrent: false }, () => {
  test("begins with a file that changes nothing but the owner", async () => {
    const args = ["fork", "init", "snapshot", "--owner", chain.safe, "--out", "begun.yaml"];
    expect(expectDocument("fork init", await lpctl(...args, "--json"))).toMatchObject({ snapshot: identity, owner: chain.safe });
    const { file } = parseForkFile(readFileSync(join(chain.folder, "begun.yaml"), "utf8"), join(chain.folder, "begun.yaml"));
    expect(file).toMatchObject({ chainId: 31337n, snapshot: { identity }, owner: chain.safe, excluded: [] });
    const again = await lpctl(...args);
    expect(again.exitCode).toBe(2);
    expect(again.stderr).toContain("LPCTL_FILE_EXISTS");
  });

  test("is refused where the file is wrong, with the line of everything that is", async () => {
    await writeFile(join(chain.folder, "wrong.yaml"), forkYaml("ownr: nobody").replace("9 rounds", "9 apples"));
    const wrong = await lpctl("fork", "plan", "wrong.yaml", "--network", "local", "--deployer", chain.deployer);
    expect(wrong).toMatchObject({ exitCode: 2, stdout: "" });
    expect(wrong.stderr).toContain("wrong.yaml:7:3");
    expect(wrong.stderr).toContain('Unknown key "ownr". Did you mean "owner"?');
    await writeFile(join(chain.folder, "wrong.yaml"), forkYaml(`owner: "${chain.safe}"`).replace(identity, `0x${"12".repeat(32)}`));
    const other = await lpctl("fork", "plan", "wrong.yaml", "--network", "local", "--deployer", chain.deployer);
    expect(other).toMatchObject({ exitCode: 3, stdout: "" });
    expect(other.stderr).toContain("wrong.yaml:5:13 snapshot is another snapshot than the file means");
    await writeFile(join(chain.folder, "wrong.yaml"), forkYaml(`owner: "${chain.safe}"`).replace(/^code: .*$/m, "loading: { method: claims }"));
    const early = await lpctl("fork", "plan", "wrong.yaml", "--network", "local", "--deployer", chain.deployer);
    expect(early).toMatchObject({ exitCode: 3, stdout: "" });
    expect(early.stderr).toContain("Delegators cannot claim their stake on this fork");
  });

  test("is planned word by word with its costs, and refused to an account that cannot pay", async () => {
    const ran = await lpctl("fork", "plan", "--network", "local", "--deployer", chain.deployer, "--json");
    const planned = z.object({ ok: z.literal(true), plan: z.object({ hash: z.string() }), costs: z.object({ gas: z.string(), owedWei: z.string() }) }).parse(expectDocument("fork plan", ran));
    planHash = planned.plan.hash;
    expect(BigInt(planned.costs.owedWei)).toBeGreaterThan(0n);
    const poor = await lpctl("fork", "plan", "--network", "local", "--deployer", `0x${"ab".repeat(20)}`);
    expect(poor.exitCode).toBe(3);
    expect(poor.stdout).toContain("and the fork costs more");
    expect(await chain.rpc.nonce(chain.deployer)).toBe(0n);
  });

  test("is refused where its own code would read other words than the snapshot's", async () => {
    await writeFile(join(chain.folder, "Shifted.sol"), ownRegistry("uint256 public fee; "));
    await writeFile(join(chain.folder, "shifted.yaml"), forkYaml(`owner: "${chain.safe}"`).replace("Own.sol", "Shifted.sol").replace("{ forkBlock: 100 }", "{}"));
    const ran = await lpctl("fork", "plan", "shifted.yaml", "--network", "local", "--deployer", chain.deployer);
    expect(ran.exitCode, ran.stderr).toBe(3);
    expect(ran.stderr).toMatch(/The fork is refused: shifted\.yaml:12:\d+ ServiceRegistry: `fee` is inserted where stored values already lie/);
    expect(ran.stdout).toMatch(/write into shifted\.yaml, line 9: clock: \{ forkBlock: \d+ \}|write into shifted\.yaml: clock: \{ forkBlock: \d+ \}/);
    await writeFile(join(chain.folder, "shifted.yaml"), forkYaml(`owner: "${chain.safe}"`).replace("{ ServiceRegistry:", "{ Minter:"));
    const bare = await lpctl("fork", "plan", "shifted.yaml", "--network", "local", "--deployer", chain.deployer);
    expect(bare).toMatchObject({ exitCode: 3, stdout: "" });
    expect(bare.stderr).toMatch(/shifted\.yaml:12:\d+ The code of Minter cannot be replaced/);
  }, 60_000);

  test("can start its token from a genesis of what everybody has, which is accepted as any other", async () => {
    const args = ["fork", "genesis", "--network", "local", "--bank", chain.safe, "--exact-from", "0.5", "--out", "again.yaml"];
    const made = z.object({ totalWei: z.string(), exact: z.number() }).parse(expectDocument("fork genesis", await lpctl(...args, "--json")));
    expect(made.exact).toBeGreaterThan(3);
    const checked = await lpctl("genesis", "check", "again.yaml", "--offline", "--json");
    expect(expectDocument("genesis check", checked), checked.stdout).toMatchObject({ ok: true, allocations: { total: made.totalWei } });
    expect((await lpctl(...args)).stderr).toContain("is there already, and is not overwritten");
  });

  test("is complete after a kill, and proven equal to its snapshot", async () => {
    await killAt(KILLED_AT);
    const ran = await lpctl("fork", "run", "--network", "local", "--key", "operator", "--confirm", planHash, "--json");
    const done = z.object({ transactions: z.number(), skipped: z.literal(0), planHash: z.literal(planHash) }).parse(expectDocument("fork run", ran));
    expect(await chain.rpc.nonce(chain.deployer)).toBe(BigInt(done.transactions));
    const verified = await lpctl("fork", "verify", "--network", "local", "--json");
    const { contracts, life } = z
      .object({ equal: z.literal(true), contracts: z.array(z.object({ isEqual: z.literal(true) })), life: z.object({ deeds: z.number() }) })
      .parse(expectDocument("fork verify", verified));
    expect(contracts.length).toBeGreaterThan(10);
    expect(life.deeds).toBeGreaterThan(20);
  }, 120_000);

  test("differs as soon as one word does, with exit code 7", async () => {
    const [path = ""] = globSync("forks/*/record.json", { cwd: chain.folder });
    const { contracts } = z.object({ contracts: z.record(z.string(), z.string()) }).parse(JSON.parse(readFileSync(join(chain.folder, path), "utf8")));
    await chain.rpc.request("anvil_setStorageAt", [contracts["BondingManager"], `0x${"0".repeat(63)}2`, `0x${"0".repeat(63)}8`], z.unknown());
    await chain.rpc.request("evm_mine", [], z.unknown());
    const head = await chain.rpc.blockNumber();
    const ran = await lpctl("fork", "verify", "--network", "local", "--block", String(head));
    expect(ran.exitCode).toBe(7);
    expect(ran.stderr).toContain("The fork differs from what fork.yaml declares: BondingManager");
  }, 60_000);
});
