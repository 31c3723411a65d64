import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { startAnvil, LOCAL_CHAIN_ID, type Anvil } from "../chain/anvil.ts";
import { endWithParent } from "../chain/end-with-parent.ts";
import { readFunction } from "../chain/read-function.ts";
import { buildMerkleTree } from "../genesis/merkle-tree.ts";
import { assessGenesis, openGenesis, type OpenedGenesis } from "../genesis/open-genesis.ts";
import { openVerification } from "../genesis/open-verification.ts";
import { loadGenesis } from "../genesis/load-genesis-file.ts";
import { loadRecipients } from "../genesis/recipients.ts";
import { runGenesis } from "../genesis/run-genesis.ts";
import { verifyGenesis } from "../genesis/verify-genesis.ts";
import { writeGenesisTemplate } from "../genesis/write-genesis-template.ts";
import type { Project } from "../inspection/project.ts";
import { walletSigner } from "../keys/unlocked-key.ts";
import { createLocalSafe } from "../node/create-local-safe.ts";
import { LOCAL_ACCOUNT_COUNT, localAccounts } from "../node/local-accounts.ts";
import { uintOf } from "../node/actors/values.ts";
import { SetupSender } from "../node/setup-sender.ts";
import { entryFile } from "../package-root.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { formatHuman } from "../protocol/units.ts";
import type { GenesisJob } from "./genesis-job.ts";
import { ready } from "./ready.ts";
import type { Proof, Rehearsal, RehearsalOptions, RehearsalStep, Scenario } from "./rehearsal.ts";

/** Early while contracts are deployed, in the middle of the parameters, among the grants: each at another moment of a transaction. */
const KILLS_AT_STEP = [9, 160, 200];
const BLOCK_GAS_LIMIT = 1_000_000_000n;
const BALANCE = "function balanceOf(address account) view returns (uint256)";

/** The launch of 2018 once more, killed three times on its way: 10,000,000 LPT in five buckets, 47 grants, a MerkleMine. */
export const genesisScenario: Scenario = {
  name: "genesis",
  summary: "The genesis of 2018 on an empty chain, killed three times, gone on with, verified word by word; a recipient mines.",
  prepare: prepareGenesisRehearsal,
};

function prepareGenesisRehearsal(options: RehearsalOptions): Rehearsal {
  let anvil: Anvil | undefined;
  let project: Project | undefined;
  let opened: OpenedGenesis | undefined;
  let firstNonce = 0n;
  const proofs: Proof[] = [];
  const file = join(options.folder, "genesis.yaml");
  const { operator, delegator } = localAccounts();
  const now = (): bigint => BigInt(Math.floor(Date.now() / 1000));

  const steps: RehearsalStep[] = [
    {
      title: "Start an empty chain with a multisig; write the genesis file with the numbers of 2018",
      run: async () => {
        await rm(options.folder, { recursive: true, force: true });
        await mkdir(options.folder, { recursive: true });
        anvil = await startAnvil({ accounts: LOCAL_ACCOUNT_COUNT, gasLimit: BLOCK_GAS_LIMIT });
        const { rpc } = anvil;
        project = { folder: options.folder, network: "rehearsal", chainId: LOCAL_CHAIN_ID, controller: undefined, rpc, compilerCaches: options.compilerCaches, sources: [], compilers: {}, delayBlocks: 0n };
        const safe = await createLocalSafe(rpc);
        const { files } = await writeGenesisTemplate(file, { example: "2018", profile: "launch", distribution: "merkle-mine", chainId: undefined, bankMultisig: safe, governanceMultisig: safe, rpc });
        // Somebody of flesh and blood among the examples, who can mine.
        await appendFile(ready(files[1]), `${delegator.address}\n`);
        return file;
      },
    },
    {
      title: "Check it, and simulate all of it on a fork",
      run: async (update) => {
        const on = ready(project);
        const { findings, prediction, prepared } = await assessGenesis({ ...on, progress: update }, await loadGenesis(file), { deployer: operator.address, compilerCaches: options.compilerCaches, nowSeconds: now() });
        const refusals = findings.filter(({ severity }) => severity === "refuse");
        const words = prediction?.accounts.reduce((sum, { storage }) => sum + storage.length, 0) ?? 0;
        proofs.push({
          what: "the check finds nothing to refuse, and the state is known before anything is signed",
          holds: refusals.length === 0 && words > 0,
          detail: `${prepared?.plan.transactions.length ?? 0} transactions lead to ${prediction?.accounts.length ?? 0} accounts with ${words} words of storage, plan ${prepared?.planHash ?? ""}`,
        });
        return refusals.length === 0 ? `${prepared?.plan.transactions.length ?? 0} transactions` : refusals.map(({ title }) => title).join("; ");
      },
    },
    {
      title: `Run it; kill the process ${KILLS_AT_STEP.length} times`,
      run: async (update) => {
        const on = ready(project);
        firstNonce = await on.rpc.nonce(operator.address);
        const reached: string[] = [];
        for (const killAtStep of KILLS_AT_STEP) {
          update(`${reached.length} of ${KILLS_AT_STEP.length} kills`);
          const signal = await runUntilKilled({ folder: on.folder, network: on.network, chainId: String(on.chainId), rpcUrl: on.rpc.url, file, compilerCaches: options.compilerCaches, killAtStep });
          reached.push(`${(await on.rpc.nonce(operator.address)) - firstNonce}`);
          if (signal !== "SIGKILL") throw new Error(`the process that was to be killed ended by itself (${signal ?? "no signal"})`);
        }
        proofs.push({ what: `${KILLS_AT_STEP.length} processes were killed (SIGKILL) on the way`, holds: true, detail: `after ${reached.join(", ")} transactions on the chain` });
        return `after ${reached.join(", ")} transactions`;
      },
    },
    {
      title: "Run it again to its end",
      run: async (update) => {
        const on = ready(project);
        const signer = walletSigner(operator.privateKey);
        opened = await openGenesis(on, file, signer.address, now());
        const results = await runGenesis(on.rpc, opened, { signer, onProgress: ({ index, total }) => update(`${index + 1} of ${total}`) });
        const used = (await on.rpc.nonce(operator.address)) - firstNonce;
        const hashes = new Set(results.flatMap(({ hash }) => (hash === null ? [] : [hash])));
        proofs.push({
          what: "every transaction was sent exactly once",
          holds: used === BigInt(results.length) && hashes.size === results.length,
          detail: `${results.length} planned, ${hashes.size} different transactions, ${used} nonces used`,
        });
        return `${results.length} transactions`;
      },
    },
    {
      title: "Verify: everything read again, and compared with file and simulation",
      run: async () => {
        const verification = await verifyGenesis(await openVerification(ready(project), file, { controller: undefined, deployer: undefined, block: undefined, predictionPath: undefined }));
        proofs.push({
          what: "the chain is what the file says and the simulation predicted, to the last word",
          holds: verification.equal && verification.predicted === "kept",
          detail: [
            verification.groups.map(({ group, compared, different }) => `${group} ${compared - different} of ${compared}`).join(", "),
            ...verification.rows.flatMap(({ holds, what, expected, found }) => (holds ? [] : [`${what}: ${expected} expected, ${found} found`])),
          ].join("; "),
        });
        return `${verification.rows.length} comparisons, ${verification.equal ? "all equal" : "NOT equal"}`;
      },
    },
    {
      title: "A recipient mines its share",
      run: async () => {
        const proof = await mineShare(ready(project), ready(opened), file);
        proofs.push(...proof);
        return proof.map(({ detail }) => detail).join("; ");
      },
    },
  ];

  return {
    steps,
    result: () => ({ scenario: genesisScenario.name, folder: options.folder, controller: ready(opened).record.controller, proposals: [], proofs }),
    stop: async () => anvil?.stop(),
  };
}

/** How the process ended. */
async function runUntilKilled(job: GenesisJob): Promise<NodeJS.Signals | null> {
  const child = spawn(process.execPath, [entryFile("src/rehearsal/genesis-worker.ts"), JSON.stringify(job)], { stdio: "ignore" });
  endWithParent(child);
  const [, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  return signal;
}

/** Sums to the wei, and one recipient's share out of the crowd's bucket. */
async function mineShare({ rpc }: Project, { record, loaded, prepared }: OpenedGenesis, file: string): Promise<Proof[]> {
  const { delegator } = localAccounts();
  const token = record.contracts["LivepeerToken"] ?? record.controller;
  const mine = record.distribution.address;
  const read = async (address: Address, signature: string, args: unknown[] = []): Promise<bigint> => uintOf(await readFunction(rpc, address, signature, args), 0);
  const list = await loadRecipients(loaded.recipients?.path ?? file);
  const tree = await buildMerkleTree(list.addresses);
  const proof: Hex = tree.proofOf(delegator.address) ?? "0x";
  const [supply, left] = await Promise.all([read(token, "function totalSupply() view returns (uint256)"), read(token, BALANCE, [mine])]);
  const sender = await SetupSender.from(rpc, delegator.address);
  sender.call(mine, "function generate(address recipient, bytes merkleProof)", [delegator.address, proof]);
  await sender.flush();
  const [share, got, rest] = await Promise.all([
    read(mine, "function tokensPerAllocation() view returns (uint256)"),
    read(token, BALANCE, [delegator.address]),
    read(token, BALANCE, [mine]),
  ]);
  const { total, crowd } = prepared.terms.allocations;
  return [
    { what: "the supply and the crowd's bucket are those of the file, to the wei", holds: supply === total && left === crowd, detail: `${formatHuman(supply, "wei-lpt")} and ${formatHuman(left, "wei-lpt")}` },
    { what: "a recipient proves that it is on the list and gets its share", holds: got === share && rest === left - share, detail: `${formatHuman(got, "wei-lpt")}, one of ${list.count} equal shares` },
  ];
}
