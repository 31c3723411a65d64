import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { checkFork, readForkBill } from "../../src/fork/check-fork.ts";
import { beginFork, openFork, type OpenedFork } from "../../src/fork/open-fork.ts";
import { readLoaders } from "../../src/fork/read-fork-state.ts";
import { runFork, type RunForkOptions } from "../../src/fork/run-fork.ts";
import { hexSchema } from "../../src/protocol/hex.ts";
import { contractId } from "../../src/protocol/contract-id.ts";
import { walletSigner } from "../../src/keys/unlocked-key.ts";
import { localAccounts } from "../../src/node/local-accounts.ts";
import { saveSnapshot } from "../../src/snapshot/format/save-snapshot.ts";
import { Interface } from "ethers";
import { startActorChain } from "./actor-chain.ts";
import { stateOfLocalChain } from "./fork-world.ts";
import { startGenesisProject, type GenesisProject } from "./genesis-project.ts";

const { privateKey } = localAccounts().operator;
const STRANGER = "0x00000000000000000000000000000000000005e7";

let chain: GenesisProject;
let yaml: string;
let path: string;
let opened: OpenedFork;
let snapshot: string;

beforeAll(async () => {
  const [source, project] = await Promise.all([startActorChain("launch"), startGenesisProject()]);
  chain = project;
  const state = await stateOfLocalChain(source.rpc, source.protocol);
  const proofOf = async (address: string): Promise<`0x${string}`[]> => (await source.rpc.request("eth_getProof", [address, [], state.block.number], z.object({ accountProof: z.array(hexSchema) }))).accountProof;
  const proofs = new Map(await Promise.all(state.contracts.map(async ({ address }) => [address, await proofOf(address)] as const)));
  await source.anvil.stop();
  await cheat("anvil_mine", "0x40");
  const { id } = await saveSnapshot(join(chain.folder, "snapshot"), state, proofs, { tool: "test" });
  yaml = `schema: 1\nchainId: 31337\nsnapshot: { folder: snapshot, identity: "${id}" }\ngovernance: { owner: "${chain.safe}" }\nclock: { forkBlock: 100 }\ngitCommit: "${"c0".repeat(20)}"\n`;
  path = file("fork.yaml", yaml);
  opened = await openFork(chain.project, path, chain.deployer);
}, 60_000);
afterAll(() => chain.stop());
beforeEach(async () => {
  snapshot = z.string().parse(await cheat("evm_snapshot"));
});
afterEach(async () => {
  await cheat("evm_setAutomine", true);
  await cheat("evm_revert", snapshot);
});

const cheat = (method: string, ...params: unknown[]): Promise<unknown> => chain.rpc.request(method, params, z.unknown());

function file(name: string, text: string): string {
  const written = join(chain.folder, name);
  writeFileSync(written, text);
  return written;
}

/** The deployer's own key, in other hands or another tool. */
async function byDeployer(to: string, data = "0x"): Promise<void> {
  await cheat("anvil_impersonateAccount", chain.deployer);
  await cheat("eth_sendTransaction", { from: chain.deployer, to, data, gas: "0x30d40" });
}

let journals = 0;
function options(): RunForkOptions {
  return { chainId: 31337n, signer: walletSigner(privateKey), journalPath: join(chain.folder, `journal-${journals++}.ndjson`), receiptLagMs: 100 };
}

/** Runs until this transaction is in the chain. */
async function runUntil(id: string, given: RunForkOptions): Promise<void> {
  const stopped = runFork(chain.rpc, opened.prepared, {
    ...given,
    onProgress: ({ kind, operation }) => {
      if (kind === "confirmed" && operation.id === id) throw new Error("stopped");
    },
  });
  await expect(stopped.then(() => "not stopped")).rejects.toThrow("stopped");
}

const refusals = async (): Promise<string[]> => {
  const { loaded, prepared } = opened;
  const findings = await checkFork(chain.rpc, loaded, prepared, await readForkBill(chain.rpc, prepared));
  return findings.filter(({ severity }) => severity === "refuse").map(({ code }) => code);
};

describe("before anything is sent, a fork is refused", { concurrent: false }, () => {
  test("where the chain is not as it has to be", async () => {
    expect(await refusals()).toEqual([]);
    await cheat("anvil_setCode", opened.prepared.deployed.controller, "0x00");
    expect(await refusals()).toEqual(["fork-address-taken"]);
    await cheat("anvil_setCode", chain.deployer, "0x00");
    await cheat("anvil_setBalance", chain.deployer, "0x1");
    expect(await refusals()).toEqual(["fork-address-taken", "fork-deployer-contract", "fork-deployer-funds"]);
  });

  test("where another transaction of its deployer waits", async () => {
    await cheat("evm_setAutomine", false);
    await byDeployer(STRANGER);
    expect(await refusals()).toEqual(["fork-deployer-busy"]);
  });

  test.each<[string, (text: string) => string, { code: string; exit: number }]>([
    ["of another chain", (text) => text.replace("31337", "1"), { code: "LPCTL_FORK_OTHER_CHAIN", exit: 3 }],
    ["of another snapshot", (text) => text.replace(/identity: "0x../, 'identity: "0x12'), { code: "LPCTL_FORK_OTHER_SNAPSHOT", exit: 3 }],
    ["of a newer lpctl", (text) => text.replace("schema: 1", "schema: 2"), { code: "LPCTL_FORK_FILE_MALFORMED", exit: 2 }],
    ["of a folder that is none", (text) => text.replace("folder: snapshot", "folder: ../../etc"), { code: "LPCTL_SNAPSHOT_NOT_FOUND", exit: 2 }],
    ["with a reason that a terminal would obey", (text) => `${text}excluded: [{ account: "${STRANGER}", reason: "a\\e[8mb" }]\n`, { code: "LPCTL_FORK_FILE_MALFORMED", exit: 2 }],
  ])("whose file is %s", async (_, change, refusal) => {
    await expect(openFork(chain.project, file("wrong.yaml", change(yaml)), chain.deployer)).rejects.toMatchObject(refusal);
  });

  test("whose file is none", async () => {
    await expect(openFork(chain.project, join(chain.folder, "nowhere.yaml"), chain.deployer)).rejects.toMatchObject({ code: "LPCTL_FORK_FILE_MISSING", exit: 2 });
    await expect(openFork(chain.project, chain.folder, chain.deployer)).rejects.toMatchObject({ code: "LPCTL_FORK_FILE_MISSING", exit: 2 });
    await expect(openFork(chain.project, path, undefined)).rejects.toMatchObject({ code: "LPCTL_FORK_NOT_BEGUN", exit: 2 });
  });
});

describe("while it is sent", { concurrent: false }, () => {
  test("a nonce that the deployer used for something else stops it before anything more is signed", async () => {
    const given = options();
    const second = opened.prepared.plan.transactions[1]?.id ?? "";
    await runUntil(second, given);
    await byDeployer(STRANGER);
    const nonce = await chain.rpc.nonce(chain.deployer);
    await expect(runFork(chain.rpc, opened.prepared, given)).rejects.toMatchObject({ code: "LPCTL_FORK_NONCE_TAKEN", exit: 3 });
    expect(await chain.rpc.nonce(chain.deployer)).toBe(nonce);
  });

  test("a proxy whose target somebody changed meanwhile is not written, and goes on when it is the loader's again", async () => {
    const given = options();
    const { deployed, loader } = opened.prepared;
    await runUntil("load:RoundsManager:begin", given);
    const setTarget = new Interface(["function setContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash)"]);
    const target = (to: string): Promise<void> => byDeployer(deployed.controller, setTarget.encodeFunctionData("setContractInfo", [contractId("RoundsManagerTarget"), to, `0x${"00".repeat(20)}`]));
    await target(deployed.targets["RoundsManager"] ?? "");
    await expect(runFork(chain.rpc, opened.prepared, given)).rejects.toMatchObject({ code: "LPCTL_SENDER_REVERTED", exit: 4 });
    await target(loader);
    expect(await readLoaders(chain.rpc, opened.prepared)).toMatchObject({ burned: false, registeredAs: ["RoundsManagerTarget"] });
    await runFork(chain.rpc, opened.prepared, given);
    expect(await readLoaders(chain.rpc, opened.prepared)).toMatchObject({ burned: true, registeredAs: [] });
  }, 60_000);

  test("what was begun goes on as it was begun, alone, and believes no record that was changed", async () => {
    const unlock = await beginFork(opened);
    await expect(beginFork(opened)).rejects.toMatchObject({ code: "LPCTL_JOURNAL_LOCKED", exit: 3 });
    await runUntil(opened.prepared.plan.transactions[1]?.id ?? "", { ...options(), journalPath: opened.paths.journalOf(opened.prepared.planHash) });
    unlock();
    const open = (): Promise<OpenedFork> => openFork(chain.project, path, chain.deployer);
    await expect(openFork(chain.project, path, STRANGER)).rejects.toMatchObject({ code: "LPCTL_FORK_OTHER_DEPLOYER", exit: 3 });
    writeFileSync(path, `${yaml}# another\n`);
    await expect(open()).rejects.toMatchObject({ code: "LPCTL_FORK_CHANGED", exit: 3 });
    writeFileSync(path, yaml);
    expect((await open()).isBegun).toBe(true);
    const { record } = opened.paths;
    const whole = readFileSync(record, "utf8");
    writeFileSync(record, whole.replace(opened.prepared.deployed.controller, "0x00000000000000000000000000000000DeaDBeef"));
    await expect(open()).rejects.toMatchObject({ code: "LPCTL_FORK_CHANGED", why: expect.stringContaining("its controller is not what the plan leads to") as string });
    writeFileSync(record, whole.slice(0, 100));
    await expect(open()).rejects.toMatchObject({ code: "LPCTL_FORK_RECORD_UNREADABLE", exit: 1 });
  }, 60_000);
});
