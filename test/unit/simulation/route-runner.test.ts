import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { rm, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startAnvil, type Anvil } from "../../../src/chain/anvil.ts";
import { Rpc } from "../../../src/chain/rpc.ts";
import type { PlannedStep } from "../../../src/authority/planned-step.ts";
import { hash32Schema, type Address, type Hex } from "../../../src/protocol/hex.ts";
import { readActualChanges } from "../../../src/simulation/actual.ts";
import { compareChanges } from "../../../src/simulation/compare-changes.ts";
import { observeReplayed } from "../../../src/simulation/replay.ts";
import type { AddressBook } from "../../../src/simulation/contract-book.ts";
import { loadSimulation, saveSimulation } from "../../../src/simulation/result-file.ts";
import type { SimulationResult } from "../../../src/outcome/simulation.ts";
import { simulate } from "../../../src/simulation/route-runner.ts";
import type { Artifact } from "../../../src/solidity/artifact.ts";
import { bookOf, compileFixture, deploy, encode, sendUnlocked } from "./fixture-contracts.ts";

const PROPOSAL: Hex = `0x${"11".repeat(32)}`;
const ALICE: Address = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

let chain: Anvil;
let shapes: Artifact;
let route: Artifact;
let shapesAt: Address;
let routeAt: Address;
let shapesBook: AddressBook;
let routeBook: AddressBook;

beforeAll(async () => {
  [chain, shapes, route] = await Promise.all([startAnvil(), compileFixture("StorageShapes"), compileFixture("RevertingRoute")]);
  shapesAt = await deploy(chain.rpc, shapes);
  routeAt = await deploy(chain.rpc, route);
  shapesBook = bookOf(shapesAt, shapes, { [ALICE]: "Alice" });
  routeBook = bookOf(routeAt, route, {});
});
afterAll(() => chain.stop());

function step(artifact: Artifact, to: Address, name: string, args: unknown[] = []): PlannedStep {
  return { kind: "transaction", title: name, from: ALICE, to, valueWei: 0n, data: encode(artifact, name, args) };
}

function run(steps: PlannedStep[], book: AddressBook): Promise<SimulationResult> {
  return simulate({ rpcUrl: chain.url, steps, book, proposalId: PROPOSAL, assumptions: [] });
}

async function reasonOf(name: string, args: unknown[] = []): Promise<string | undefined> {
  const { steps } = await run([step(route, routeAt, name, args)], routeBook);
  expect(steps[0]?.outcome).toBe("reverted");
  return steps[0]?.revertReason;
}

test("names every slot that a contract with every shape of storage changes", async () => {
  const result = await run([step(shapes, shapesAt, "fill", [ALICE]), step(shapes, shapesAt, "edit")], shapesBook);
  expect(result.steps.map((s) => s.outcome)).toEqual(["success", "success"]);
  for (const changes of [...result.steps.map((s) => s.changes), result.changes]) {
    expect(changes.length).toBeGreaterThan(10);
    expect(changes.filter((change) => change.path === undefined)).toEqual([]);
  }
  const filled = result.steps[0]?.changes.map((c) => `${c.path} (${c.type}): ${c.beforeText} -> ${c.afterText}`);
  expect(filled).toEqual(
    expect.arrayContaining([
      `owner (address): 0x0000000000000000000000000000000000000000 -> Alice (${ALICE})`,
      "drift (int64): 0 -> -7",
      expect.stringMatching(/^roleId \(bytes32\): .* -> JobsManagerTarget \(0x/),
      "one.tags[17] (bytes2): 0x0000 -> 0x5678",
      "small[33] (uint8): 0 -> 2",
      "grid[1][2] (uint24): 0 -> 9",
      'pair[1].note (string): "" -> "second claim with a note that is longer than one word"',
      "pair[1].receipts[0] (uint256): 0 -> 77",
      "jobs[3].claims[0].status (enum StorageShapes.Status): 0 -> 1",
      "jobs[3].claims[0].receipts[1] (uint256): 0 -> 2",
      `jobs[3].seen[Alice (${ALICE})][4] (bool): false -> true`,
      `registry[JobsManager].contractAddress (address): 0x0000000000000000000000000000000000000000 -> Alice (${ALICE})`,
      `registry[BondingManagerTarget].contractAddress (address): 0x0000000000000000000000000000000000000000 -> StorageShapes (${shapesAt})`,
      'byName["a name that does not fit into a single word of thirty-two bytes"] (uint256): 0 -> 4',
      `deep[Alice (${ALICE})][-5][true] (uint128): 0 -> 6`,
      "packed[38] (uint8): 0 -> 39",
      "table[1][0] (uint256): 0 -> 31",
      "title (string): \"\" -> \"hello\"",
      "blob (bytes): 0x -> 0x010203",
      "triples[9][2] (uint256): 0 -> 10",
      `members[2][0] (address): 0x0000000000000000000000000000000000000000 -> Alice (${ALICE})`,
    ]),
  );
  expect(result.steps[1]?.changes.map((c) => `${c.path}: ${c.beforeText} -> ${c.afterText}`)).toEqual(
    expect.arrayContaining(["paused: false -> true", "packed[1]: 2 -> 99", "list[1]: 200 -> 201", "jobs[3].claims.length: 1 -> 0"]),
  );
});

test("keeps a slot that no variable explains, and names the ones of proxies", async () => {
  const { changes } = await run([step(shapes, shapesAt, "scribble")], shapesBook);
  expect(changes.map((change) => change.path)).toEqual([undefined, "erc1967.implementation"]);
  expect(changes[0]).toMatchObject({ kind: "storage", slot: `0x${"1234567890".padStart(64, "0")}` });
});

test("reports net changes: first before, last after, nothing that ends as it began", async () => {
  const { steps, changes } = await run(
    [step(route, routeAt, "set", [5]), step(route, routeAt, "set", [6]), step(route, routeAt, "set", [0])],
    routeBook,
  );
  expect(steps.map((s) => s.changes[0]?.afterText)).toEqual(["5", "6", "0"]);
  expect(changes).toEqual([]);
});

test("gives the same effects whenever and however often it runs", async () => {
  const steps = [step(shapes, shapesAt, "fill", [ALICE])];
  const [first, second] = [await run(steps, shapesBook), await run(steps, shapesBook)];
  expect(second).toEqual(first);
});

test("finds the innermost reason behind contracts that garble, lose or swallow it", async () => {
  const tooHigh = encode(route, "set", [101]);
  expect(await reasonOf("set", [13])).toBe("RevertingRoute: thirteen is unlucky");
  expect(await reasonOf("set", [101])).toBe("RevertingRoute: TooHigh(value: 101, bound: 100)");
  expect(await reasonOf("garble", [routeAt, tooHigh])).toBe("RevertingRoute: TooHigh(value: 101, bound: 100)");
  expect(await reasonOf("garble", [routeAt, encode(route, "garble", [routeAt, tooHigh])])).toContain("TooHigh(value: 101");
  expect(await reasonOf("lose", [routeAt, encode(route, "set", [13])])).toContain("thirteen is unlucky");
  expect(await reasonOf("swallow", [routeAt, tooHigh])).toContain("TooHigh");
  expect(await reasonOf("survive", [routeAt, tooHigh])).toContain("my own reason");
  expect(await reasonOf("burn")).toMatch(/gas/i);
});

test("stops at the first step that reverts and reports value that the sender does not have", async () => {
  const poor: PlannedStep = { ...step(route, routeAt, "set", [1]), kind: "transaction", title: "pay", from: "0x00000000000000000000000000000000000C0FFe", to: routeAt, valueWei: 5n, data: "0x" };
  const { steps, changes } = await run([step(route, routeAt, "set", [1]), poor, step(route, routeAt, "set", [2])], routeBook);
  expect(steps.map((s) => s.outcome)).toEqual(["success", "reverted"]);
  expect(steps[1]?.revertReason).toMatch(/fund|balance/i);
  expect(changes.map((change) => change.afterText)).toEqual(["1"]);
});

test("passes a year of blocks and time at once, and runs preparations without reporting them", async () => {
  const before = await chain.rpc.blockNumber();
  const { steps, changes, assumptions } = await run(
    [
      { ...step(route, routeAt, "set", [7]), kind: "transaction", title: "owner approves", from: ALICE, to: routeAt, valueWei: 0n, data: encode(route, "set", [7]), setup: true },
      { kind: "advance-blocks", title: "wait the delay", blocks: 2_600_000n },
      { kind: "advance-time", title: "a year", seconds: 31_536_000n },
      step(route, routeAt, "stamp"),
    ],
    routeBook,
  );
  expect(steps.map((s) => s.title)).toEqual(["stamp"]);
  // One block for the preparation, one for the step.
  expect(changes.map((c) => `${c.path}: ${c.beforeText} -> ${c.afterText}`)).toEqual([`value: 7 -> ${before + 2_600_000n + 2n}`]);
  expect(assumptions.join("\n")).toMatch(/owner approves[^]*2600000 blocks[^]*31536000 seconds/);
});

test("refuses to go on when a preparation fails", async () => {
  const setup: PlannedStep = { kind: "transaction", title: "approve", from: ALICE, to: routeAt, valueWei: 0n, data: encode(route, "set", [13]), setup: true };
  await expect(run([setup], routeBook)).rejects.toMatchObject({ code: "LPCTL_SIMULATION_SETUP_REVERTED", why: "RevertingRoute: thirteen is unlucky" });
});

test("decodes calls and events with names, and shows a transfer of ether as a change of balance", async () => {
  const rich: Address = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
  const pay: PlannedStep = { kind: "transaction", title: "pay", from: rich, to: routeAt, valueWei: 9n, data: "0x" };
  const { steps, changes } = await run([pay, step(route, routeAt, "swallow", [routeAt, encode(route, "set", [4])])], routeBook);
  expect(changes.map((c) => [c.kind, c.contract, c.beforeText, c.afterText])).toEqual([
    ["storage", "RevertingRoute", "0", "4"],
    ["balance", "RevertingRoute", "0 wei", "9 wei"],
  ]);
  const call = steps[1]?.calls;
  expect(call).toMatchObject({ signature: "swallow(address,bytes)", toName: "RevertingRoute" });
  expect(call?.args?.[0]?.value).toBe(`RevertingRoute (${routeAt})`);
  expect(call?.children[0]).toMatchObject({ signature: "set(uint256)", args: [{ name: "wanted", type: "uint256", value: "4" }] });
});

test("what is mined afterwards equals what was simulated, by trace and by replay", async () => {
  const data = encode(shapes, "fill", [ALICE]);
  const simulated = await run([step(shapes, shapesAt, "fill", [ALICE])], shapesBook);
  const hash = await sendUnlocked(chain.rpc, shapesAt, data);
  const actual = await readActualChanges(chain.rpc, [hash], shapesBook);
  expect(actual).toMatchObject({ effectsHash: simulated.effectsHash, failed: [], source: "trace" });
  expect(actual.changes).toEqual(simulated.changes);
  expect(compareChanges(simulated.changes, actual.changes)).toEqual({ equal: true, missing: [], unexpected: [], different: [] });

  const receipt = await chain.rpc.receipt(hash);
  if (receipt === null) throw new Error("not mined");
  const [traced, replayed] = [simulated.changes.filter((c) => c.kind === "storage"), await observeReplayed(chain.rpc, receipt, shapesBook)];
  const words = new Set(traced.map((change) => `${change.slot} ${change.after}`));
  expect(new Set(replayed.diffs.flatMap((diff) => diff.storage.map((change) => `${change.slot} ${change.after}`)))).toEqual(words);
});

test("reads what happened from a node that traces nothing, by running it again after what came before in its block", async () => {
  const ask = (method: string, params: unknown[]) => chain.rpc.request(method, params, z.unknown());
  const to = { from: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", to: routeAt, gas: "0x100000" };
  await ask("evm_setAutomine", [false]);
  await ask("eth_sendTransaction", [{ ...to, data: encode(route, "set", [41]) }]);
  const second = hash32Schema.parse(await ask("eth_sendTransaction", [{ ...to, data: encode(route, "set", [42]) }]));
  await ask("evm_mine", []);
  await ask("evm_setAutomine", [true]);
  const proxy = await startWithoutTraces(chain.url);
  try {
    const actual = await readActualChanges(new Rpc(proxy.url), [second], routeBook);
    expect(actual.source).toBe("replay");
    expect(actual.changes.map((c) => `${c.path}: ${c.beforeText} -> ${c.afterText}`)).toEqual(["value: 41 -> 42"]);
    expect(actual.effectsHash).toBe((await readActualChanges(chain.rpc, [second], routeBook)).effectsHash);
  } finally {
    await proxy.stop();
  }
});

test("says that a transaction is not mined", async () => {
  await expect(readActualChanges(chain.rpc, [PROPOSAL], routeBook)).rejects.toMatchObject({ code: "LPCTL_SIMULATION_NOT_MINED" });
});

/** The chain as a public endpoint would serve it: without debug methods. */
async function startWithoutTraces(upstream: string): Promise<{ url: string; stop(): Promise<void> }> {
  const refused = (id: unknown) => ({ jsonrpc: "2.0", id, error: { code: -32601, message: "the method does not exist" } });
  const callSchema = z.looseObject({ id: z.unknown(), method: z.string() });
  const answer = async (call: z.infer<typeof callSchema>): Promise<unknown> => {
    if (call.method.startsWith("debug_")) return refused(call.id);
    const reply = await fetch(upstream, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(call) });
    return reply.json();
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = z.union([callSchema, z.array(callSchema)]).parse(JSON.parse(Buffer.concat(await request.toArray()).toString()));
    const answers = Array.isArray(body) ? await Promise.all(body.map(answer)) : await answer(body);
    response.setHeader("content-type", "application/json").end(JSON.stringify(answers));
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${port}`, stop };
}

test("tells what is missing, unexpected or different from the simulation", async () => {
  const { changes } = await run([step(route, routeAt, "set", [5])], routeBook);
  const [change] = changes;
  if (change === undefined) throw new Error("nothing changed");
  const other = { ...change, after: change.before };
  const elsewhere = { ...change, slot: `0x${"ab".repeat(32)}` as Hex };
  expect(compareChanges([change], [other])).toMatchObject({ equal: false, missing: [], unexpected: [], different: [{ simulated: change, actual: other }] });
  expect(compareChanges([change], [elsewhere])).toMatchObject({ equal: false, missing: [change], unexpected: [elsewhere], different: [] });
});

test("a saved simulation comes back the same, and an edited, cut or foreign one is refused", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lpctl-simulation-"));
  try {
    const path = join(folder, "simulation.json");
    const result = await run([step(shapes, shapesAt, "fill", [ALICE])], shapesBook);
    await saveSimulation(path, result);
    expect(await loadSimulation(path, PROPOSAL)).toEqual(result);
    await expect(loadSimulation(path, `0x${"22".repeat(32)}`)).rejects.toMatchObject({ code: "LPCTL_SIMULATION_OTHER_PROPOSAL" });

    const text = await readFile(path, "utf8");
    await writeFile(path, text.slice(0, text.length / 2));
    await expect(loadSimulation(path)).rejects.toMatchObject({ code: "LPCTL_SIMULATION_FILE_INVALID" });
    const edited = { ...(JSON.parse(text) as object), effectsHash: PROPOSAL };
    await writeFile(path, JSON.stringify(edited));
    await expect(loadSimulation(path)).rejects.toMatchObject({ code: "LPCTL_SIMULATION_FILE_INVALID" });
    const leaf = /"children": \[\]/;
    const call = (inner: string): string => `{"type":"CALL","from":"${ALICE}","to":"${ALICE}","valueWei":"0","input":"0x","output":"0x","gasUsed":"0","children":[${inner}]}`;
    const nested = Array.from({ length: 3_000 }).reduce<string>(call, "");
    for (const [hostile, why] of [
      [text.replace(leaf, `"children": [${nested}]`), /nested deeper/],
      [text.replace("{", '{"schema":1,'), /given twice/],
      [text.replace("{", '{"__proto__":{},'), /__proto__/],
    ] as const) {
      await writeFile(path, hostile);
      await expect(loadSimulation(path)).rejects.toMatchObject({ code: "LPCTL_SIMULATION_FILE_INVALID", why: expect.stringMatching(why) as string });
    }
    await expect(loadSimulation(join(folder, "none.json"))).rejects.toMatchObject({ code: "LPCTL_SIMULATION_FILE_UNREADABLE" });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("tells which code can ask where it runs, whether or not it does, and nothing of constants and data", async () => {
  const asking: Address = "0x00000000000000000000000000000000000a5C13";
  // 0x3a as a constant; STOP; TIMESTAMP that nothing leads to; behind a JUMPDEST that this run never reaches, ORIGIN and NUMBER.
  await chain.rpc.request("anvil_setCode", [asking, "0x603a5060005000425b324350505b00"], z.unknown());
  const plain: PlannedStep = { kind: "transaction", title: "ask", from: ALICE, to: asking, valueWei: 0n, data: "0x" };
  const { steps } = await run([plain], shapesBook);
  expect(steps[0]?.environment).toEqual([{ address: asking, what: "block.number" }, { address: asking, what: "tx.origin" }]);
  const read = async (layoutSource: "source" | "known"): Promise<unknown> => (await run([plain], { ...shapesBook, layoutSourceOf: () => layoutSource })).steps[0]?.environment;
  expect(await read("source")).toEqual([{ address: asking, what: "tx.origin" }]);
  expect(await read("known")).toBeUndefined();
});

test("says that a call to what only its own chain has built in is not simulated", async () => {
  const arbSys: Address = "0x0000000000000000000000000000000000000064";
  const { steps } = await run([{ kind: "transaction", title: "ask", from: ALICE, to: arbSys, valueWei: 0n, data: "0xa3b1b31d" }], shapesBook);
  expect(steps[0]?.environment).toEqual([{ address: ALICE, what: `its chain's own contract ${arbSys}` }]);
});
