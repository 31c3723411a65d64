/**
 * Measures what a simulation costs at a distance and prints one JSON document: the four transactions of an upgrade that a
 * Safe stages on a Governor (two approvals, execution, and after the delay the update itself), from a witness, on a plain
 * fork, and by `forge script` on the same block; then the whole assessment and its report. Each at no delay and at 50 ms
 * for every HTTP request. Ratios are taken within a round. `node scripts/bench-simulate.ts [--rounds N] [--delay MS]`
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import type { PlannedStep } from "../src/authority/planned-step.ts";
import { startAnvil } from "../src/chain/anvil.ts";
import { receiptSchema } from "../src/chain/rpc-schemas.ts";
import { formatTag, Rpc } from "../src/chain/rpc.ts";
import { assessProposal } from "../src/lifecycle/assess-proposal.ts";
import { buildReportData } from "../src/lifecycle/build-report-data.ts";
import { planProposal } from "../src/lifecycle/plan.ts";
import { proposeUpgrade } from "../src/lifecycle/propose-upgrade.ts";
import { innerCalls, readProposalBook } from "../src/lifecycle/simulate-proposal.ts";
import { renderHtml } from "../src/report/render-html.ts";
import { simulate } from "../src/simulation/route-runner.ts";
import { startHostileRpc } from "../test/e2e/hostile-rpc.ts";
import { PROPOSE } from "../test/e2e/local-project.ts";
import { startSuite, upgradeTo, V2 } from "../test/e2e/suite-project.ts";

interface Run {
  milliseconds: number;
  requests: number;
}

const root = join(import.meta.dirname, "..");
const { values } = parseArgs({ options: { rounds: { type: "string", default: "3" }, delay: { type: "string", default: "50" } } });
const rounds = Number(values.rounds);
const distance = Number(values.delay);

const suite = await startSuite("governor");
const folder = mkdtempSync(join(tmpdir(), "lpctl-bench-simulate-"));
try {
  const { stored } = await proposeUpgrade({ ...suite.project, aftermath: false }, upgradeTo(V2), PROPOSE, async () => suite.signers.deployer);
  const { proposal } = stored;
  const plan = await planProposal(suite.rpc, proposal);
  const book = await readProposalBook(suite.project, proposal, plan);
  const steps = (await Promise.all(plan.steps.map((step) => step.simulation(suite.rpc)))).flat();
  const block = await suite.rpc.block("latest");
  await prepareForge(steps);

  const cases: Record<string, (url: string) => Promise<void>> = {
    witness: async (url) => {
      const { state } = await simulate({ rpcUrl: url, steps, book, proposalId: proposal.id, assumptions: [], foreseen: innerCalls(plan, proposal) });
      if (state.proof !== "proven") throw new Error(`not proven: ${state.why}`);
    },
    "plain fork": (url) => runPlainFork(url, block.number, steps),
    "forge script": (url) => runForge(url, block.number),
    "assessment and report, without life after": (url) => assess(url, false),
    "assessment and report": (url) => assess(url, true),
  };
  const runs = new Map<string, Run[]>();
  for (let round = 0; round <= rounds; round += 1) {
    for (const delayMs of [0, distance]) {
      for (const [name, work] of Object.entries(cases)) {
        const run = await measure(work, delayMs);
        // The first round fills caches.
        if (round > 0) runs.set(`${name}, ${delayMs} ms`, [...(runs.get(`${name}, ${delayMs} ms`) ?? []), run]);
      }
    }
  }
  const ratio = (name: string, to: string): number => rounded(median((runs.get(name) ?? []).map(({ milliseconds }, round) => milliseconds / (runs.get(to)?.[round]?.milliseconds ?? Number.NaN))));
  console.log(
    JSON.stringify(
      {
        schema: 1,
        node: process.version,
        rounds,
        transactions: steps.filter(({ kind }) => kind === "transaction").length,
        cases: Object.fromEntries(
          [...runs].map(([name, all]) => [name, { medianMilliseconds: rounded(median(all.map(({ milliseconds }) => milliseconds))), requests: Math.max(...all.map(({ requests }) => requests)) }]),
        ),
        ratios: {
          [`plain fork to witness, ${distance} ms`]: ratio(`plain fork, ${distance} ms`, `witness, ${distance} ms`),
          [`forge script to witness, ${distance} ms`]: ratio(`forge script, ${distance} ms`, `witness, ${distance} ms`),
          "forge script to witness, 0 ms": ratio("forge script, 0 ms", "witness, 0 ms"),
          [`witness, ${distance} ms to 0 ms`]: ratio(`witness, ${distance} ms`, "witness, 0 ms"),
        },
      },
      null,
      2,
    ),
  );

  async function assess(url: string, aftermath: boolean): Promise<void> {
    const project = { ...suite.project, rpc: new Rpc(url), aftermath };
    const assessment = await assessProposal(project, proposal, stored.name);
    renderHtml(await buildReportData(assessment.record.project, stored, assessment, undefined, "bench"));
  }
} finally {
  await suite.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function measure(work: (url: string) => Promise<void>, delayMs: number): Promise<Run> {
  const proxy = await startHostileRpc(suite.rpc.url, { delayMs });
  try {
    const start = performance.now();
    await work(proxy.url);
    return { milliseconds: performance.now() - start, requests: proxy.requests.length };
  } finally {
    await proxy.stop();
  }
}

/** The same transactions with the same traces on a fork that fetches its state by itself. */
async function runPlainFork(url: string, block: bigint, steps: readonly PlannedStep[]): Promise<void> {
  const { rpc, stop } = await startAnvil({ forkUrl: url, forkBlock: block });
  try {
    for (const step of steps) {
      if (step.kind === "advance-blocks") await rpc.request("anvil_mine", [formatTag(step.blocks)], z.unknown());
      if (step.kind !== "transaction") continue;
      await rpc.request("anvil_impersonateAccount", [step.from], z.unknown());
      await rpc.request("anvil_setNextBlockBaseFeePerGas", ["0x0"], z.unknown());
      const request = { from: step.from, ...(step.to === null ? {} : { to: step.to }), data: step.data, value: formatTag(step.valueWei), gas: "0xf42400", gasPrice: "0x0" };
      const { status, transactionHash } = await rpc.request("eth_sendTransactionSync", [request], receiptSchema);
      if (status !== "success") throw new Error(`${step.title} reverted on the plain fork`);
      if (step.setup === true) continue;
      await rpc.request("debug_traceTransaction", [transactionHash, { tracer: "prestateTracer", tracerConfig: { diffMode: true } }], z.unknown());
      await rpc.request("debug_traceTransaction", [transactionHash, { tracer: "callTracer" }], z.unknown());
    }
  } finally {
    await stop();
  }
}

/** A script that makes the same calls, compiled before anything is measured. */
async function prepareForge(steps: readonly PlannedStep[]): Promise<void> {
  const lines = steps.flatMap((step) => {
    if (step.kind === "advance-blocks") return [`vm.roll(block.number + ${step.blocks});`];
    if (step.kind === "advance-time") return [`vm.warp(block.timestamp + ${step.seconds});`];
    return [`vm.prank(${step.from});`, `call(${step.to ?? step.from}, ${step.valueWei}, hex"${step.data.slice(2)}");`, "vm.roll(block.number + 1);"];
  });
  const source = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.0;
interface Vm { function prank(address) external; function roll(uint256) external; function warp(uint256) external; }
contract Route {
  Vm private constant vm = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
  function run() external { ${lines.join(" ")} }
  function call(address to, uint256 value, bytes memory data) private { (bool success,) = to.call{value: value}(data); require(success); }
}
`;
  mkdirSync(join(folder, "src"));
  writeFileSync(join(folder, "src/Route.sol"), source);
  writeFileSync(join(folder, "foundry.toml"), `[profile.default]\nsrc = "src"\nscript = "src"\nout = "out"\nlibs = []\noffline = true\nno_storage_caching = true\nsolc = "${join(root, "scripts/solc-for-forge.js")}"\n`);
  await forge(["build"]);
}

function runForge(url: string, block: bigint): Promise<void> {
  return forge(["script", "src/Route.sol:Route", "--fork-url", url, "--fork-block-number", block.toString(), "--no-storage-caching"]);
}

/** Not synchronous: the RPC that it asks lives in this process. */
function forge(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(root, "node_modules/.bin/forge"), args, { cwd: folder, env: { PATH: process.env["PATH"] ?? "", HOME: folder }, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    child.stdout.on("data", (text: Buffer) => (said += text.toString()));
    child.stderr.on("data", (text: Buffer) => (said += text.toString()));
    child.once("error", reject);
    child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`forge ${args[0]} failed:\n${said.slice(-2000)}`))));
  });
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? Number.NaN) : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
