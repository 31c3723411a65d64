/**
 * Measures reading the delegators of a BondingManager behind its proxy, and prints one JSON document: accounts per second by
 * the clock through the slot lens, the getter lens, Multicall3 and batches as lpctl reads them, against
 * one `eth_call` after another, plain batches of JSON-RPC, and Multicall3 with a general codec. Every way must give the same.
 * Exit code 1 when a ratio is below its limit. `node scripts/bench-reads.ts [--accounts N] [--rounds N]`
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Interface } from "ethers/abi";
import { createKeccak } from "hash-wasm";
import { z } from "zod";
import { startAnvil } from "../src/chain/anvil.ts";
import { MULTICALL3 } from "../src/chain/bulk-calls.ts";
import { selectorOf } from "../src/chain/hand-codec.ts";
import { Rpc, type BlockHeader } from "../src/chain/rpc.ts";
import { deploySuite, suiteTargets } from "../src/node/deploy-suite.ts";
import type { Address, Hex } from "../src/protocol/hex.ts";
import { openSource } from "../src/snapshot/read/bulk-source.ts";
import { readMany } from "../src/snapshot/read/read-many.ts";
import { readSlots } from "../src/snapshot/read/read-slots.ts";
import { compileUnits } from "../src/solidity/compile.ts";

/** Words of a Delegator that getDelegator returns, one behind the other in storage. */
const WORDS = 7;
const LIMITS = { toSequential: 50, toGeneralMulticall: 20 };
/** Slow ways are measured over a part. */
const SEQUENTIAL = 500;
const PART = 2_000;

const { values } = parseArgs({ options: { accounts: { type: "string", default: "10000" }, rounds: { type: "string", default: "3" } } });
const count = Number(values.accounts);
const rounds = Number(values.rounds);
if (!Number.isSafeInteger(count) || count < PART) throw new Error(`--accounts is a number from ${PART}`);

const root = join(import.meta.dirname, "..");
const anvil = await startAnvil({ accounts: 8, gasLimit: 1_000_000_000n });
try {
  const caches = [join(root, "dist/solc-cache"), join(root, "node_modules/.cache/lpctl-solc")];
  const targets = [...suiteTargets("current").map(({ source, contract }) => ({ source, contract })), { source: "test/fixtures/contracts/ManyCalls.sol", contract: "ManyCalls" }];
  const artifacts = (await compileUnits({ root, targets, cacheFolders: caches })).map(({ artifact }) => artifact);
  const protocol = await deploySuite(anvil.rpc, artifacts.slice(0, -1), { profile: "current", phase: "eoa", gitCommitHash: `0x${"11".repeat(20)}` });
  const contract = protocol.contracts["BondingManager"];
  const logic = artifacts.find(({ name }) => name === "BondingManager");
  const variable = logic?.storageLayout?.storage.find(({ label }) => label === "delegators");
  const manyCalls = artifacts.at(-1);
  if (contract === undefined || variable === undefined || manyCalls === undefined) throw new Error("the protocol has no BondingManager");
  const { accounts, slots } = await makeAccounts(BigInt(variable.slot));
  await writeDelegators(contract, slots);
  await anvil.rpc.request("anvil_setCode", [MULTICALL3, manyCalls.runtimeBytecode], z.unknown());
  await anvil.rpc.request("evm_mine", [], z.unknown());
  const measured: Record<string, number>[] = [];
  const block = await anvil.rpc.block("latest");
  for (let round = 0; round < rounds; round++) measured.push(await measureRound(contract, accounts, slots, block));
  const perSecond = Object.fromEntries(Object.keys(measured[0] ?? {}).map((name) => [name, Math.round(median(measured.map((each) => each[name] ?? 0)))]));
  const ratio = (a: string, b: string): number => Math.round(median(measured.map((each) => (each[a] ?? 0) / (each[b] ?? 1))) * 10) / 10;
  const ratios = {
    slotLensToSequential: ratio("slotLens", "sequential"),
    slotLensToPlainBatches: ratio("slotLens", "plainBatches"),
    slotLensToGeneralMulticall: ratio("slotLens", "generalMulticall"),
    getterLensToSequential: ratio("getterLens", "sequential"),
    getterLensToGeneralMulticall: ratio("getterLens", "generalMulticall"),
    multicallToGeneralMulticall: ratio("multicall", "generalMulticall"),
  };
  const withinLimits = ratios.slotLensToSequential > LIMITS.toSequential && ratios.slotLensToGeneralMulticall > LIMITS.toGeneralMulticall;
  console.log(JSON.stringify({ schema: 1, node: process.version, accounts: count, slots: count * WORDS, rounds, accountsPerSecond: perSecond, slotsPerSecond: (perSecond["slotLens"] ?? 0) * WORDS, ratios, limits: LIMITS, withinLimits }, null, 2));
  if (!withinLimits) process.exitCode = 1;
} finally {
  await anvil.stop();
}

/** Accounts that look random and are the same in every run, with the slots of what is known of each. */
async function makeAccounts(slot: bigint): Promise<{ accounts: Address[]; slots: Uint8Array }> {
  const keccak = await createKeccak(256);
  const accounts: Address[] = [];
  const slots = new Uint8Array(count * WORDS * 32);
  const key = Buffer.alloc(64);
  key.write(slot.toString(16).padStart(64, "0"), 32, "hex");
  for (let index = 0; index < count; index++) {
    const digits = ((BigInt(index + 1) * 0x9e3779b97f4a7c15f39cc0605cedc8341082276bn) & ((1n << 160n) - 1n)).toString(16).padStart(40, "0");
    accounts.push(`0x${digits}`);
    key.write(digits.padStart(64, "0"), 0, "hex");
    let at = BigInt(`0x${keccak.init().update(key).digest("hex")}`);
    for (let word = 0; word < WORDS; word++) Buffer.from((at++ % (1n << 256n)).toString(16).padStart(64, "0"), "hex").copy(slots, (index * WORDS + word) * 32);
  }
  return { accounts, slots };
}

/**
 * Writes all of them at once: for one transaction each, the contract has a code that stores pairs of slot and word. Its storage is
 * then as if they had bonded long ago; the other contracts know nothing of it.
 */
async function writeDelegators(contract: Address, slots: Uint8Array): Promise<void> {
  const code = await anvil.rpc.code(contract);
  // JUMPDEST; store calldata[at + 32] in calldata[at]; at += 64; again while at < size; STOP.
  await anvil.rpc.request("anvil_setCode", [contract, "0x3d5b8060200135813555604001368110600157"], z.unknown());
  const [from] = await anvil.rpc.request("eth_accounts", [], z.array(z.string()));
  const pairsInOne = 500;
  for (let first = 0; first < count * WORDS; first += pairsInOne) {
    let data = "0x";
    for (let at = first; at < Math.min(count * WORDS, first + pairsInOne); at++) {
      const isAddress = at % WORDS === 2;
      data += hex(slots.subarray(at * 32, at * 32 + 32)) + (isAddress ? "11".repeat(20).padStart(64, "0") : (BigInt(at + 1) * 10n ** 12n).toString(16).padStart(64, "0"));
    }
    await anvil.rpc.request("eth_sendTransaction", [{ from, to: contract, data, gas: "0xf42400" }], z.string());
  }
  await anvil.rpc.request("anvil_setCode", [contract, code], z.unknown());
}

async function measureRound(contract: Address, accounts: readonly Address[], slots: Uint8Array, block: BlockHeader): Promise<Record<string, number>> {
  const at = `0x${block.number.toString(16)}`;
  const selector = selectorOf("getDelegator(address)");
  const dataOf = (account: Address): Hex => `${selector}${account.slice(2).padStart(64, "0")}`;
  const data = Buffer.from(accounts.map((account) => dataOf(account).slice(2)).join(""), "hex");
  const call = (account: Address): Promise<string> => anvil.rpc.request("eth_call", [{ to: contract, data: dataOf(account) }, at], z.string());
  const rates: Record<string, number> = {};
  const found = new Map<string, string>();
  const measure = async (name: string, accountsRead: number, read: () => Promise<string>): Promise<void> => {
    const start = performance.now();
    const words = await read();
    rates[name] = accountsRead / ((performance.now() - start) / 1000);
    found.set(name, words);
    if (words.length !== accountsRead * WORDS * 64) throw new Error(`${name} gave another number of words`);
  };

  await measure("sequential", SEQUENTIAL, async () => {
    const answers: string[] = [];
    for (const account of accounts.slice(0, SEQUENTIAL)) answers.push((await call(account)).slice(2));
    return answers.join("");
  });
  const part = accounts.slice(0, PART);
  await measure("plainBatches", PART, async () => (await Promise.all(part.map(call))).map((answer) => answer.slice(2)).join(""));
  await measure("generalMulticall", PART, () => throughGeneralCodec(contract, part, at));
  for (const [name, abilities] of [["slotLens", {}], ["getterLens", {}], ["multicall", { takesOverrides: false }], ["batches", { takesOverrides: false, hasMulticall: false }]] as const) {
    const rpc = new Rpc(anvil.url);
    Object.assign(await openSource(rpc, block), abilities);
    const read = name === "batches" ? PART : count;
    await measure(name, read, async () => {
      if (name === "slotLens") return hex(await readSlots(rpc, contract, slots, { block }));
      return hex((await readMany(rpc, { contract, data: data.subarray(0, read * 36), questionBytes: 36, words: WORDS }, { block })).words);
    });
  }
  const right = found.get("multicall") ?? "";
  for (const [name, words] of found) if (!right.startsWith(words) || /^0*$/.test(words)) throw new Error(`${name} differs from what the contract says`);
  return rates;
}

/** As a script would be written: 500 calls in one, encoded and decoded by ethers. */
async function throughGeneralCodec(contract: Address, accounts: readonly Address[], at: string): Promise<string> {
  const bonding = new Interface(["function getDelegator(address) view returns (uint256 bondedAmount, uint256 fees, address delegateAddress, uint256 delegatedAmount, uint256 startRound, uint256 lastClaimRound, uint256 nextUnbondingLockId)"]);
  const multicall = new Interface(["function aggregate3((address target, bool allowFailure, bytes callData)[] calls) payable returns ((bool success, bytes returnData)[])"]);
  const words: string[] = [];
  for (let from = 0; from < accounts.length; from += 500) {
    const calls = accounts.slice(from, from + 500).map((account) => [contract, true, bonding.encodeFunctionData("getDelegator", [account])]);
    const answer = await anvil.rpc.request("eth_call", [{ to: MULTICALL3, data: multicall.encodeFunctionData("aggregate3", [calls]) }, at], z.string(), { isTransaction: true });
    for (const [, returned] of z.array(z.tuple([z.boolean(), z.string()])).parse(multicall.decodeFunctionResult("aggregate3", answer)[0].toArray(true))) {
      const delegator = bonding.decodeFunctionResult("getDelegator", returned);
      for (const value of delegator) words.push(BigInt(z.union([z.bigint(), z.string()]).parse(value)).toString(16).padStart(64, "0"));
    }
  }
  return words.join("");
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}

function median(numbers: number[]): number {
  return numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
