/**
 * Plays a life of the protocol on a local chain (deployment, genesis, rounds with everybody at work) and decodes every
 * storage slot that each transaction changed. Prints one JSON document: the share that got a name, where names came from,
 * the slots that got none, and the time per transaction. Exit code 1 when a slot has no name.
 * `node scripts/bench-names.ts [--profile launch|current] [--phase eoa|safe|governor|stake] [--rounds N]`
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { startAnvil } from "../src/chain/anvil.ts";
import { callTo } from "../src/node/actors/actor.ts";
import { hash32Schema, type Address } from "../src/protocol/hex.ts";
import { readBook } from "../src/inspection/read-book.ts";
import type { Project } from "../src/inspection/project.ts";
import { compileKnownContracts } from "../src/inspection/sources.ts";
import { deploySuite, suiteTargets } from "../src/node/deploy-suite.ts";
import { localAccounts } from "../src/node/local-accounts.ts";
import { PHASES } from "../src/node/phase.ts";
import { sendUnlocked } from "../src/node/setup-sender.ts";
import { createRunner } from "../src/node/runner/runner.ts";
import { PROFILES } from "../src/protocol/profiles.ts";
import { readAuthority } from "../src/authority/climb.ts";
import { describeDiffs } from "../src/simulation/net-changes.ts";
import { observeTransaction } from "../src/simulation/observe-transaction.ts";
import { compileUnits } from "../src/solidity/compile.ts";

const { values } = parseArgs({
  options: { profile: { type: "string", default: "launch" }, phase: { type: "string", default: "eoa" }, rounds: { type: "string", default: "6" } },
});
const profile = PROFILES.find((name) => name === values.profile);
const phase = PHASES.find((name) => name === values.phase);
if (profile === undefined || phase === undefined) throw new Error(`--profile is one of ${PROFILES.join(", ")}; --phase one of ${PHASES.join(", ")}`);

const root = join(import.meta.dirname, "..");
const compilerCaches = [join(root, "dist/solc-cache"), join(root, "node_modules/.cache/lpctl-solc")];
const anvil = await startAnvil({ accounts: 8, gasLimit: 1_000_000_000n, genesisBlock: 1_000n, genesisTimestampSeconds: 1_700_000_000n });
try {
  const { rpc } = anvil;
  await rpc.request("anvil_setBlockTimestampInterval", [1], z.unknown());
  const units = await compileUnits({
    root,
    targets: suiteTargets(profile).map(({ source, contract }) => ({ source, contract })),
    cacheFolders: compilerCaches,
  });
  const first = (await rpc.block("latest")).number;
  const protocol = await deploySuite(rpc, units.map(({ artifact }) => artifact), { profile, phase, gitCommitHash: `0x${"11".repeat(20)}` });
  const asOwner = async (contract: string, signature: string, args: readonly unknown[]): Promise<void> => {
    const to = protocol.contracts[contract];
    if (phase !== "eoa" || to === undefined) return;
    const { address } = localAccounts().deployer;
    await sendUnlocked(rpc, address, await rpc.nonce(address), { to, data: callTo(to, signature, args, "").data, valueWei: 0n });
  };
  await asOwner("RoundsManager", "function setRoundLength(uint256)", [20n]);
  if (profile === "launch") {
    await asOwner("JobsManager", "function setVerificationRate(uint64)", [2n]);
    await asOwner("JobsManager", "function setVerificationPeriod(uint256)", [8n]);
    await asOwner("JobsManager", "function setVerificationSlashingPeriod(uint256)", [8n]);
  }
  const runner = await createRunner({ rpc, protocol, cast: { profile, seed: 7n, transcoders: 4, delegators: 6, misbehaviour: [] } });
  await runner.enter();
  await runner.playRounds(Number(values.rounds));
  const last = (await rpc.block("latest")).number;

  const project: Project = {
    folder: root, network: "local", chainId: 31337n, controller: protocol.controller, rpc, compilerCaches, sources: [], compilers: {}, delayBlocks: 0n,
  };
  const owners = [protocol.safe, protocol.governor].filter((address): address is Address => address !== undefined);
  const authorities = await Promise.all(owners.map((address) => readAuthority(rpc, address)));
  const book = await readBook(project, { units: await compileKnownContracts(project), authorities });

  const sources: Record<string, number> = {};
  const unnamed: string[] = [];
  let [transactions, changes, slots] = [0, 0, 0];
  const start = performance.now();
  for (let number = first; number <= last; number += 1n) {
    const block = await rpc.request("eth_getBlockByNumber", [`0x${number.toString(16)}`, false], z.object({ transactions: z.array(hash32Schema) }));
    for (const hash of block.transactions) {
      const receipt = await rpc.receipt(hash);
      if (receipt === null) throw new Error(`no receipt of ${hash}`);
      const { diffs, preimages, keys } = await observeTransaction(rpc, receipt, book);
      transactions += 1;
      for (const change of describeDiffs(diffs, { book, preimages, keys, bookkeeping: new Set() })) {
        if (change.kind !== "storage") continue;
        changes += 1;
        const from = change.path === undefined ? "none" : (book.layoutSourceOf?.(change.address) ?? "well known slots");
        sources[from] = (sources[from] ?? 0) + 1;
        if (change.path === undefined) unnamed.push(`${change.contract ?? change.address} ${change.slot ?? ""} ${change.before} -> ${change.after} in ${hash}`);
      }
      slots += diffs.reduce((sum, { storage }) => sum + storage.length, 0);
    }
  }
  const milliseconds = performance.now() - start;
  console.log(
    JSON.stringify(
      {
        schema: 1, profile, phase, rounds: Number(values.rounds), transactions, slots, changes,
        sharePercent: changes === 0 ? 0 : Math.floor(((changes - unnamed.length) / changes) * 10_000) / 100,
        namedFrom: sources,
        millisecondsPerTransaction: Math.round((milliseconds / transactions) * 100) / 100,
        unnamed: unnamed.slice(0, 50),
      },
      null,
      2,
    ),
  );
  if (unnamed.length > 0 || changes === 0) process.exitCode = 1;
} finally {
  await anvil.stop();
}
