/**
 * Measures a whole fork: a protocol with many delegators is snapshotted, verified from the files alone, forked to another chain with
 * large blocks, and compared with the snapshot. Prints one JSON document: time and processor time of each stage, and the most
 * memory that was used. The delegators are put into the source chain's state directly, each with an event that tells of it: making
 * them by bonding would take longer than all that is measured. Exit code 1 where a root of the fork is not the predicted one.
 * `node scripts/bench-fork.ts [--count 100000] [--loading raw|typed|chunks|claims] [--until take|verify|plan|run]`
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { getAddress, Interface, keccak256 } from "ethers";
import { z } from "zod";
import { startAnvil } from "../src/chain/anvil.ts";
import { formatTag } from "../src/chain/rpc.ts";
import { wordOf } from "../src/fork/contract-draft.ts";
import { compileForkSuite, prepareFork } from "../src/fork/prepare-fork.ts";
import { LOADING_METHODS } from "../src/fork/loading/tail.ts";
import { compareFork, readLoaders } from "../src/fork/read-fork-state.ts";
import { runFork } from "../src/fork/run-fork.ts";
import { walletSigner } from "../src/keys/unlocked-key.ts";
import { localAccounts } from "../src/node/local-accounts.ts";
import { createRunner } from "../src/node/runner/runner.ts";
import { sendUnlocked } from "../src/node/setup-sender.ts";
import type { Address, Hex } from "../src/protocol/hex.ts";
import { createKeccakInto } from "../src/protocol/keccak-into.ts";
import { openStage, addressIn, type Stage } from "../src/rehearsal/stage.ts";
import { loadSnapshot } from "../src/snapshot/format/load-snapshot.ts";
import { verifySnapshot } from "../src/snapshot/format/verify-snapshot.ts";
import { takeSnapshot } from "../src/snapshot/take/take-snapshot.ts";
import { loadLayouts } from "../src/snapshot/view/load-layouts.ts";
import { entrySlot, slotAfter, slotBytes, wordBytes } from "../src/snapshot/view/slot-bytes.ts";
import { openView } from "../src/snapshot/view/state-view.ts";

const ADDRESSES_IN_TRANSACTION = 3_000;
const ACCOUNTS_IN_PART = 25_000;
const LARGE_BLOCKS = 1_200_000_000n;
const STAKE = 10n ** 18n;
/** `Transfer` from nobody to each address in the call data, one after the other. */
const TELLER: Hex = `0x60005b36811015603a57803560007f${keccak256(Buffer.from("Transfer(address,address,uint256)")).slice(2)}60206000a36020016002565b00`;

const { values } = parseArgs({ options: { count: { type: "string", default: "100000" }, loading: { type: "string", default: "raw" }, until: { type: "string" } } });
const count = Number(values.count);
const method = z.enum(LOADING_METHODS).parse(values.loading);
const root = join(import.meta.dirname, "..");
const compilerCaches = [join(root, "dist/solc-cache"), join(root, "node_modules/.cache/lpctl-solc")];
const folder = mkdtempSync(join(tmpdir(), "lpctl-bench-fork-"));
const measured: Record<string, unknown>[] = [];
const stop: (() => Promise<void>)[] = [];

try {
  const stage = await openStage({ folder: join(folder, "source"), compilerCaches, producedBy: "bench" }, { delayBlocks: 0n, profile: "current", phase: "eoa", isLived: false, aftermath: false }, () => {});
  stop.push(() => stage.stop());
  await measure("make the source", () => addDelegators(stage));
  const taken = await measure("take", () => takeSnapshot(stage.project, { tool: "bench" }), ({ slotsRead, contracts }) => ({ slotsRead, words: contracts.reduce((sum, { words }) => sum + words.count, 0) }));
  await stage.stop();
  const at = join(stage.project.folder, taken.folder);
  if (values.until !== "take") {
    await measure("verify the files", async () => {
      const { differences } = await verifySnapshot(at, { blockHash: taken.block.hash, id: taken.id });
      if (differences.length > 0) throw new Error("the snapshot does not verify");
    });
    if (values.until !== "verify") await fork(at);
  }
  const { maxRSS } = process.resourceUsage();
  process.stdout.write(`${JSON.stringify({ schema: 1, node: process.version, delegators: count, measured, mostMemoryMegabytes: Math.round(maxRSS / 1024) }, null, 2)}\n`);
} finally {
  for (const end of stop) await end();
  rmSync(folder, { recursive: true, force: true });
}

async function fork(at: string): Promise<void> {
  // Old states are never read, and each of them is as large as the fork.
  const target = await startAnvil({ accounts: 2, gasLimit: LARGE_BLOCKS, chainId: 31_338n, blockTimeSeconds: 1, keptStates: 8 });
  stop.push(() => target.stop());
  const { rpc } = target;
  const { operator } = localAccounts();
  await rpc.request("anvil_mine", ["0x200"], z.unknown());
  await rpc.request("anvil_setBalance", [operator.address, formatTag(10n ** 24n)], z.unknown());
  const { number: block, timestampSeconds } = await rpc.block("latest");
  const prepared = await measure(
    "plan",
    async () => {
      const { state, id } = await loadSnapshot(at);
      const view = await openView(state, { layouts: await loadLayouts(state, compilerCaches) });
      return prepareFork(view, {
        deployer: operator.address,
        firstNonce: await rpc.nonce(operator.address),
        gitCommitHash: `0x${"00".repeat(20)}`,
        snapshotId: id,
        artifacts: await compileForkSuite(compilerCaches),
        chain: { chainId: 31_338n, block, timestampSeconds, blockGasLimit: LARGE_BLOCKS },
        terms: { owner: undefined, unpause: true, parameters: {}, excluded: [], loading: { method, belowWei: undefined, claims: { reviewSeconds: 7n * 86_400n, openSeconds: 365n * 86_400n, remainderTo: operator.address } }, clock: { snapshotBlock: view.blockNumber, forkBlock: block } },
      });
    },
    ({ plan, gas }) => ({ transactions: plan.transactions.length, gas: String(gas) }),
  );
  if (values.until === "plan") return;
  await measure("run", () => runFork(rpc, prepared, { chainId: 31_338n, signer: walletSigner(operator.privateKey), journalPath: join(folder, "journal.ndjson") }), (results) => ({
    gasUsed: String(results.reduce((sum, { receipt }) => sum + (receipt?.gasUsed ?? 0n), 0n)),
  }));
  if (values.until === "run") return;
  await measure("compare roots", async () => {
    const { contracts } = await compareFork(rpc, prepared, undefined);
    const { burned } = await readLoaders(rpc, prepared);
    if (!burned || contracts.some(({ isEqual }) => !isEqual)) {
      process.exitCode = 1;
      throw new Error(`not as predicted: ${contracts.filter(({ isEqual }) => !isEqual).map(({ name }) => name).join(", ")}`);
    }
  });
}

/** Each with stake in the BondingManager, tokens, and an event. */
async function addDelegators(stage: Stage): Promise<void> {
  const { rpc } = stage.project;
  const runner = await createRunner({ rpc, protocol: stage.protocol, cast: { profile: "current", seed: 7n, transcoders: 3, delegators: 4, misbehaviour: [] } });
  await runner.enter();
  await runner.playRounds(2);
  const accounts = Array.from({ length: count }, (_, index) => getAddress(`0x${keccak256(Buffer.from(`delegator ${index}`)).slice(-40)}`) as Address);
  const delegate = runner.cast.members.find(({ role }) => role === "transcoder")?.address ?? "0x";
  const [bonding, token] = [addressIn(stage, "BondingManager"), addressIn(stage, "LivepeerToken")];
  await tell(stage, token, accounts);

  const layouts = await loadLayouts({ contracts: [{ layoutOf: "contracts/bonding/BondingManager.sol:BondingManager" }, { layoutOf: "contracts/token/LivepeerToken.sol:LivepeerToken" }] } as unknown as Parameters<typeof loadLayouts>[0], compilerCaches);
  const slotOf = (source: string, label: string): Uint8Array => slotBytes(BigInt(layouts.get(source)?.storage.find((each) => each.label === label)?.slot ?? -1));
  const delegators = slotOf("contracts/bonding/BondingManager.sol:BondingManager", "delegators");
  const balances = slotOf("contracts/token/LivepeerToken.sol:LivepeerToken", "_balances");
  const supply = slotOf("contracts/token/LivepeerToken.sol:LivepeerToken", "_totalSupply");
  const keccak = await createKeccakInto();
  const hex = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes).toString("hex")}`;
  const round = (await runner.status()).round.number;
  const stakeOf = (account: Address): bigint => STAKE + (BigInt(account) % STAKE);
  const [first] = accounts;
  if (first === undefined) throw new RangeError("there are no delegators");
  // One bonds for all, so that the delegate, the pool, the sums and the Minter have what the records say.
  const totalWei = accounts.reduce((sum, account) => sum + stakeOf(account), 0n);
  await rpc.request("anvil_setStorageAt", [token, hex(entrySlot(keccak, wordBytes(first), balances)), wordOf(totalWei)], z.unknown());
  await rpc.request("anvil_impersonateAccount", [first], z.unknown());
  await rpc.request("anvil_setBalance", [first, formatTag(10n ** 18n)], z.unknown());
  const calls = new Interface(["function approve(address spender, uint256 amount)", "function bond(uint256 amount, address to)"]);
  for (const [nonce, to, data] of [[0n, token, calls.encodeFunctionData("approve", [bonding, totalWei])], [1n, bonding, calls.encodeFunctionData("bond", [totalWei, delegate])]] as const) {
    const { status } = await sendUnlocked(rpc, first, nonce, { to, data: data as Hex, valueWei: 0n });
    if (status === "reverted") throw new Error("nobody could bond");
  }
  for (let from = 0; from < count; from += ACCOUNTS_IN_PART) {
    const [bonded, held]: Record<Hex, Hex>[] = [{}, {}];
    for (const account of accounts.slice(from, from + ACCOUNTS_IN_PART)) {
      const own = entrySlot(keccak, wordBytes(account), delegators);
      for (const [offset, value] of [[0, stakeOf(account)], [2, BigInt(delegate)], [4, round], [5, round]] as const) if (bonded !== undefined) bonded[hex(slotAfter(own, offset))] = wordOf(value);
      if (held !== undefined) held[hex(entrySlot(keccak, wordBytes(account), balances))] = wordOf(STAKE);
    }
    const accountsOf = await Promise.all(([[bonding, bonded], [token, held]] as const).map(async ([address, storage]) => [address, { nonce: 1, balance: formatTag(await rpc.balanceWei(address)), code: await rpc.code(address), storage }] as const));
    const packed = gzipSync(JSON.stringify({ block: null, accounts: Object.fromEntries(accountsOf), best_block_number: null, blocks: [], transactions: [], historical_states: null }), { level: 1 });
    await rpc.request("anvil_loadState", [hex(packed)], z.literal(true));
  }
  const before = await rpc.request("eth_getStorageAt", [token, hex(supply), "latest"], z.string());
  await rpc.request("anvil_setStorageAt", [token, hex(supply), wordOf(BigInt(before) + BigInt(count) * STAKE + totalWei)], z.unknown());
  await rpc.request("evm_mine", [], z.unknown());
}

async function tell({ project: { rpc } }: Stage, token: Address, accounts: readonly Address[]): Promise<void> {
  const { operator } = localAccounts();
  const code = await rpc.code(token);
  await rpc.request("anvil_setCode", [token, TELLER], z.unknown());
  let nonce = await rpc.nonce(operator.address);
  for (let from = 0; from < accounts.length; from += ADDRESSES_IN_TRANSACTION) {
    const words = accounts.slice(from, from + ADDRESSES_IN_TRANSACTION).map((account) => account.slice(2).padStart(64, "0"));
    const { status } = await sendUnlocked(rpc, operator.address, nonce++, { to: token, data: `0x${words.join("")}`, valueWei: 0n });
    if (status === "reverted") throw new Error("events could not be made");
  }
  await rpc.request("anvil_setCode", [token, code], z.unknown());
}

async function measure<T>(name: string, work: () => Promise<T>, more: (result: T) => Record<string, unknown> = () => ({})): Promise<T> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  const processorSeconds = (user + system) / 1e6;
  measured.push({ stage: name, seconds: rounded(seconds), processorSeconds: rounded(processorSeconds), accountsPerSecond: Math.round(count / seconds), residentMegabytes: Math.round(process.memoryUsage().rss / 1e6), ...more(result) });
  return result;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
