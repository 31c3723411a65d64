/**
 * Measures the tally of 1,000 transcoders and 1,000,000 delegators of whom 100,000 override, and prints one JSON document:
 * seconds of processor time by rule-set, ratio to an SQL computation of the same result in SQLite, which must be equal to
 * the wei, peak memory, and, on a local chain, time and calls to read the state of accounts. Exit code 1 when the results
 * differ or a limit is missed. `node scripts/bench-tally.ts [--delegators N] [--accounts N] [--case tally|state]`
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import { z } from "zod";
import { startAnvil } from "../src/chain/anvil.ts";
import type { Rpc, Transport } from "../src/chain/rpc.ts";
import { deploySuite, suiteTargets } from "../src/node/deploy-suite.ts";
import { useFastKeccak } from "../src/protocol/fast-keccak.ts";
import { ZERO_ADDRESS, ZERO_HASH, type Address } from "../src/protocol/hex.ts";
import { compileUnits } from "../src/solidity/compile.ts";
import { readContractBlock } from "../src/voting/contract-block.ts";
import { analyseTally } from "../src/voting/tally/analyse-tally.ts";
import { buildRowTree } from "../src/voting/tally/file/row-tree.ts";
import { pinReader } from "../src/voting/tally/pinned-reader.ts";
import { bondingSource, readAccountStakes } from "../src/voting/tally/read-account-stakes.ts";
import { NO_CACHE } from "../src/voting/tally/tally-cache.ts";
import type { AccountStake, CastVote, TallyInput } from "../src/voting/tally/tally-input.ts";
import { tallyUnder } from "../src/voting/tally/tally-under.ts";
import { RULE_SETS, type Choice, type RuleSetId } from "../src/voting/vote.ts";

/** Where Multicall3 is on every chain that has it. */
const MULTICALL3: Address = "0xcA11bde05977b3631167028862bE2a173976CA11";
/** SQLite's integers have 64 bits: amounts are summed in two parts. */
const HALF = 10n ** 12n;
const LIMIT_SECONDS = 0.5;
const LIMIT_MEGABYTES = 600;

const { values } = parseArgs({
  options: { transcoders: { type: "string", default: "1000" }, delegators: { type: "string", default: "1000000" }, accounts: { type: "string", default: "100000" }, case: { type: "string" } },
});
const transcoders = Number(values.transcoders);
const delegators = Number(values.delegators);
const accounts = Number(values.accounts);

const results = {
  tally: values.case === undefined || values.case === "tally" ? await measureTally() : null,
  state: values.case === undefined || values.case === "state" ? await measureState() : null,
};
console.log(JSON.stringify({ schema: 1, node: process.version, ...results }, null, 2));
if (results.tally?.withinLimit === false) process.exitCode = 1;

async function measureTally(): Promise<{ withinLimit: boolean } & Record<string, unknown>> {
  const input = makeInput();
  const loadedMegabytes = residentMegabytes();
  const seconds: Partial<Record<RuleSetId, number>> = {};
  for (const rules of RULE_SETS) {
    // The first run compiles; a second one is what a person waits for in no command, so the first is what counts.
    const start = cpuSeconds();
    const result = tallyUnder(rules, input);
    seconds[rules] = rounded(cpuSeconds() - start);
    if (result.rows.length === 0) throw new Error("nobody has voted");
  }
  const result = tallyUnder("lip-16", input);
  const analysing = cpuSeconds();
  const analysis = analyseTally(result);
  const analysed = cpuSeconds();
  const peakMegabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  const { root } = await buildRowTree({ chainId: 1n, genesisHash: ZERO_HASH, vote: "bench", blockHash: ZERO_HASH, rules: "lip-16" }, result.rows);
  const rooted = cpuSeconds();
  const sql = tallyInSql(input);
  const isEqual = sql.yes === result.forWei && sql.no === result.againstWei;
  if (!isEqual) throw new Error(`SQL says ${sql.yes} and ${sql.no}, the tally ${result.forWei} and ${result.againstWei}`);
  const worst = Math.max(...Object.values(seconds));
  return {
    transcoders,
    delegators,
    votes: input.votes.length,
    rows: result.rows.length,
    forWei: result.forWei.toString(),
    againstWei: result.againstWei.toString(),
    equalToSqlToTheWei: isEqual,
    cpuSecondsByRules: seconds,
    analysisCpuSeconds: rounded(analysed - analysing),
    smallestFlip: analysis.flip?.voters.length ?? null,
    merkleRoot: root,
    merkleCpuSeconds: rounded(rooted - analysed),
    sqlCpuSeconds: rounded(sql.seconds),
    ratioToSql: rounded((seconds["lip-16"] ?? 0) / sql.seconds),
    loadedMegabytes,
    peakMegabytes,
    limitSeconds: LIMIT_SECONDS,
    limitMegabytes: LIMIT_MEGABYTES,
    withinLimit: worst < LIMIT_SECONDS && peakMegabytes < LIMIT_MEGABYTES,
  };
}

/** Everybody's stake, with wei dust, and votes of some transcoders and of a tenth of the delegators; the same in every run. */
function makeInput(): TallyInput {
  let state = 0x2545f4914f6cdd1dn;
  const random = (): bigint => {
    state ^= (state << 13n) & 0xffff_ffff_ffff_ffffn;
    state ^= state >> 7n;
    state ^= (state << 17n) & 0xffff_ffff_ffff_ffffn;
    return state;
  };
  const stakes = new Map<Address, AccountStake>();
  const votes: CastVote[] = [];
  const pool: { address: Address; stake: AccountStake }[] = [];
  const choose = (): Choice => (random() % 5n < 3n ? "for" : "against");
  const vote = (voter: Address): void => {
    const index = votes.length;
    votes.push({ voter, choice: choose(), blockNumber: BigInt(index), logIndex: 0, transaction: `0x${index.toString(16).padStart(64, "0")}` });
  };
  for (let index = 0; index < transcoders; index++) {
    const address = addressOf(index + 1);
    const own = 1_000n * 10n ** 18n + random();
    const stake: AccountStake = { delegate: address, bondedWei: own, pendingStakeWei: own, delegatedWei: own, isRegistered: true, isActive: true };
    stakes.set(address, stake);
    pool.push({ address, stake });
  }
  for (let index = 0; index < delegators; index++) {
    const address = addressOf(transcoders + index + 1);
    const to = pool[Number(random() % BigInt(transcoders))];
    if (to === undefined) throw new Error("no transcoder");
    const own = random() * 50n;
    stakes.set(address, { delegate: to.address, bondedWei: own, pendingStakeWei: own, delegatedWei: 0n, isRegistered: false, isActive: false });
    to.stake.delegatedWei += own;
    if (index % 10 === 0) vote(address);
  }
  for (const [index, { address }] of pool.entries()) {
    if (index % 4 !== 0) vote(address);
  }
  // Some change their mind.
  for (let index = 0; index < delegators; index += 400) vote(addressOf(transcoders + index - (index % 10) + 1));
  const total = pool.reduce((sum, { stake }) => sum + stake.delegatedWei, 0n);
  return {
    vote: {
      kind: "poll", address: ZERO_ADDRESS, creator: undefined, foreign: false, text: "", createdBlock: 0n, createdTransaction: ZERO_HASH, endBlock: 10n ** 9n,
      quorumPpm: 333_300n, quotaPpm: 500_000n, state: "over", destroyed: false,
    },
    at: { blockNumber: 10n ** 9n, blockHash: ZERO_HASH, round: 1n },
    isFinal: true,
    votes,
    accounts: stakes,
    totalStakedWei: total,
    totalActiveStakeWei: total,
    quorumPpm: 333_300n,
    quotaPpm: 500_000n,
    logsProven: { blocks: 0n, ofBlocks: 0n },
  };
}

/** LIP-16 once more, by somebody who never saw the code: sums in two halves, since SQLite's integers have 64 bits. */
function tallyInSql({ votes, accounts: stakes }: TallyInput): { yes: bigint; no: bigint; seconds: number } {
  const database = new DatabaseSync(":memory:");
  try {
    database.exec("create table votes (seq integer primary key, voter text, choice integer)");
    database.exec("create table accounts (account text primary key, delegate text, registered integer, pending_high integer, pending_low integer, delegated_high integer, delegated_low integer) without rowid");
    database.exec("begin");
    const insertVote = database.prepare("insert into votes values (?, ?, ?)");
    for (const [index, { voter, choice }] of votes.entries()) insertVote.run(index, voter, choice === "for" ? 0 : 1);
    const insertAccount = database.prepare("insert into accounts values (?, ?, ?, ?, ?, ?, ?)");
    for (const [account, stake] of stakes) insertAccount.run(account, stake.delegate, stake.isRegistered ? 1 : 0, ...halves(stake.pendingStakeWei), ...halves(stake.delegatedWei));
    database.exec("commit");
    const start = cpuSeconds();
    const query = database.prepare(`
      with final as (select voter, choice, max(seq) from votes where choice in (0, 1) group by voter),
      weighed as (
        select f.voter, f.choice, a.delegate, a.registered,
          case a.registered when 1 then a.delegated_high else a.pending_high end as high,
          case a.registered when 1 then a.delegated_low else a.pending_low end as low
        from final f join accounts a on a.account = f.voter),
      taken as (
        select w.delegate as account, sum(w.high) as high, sum(w.low) as low
        from weighed w join accounts t on t.account = w.delegate and t.registered = 1
        where w.registered = 0 group by w.delegate)
      select w.choice as choice,
        sum(w.high - case w.registered when 1 then coalesce(t.high, 0) else 0 end) as high,
        sum(w.low - case w.registered when 1 then coalesce(t.low, 0) else 0 end) as low
      from weighed w left join taken t on t.account = w.voter group by w.choice`);
    query.setReadBigInts(true);
    const rows = z.array(z.object({ choice: z.bigint(), high: z.bigint(), low: z.bigint() })).parse(query.all());
    const of = (choice: bigint): bigint => {
      const row = rows.find((one) => one.choice === choice);
      return row === undefined ? 0n : row.high * HALF + row.low;
    };
    return { yes: of(0n), no: of(1n), seconds: cpuSeconds() - start };
  } finally {
    database.close();
  }
}

function halves(wei: bigint): [bigint, bigint] {
  return [wei / HALF, wei % HALF];
}

/** Hash-like, and the same in every run. */
function addressOf(index: number): Address {
  return `0x${((BigInt(index) * 0x9e3779b97f4a7c15f39cc0605cedc8341082276bn) & ((1n << 160n) - 1n)).toString(16).padStart(40, "0")}`;
}

/**
 * Reads accounts of the real BondingManager behind its proxy: as batches of JSON-RPC, and through Multicall3. The accounts have
 * nothing bonded, which spares the node some reads of storage and this process nothing.
 */
async function measureState(): Promise<Record<string, unknown>> {
  await useFastKeccak();
  const root = join(import.meta.dirname, "..");
  const anvil = await startAnvil({ accounts: 8, gasLimit: 1_000_000_000n });
  try {
    const compilerCaches = [join(root, "dist/solc-cache"), join(root, "node_modules/.cache/lpctl-solc")];
    const targets = [...suiteTargets("current").map(({ source, contract }) => ({ source, contract })), { source: "test/fixtures/contracts/ManyCalls.sol", contract: "ManyCalls" }];
    const artifacts = (await compileUnits({ root, targets, cacheFolders: compilerCaches })).map(({ artifact }) => artifact);
    const protocol = await deploySuite(anvil.rpc, artifacts.slice(0, -1), { profile: "current", phase: "eoa", gitCommitHash: `0x${"11".repeat(20)}` });
    const bondingManager = protocol.contracts["BondingManager"];
    const manyCalls = artifacts.at(-1);
    if (bondingManager === undefined || manyCalls === undefined) throw new Error("the protocol has no BondingManager");
    const voters = Array.from({ length: accounts }, (_, index) => addressOf(index + 1));
    const batches = await measureReading(anvil.rpc, bondingManager, voters);
    await anvil.rpc.request("anvil_setCode", [MULTICALL3, manyCalls.runtimeBytecode], z.unknown());
    const multicall = await measureReading(anvil.rpc, bondingManager, voters);
    return { accounts, per100000Accounts: { batches, multicall, cpuRatioBatchesToMulticall: rounded(batches.cpuSeconds / multicall.cpuSeconds) } };
  } finally {
    await anvil.stop();
  }
}

async function measureReading(upstream: Rpc, bondingManager: Address, voters: readonly Address[]): Promise<{ calls: number; wallSeconds: number; cpuSeconds: number }> {
  let calls = 0;
  const rpc = upstream.through((inner): Transport => ({
    endpoint: inner.endpoint,
    send: (method, params, options) => {
      calls += 1;
      return inner.send(method, params, options);
    },
  }));
  const reader = await pinReader(rpc, await readContractBlock(rpc, "latest"));
  const [wall, cpu] = [performance.now(), cpuSeconds()];
  const found = await readAccountStakes(voters, bondingSource(reader, bondingManager, 1n), NO_CACHE, () => {});
  if (found.size < voters.length) throw new Error("an account is missing");
  const per = 100_000 / voters.length;
  return { calls: Math.round(calls * per), wallSeconds: rounded(((performance.now() - wall) / 1000) * per), cpuSeconds: rounded((cpuSeconds() - cpu) * per) };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function residentMegabytes(): number {
  return Math.round(process.memoryUsage().rss / 1024 / 1024);
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
