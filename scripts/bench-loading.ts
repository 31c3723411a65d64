/**
 * Measures what each way of bringing delegators into a fork costs, on a local chain with the real BondingManager, and prints
 * one JSON document. Gas is that of whole transactions, data included, and exact: it does not depend on the machine. Each
 * way starts from the same protocol of 100 transcoders with the same delegators, and is looked at afterwards: the
 * stake must be there.
 *
 * The floor is what the EVM takes for the words alone: 22,100 for each slot that was empty. A way below 1 does not write
 * them now: stored chunks are touched later, by whoever needs an account. A claim goes through the BondingManager, which writes
 * what votes need besides. Exit code 1 when a limit is missed.
 * `node scripts/bench-loading.ts [--accounts 1500] [--calls 25] [--transcoders 100]`
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { concat, Interface, keccak256, ZeroAddress, type InterfaceAbi } from "ethers";
import { z } from "zod";
import { startAnvil } from "../src/chain/anvil.ts";
import { rpcAddressSchema } from "../src/chain/rpc-schemas.ts";
import { formatTag, type Receipt } from "../src/chain/rpc.ts";
import { ClaimTree, type ClaimRow } from "../src/fork/loading/claims-file.ts";
import { encodeChunks } from "../src/fork/loading/delegator-chunks.ts";
import { DelegatorWords, type DelegatorRow } from "../src/fork/loading/delegator-record.ts";
import { encodeTypedLoads } from "../src/fork/loading/typed-records.ts";
import { findArtifact } from "../src/genesis/find-artifact.ts";
import { deploySuite, suiteTargets } from "../src/node/deploy-suite.ts";
import { localAccounts } from "../src/node/local-accounts.ts";
import { sendUnlocked } from "../src/node/setup-sender.ts";
import { contractId } from "../src/protocol/contract-id.ts";
import type { Address, Hex } from "../src/protocol/hex.ts";
import { createKeccakInto } from "../src/protocol/keccak-into.ts";
import { compileContracts } from "../src/solidity/compile.ts";
import { encodeDeployment } from "../src/solidity/encode-deployment.ts";

const FLOOR_PER_SLOT = 22_100;
/** A transaction of 16,777,216 gas is the largest (EIP-7825), and ours end at 15 million. */
const DELEGATORS_IN_TRANSACTION = 140;
/** As deep as a tree of 100,000. */
const LEAVES = 100_000;
const REVIEW_SECONDS = 7n * 86_400n;
const GWEI_OF_PRICE = 10;
const LPT = 10n ** 18n;
/** A block per transaction, and none of them is the last of its round. */
const ROUND_BLOCKS = 400n;
const MIGRATION = ["SlotLoader", "TypedLoader", "SnapshotChunks", "LazyBondingTarget", "SnapshotClaims"];
/** Ratios to the floor that must not be passed. */
const LIMITS: Readonly<Record<string, number>> = { "raw slots": 1.06, "typed records": 1.03, "chunks, stored": 0.17, "chunks, touched": 1.2 };

const { values } = parseArgs({
  options: { accounts: { type: "string", default: "1500" }, calls: { type: "string", default: "25" }, transcoders: { type: "string", default: "100" } },
});
const [accounts, calls, transcoderCount] = [numberOf("accounts"), numberOf("calls"), numberOf("transcoders")];

interface Delegator {
  account: Address;
  delegate: Address;
  bonded: bigint;
  fees: bigint;
}

interface Measured {
  way: string;
  accounts: number;
  transactions: number;
  gasPerAccount: number;
  dataBytesPerAccount: number;
  slotsPerAccount: number;
  ratioToFloor: number;
  /** For 100,000 such accounts. */
  etherAtTenGwei: number;
  paidBy: "deployer" | "account";
  limit: number | null;
  withinLimit: boolean | null;
}

const root = join(import.meta.dirname, "..");
const cacheFolders = [join(root, "dist/solc-cache"), join(root, "node_modules/.cache/lpctl-solc")];
const migrationTargets = MIGRATION.map((contract) => ({ source: `contracts/migration/${contract}.sol`, contract }));
const artifacts = await compileContracts({ root, targets: [...suiteTargets("current"), ...migrationTargets], cacheFolders });
const abiOf = (name: string): Interface => new Interface(findArtifact(artifacts, name).abi as InterfaceAbi);
const bondingAbi = abiOf("BondingManager");
const controllerAbi = abiOf("Controller");
const deployer = localAccounts().deployer.address;
const anvil = await startAnvil({ accounts: 8, gasLimit: 1_000_000_000n });
try {
  const { rpc } = anvil;
  let sentBytes = 0;
  let rootGas = 0;
  const protocol = await deploySuite(rpc, artifacts, { profile: "current", phase: "eoa", gitCommitHash: `0x${"0".repeat(40)}`, parameters: { "BondingManager.numActiveTranscoders": BigInt(transcoderCount), "RoundsManager.roundLength": ROUND_BLOCKS } });
  const bonding = contractAt("BondingManager");
  const token = contractAt("LivepeerToken");
  const target = await readAddress(protocol.controller, controllerAbi, "getContract", [contractId("BondingManagerTarget")]);
  const transcoders = Array.from({ length: transcoderCount }, (_, index) => addressOf("transcoder", index));
  await beginRounds();
  const round = await readBigint(contractAt("RoundsManager"), "function currentRound() view returns (uint256)");
  const words = new DelegatorWords(await createKeccakInto());
  const delegators = Array.from({ length: accounts }, (_, index) => delegatorAt(index)).toSorted((a, b) => (a.account < b.account ? -1 : 1));

  const measured: Measured[] = [];
  const measure = async (way: string, count: number, paidBy: Measured["paidBy"], work: () => Promise<Receipt[]>): Promise<void> => {
    const receipts = await work();
    const used = delegators.slice(0, count);
    const gas = receipts.reduce((sum, { gasUsed }) => sum + Number(gasUsed), 0);
    // Amount, delegate, start round, last claim; fees where there are any.
    const slots = used.reduce((sum, { fees }) => sum + (fees > 0n ? 5 : 4), 0);
    const ratio = gas / (slots * FLOOR_PER_SLOT);
    const limit = LIMITS[way] ?? null;
    measured.push({
      way,
      accounts: count,
      transactions: receipts.length,
      gasPerAccount: Math.round(gas / count),
      dataBytesPerAccount: Math.round(sentBytes / count),
      slotsPerAccount: rounded(slots / count, 2),
      ratioToFloor: rounded(ratio, 3),
      etherAtTenGwei: rounded((gas / count) * 100_000 * GWEI_OF_PRICE * 1e-9, 1),
      paidBy,
      limit,
      withinLimit: limit === null ? null : ratio <= limit,
    });
  };

  await fresh(() => measure("bondForWithHint, no hints", calls, "deployer", () => bondAll(delegators.slice(0, calls), false)));
  await fresh(() => measure("bondForWithHint, exact hints", calls, "deployer", () => bondAll(delegators.slice(0, calls), true)));
  await fresh(loadSlots);
  await fresh(loadRecords);
  await fresh(storeChunks);
  await fresh(claimAll);
  console.log(JSON.stringify({ schema: 1, node: process.version, floorPerSlot: FLOOR_PER_SLOT, transcoders: transcoderCount, measured, gasOfStagingAndOpeningARoot: rootGas }, null, 2));
  if (measured.some(({ withinLimit }) => withinLimit === false)) process.exitCode = 1;

  /** From the same protocol each time. */
  async function fresh(work: () => Promise<unknown>): Promise<void> {
    const id = await rpc.request("evm_snapshot", [], z.string());
    await work();
    await rpc.request("evm_revert", [id], z.literal(true));
  }

  /** Round by round, with transcoders bonded whose stakes lie far apart. */
  async function beginRounds(): Promise<void> {
    await register("L2Migrator", deployer);
    await send(token, "function approve(address spender, uint256 value)", [bonding, 10n ** 30n]);
    await nextRound();
    for (const [index, transcoder] of transcoders.entries()) await bond(transcoder, transcoder, BigInt(5_000 + 400 * index) * LPT, [ZeroAddress, ZeroAddress]);
    await nextRound();
  }

  async function nextRound(): Promise<void> {
    const rounds = contractAt("RoundsManager");
    await rpc.request("anvil_mine", [formatTag(ROUND_BLOCKS)], z.unknown());
    await send(rounds, "function initializeRound()", []);
  }

  function delegatorAt(index: number): Delegator {
    const delegate = transcoders[index % transcoderCount] ?? deployer;
    return { account: addressOf("delegator", index), delegate, bonded: LPT + BigInt(index) * 1_000_003n, fees: index % 5 === 0 ? 10n ** 15n + BigInt(index) : 0n };
  }

  async function bondAll(wanted: readonly Delegator[], hinted: boolean): Promise<Receipt[]> {
    sentBytes = 0;
    const receipts: Receipt[] = [];
    for (const { account, delegate, bonded } of wanted) receipts.push(await bond(account, delegate, bonded, hinted ? neighboursOf(delegate) : [ZeroAddress, ZeroAddress]));
    await requireStakes(wanted);
    return receipts;
  }

  async function loadSlots(): Promise<void> {
    const loader = await deploy("SlotLoader", []);
    await register("BondingManagerTarget", loader);
    await measure("raw slots", accounts, "deployer", () =>
      inBatches(async (batch) => send(bonding, "function load(bytes records)", [recordsOf(batch)])),
    );
    await finish(loader);
  }

  async function loadRecords(): Promise<void> {
    const loader = await deploy("TypedLoader", []);
    await register("BondingManagerTarget", loader);
    const loads = await encodeTypedLoads(delegators.map(rowOf), DELEGATORS_IN_TRANSACTION);
    await measure("typed records", accounts, "deployer", async () => {
      sentBytes = 0;
      const receipts: Receipt[] = [];
      for (const { data } of loads) receipts.push(await transact(deployer, bonding, data));
      return receipts;
    });
    await finish(loader);
  }

  async function storeChunks(): Promise<void> {
    const { delegateList, chunks, promisedHash } = await encodeChunks(delegators.map(rowOf));
    let kept: Address | undefined;
    await measure("chunks, stored", accounts, "deployer", async () => {
      sentBytes = 0;
      const receipts = [await deployRaw("SnapshotChunks", [bonding, promisedHash, delegateList])];
      kept = receipts[0]?.contractAddress ?? undefined;
      if (kept === undefined) throw new Error("nothing was deployed");
      for (const chunk of chunks) receipts.push(await send(kept, "function add(bytes chunk)", [chunk]));
      receipts.push(await send(kept, "function seal()", []));
      return receipts;
    });
    await register("BondingManagerTarget", await deploy("LazyBondingTarget", [target, kept]));
    await measure("chunks, touched", accounts, "account", () =>
      inBatches((batch) => send(bonding, "function touch(address[] accounts)", [batch.map(({ account }) => account)]), 100),
    );
    await requireStakes(delegators.filter((_, index) => index % 10 === 0));
  }

  async function claimAll(): Promise<void> {
    const wanted = delegators.slice(0, calls);
    const claims = await deploy("SnapshotClaims", [protocol.controller, contractId("snapshot"), REVIEW_SECONDS, REVIEW_SECONDS, deployer]);
    const rows = Array.from({ length: LEAVES }, (_, index): ClaimRow => {
      const { account, delegate, bonded, fees } = wanted[index] ?? { account: `0x${(index + 1).toString(16).padStart(40, "0")}` as const, delegate: deployer, bonded: 1n, fees: 0n };
      return { account, delegate, stakeWei: bonded, tokensWei: 0n, feesWei: fees };
    });
    const tree = await ClaimTree.build({ chainId: await rpc.chainId(), claimContract: claims, snapshotId: contractId("snapshot") }, rows);
    await send(token, "function transfer(address to, uint256 value)", [claims, 1_000n * LPT]);
    await rpc.request("anvil_setBalance", [claims, formatTag(LPT)], z.unknown());
    const staged = await send(claims, "function stage(bytes32 newRoot, uint256 tokens, uint256 fees)", [tree.root, 1_000n * LPT, LPT]);
    await rpc.request("evm_increaseTime", [formatTag(REVIEW_SECONDS)], z.unknown());
    const opened = await send(claims, "function open(bytes32 stagedRoot)", [tree.root]);
    rootGas = Number(staged.gasUsed + opened.gasUsed);
    await measure("claims, one each", calls, "account", async () => {
      sentBytes = 0;
      const receipts: Receipt[] = [];
      for (const { account, delegate } of wanted) {
        await rpc.request("anvil_setBalance", [account, formatTag(LPT)], z.unknown());
        await rpc.request("anvil_impersonateAccount", [account], z.unknown());
        const [{ entry, proof } = unclaimable(account)] = tree.claimsOf(account);
        const data = abiOf("SnapshotClaims").encodeFunctionData("claim", [entry, proof, [ZeroAddress, ZeroAddress], [ZeroAddress, ZeroAddress, ...neighboursOf(delegate)]]) as Hex;
        receipts.push(await transact(account, claims, data));
      }
      return receipts;
    });
    await requireStakes(wanted);
  }

  async function inBatches(work: (batch: readonly Delegator[]) => Promise<Receipt>, size = DELEGATORS_IN_TRANSACTION): Promise<Receipt[]> {
    sentBytes = 0;
    const receipts: Receipt[] = [];
    for (let from = 0; from < accounts; from += size) receipts.push(await work(delegators.slice(from, from + size)));
    return receipts;
  }

  function rowOf({ account, delegate, bonded, fees }: Delegator): DelegatorRow {
    return { account, delegate, bondedWei: bonded, feesWei: fees, startRound: round, lastClaimRound: round, nextLockId: 0n };
  }

  /** Slots and words, one after the other. */
  function recordsOf(batch: readonly Delegator[]): string {
    const { slots, values, count } = words.of(batch.map(rowOf));
    return concat(Array.from({ length: count }, (_, index) => [slots, values].map((bytes) => bytes.subarray(32 * index, 32 * index + 32))).flat());
  }

  /** The target is put back, the loader ended, and everybody is there. */
  async function finish(loader: Address): Promise<void> {
    await register("BondingManagerTarget", target);
    await send(loader, "function burn()", []);
    await requireStakes(delegators.filter((_, index) => index % 10 === 0));
  }

  async function requireStakes(wanted: readonly Delegator[]): Promise<void> {
    for (const { account, bonded, delegate } of wanted) {
      const answer = bondingAbi.decodeFunctionResult("getDelegator", await rpc.call({ to: bonding, data: bondingAbi.encodeFunctionData("getDelegator", [account]) as Hex }));
      if (BigInt(String(answer[0])) !== bonded || String(answer[2]).toLowerCase() !== delegate) throw new Error(`${account} has not the stake it should have`);
    }
  }

  /** Stakes lie so far apart that nobody's place changes: each transcoder has less than the one after it. */
  function neighboursOf(transcoder: Address): [string, string] {
    const place = transcoders.indexOf(transcoder);
    return [transcoders[place + 1] ?? ZeroAddress, transcoders[place - 1] ?? ZeroAddress];
  }

  function bond(owner: Address, to: Address, amount: bigint, hints: readonly string[]): Promise<Receipt> {
    return transact(deployer, bonding, bondingAbi.encodeFunctionData("bondForWithHint", [amount, owner, to, ZeroAddress, ZeroAddress, ...hints]) as Hex);
  }

  function register(name: string, address: Address): Promise<Receipt> {
    return transact(deployer, protocol.controller, controllerAbi.encodeFunctionData("setContractInfo", [contractId(name), address, `0x${"0".repeat(40)}`]) as Hex);
  }

  async function deploy(name: string, args: unknown[]): Promise<Address> {
    const { contractAddress } = await deployRaw(name, args);
    if (contractAddress === null || contractAddress === undefined) throw new Error(`${name} was not deployed`);
    return contractAddress;
  }

  function deployRaw(name: string, args: unknown[]): Promise<Receipt> {
    return transact(deployer, null, encodeDeployment(findArtifact(artifacts, name), args));
  }

  function send(to: Address, signature: string, args: readonly unknown[]): Promise<Receipt> {
    const abi = new Interface([signature]);
    const [fragment] = abi.fragments;
    if (fragment === undefined) throw new Error(signature);
    return transact(deployer, to, abi.encodeFunctionData(/function (\w+)/.exec(signature)?.[1] ?? "", args) as Hex);
  }

  async function transact(from: Address, to: Address | null, data: Hex): Promise<Receipt> {
    sentBytes += data.length / 2 - 1;
    const receipt = await sendUnlocked(rpc, from, await rpc.nonce(from), { to, data, valueWei: 0n });
    if (receipt.status !== "success") throw new Error(`a transaction of ${data.slice(0, 10)} failed`);
    return receipt;
  }

  async function readBigint(to: Address, signature: string): Promise<bigint> {
    const abi = new Interface([signature]);
    const name = /function (\w+)/.exec(signature)?.[1] ?? "";
    return BigInt(String(abi.decodeFunctionResult(name, await rpc.call({ to, data: abi.encodeFunctionData(name) as Hex }))[0]));
  }

  async function readAddress(to: Address, abi: Interface, name: string, args: unknown[]): Promise<Address> {
    return rpcAddressSchema.parse(abi.decodeFunctionResult(name, await rpc.call({ to, data: abi.encodeFunctionData(name, args) as Hex }))[0]);
  }

  function contractAt(name: string): Address {
    const address = protocol.contracts[name];
    if (address === undefined) throw new Error(`there is no ${name}`);
    return address;
  }
} finally {
  await anvil.stop();
}

function addressOf(kind: string, index: number): Address {
  return `0x${keccak256(Buffer.from(`${kind} ${index}`)).slice(-40)}`;
}

function unclaimable(account: Address): never {
  throw new Error(`${account} has nothing to claim`);
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function numberOf(option: "accounts" | "calls" | "transcoders"): number {
  const number = Number(values[option]);
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`--${option} is a whole number from 1`);
  return number;
}
