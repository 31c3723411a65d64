import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, symlink } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { Interface } from "ethers/abi";
import { z } from "zod";
import { startAnvil, type Anvil } from "../../chain/anvil.ts";
import { readFunction } from "../../chain/read-function.ts";
import { formatTag, type Rpc } from "../../chain/rpc.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { Project } from "../../inspection/project.ts";
import { localAccounts } from "../../node/local-accounts.ts";
import { sendUnlocked } from "../../node/setup-sender.ts";
import { ZERO_ADDRESS, type Address } from "../../protocol/hex.ts";
import { plural } from "../../protocol/plural.ts";
import { ready } from "../ready.ts";
import type { Proof, Rehearsal, RehearsalStep } from "../rehearsal.ts";
import { verifyPlan, type Plan } from "./carry-out-plan.ts";
import { saveCertificate, type KillCertificate, type KillRun } from "./certificate.ts";
import { disturbPlan } from "./disturb-plan.ts";
import { startFaultyRpc, type FaultyRpc } from "./faulty-rpc.ts";
import type { KillJob } from "./kill-job.ts";
import { runProcess } from "./run-process.ts";
import { countMore, readSentBy } from "./sent-by.ts";

export interface KillOptions {
  /** Emptied and used by this rehearsal alone. */
  folder: string;
  project: Project;
  plan: Plan;
  /** About how many processes are killed; where the plan has fewer places to kill one at, one for each. */
  kills: number;
  producedBy: string;
  /** The folder of a proposal that gets a copy of the certificate, if it is a good one. */
  attachTo?: string | undefined;
}

/** What lpctl writes into a project, and a copy does without. */
const LEFT_OUT = new Set([".lpctl", "genesis", "proposals", "migrations", "forks", "snapshots", ".git", "node_modules"]);
/** Blocks that a reorganisation may take back without touching what was there before the plan. */
const EMPTY_BLOCKS = 4n;
const FUNDS_WEI = 10n ** 24n;
const OWNER = "function owner() view returns (address)";
const transferOwnership = new Interface(["function transferOwnership(address newOwner)"]);

/**
 * Carries a genesis, a migration or a fork plan out on a copy of its network, first undisturbed, then in many processes that are
 * killed at writes of the journal and at sends, lose answers, see blocks taken back, meet a second process or a full disk.
 * What is on the chain in the end must be what the undisturbed run put there: nothing more, nothing less.
 *
 * The copy's published test account sends, so it is made the owner of the Controller there. What needs somebody else waits for ever.
 */
export function prepareKillRehearsal({ folder, project, plan, kills, producedBy, attachTo }: KillOptions): Rehearsal {
  const { deployer } = localAccounts();
  const scratch = join(folder, "project");
  const notesPath = join(folder, "notes.ndjson");
  const proofs: Proof[] = [];
  let anvil: Anvil | undefined;
  let faulty: FaultyRpc | undefined;
  let start = { block: 0n, snapshot: "" };
  let undisturbed = { sent: [] as string[], checkpoints: 0 };
  let certificate: KillCertificate | undefined;

  const jobOn = (rpc: Rpc): KillJob => ({
    ...plan,
    file: resolve(plan.file),
    folder: scratch,
    network: project.network,
    chainId: String(project.chainId),
    controller: project.controller ?? null,
    rpcUrl: rpc.url,
    compilerCaches: project.compilerCaches,
    notesPath,
    producedBy,
  });

  const steps: RehearsalStep[] = [
    {
      title: `Copy ${project.network}: a chain on this machine, with a test account in charge`,
      run: async () => {
        await rm(folder, { recursive: true, force: true });
        await mkdir(folder, { recursive: true });
        anvil = await startAnvil({ forkUrl: project.rpc.url, chainId: project.chainId });
        await takeCharge(anvil.rpc, project.controller, deployer.address);
        faulty = await startFaultyRpc(anvil.rpc);
        start = { block: await anvil.rpc.blockNumber(), snapshot: await anvil.rpc.request("evm_snapshot", [], z.string()) };
        return `block ${start.block}`;
      },
    },
    {
      title: "Carry it out undisturbed",
      run: async () => {
        const { rpc } = ready(anvil);
        await copyProject(project.folder, scratch);
        const { notes } = await runProcess(jobOn(rpc));
        const failure = notes.find((note) => "code" in note);
        if (failure !== undefined && "code" in failure) throw planFailed(plan, `${failure.code}: ${failure.message}`);
        const end = notes.find((note) => "checkpoints" in note);
        undisturbed = { sent: await readSentBy(rpc, deployer.address, start.block), checkpoints: end !== undefined && "checkpoints" in end ? end.checkpoints : 0 };
        return `${plural(undisturbed.sent.length, "transaction")}, ${plural(undisturbed.checkpoints, "place")} to be killed at`;
      },
    },
    {
      title: "Take it back, and carry it out while everything goes wrong",
      run: async (update) => {
        const { rpc } = ready(anvil);
        await rpc.request("evm_revert", [start.snapshot], z.literal(true));
        await copyProject(project.folder, scratch);
        await rm(notesPath, { force: true });
        const stride = Math.max(1, Math.ceil(undisturbed.checkpoints / kills));
        const readMined = async (): Promise<number> => (await readSentBy(rpc, deployer.address, start.block)).length;
        const onRun = ({ fault, mined }: KillRun, count: number): void => update(`process ${count}: ${fault}; ${mined} of ${undisturbed.sent.length} transactions are on the chain`);
        const runs = await disturbPlan({ job: jobOn(rpc), faulty: ready(faulty), stride, readMined, onRun });
        const sent = await readSentBy(rpc, deployer.address, start.block);
        certificate = {
          schema: 1,
          lpctl: producedBy,
          plan: { kind: plan.kind, file: basename(plan.file), sha256: createHash("sha256").update(await readFile(plan.file)).digest("hex") },
          chainId: String(project.chainId),
          forkBlock: String(start.block),
          undisturbed: { transactions: undisturbed.sent.length, checkpoints: undisturbed.checkpoints },
          runs,
          kills: runs.filter(({ ended }) => ended === "killed").length,
          duplicates: countMore(sent, undisturbed.sent),
          missing: countMore(undisturbed.sent, sent),
          stuck: runs.filter(({ struck, ended }) => !struck && ended !== "killed" && ended !== "done").length,
          findings: [],
        };
        return `${runs.length === 1 ? "1 process" : `${runs.length} processes`}, ${certificate.kills} killed`;
      },
    },
    {
      title: "Verify what is on the chain",
      run: async () => {
        const { rpc } = ready(anvil);
        const made = ready(certificate);
        made.findings = await verifyPlan({ ...project, folder: scratch, rpc }, { ...plan, file: resolve(plan.file) }, deployer.address);
        const path = await saveCertificate(folder, made);
        proofs.push(...prove(made, path));
        if (attachTo === undefined || proofs.some(({ holds }) => !holds)) return path;
        return saveCertificate(attachTo, made);
      },
    },
  ];

  return {
    steps,
    result: () => ({ scenario: `kill ${plan.kind}`, folder, controller: project.controller ?? ZERO_ADDRESS, proposals: [], proofs }),
    stop: async () => {
      await faulty?.stop();
      await anvil?.stop();
    },
  };
}

function prove({ runs, kills, duplicates, missing, stuck, findings, undisturbed }: KillCertificate, path: string): Proof[] {
  const struck = [...new Set(runs.flatMap(({ fault, struck: has }) => (has ? [fault] : [])))];
  const places = new Set(runs.flatMap(({ at }) => (at === null ? [] : [at.checkpoint])));
  return [
    { what: `${kills === 1 ? "1 process was" : `${kills} processes were`} killed on the way, and the last one came to the end`, holds: runs.at(-1)?.ended === "done", detail: `at ${[...places].join(", ")}; besides: ${struck.join(", ")}` },
    { what: "nothing was sent twice", holds: duplicates === 0, detail: `${duplicates} of ${plural(undisturbed.transactions, "transaction")} are on the chain more often than in the undisturbed run` },
    { what: "nothing was lost", holds: missing === 0, detail: `${missing} of ${plural(undisturbed.transactions, "transaction")} are missing` },
    { what: "no process was stuck", holds: stuck === 0, detail: `${stuck} processes failed although nothing was done to them` },
    { what: "the plan's own verification finds nothing", holds: findings.length === 0, detail: findings.length === 0 ? path : findings.join("; ") },
  ];
}

function planFailed({ kind, file }: Plan, why: string): LpctlError {
  const dryRun = { genesis: `lpctl genesis check ${file}`, migration: `lpctl migrate run ${file} --dry-run --key NAME`, fork: `lpctl fork plan ${file} --deployer ADDRESS` }[kind];
  return new LpctlError({ code: "LPCTL_REHEARSAL_PLAN_FAILED", exit: Exit.refused, message: `${file} cannot be carried out even undisturbed`, why, next: dryRun });
}

async function takeCharge(rpc: Rpc, controller: Address | undefined, account: Address): Promise<void> {
  await rpc.request("anvil_setBalance", [account, formatTag(FUNDS_WEI)], z.unknown());
  if (controller !== undefined && (await rpc.code(controller)) !== "0x") {
    const [owner] = await readFunction(rpc, controller, OWNER, []);
    if (typeof owner === "string" && owner !== account) {
      const from = owner as Address;
      await rpc.request("anvil_setBalance", [from, formatTag(FUNDS_WEI)], z.unknown());
      await rpc.request("anvil_impersonateAccount", [from], z.unknown());
      const data = transferOwnership.encodeFunctionData("transferOwnership", [account]) as `0x${string}`;
      await sendUnlocked(rpc, from, await rpc.nonce(from), { to: controller, data, valueWei: 0n });
      await rpc.request("anvil_stopImpersonatingAccount", [from], z.unknown());
    }
  }
  await rpc.request("anvil_mine", [formatTag(EMPTY_BLOCKS)], z.unknown());
}

/** A folder with what the project has, but for what lpctl has written: the plan begins there as if it had never begun. */
async function copyProject(folder: string, into: string): Promise<void> {
  await rm(into, { recursive: true, force: true });
  await mkdir(into, { recursive: true });
  const names = (await readdir(folder)).filter((name) => !LEFT_OUT.has(name));
  await Promise.all(names.map((name) => symlink(resolve(folder, name), join(into, name))));
}
