import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Interface, keccak256, type InterfaceAbi } from "ethers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { Rpc } from "../../src/chain/rpc.ts";
import { readFunction } from "../../src/chain/read-function.ts";
import { Exit } from "../../src/errors.ts";
import type { Project } from "../../src/inspection/project.ts";
import { loadReplay } from "../../src/lifecycle/kept-replay.ts";
import { replayFailure, replayProposal, type ReplayRequest } from "../../src/lifecycle/replay-proposal.ts";
import { localAccounts } from "../../src/node/local-accounts.ts";
import { sendUnlocked } from "../../src/node/setup-sender.ts";
import type { UpgradeIntent } from "../../src/proposal/intent.ts";
import { makeProposal } from "../../src/proposal/proposal.ts";
import { saveProposal, type StoredProposal } from "../../src/proposal/store.ts";
import { contractId } from "../../src/protocol/contract-id.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";
import { ERC1967_SLOTS } from "../../src/protocol/storage-slots.ts";
import { EMPTY_BOOK } from "../../src/simulation/contract-book.ts";
import { findTransactions, type Candidate } from "../../src/simulation/traffic/find-transactions.ts";
import { BlockReader, fetchTransaction, type Fetched } from "../../src/simulation/traffic/mined-transaction.ts";
import { addMissing, CodeReader } from "../../src/simulation/traffic/prestate.ts";
import { replayTransaction, type ReplayContext } from "../../src/simulation/traffic/replay-transaction.ts";
import { startReplayEngine } from "../../src/simulation/traffic/run.ts";
import type { Artifact } from "../../src/solidity/artifact.ts";
import { startActorChain, type ActorChain } from "./actor-chain.ts";
import { startHostileRpc, type Asked, type Told } from "./hostile-rpc.ts";
import { COMPILE_CACHES, compileArtifacts, deploy, failureOf, startLocalProject, type LocalProject } from "./local-project.ts";

const CLAIM = "claimWork(uint256,uint256[2],bytes32)";
const SAME = "contracts/jobs/JobsManager.sol:JobsManager";
const CHANGED = "test/fixtures/contracts/JobsManagerReplayed.sol:JobsManagerReplayed";
const CHANGES = { costMore: 0, sayMore: 1, refused: 2, remembered: 3 };
const TROUBLE = "test/fixtures/contracts/Trouble.sol";
const PROXY = "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol:ERC1967Proxy";
const deployer = localAccounts().deployer.address;

/** A stored proposal of an upgrade, as if somebody had prepared it. */
async function propose(project: Project, proxy: UpgradeIntent["proxy"], contract: string, implementation: Address, source?: string): Promise<StoredProposal> {
  const [code, genesis, sinceBlock] = await Promise.all([project.rpc.code(implementation), project.rpc.block(project.network === "actors" ? 1_000n : 0n), project.rpc.blockNumber()]);
  const implementationCodeHash = keccak256(code) as Hex;
  const proposal = makeProposal({
    network: project.network,
    chainId: project.chainId,
    genesisHash: genesis.hash,
    title: `Upgrade ${contract} to ${source ?? implementation}`,
    intents: [{ kind: "upgrade", contract, proxy, implementation, implementationCodeHash, gitCommitHash: `0x${"22".repeat(20)}`, initializer: "0x" }],
    authorities: [{ kind: "eoa", address: deployer }],
    route: { salt: 0n, delayBlocks: 0n, delaySeconds: 0n },
    sinceBlock,
    preconditions: [],
    code: [{ address: implementation, codeHash: implementationCodeHash, ...(source === undefined ? {} : { source }) }],
  });
  return saveProposal(project.folder, proposal);
}

describe("a protocol that people have used", () => {
  let chain: ActorChain;
  let project: Project;
  let artifactOf: (name: string) => Artifact;
  let claims: number;

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), "lpctl-replay-"));
    [chain, artifactOf] = await Promise.all([startActorChain("launch"), compileArtifacts([SAME, CHANGED])]);
    const runner = await chain.enter({});
    await runner.playRounds(2);
    project = {
      folder,
      network: "actors",
      chainId: 31337n,
      controller: chain.protocol.controller,
      rpc: chain.rpc,
      compilerCaches: COMPILE_CACHES,
      sources: [],
      compilers: {},
      delayBlocks: 0n,
    };
    claims = await countCalls(chain, artifactOf("JobsManager"), "claimWork");
    expect(claims).toBeGreaterThan(1);
  });
  beforeEach(() => rm(join(project.folder, "proposals"), { recursive: true, force: true }));
  afterAll(async () => {
    await chain.anvil.stop();
    await rm(project.folder, { recursive: true, force: true });
  });

  async function upgradeTo(change: keyof typeof CHANGES | "same"): Promise<StoredProposal> {
    const isSame = change === "same";
    const artifact = artifactOf(isSame ? "JobsManager" : "JobsManagerReplayed");
    const implementation = await deploy(chain.rpc, deployer, artifact, [chain.protocol.controller, ...(isSame ? [] : [CHANGES[change]])]);
    const proxy = { kind: "controller-registry", address: chain.contract("JobsManager"), controller: chain.protocol.controller, targetId: contractId("JobsManagerTarget") } as const;
    return propose(project, proxy, "JobsManager", implementation, isSame ? SAME : CHANGED);
  }

  async function replay(stored: StoredProposal, request: Partial<ReplayRequest> = {}) {
    const replayed = await replayProposal(project, stored, { count: 500, ...request });
    const [outcome] = replayed.outcomes;
    if (outcome === undefined) throw new Error("one contract is upgraded");
    return { replayed, outcome, claimed: outcome.classes.filter(({ signature }) => signature === CLAIM) };
  }

  test("comes out the same, every transaction of it, on the same code at another address", async () => {
    const stored = await upgradeTo("same");
    const { replayed, outcome } = await replay(stored);
    expect(outcome).toMatchObject({ classes: [], skipped: [], expected: 0, contract: "JobsManager" });
    expect(outcome.transactions).toBeGreaterThan(20);
    expect(outcome.identical).toBe(outcome.transactions);
    expect(replayFailure(replayed, "1")).toBeUndefined();
    expect(await loadReplay(project, stored.proposal, stored.name)).toEqual(replayed.outcomes);
    // Kept for this proposal, this code and the list that lay there, and for no other.
    const [upgrade] = stored.proposal.intents;
    const ofOtherCode = { ...stored.proposal, intents: [{ ...upgrade, implementationCodeHash: `0x${"11".repeat(32)}` } as UpgradeIntent] };
    expect(await loadReplay(project, { ...stored.proposal, id: `0x${"11".repeat(32)}` }, stored.name)).toEqual({ stale: "it is of another proposal" });
    expect(await loadReplay(project, ofOtherCode, stored.name)).toEqual({ stale: expect.stringContaining("other code") as string });
    await writeFile(join(stored.folder, "replay-expected.yaml"), "expected: []\n");
    expect(await loadReplay(project, stored.proposal, stored.name)).toEqual({ stale: expect.stringContaining("another one now") as string });
  });

  test("shows that a function costs more, and takes it when it was to be expected", async () => {
    const stored = await upgradeTo("costMore");
    const { replayed, outcome, claimed } = await replay(stored);
    expect(claimed).toEqual([expect.objectContaining({ kind: "gas", what: expect.stringMatching(/^\d+ to \d+ % more gas$/) as string, count: claims, expected: false })]);
    expect(outcome.classes.every(({ kind }) => kind === "gas")).toBe(true);
    expect(replayFailure(replayed, "1")).toMatchObject({ code: "LPCTL_REPLAY_DIFFERS", exit: Exit.different });

    await writeFile(join(stored.folder, "replay-expected.yaml"), `expected:\n  - { selector: "${CLAIM}", kind: gas, upTo: "+20 %" }\n  - { selector: "*", kind: success }\n`);
    const again = await replay(stored);
    expect(again.outcome.classes.every(({ expected }) => expected)).toBe(true);
    expect(again.outcome.identical + again.outcome.expected).toBe(outcome.transactions);
    expect(again.outcome.unusedExpectations).toEqual(["expected[1] (success of everything)"]);
    expect(replayFailure(again.replayed, "1")).toBeUndefined();

    await writeFile(join(stored.folder, "replay-expected.yaml"), `expected:\n  - { selector: "*", kind: gas, upTo: "+1 %" }\n`);
    expect((await replay(stored)).claimed).toEqual([expect.objectContaining({ kind: "gas", expected: false })]);
  });

  test("shows an event that was not there before, by name", async () => {
    const { claimed } = await replay(await upgradeTo("sayMore"));
    expect(claimed.map(({ kind }) => kind)).toEqual(["events", "gas"]);
    expect(claimed[0]).toMatchObject({ what: "JobsManager.ParameterUpdate(string) is emitted as well", detail: 'emitted as well: JobsManager.ParameterUpdate(string) param: "claimed"', count: claims });
  });

  test("shows that a function is refused, with the reason, and nothing that follows from it", async () => {
    const { outcome, claimed } = await replay(await upgradeTo("refused"));
    expect(claimed).toEqual([expect.objectContaining({ kind: "success", what: "reverts: JobsManager: ClaimsClosed(...)", count: claims, expected: false })]);
    expect(claimed[0]?.detail).toMatch(/ClaimsClosed\(height: \d+\)|ClaimsClosed\(\d+\)/);
    expect(outcome.classes.filter(({ kind }) => kind !== "gas")).toEqual(claimed);
  });

  test("shows which variable is written, from state that the old code never read", async () => {
    const { outcome, claimed } = await replay(await upgradeTo("remembered"));
    const [storage] = claimed.filter(({ kind }) => kind === "storage");
    expect(storage).toMatchObject({ what: "JobsManager.broadcasters[*].withdrawBlock", count: claims });
    const amount = BigInt(await chain.rpc.storage(chain.contract("JobsManager"), 7n));
    expect(amount).toBeGreaterThan(0n);
    expect(storage?.detail).toMatch(new RegExp(`is 0 after the old code, ${amount}\\b`));
    expect(claimed.map(({ kind }) => kind).filter((kind) => kind !== "gas")).toEqual(["storage"]);
    expect(outcome.skipped).toEqual([]);
  });

  test("is replayed as far as asked, newest first", async () => {
    const stored = await upgradeTo("same");
    const { outcome } = await replay(stored, { count: 3 });
    expect(outcome).toMatchObject({ transactions: 3, identical: 3 });
    const head = await chain.rpc.blockNumber();
    const late = await replay(stored, { fromBlock: head });
    expect(late.outcome).toMatchObject({ transactions: 0, classes: [], fromBlock: head });
    expect(late.outcome.notes.join(" ")).toContain("Only 0 of 500 transactions were found");
    expect(await failureOf(replay(stored, { fromBlock: head + 1n }))).toMatchObject({ code: "LPCTL_REPLAY_FROM_BLOCK", exit: Exit.usage });
  });

  test("is not replayed for what upgrades nothing, is not there, or runs already; a list that makes no sense is refused", async () => {
    const stored = await upgradeTo("same");
    const pause = { ...stored, proposal: { ...stored.proposal, intents: [{ kind: "pause", controller: chain.protocol.controller } as const] } };
    expect(await failureOf(replay(pause))).toMatchObject({ code: "LPCTL_REPLAY_NO_UPGRADE", exit: Exit.usage });
    const withIntent = (change: Partial<UpgradeIntent>): StoredProposal => ({
      ...stored,
      proposal: { ...stored.proposal, intents: stored.proposal.intents.map((intent) => ({ ...intent, ...change }) as UpgradeIntent) },
    });
    expect(await failureOf(replay(withIntent({ implementation: deployer })))).toMatchObject({ code: "LPCTL_REPLAY_CODE_DIFFERS", exit: Exit.refused });
    const running = chain.protocol.contracts["JobsManagerTarget"] ?? (await readTarget(chain));
    expect(await failureOf(replay(withIntent({ implementation: running })))).toMatchObject({ code: "LPCTL_REPLAY_NOTHING_NEW", exit: Exit.usage });
    expect(await failureOf(replay(stored, { expectPath: join(stored.folder, "absent.yaml") }))).toMatchObject({ code: "LPCTL_REPLAY_EXPECTATIONS_UNREADABLE", exit: Exit.usage });
    const path = join(project.folder, "expected.yaml");
    await writeFile(path, "expected:\n  - { selector: claim, kind: gas }\n");
    expect(await failureOf(replay(stored, { expectPath: path }))).toMatchObject({ code: "LPCTL_REPLAY_EXPECTATIONS_INVALID", exit: Exit.usage });
    await expect(readFile(join(stored.folder, "replay.json"))).rejects.toThrow(/ENOENT/);
  });
});

describe("a contract whose transactions are trouble", () => {
  let local: LocalProject;
  let proxy: Address;
  let other: Address;
  beforeAll(async () => {
    const [started, artifactOf] = await Promise.all([
      startLocalProject(),
      compileArtifacts([`${TROUBLE}:Trouble`, `${TROUBLE}:TroubleDeploysOther`, PROXY]),
    ]);
    local = started;
    const { rpc } = local;
    const logic = await deploy(rpc, deployer, artifactOf("Trouble"));
    other = await deploy(rpc, deployer, artifactOf("TroubleDeploysOther"));
    const abi = new Interface(artifactOf("Trouble").abi as InterfaceAbi);
    proxy = await deploy(rpc, deployer, artifactOf("ERC1967Proxy"), [logic, abi.encodeFunctionData("count")]);
    const send = async (name: string, args: unknown[] = [], valueWei = 0n) =>
      sendUnlocked(rpc, deployer, await rpc.nonce(deployer), { to: proxy, data: abi.encodeFunctionData(name, args) as Hex, valueWei });
    await send("selfDestructs", [], 5n);
    await send("deploys");
    await send("returnsMuch");
    await send("remembersTheBlock");
    for (const data of [abi.encodeFunctionData("loops"), abi.encodeFunctionData("revertsWithGarbage")]) {
      await rpc.request("eth_sendTransaction", [{ from: deployer, to: proxy, data, gas: "0x30d40" }], z.string());
    }
    // Ether alone, and calldata too short for a selector.
    await rpc.request("eth_sendTransaction", [{ from: deployer, to: proxy, value: "0x1", gas: "0x30d40", type: "0x1", accessList: [{ address: proxy, storageKeys: [`0x${"00".repeat(32)}`] }] }], z.string());
    await rpc.request("eth_sendTransaction", [{ from: deployer, to: proxy, data: "0xabcd", gas: "0x30d40" }], z.string());
  });
  afterAll(() => local.stop());

  test("is not replayed where the node does not trace, or has forgotten everything; what it forgot of it is skipped", async () => {
    const stored = await propose(local.project, { kind: "uups", address: proxy }, "Trouble", other);
    const [made] = await local.rpc.logs({ address: proxy, fromBlock: 0n, toBlock: "latest" });
    const replayOver = async (told: (asked: Asked) => Told | undefined) => {
      const hostile = await startHostileRpc(local.rpc.url, { instead: told });
      try {
        return await replayProposal({ ...local.project, rpc: new Rpc(hostile.url) }, stored, { count: 50 });
      } finally {
        await hostile.stop();
      }
    };
    const closed = { error: { code: -32601, message: "the method debug_traceTransaction does not exist/is not available" } };
    const gone = { error: { code: -32000, message: "missing trie node 0xabcd (path ) state 0x12 is not available" } };
    const isTrace = ({ method }: Asked): boolean => method === "debug_traceTransaction";
    expect(await failureOf(replayOver((asked) => (isTrace(asked) ? closed : undefined)))).toMatchObject({ code: "LPCTL_REPLAY_NO_TRACES", exit: Exit.network });
    expect(await failureOf(replayOver((asked) => (isTrace(asked) ? gone : undefined)))).toMatchObject({ code: "LPCTL_REPLAY_NO_TRACES", exit: Exit.network });
    // Traces that leave out what the logs name hide a transaction, and nothing may hide in them.
    expect(await failureOf(replayOver((asked) => (isTrace(asked) ? { result: {} } : undefined)))).toMatchObject({ code: "LPCTL_REPLAY_NO_TRACES", exit: Exit.network });
    const { outcomes } = await replayOver((asked) => (isTrace(asked) && asked.params[0] === made?.transactionHash ? gone : undefined));
    expect(outcomes[0]?.skipped).toEqual([{ reason: expect.stringContaining("cannot trace it") as string, count: 1 }]);
    expect(outcomes[0]?.transactions).toBe(8);
  });

  test("is replayed to the last one, and only what the new code deploys is different", async () => {
    const stored = await propose(local.project, { kind: "uups", address: proxy }, "Trouble", other);
    const { outcomes } = await replayProposal(local.project, stored, { count: 50 });
    const [outcome] = outcomes;
    // The one that made the proxy.
    expect(outcome?.skipped).toEqual([{ reason: "it was mined while other code ran than now", count: 1 }]);
    expect(outcome?.transactions).toBe(8);
    const kinds = outcome?.classes.map(({ kind, what, count }) => [kind, what, count]);
    expect(kinds?.filter(([kind]) => kind !== "gas")).toEqual([["storage", "a contract gets other code", 1]]);
  });
});

describe("a transaction of which something is not as it was", () => {
  let local: LocalProject;
  let context: ReplayContext;
  let candidates: Candidate[];
  let counter: Address;

  beforeAll(async () => {
    const [started, artifactOf] = await Promise.all([startLocalProject(), compileArtifacts([`${TROUBLE}:Trouble`, `${TROUBLE}:TroubleDeploysOther`, PROXY])]);
    local = started;
    const { rpc } = local;
    const abi = new Interface(artifactOf("Trouble").abi as InterfaceAbi);
    const [logic, other] = [await deploy(rpc, deployer, artifactOf("Trouble")), await deploy(rpc, deployer, artifactOf("TroubleDeploysOther"))];
    counter = await deploy(rpc, deployer, artifactOf("ERC1967Proxy"), [logic, abi.encodeFunctionData("count")]);
    // Two in one block: the second one's state is that of no block.
    await rpc.request("evm_setAutomine", [false], z.unknown());
    for (const name of ["returnsMuch", "remembersTheBlock"]) await rpc.request("eth_sendTransaction", [{ from: deployer, to: counter, data: abi.encodeFunctionData(name), gas: "0x989680" }], z.string());
    await rpc.request("evm_mine", [], z.unknown());
    const target = { proxy: counter, address: counter, slot: ERC1967_SLOTS.implementation, oldImplementation: logic, newImplementation: other };
    const engine = await startReplayEngine(31337n);
    context = { rpc, engine, blocks: new BlockReader(rpc), codes: new CodeReader(rpc), upgrades: [{ ...target, newCode: await rpc.code(other) }], books: { after: EMPTY_BOOK, before: EMPTY_BOOK }, preimages: new Set() };
    ({ candidates } = await findTransactions(rpc, { proxy: counter, neighbours: [], count: 2, toBlock: await rpc.blockNumber() }));
  });
  afterAll(async () => {
    await context.engine.stop();
    await local.stop();
  });

  async function fetch(at: number): Promise<Fetched> {
    const fetched = await fetchTransaction(context.rpc, context.blocks, candidates[at]?.hash ?? "0x", candidates[at]?.height ?? 0n);
    if ("why" in fetched) throw new Error(fetched.why);
    await context.codes.fill(fetched.prestate, fetched.transaction.block.height);
    return fetched;
  }

  test("is skipped when the old code does not give what was mined, never counted as the same", async () => {
    for (const change of [{ gasUsed: 50_000n }, { status: "reverted" as const }, { logs: [{ address: counter, topics: [], data: "0x" as const }] }]) {
      const fetched = await fetch(0);
      const replayed = await replayTransaction(context, { ...fetched, transaction: { ...fetched.transaction, ...change } });
      expect(replayed).toMatchObject({ skipped: expect.stringMatching(/does not come out as mined \((gas|outcome|events)\)/) as string });
    }
  });

  test("is run from its true state, even if that was told wrongly at first", async () => {
    const fetched = await fetch(1);
    for (const account of fetched.prestate.values()) account.balanceWei = 0n;
    expect(await replayTransaction(context, fetched)).toMatchObject({ differences: [] });
  });

  test("gets a word that only the new code reads, unless another transaction of its block wrote it", async () => {
    const { prestate, transaction } = await fetch(0);
    expect(transaction.index).toBe(1);
    const untouched: Hex = `0x${"99".repeat(32)}`;
    expect(await addMissing(context.rpc, prestate, [{ address: deployer, slots: [untouched] }], transaction)).toBeUndefined();
    expect(prestate.get(deployer)?.storage[untouched]).toBe(`0x${"00".repeat(32)}`);
    // The first transaction of the block counted.
    expect(await addMissing(context.rpc, prestate, [{ address: counter, slots: [`0x${"00".repeat(32)}`] }], transaction)).toMatch(/another transaction of the same block changed it/);
  });
});

async function countCalls({ rpc, contract }: ActorChain, artifact: Artifact, name: string): Promise<number> {
  const selector = new Interface(artifact.abi as InterfaceAbi).getFunction(name)?.selector ?? "";
  const logs = await rpc.logs({ address: contract("JobsManager"), fromBlock: 1_000n, toBlock: "latest" });
  const inputs = await Promise.all([...new Set(logs.map(({ transactionHash }) => transactionHash))].map((hash) => rpc.request("eth_getTransactionByHash", [hash], z.object({ input: z.string() }))));
  return inputs.filter(({ input }) => input.startsWith(selector)).length;
}

async function readTarget({ rpc, protocol }: ActorChain): Promise<Address> {
  const [address] = await readFunction(rpc, protocol.controller, "function getContract(bytes32) view returns (address)", [contractId("JobsManagerTarget")]);
  return address as Address;
}
