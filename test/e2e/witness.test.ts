import { readFileSync, readdirSync } from "node:fs";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { PlannedStep } from "../../src/authority/planned-step.ts";
import { startAnvil, type Anvil } from "../../src/chain/anvil.ts";
import { receiptSchema } from "../../src/chain/rpc-schemas.ts";
import { Rpc, type BlockHeader } from "../../src/chain/rpc.ts";
import { Exit, LpctlError } from "../../src/errors.ts";
import { ZERO_ADDRESS, type Address, type Hex } from "../../src/protocol/hex.ts";
import { EMPTY_BOOK } from "../../src/simulation/contract-book.ts";
import type { SimulationResult } from "../../src/outcome/simulation.ts";
import { simulate, type SimulationRequest } from "../../src/simulation/route-runner.ts";
import type { RecordedState } from "../../src/simulation/witness/recorded-state.ts";
import { verifyRecordedState, type StateProof } from "../../src/simulation/witness/state-proof.ts";
import { startRecorded } from "../../src/simulation/witness/witness.ts";
import { failureOf } from "./local-project.ts";
import { startHostileRpc, type Asked, type Behaviour, type HostileRpc, type Told } from "./hostile-rpc.ts";

const word = (value: number): Hex => `0x${value.toString(16).padStart(64, "0")}`;

/** Constructor: slot 0 holds 7, slot 1 holds 35. Called, it writes their sum to slot 2, and the hash of the block before its parent to slot 3. */
const ADDER: Hex = "0x600760005560236001556014601660003960146000f36000546001540160025543600290034060035500";
const PROPOSAL: Hex = word(1);

let chain: Anvil;
let adder: Address;
let sender: Address;
let block: BlockHeader;
let proxy: HostileRpc | undefined;

beforeAll(async () => {
  chain = await startAnvil({ accounts: 2 });
  const accounts = await chain.rpc.request("eth_accounts", [], z.array(z.string()));
  sender = accounts[1] as Address;
  const { contractAddress } = await chain.rpc.request("eth_sendTransactionSync", [{ from: sender, data: ADDER }], receiptSchema);
  adder = contractAddress ?? ZERO_ADDRESS;
  await chain.rpc.request("evm_mine", [], z.unknown());
  await chain.rpc.request("evm_mine", [], z.unknown());
  block = await chain.rpc.block("latest");
});
afterEach(() => proxy?.stop());
afterAll(() => chain.stop());

const step = (): Extract<PlannedStep, { kind: "transaction" }> => ({ kind: "transaction", title: "Add", from: sender, to: adder, valueWei: 0n, data: "0x" });

async function through(behaviour: Behaviour, more: Partial<SimulationRequest> = {}): Promise<SimulationResult> {
  proxy = await startHostileRpc(chain.url, behaviour);
  return simulate({ rpcUrl: proxy.url, steps: [step()], book: EMPTY_BOOK, proposalId: PROPOSAL, assumptions: [], ...more });
}

const closed = (method: RegExp) => (asked: Asked): Told | undefined =>
  method.test(asked.method) ? { error: { code: -32601, message: `the method ${asked.method} does not exist/is not available` } } : undefined;

const written = ({ changes }: SimulationResult): Record<Hex, Hex> => Object.fromEntries(changes.flatMap(({ slot, after }) => (slot === undefined ? [] : [[slot, after]])));

const methodsOf = (rpc: HostileRpc | undefined): string[] => (rpc?.requests ?? []).flatMap(({ asked }) => asked.map(({ method }) => method));

/** Children of this process that are forks: the chain of this file is the one that stays. */
function anvils(): number {
  if (process.platform !== "linux") return 1;
  return readdirSync("/proc").filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const [, , , ppid] = /^(\d+) \((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, "utf8")) ?? [];
      return Number(ppid) === process.pid && readFileSync(`/proc/${name}/comm`, "utf8").startsWith("anvil");
    } catch {
      return false;
    }
  }).length;
}

/** The members of answers that are lied about here. */
interface Said {
  balance?: string;
  nonce?: string;
  stateRoot?: string;
  storageProof?: { key: string; value: string; proof: string[] }[];
  [account: Hex]: { code?: string; storage?: Record<Hex, Hex> };
}

/** Changes what a method says. */
const lie = (method: string, change: (said: Said, asked: Asked) => void): Behaviour => ({
  distort: (asked, result) => {
    if (asked.method !== method) return result;
    const copy = structuredClone(result) as Said;
    change(copy, asked);
    return copy;
  },
});

test("an honest node is asked little, everything it gave is proven, and the record runs again without it", async () => {
  let kept: { state: RecordedState; proof: StateProof | undefined } | undefined;
  const result = await through({}, {
    after: async ({ witness }) => {
      kept = { state: witness.recorded(), proof: await witness.prove() };
    },
  });
  expect(result.state).toEqual({ proof: "proven", stateRoot: block.stateRoot });
  expect(written(result)).toEqual({ [word(2)]: word(42), [word(3)]: expect.stringMatching(/^0x[0-9a-f]{64}$/) as string });
  // The block; traces; proofs; the hash of an earlier block; the block again.
  expect(proxy?.requests.length).toBeLessThanOrEqual(6);
  expect(methodsOf(proxy)).not.toContain("eth_getStorageAt");
  const { state, proof } = kept ?? {};
  if (state === undefined || proof === undefined) throw new Error("nothing was kept");
  expect(state.accounts[adder]?.storage).toMatchObject({ [word(0)]: word(7), [word(1)]: word(35), [word(2)]: word(0) });
  expect(Object.keys(state.blockHashes)).toEqual([(block.number - 1n).toString()]);
  verifyRecordedState(state, proof);

  const asked = proxy?.requests.length;
  const again = await simulate({ rpcUrl: "http://127.0.0.1:1", witness: await startRecorded(state), steps: [step()], book: EMPTY_BOOK, proposalId: PROPOSAL, assumptions: [] });
  expect({ ...again, state: result.state, assumptions: result.assumptions }).toEqual(result);
  expect(proxy?.requests.length).toBe(asked);

  const lacking = structuredClone(state);
  delete lacking.accounts[adder]?.storage[word(1)];
  const incomplete = simulate({ rpcUrl: "http://127.0.0.1:1", witness: await startRecorded(lacking), steps: [step()], book: EMPTY_BOOK, proposalId: PROPOSAL, assumptions: [] });
  expect(await failureOf(incomplete)).toMatchObject({ code: "LPCTL_STATE_NOT_RECORDED", exit: Exit.different });
  expect(anvils()).toBe(1);
});

test("a node without traces, without access lists, or without state overrides gives the same, and proofs all the same", async () => {
  const honest = await through({});
  const setup: PlannedStep = { ...step(), setup: true, leaves: [{ address: adder, slot: word(0), word: word(9) }] };
  const noOverrides = (asked: Asked): Told | undefined => (JSON.stringify(asked.params).includes("stateOverrides") ? { error: { code: -32602, message: "unknown field stateOverrides" } } : undefined);
  for (const instead of [closed(/^debug_/), closed(/^debug_|^eth_createAccessList$/)]) {
    await proxy?.stop();
    expect(await through({ instead })).toEqual(honest);
  }
  await proxy?.stop();
  const withSetup = await through({ instead: noOverrides }, { steps: [setup, step()] });
  expect(withSetup.state).toEqual(honest.state);
  expect(withSetup.steps[0]?.outcome).toBe("success");
});

test("a node without proofs is believed, and the result says so", async () => {
  const result = await through({ instead: closed(/^eth_getProof$/) });
  expect(result.state).toMatchObject({ proof: "unproven" });
  expect(result.assumptions.find((line) => line.includes("not proven"))).toContain("eth_getProof");
  expect(written(result)).toMatchObject({ [word(2)]: word(42) });
});

test("a fork has no state root to prove against, and neither has a chain that was changed by hand", async () => {
  const fork = await startAnvil({ forkUrl: chain.url });
  try {
    await fork.rpc.request("evm_mine", [], z.unknown());
    const result = await simulate({ rpcUrl: fork.url, steps: [step()], book: EMPTY_BOOK, proposalId: PROPOSAL, assumptions: [] });
    expect(result.state).toMatchObject({ proof: "unproven", why: expect.stringContaining("state root") as string });
    expect(written(result)).toMatchObject({ [word(2)]: word(42) });
  } finally {
    await fork.stop();
  }
  const snapshot = await chain.rpc.request("evm_snapshot", [], z.string());
  await chain.rpc.request("anvil_setStorageAt", [adder, word(1), word(1)], z.unknown());
  const result = await through({});
  await chain.rpc.request("evm_revert", [snapshot], z.literal(true));
  expect(result.state).toMatchObject({ proof: "unproven", why: expect.stringContaining("by hand") as string });
  expect(written(result)).toMatchObject({ [word(2)]: word(8) });
});

test("a lie about one slot, a balance, a nonce, code or the header is found, and the account and the slot are named", async () => {
  const isAdder = (asked: Asked): boolean => String(asked.params[0]).toLowerCase() === adder.toLowerCase();
  const slotLie = lie("eth_getProof", (proof, asked) => {
    if (!isAdder(asked)) return;
    for (const storage of proof.storageProof ?? []) if (BigInt(storage.key) === 1n) storage.value = "0x24";
  });
  const nodeLie = lie("eth_getProof", (proof, asked) => {
    if (!isAdder(asked)) return;
    for (const storage of proof.storageProof ?? []) storage.proof = storage.proof.map((node) => node.replace(/23$/, "24"));
  });
  const traceLie = lie("debug_traceCall", (prestate) => {
    const storage = prestate[adder.toLowerCase() as Hex]?.storage;
    if (storage !== undefined) storage[word(1)] = word(36);
  });
  const balanceLie = lie("eth_getProof", (proof, asked) => {
    if (isAdder(asked)) proof.balance = "0x1";
  });
  const nonceLie = lie("eth_getProof", (proof, asked) => {
    if (isAdder(asked)) proof.nonce = "0x9";
  });
  const codeLie = lie("debug_traceCall", (prestate) => {
    const account = prestate[adder.toLowerCase() as Hex];
    if (account?.code !== undefined) account.code = account.code.replace(/00$/, "fe");
  });
  const cases: [Behaviour, Hex | null][] = [
    [slotLie, word(1)],
    [nodeLie, word(1)],
    [traceLie, word(1)],
    [balanceLie, null],
    [nonceLie, null],
    [codeLie, null],
  ];
  for (const [behaviour, slot] of cases) {
    await proxy?.stop();
    const failure = await failureOf(through(behaviour));
    expect(failure).toMatchObject({ code: "LPCTL_STATE_DIFFERS", exit: Exit.network, details: { address: adder, slot } });
  }
  await proxy?.stop();
  const rootLie = lie("eth_getBlockByNumber", (header) => {
    header.stateRoot = word(5);
  });
  expect(await failureOf(through(rootLie))).toMatchObject({ code: "LPCTL_STATE_HEADER_DIFFERS", exit: Exit.network });
  expect(anvils()).toBe(1);
});

test("a node that has forgotten the state, or says in the middle that it is another chain, ends the simulation", async () => {
  const pruned = (asked: Asked): Told | undefined =>
    /^(eth_getProof|eth_getBalance|eth_getCode|eth_getStorageAt|eth_getTransactionCount|debug_|eth_createAccessList)/.test(asked.method) ? { error: { code: -32000, message: "missing trie node 1234 (path )" } } : undefined;
  expect(await failureOf(through({ instead: pruned }))).toMatchObject({ code: "LPCTL_ANVIL_STATE_GONE", exit: Exit.network });
  await proxy?.stop();
  let asked = 0;
  const changing: Behaviour = { distort: ({ method }, result) => (method === "eth_chainId" && ++asked > 1 ? "0x1" : result) };
  expect(await failureOf(through(changing))).toMatchObject({ code: "LPCTL_STATE_OTHER_CHAIN", exit: Exit.network, details: { before: "31337", now: "1" } });
  expect(anvils()).toBe(1);
});

test("a node that dies at any moment ends the simulation at once, with nothing left running", async () => {
  const honest = await through({});
  const requests = proxy?.requests.length ?? 0;
  expect(honest.state.proof).toBe("proven");
  for (let at = 1; at <= requests; at += 1) {
    await proxy?.stop();
    let url = "";
    const began = performance.now();
    const failure = await failureOf(
      through({ dies: (_, count) => count >= at }, {
        before: async ({ witness }) => {
          url = witness.url;
        },
      }),
    );
    expect(failure).toMatchObject({ code: "LPCTL_RPC_UNREACHABLE", exit: Exit.network });
    expect(performance.now() - began).toBeLessThan(20_000);
    if (url !== "") expect(await failureOf(new Rpc(url).chainId())).toBeInstanceOf(LpctlError);
  }
  expect(anvils()).toBe(1);
});

test("a block that is no more when the simulation begins, or when it ends, is noticed", async () => {
  const snapshot = await chain.rpc.request("evm_snapshot", [], z.string());
  await chain.rpc.request("evm_mine", [], z.unknown());
  const pinned = await chain.rpc.block("latest");
  await chain.rpc.request("evm_revert", [snapshot], z.literal(true));
  await chain.rpc.request("anvil_setBalance", [ZERO_ADDRESS, "0x77"], z.unknown());
  await chain.rpc.request("evm_mine", [], z.unknown());
  expect(await failureOf(through({}, { block: pinned }))).toMatchObject({ code: "LPCTL_STATE_REORGED", exit: Exit.network, details: { before: pinned.hash } });
  await proxy?.stop();

  const between = through({}, {
    after: async () => {
      await chain.rpc.request("anvil_rollback", [1], z.unknown());
      await chain.rpc.request("evm_increaseTime", ["0x100"], z.unknown());
      await chain.rpc.request("evm_mine", [], z.unknown());
    },
  });
  expect(await failureOf(between)).toMatchObject({ code: "LPCTL_STATE_REORGED", exit: Exit.network });
  expect(anvils()).toBe(1);
});
