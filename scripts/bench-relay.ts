/**
 * Measures the relay as a process of its own and prints one JSON document: proposals, confirmations and reads per second with 50
 * clients at once, their 50th and 99th percentile, and ratios to a bare server that only parses the same bodies, in the same run.
 * Then kills it with SIGKILL ten times in the middle of writing; exit code 1 when anything acknowledged is lost.
 * `node scripts/bench-relay.ts [--count N] [--clients N] [--kills N]`
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { id } from "ethers/hash";
import { z } from "zod";
import { startAnvil } from "../src/chain/anvil.ts";
import { hash32Schema, ZERO_ADDRESS } from "../src/protocol/hex.ts";
import type { Address, Hex } from "../src/protocol/hex.ts";
import { addressSchema } from "../src/protocol/address-schema.ts";
import { walletSigner } from "../src/keys/unlocked-key.ts";
import { createSafe, deploySafeContracts } from "../src/safe/deploy-local.ts";
import type { SendTransaction } from "../src/safe/deploy-local.ts";
import { recoverSigner } from "../src/safe/signature.ts";
import { hashSafeTransaction, SAFE_TX_TYPES, safeDomain, safeTransaction, safeTransactionMessage } from "../src/safe/transaction.ts";

const CHAIN_ID = 31337n;
const OWNERS = 10;
const root = join(import.meta.dirname, "..");
const { values } = parseArgs({ options: { count: { type: "string", default: "1000" }, clients: { type: "string", default: "50" }, kills: { type: "string", default: "10" } } });
const [count, clients, kills] = [Number(values.count), Number(values.clients), Number(values.kills)];
if (![count, clients, kills].every((number) => Number.isSafeInteger(number) && number > 0)) throw new Error("--count, --clients and --kills are numbers");

interface Work {
  hash: Hex;
  proposal: string;
  confirmation: string;
}

interface Measured {
  requests: number;
  perSecond: number;
  /** Processor time of the server for each request, which another program's load does not change; null where the system does not tell. */
  processorMillisecondsEach: number | null;
  p50Milliseconds: number;
  p99Milliseconds: number;
}

const folder = mkdtempSync(join(tmpdir(), "lpctl-bench-relay-"));
const anvil = await startAnvil();
const agent = new Agent({ keepAlive: true, maxSockets: clients });
const children = new Set<ReturnType<typeof spawn>>();
try {
  writeFileSync(join(folder, "lpctl.yaml"), `schema: 1\nnetworks:\n  local:\n    rpcUrl: ${anvil.rpc.url}\n    chainId: ${CHAIN_ID}\n`);
  const owners = Array.from({ length: OWNERS }, (_, index) => walletSigner(id(`lpctl bench owner ${index}`) as Hex));
  const safe = await makeSafe(owners.map(({ address }) => address));
  const work = await signAll(safe, owners, count);

  const relay = await serve("load.sqlite");
  const proposals = await measure(relay.pid, work.map(({ proposal }) => ({ method: "POST", url: `${relay.url}/v2/safes/${safe}/multisig-transactions/`, body: proposal, status: 201 })));
  const confirmations = await measure(relay.pid, work.map(({ hash, confirmation }) => ({ method: "POST", url: `${relay.url}/v1/multisig-transactions/${hash}/confirmations/`, body: confirmation, status: 201 })));
  const reads = await measure(relay.pid, work.map(({ hash }) => ({ method: "GET", url: `${relay.url}/v2/multisig-transactions/${hash}/`, status: 200 })));
  const lists = await measure(relay.pid, work.slice(0, Math.ceil(count / 10)).map(() => ({ method: "GET", url: `${relay.url}/v2/safes/${safe}/multisig-transactions/?limit=20`, status: 200 })));
  await relay.stop("SIGTERM");
  const bare = await serveBare();
  const parsed = await measure(bare.pid, work.map(({ proposal }) => ({ method: "POST", url: bare.url, body: proposal, status: 201 })));
  await bare.stop("SIGKILL");
  const recoveryMilliseconds = await measureRecovery(safe, owners[0]);

  const restarts = await killWhileWriting(safe, work);
  console.log(
    JSON.stringify(
      {
        schema: 1,
        clients,
        owners: OWNERS,
        proposals,
        confirmations,
        reads,
        listsOf20: lists,
        ratios: {
          readsToProposals: rounded(reads.perSecond / proposals.perSecond),
          confirmationsToProposals: rounded(confirmations.perSecond / proposals.perSecond),
          bareServerToProposals: rounded(parsed.perSecond / proposals.perSecond),
          // In processor time: the one thing that a confirmation cannot do without.
          confirmationToBareRecovery: confirmations.processorMillisecondsEach === null ? null : rounded(confirmations.processorMillisecondsEach / recoveryMilliseconds),
          proposalToBareRecovery: proposals.processorMillisecondsEach === null ? null : rounded(proposals.processorMillisecondsEach / recoveryMilliseconds),
        },
        restarts,
      },
      null,
      2,
    ),
  );
  if (restarts.lost > 0) process.exitCode = 1;
} finally {
  agent.destroy();
  for (const child of children) child.kill("SIGKILL");
  await anvil.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function makeSafe(owners: readonly Address[]): Promise<Address> {
  const { rpc } = anvil;
  const [from] = await rpc.request("eth_accounts", [], z.array(addressSchema));
  const send: SendTransaction = async ({ to, data, valueWei }) => {
    const hash = await rpc.request("eth_sendTransaction", [{ from, to, data, value: `0x${valueWei.toString(16)}`, gas: "0x1c9c380" }], hash32Schema);
    for (;;) {
      const receipt = await rpc.receipt(hash);
      if (receipt !== null) return receipt;
    }
  };
  await deploySafeContracts({ rpc, send });
  return createSafe({ rpc, send, owners, threshold: 2n, saltNonce: 1n });
}

/** Each transaction is proposed by one owner and confirmed by the next. */
async function signAll(safe: Address, owners: readonly ReturnType<typeof walletSigner>[], number: number): Promise<Work[]> {
  const work: Work[] = [];
  for (let index = 0; index < number; index += 1) {
    const tx = safeTransaction({ to: ZERO_ADDRESS, valueWei: BigInt(index), data: "0x", operation: 0, nonce: BigInt(index) });
    const { safeTxHash } = hashSafeTransaction(CHAIN_ID, safe, tx);
    const [proposer, confirmer] = [owners[index % OWNERS], owners[(index + 1) % OWNERS]];
    if (proposer === undefined || confirmer === undefined) throw new Error("there are no owners");
    const sign = (signer: typeof proposer): Promise<Hex> => signer.signTypedData(safeDomain(CHAIN_ID, safe), SAFE_TX_TYPES, safeTransactionMessage(tx));
    const body = { to: tx.to, value: String(tx.valueWei), data: null, operation: 0, safeTxGas: "0", baseGas: "0", gasPrice: "0", gasToken: ZERO_ADDRESS, refundReceiver: ZERO_ADDRESS, nonce: index };
    work.push({
      hash: safeTxHash,
      proposal: JSON.stringify({ ...body, contractTransactionHash: safeTxHash, sender: proposer.address, signature: await sign(proposer), origin: "bench" }),
      confirmation: JSON.stringify({ signature: await sign(confirmer) }),
    });
  }
  return work;
}

interface Served {
  url: string;
  pid: number;
  stop(signal: NodeJS.Signals): Promise<void>;
}

function serve(database: string): Promise<Served> {
  const args = [join(root, "bin/run.js"), "safe", "serve", "-n", "local", "--port", "0", "--rate", "100000", "--json", "--database", join(folder, database)];
  return start(args, (stdout) => (stdout.endsWith("\n}\n") ? (JSON.parse(stdout) as { result?: { url: string } }).result?.url : undefined));
}

/** Parses a body and answers: what any server in node costs before it does anything. */
function serveBare(): Promise<Served> {
  const script = `require("node:http").createServer((q, r) => { let t = ""; q.on("data", (c) => (t += c)).on("end", () => { JSON.parse(t); r.writeHead(201, { "content-length": 0 }).end(); }); }).listen(0, "127.0.0.1", function () { console.log("http://127.0.0.1:" + this.address().port + "/"); });`;
  return start(["-e", script], (stdout) => (stdout.endsWith("\n") ? stdout.trim() : undefined));
}

async function start(args: readonly string[], urlIn: (stdout: string) => string | undefined): Promise<Served> {
  const child = spawn(process.execPath, args, { cwd: folder, env: { PATH: process.env["PATH"] ?? "", HOME: folder }, stdio: ["ignore", "pipe", "inherit"] });
  children.add(child);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  void ended.then(() => children.delete(child));
  let stdout = "";
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      const found = urlIn(stdout);
      if (found !== undefined) resolve(found);
    });
    void ended.then(() => reject(new Error(`it did not start:\n${stdout}`)));
  });
  return {
    url,
    pid: child.pid ?? 0,
    stop: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}

interface Question {
  method: string;
  url: string;
  body?: string;
  status: number;
}

/** All questions, from as many clients at once, each with the next as soon as its last is answered. */
async function measure(pid: number, questions: readonly Question[]): Promise<Measured> {
  const times: number[] = [];
  const waiting = [...questions];
  const client = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const begin = performance.now();
      const status = await ask(next);
      times.push(performance.now() - begin);
      if (status !== next.status) throw new Error(`${next.method} ${next.url}: ${status}`);
    }
  };
  const begin = performance.now();
  const processorBefore = processorMilliseconds(pid);
  await Promise.all(Array.from({ length: clients }, client));
  const processor = processorMilliseconds(pid) - processorBefore;
  const seconds = (performance.now() - begin) / 1000;
  const sorted = times.sort((a, b) => a - b);
  const at = (share: number): number => rounded(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN);
  return { requests: questions.length, perSecond: rounded(questions.length / seconds), processorMillisecondsEach: Number.isNaN(processor) ? null : rounded(processor / questions.length), p50Milliseconds: at(0.5), p99Milliseconds: at(0.99) };
}

function ask({ method, url, body }: Question): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent, headers: body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) } }, (response) => {
      response.on("error", reject).on("end", () => resolve(response.statusCode ?? 0));
      response.resume();
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** User and system time of a process so far, from /proc in ticks of 10 ms. */
function processorMilliseconds(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return Number.NaN;
  }
}

/** Processor time that ethers takes to recover one signer. */
async function measureRecovery(safe: Address, signer: ReturnType<typeof walletSigner> | undefined): Promise<number> {
  if (signer === undefined) throw new Error("there are no owners");
  const tx = safeTransaction({ to: ZERO_ADDRESS, valueWei: 0n, data: "0x", operation: 0, nonce: 0n });
  const { safeTxHash } = hashSafeTransaction(CHAIN_ID, safe, tx);
  const data = await signer.signTypedData(safeDomain(CHAIN_ID, safe), SAFE_TX_TYPES, safeTransactionMessage(tx));
  for (let warm = 0; warm < 100; warm += 1) recoverSigner(data, "eip712", safeTxHash);
  const before = process.cpuUsage();
  for (let done = 0; done < 200; done += 1) recoverSigner(data, "eip712", safeTxHash);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / 200;
}

/** Writes with all clients, kills the relay at a moment of chance, starts it again on the same file. */
async function killWhileWriting(safe: Address, work: readonly Work[]): Promise<{ kills: number; acknowledged: number; lost: number; restartMilliseconds: number }> {
  const waiting = [...work];
  const acknowledged = new Set<Hex>();
  const restarts: number[] = [];
  const perKill = Math.floor(work.length / (kills + 1));
  for (let kill = 0; kill < kills; kill += 1) {
    const begin = performance.now();
    const relay = await serve("killed.sqlite");
    restarts.push(performance.now() - begin);
    const until = acknowledged.size + 1 + Math.floor(Math.random() * perKill);
    let stopped: Promise<void> | undefined;
    const client = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined && stopped === undefined; next = waiting.shift()) {
        const status = await ask({ method: "POST", url: `${relay.url}/v2/safes/${safe}/multisig-transactions/`, body: next.proposal, status: 201 }).catch(() => 0);
        if (status === 201) acknowledged.add(next.hash);
        if (acknowledged.size >= until) stopped ??= relay.stop("SIGKILL");
      }
    };
    await Promise.all(Array.from({ length: clients }, client));
    await (stopped ?? relay.stop("SIGKILL"));
  }
  const relay = await serve("killed.sqlite");
  let lost = 0;
  for (const hash of acknowledged) if ((await ask({ method: "GET", url: `${relay.url}/v2/multisig-transactions/${hash}/`, status: 200 })) !== 200) lost += 1;
  await relay.stop("SIGTERM");
  return { kills, acknowledged: acknowledged.size, lost, restartMilliseconds: rounded(restarts.reduce((sum, each) => sum + each, 0) / restarts.length) };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
