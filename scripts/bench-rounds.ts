/**
 * Measures how fast rounds pass with all actors at work, and what the time goes into. Prints one JSON document.
 * `node scripts/bench-rounds.ts [--transcoders 10] [--delegators 50] [--rounds 20] [--profile launch]`
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { z } from "zod";
import { startAnvil } from "../src/chain/anvil.ts";
import { deploySuite, suiteTargets } from "../src/node/deploy-suite.ts";
import { LOCAL_ACCOUNT_COUNT } from "../src/node/local-accounts.ts";
import { createRunner } from "../src/node/runner/runner.ts";
import type { Profile } from "../src/protocol/profiles.ts";
import { compileContracts } from "../src/solidity/compile.ts";

const root = join(import.meta.dirname, "..");
const { values } = parseArgs({
  options: {
    transcoders: { type: "string", default: "10" },
    delegators: { type: "string", default: "50" },
    rounds: { type: "string", default: "20" },
    profile: { type: "string", default: "launch" },
  },
});
const rounds = Number(values.rounds);
const profile = values.profile as Profile;

const artifacts = await compileContracts({ root, targets: suiteTargets(profile), cacheFolders: [join(root, "dist/solc-cache"), join(root, "node_modules/.cache/lpctl-solc")] });
const anvil = await startAnvil({ accounts: LOCAL_ACCOUNT_COUNT, gasLimit: 1_000_000_000n, hardfork: "cancun" });
try {
  const { rpc } = anvil;
  const protocol = await deploySuite(rpc, artifacts, { profile, phase: "eoa", gitCommitHash: `0x${"0".repeat(40)}` });
  const runner = await createRunner({
    rpc,
    protocol,
    cast: { profile, seed: 7n, transcoders: Number(values.transcoders), delegators: Number(values.delegators), misbehaviour: [] },
  });
  const enterMilliseconds = await timed(() => runner.enter());
  await runner.playRounds(2);

  const waits = new Map<string, { calls: number; milliseconds: number }>();
  const request = rpc.request.bind(rpc);
  rpc.request = async <T>(method: string, params: unknown[], schema: z.ZodType<T>): Promise<T> => {
    const start = performance.now();
    try {
      return await request(method, params, schema);
    } finally {
      const sum = waits.get(method) ?? { calls: 0, milliseconds: 0 };
      waits.set(method, { calls: sum.calls + 1, milliseconds: sum.milliseconds + performance.now() - start });
    }
  };
  const [chainBefore, ownBefore] = [cpuSeconds(anvil.pid), process.cpuUsage()];
  const before = await rpc.blockNumber();
  const elapsed = await timed(() => runner.playRounds(rounds));
  const own = process.cpuUsage(ownBefore);
  const status = await runner.status();
  const perRound = (value: number): number => Math.round((value / rounds) * 100) / 100;
  console.log(
    JSON.stringify(
      {
        schema: 1,
        transcoders: Number(values.transcoders),
        delegators: Number(values.delegators),
        profile,
        enterMilliseconds: Math.round(enterMilliseconds),
        rounds,
        roundsPerSecond: Math.round((rounds / elapsed) * 100_000) / 100,
        blocksPerRound: perRound(Number(status.block - before)),
        perRoundMilliseconds: {
          wall: perRound(elapsed),
          // Unlike the clock, these hardly depend on what else the machine does.
          chainCpu: perRound((cpuSeconds(anvil.pid) - chainBefore) * 1_000),
          runnerCpu: perRound((own.user + own.system) / 1_000),
        },
        requestsPerRound: Object.fromEntries([...waits].sort(([, a], [, b]) => b.milliseconds - a.milliseconds).map(([method, { calls, milliseconds }]) => [method, { calls: perRound(calls), milliseconds: perRound(milliseconds) }])),
        actorsNotWell: status.actors.filter(({ health }) => health.state !== "ok").length,
        work: Object.fromEntries(Object.entries(status.work).map(([name, count]) => [name, String(count)])),
      },
      null,
      2,
    ),
  );
} finally {
  await anvil.stop();
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** User and system time of a process; 0 where the system does not tell. */
function cpuSeconds(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}
