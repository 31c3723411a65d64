/**
 * Plays rounds of the protocol until its JobsManager has seen enough transactions, and replays the last of them on the same
 * code at another address, and on JobsManagerV2. Prints one JSON document: milliseconds in all and for each transaction, and
 * the ratio to a bare start of node in the same run. Exit code 1 when the same code shows a difference or something is skipped.
 * `node scripts/bench-replay.ts [--count 500]`
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { startAnvil } from "../src/chain/anvil.ts";
import type { Rpc } from "../src/chain/rpc.ts";
import { readBook } from "../src/inspection/read-book.ts";
import type { Project } from "../src/inspection/project.ts";
import { compileKnownContracts } from "../src/inspection/sources.ts";
import { callTo } from "../src/node/actors/actor.ts";
import { deploySuite, suiteTargets } from "../src/node/deploy-suite.ts";
import { localAccounts } from "../src/node/local-accounts.ts";
import { createRunner } from "../src/node/runner/runner.ts";
import { sendUnlocked } from "../src/node/setup-sender.ts";
import { contractId } from "../src/protocol/contract-id.ts";
import type { Address } from "../src/protocol/hex.ts";
import { readSubstitution } from "../src/simulation/traffic/substitution.ts";
import { replayTraffic } from "../src/simulation/traffic/replay-traffic.ts";
import { startReplayEngine } from "../src/simulation/traffic/run.ts";
import type { Artifact } from "../src/solidity/artifact.ts";
import { compileUnits } from "../src/solidity/compile.ts";
import { encodeDeployment } from "../src/solidity/encode-deployment.ts";

const { values } = parseArgs({ options: { count: { type: "string", default: "500" } } });
const count = Number(values.count);
if (!Number.isSafeInteger(count) || count < 1) throw new Error("--count is a number of transactions");

const root = join(import.meta.dirname, "..");
const compilerCaches = [join(root, "dist/solc-cache"), join(root, "node_modules/.cache/lpctl-solc")];
const { address: deployer } = localAccounts().deployer;
// Each transaction is traced with the state of its block, so the chain keeps all of them.
const anvil = await startAnvil({ accounts: 8, gasLimit: 1_000_000_000n, genesisTimestampSeconds: 1_700_000_000n, keptStates: 20_000 });
try {
  const { rpc } = anvil;
  const targets = [...suiteTargets("launch").map(({ source, contract }) => ({ source, contract })), { source: "contracts/jobs/JobsManagerV2.sol", contract: "JobsManagerV2" }];
  const artifacts = (await compileUnits({ root, targets, cacheFolders: compilerCaches })).map(({ artifact }) => artifact);
  const protocol = await deploySuite(rpc, artifacts.filter(({ name }) => name !== "JobsManagerV2"), { profile: "launch", phase: "eoa", gitCommitHash: `0x${"11".repeat(20)}` });
  const { RoundsManager: rounds, JobsManager: jobs } = protocol.contracts;
  if (rounds === undefined || jobs === undefined) throw new Error("the suite has both");
  for (const [to, signature, value] of [[rounds, "function setRoundLength(uint256)", 20n], [jobs, "function setVerificationRate(uint64)", 2n], [jobs, "function setVerificationPeriod(uint256)", 8n], [jobs, "function setVerificationSlashingPeriod(uint256)", 8n]] as const) {
    await sendUnlocked(rpc, deployer, await rpc.nonce(deployer), { to, data: callTo(to, signature, [value], "").data, valueWei: 0n });
  }
  const runner = await createRunner({ rpc, protocol, cast: { profile: "launch", seed: 7n, transcoders: 6, delegators: 6, misbehaviour: [] } });
  await runner.enter();
  while ((await countTransactions(rpc, jobs)) < count) await runner.playRounds(5);

  const project: Project = { folder: root, network: "local", chainId: 31337n, controller: protocol.controller, rpc, compilerCaches, sources: [], compilers: {}, delayBlocks: 0n };
  const book = await readBook(project, { units: await compileKnownContracts(project), authorities: [] });
  const replay = async (name: string): Promise<{ milliseconds: number; perTransaction: number; ratio: number; transactions: number; identical: number; classes: number; skipped: number }> => {
    const implementation = await deploy(rpc, artifacts.find((artifact) => artifact.name === name), protocol.controller);
    const target = await readSubstitution(rpc, {
      kind: "upgrade",
      contract: "JobsManager",
      proxy: { kind: "controller-registry", address: jobs, controller: protocol.controller, targetId: contractId("JobsManagerTarget") },
      implementation,
      implementationCodeHash: "0x",
      gitCommitHash: "0x",
      initializer: "0x",
    });
    const upgrades = [{ ...target, newCode: await rpc.code(implementation) }];
    const bare = bareMilliseconds();
    const start = performance.now();
    const engine = await startReplayEngine(31337n);
    const outcome = await replayTraffic({
      rpc, engine, proposalId: "0x", contract: "JobsManager", target, upgrades, neighbours: [], count, toBlock: await rpc.blockNumber(), books: { after: book, before: book }, expectations: [], used: new Set(),
    });
    await engine.stop();
    const milliseconds = performance.now() - start;
    return {
      milliseconds: Math.round(milliseconds),
      perTransaction: rounded(milliseconds / count),
      ratio: rounded(milliseconds / bare),
      transactions: outcome.transactions,
      identical: outcome.identical,
      classes: outcome.classes.length,
      skipped: outcome.skipped.reduce((sum, { count: each }) => sum + each, 0),
    };
  };
  const same = await replay("JobsManager");
  const changed = await replay("JobsManagerV2");
  const peakMegabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(JSON.stringify({ schema: 1, node: process.version, count, same, changed, peakMegabytes }, null, 2));
  if (same.identical !== count || same.skipped + changed.skipped > 0) process.exitCode = 1;
} finally {
  await anvil.stop();
}

async function countTransactions(rpc: Rpc, address: Address): Promise<number> {
  const logs = await rpc.logs({ address, fromBlock: 0n, toBlock: "latest" });
  return new Set(logs.map(({ transactionHash }) => transactionHash)).size;
}

async function deploy(rpc: Rpc, artifact: Artifact | undefined, controller: Address): Promise<Address> {
  if (artifact === undefined) throw new Error("it was compiled");
  const receipt = await sendUnlocked(rpc, deployer, await rpc.nonce(deployer), { to: null, data: encodeDeployment(artifact, [controller]), valueWei: 0n });
  return z.string().parse(receipt.contractAddress) as Address;
}

/** node, doing nothing: the median of five. */
function bareMilliseconds(): number {
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now();
    spawnSync(process.execPath, ["-e", ""]);
    return performance.now() - start;
  });
  return times.sort((a, b) => a - b)[2] ?? 0;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
