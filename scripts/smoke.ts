/**
 * Installs the packed tarball globally into a folder of its own and drives a whole change through it there, outside the
 * checkout and with the node that the machine has, as a person would.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** Longest first, so that the last ones end together. */
const REHEARSED = ["fork", "failed-votes", "confluence", "migration", "launch-to-current", "handover", "vote", "emergency", "poll", "upgrade", "round-length", "minter-swap", "genesis", "attack/malicious-guard"];
/** A rehearsal waits for its chain as often as it works. */
const AT_ONCE = 2;

const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "lpctl-smoke-"));
// Variables of the npm that runs this script must not steer the npm that it tests.
const environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name))),
  // Nor may the pinned node of the checkout stand in for the user's.
  PATH: (process.env["PATH"] ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules")).join(delimiter),
  HOME: folder,
};

try {
  const packed = run("npm", ["pack", "--json", "--pack-destination", folder], root);
  const listing: unknown = JSON.parse(packed.slice(packed.indexOf("[")));
  const { filename, size, entryCount } = (listing as { filename: string; size: number; entryCount: number }[])[0] ?? fail("npm pack printed no file name");
  const prefix = join(folder, "prefix");
  run("npm", ["install", "--global", "--prefix", prefix, "--no-audit", "--no-fund", join(folder, filename)], folder);
  const lpctl = join(prefix, "bin/lpctl");
  for (const args of [["--version"], ["--help"], ["config", "explain"], ["config", "show", "--json"], ["completion", "bash"]]) {
    const output = run(lpctl, args, folder);
    if (output.trim() === "") fail(`lpctl ${args.join(" ")} printed nothing`);
  }
  // Node's own SQLite, which the relay behind this one keeps its transactions in, is not in older ones.
  const [major] = run("node", ["--print", "process.versions.node"], folder).split(".");
  await rehearse(lpctl, Number(major) >= 22 ? [...REHEARSED, "attack/lying-service"] : REHEARSED);
  await session(lpctl);
  console.log(`smoke: ${filename} (${entryCount} files, ${Math.round(size / 1024)} KB) installs and runs`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Some at once, each in a folder of its own. */
async function rehearse(lpctl: string, scenarios: readonly string[]): Promise<void> {
  const left = [...scenarios];
  const lane = async (): Promise<void> => {
    for (let scenario = left.shift(); scenario !== undefined; scenario = left.shift()) {
      const cwd = join(folder, "rehearsed", scenario);
      mkdirSync(cwd, { recursive: true });
      const { code, output } = await runBeside(lpctl, ["rehearse", scenario, "--json"], cwd);
      if (code !== 0) fail(`lpctl rehearse ${scenario} ended with ${code}:\n${output}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** The tutorial's way, with only `lpctl.yaml` and the chain between the processes. */
async function session(lpctl: string): Promise<void> {
  const step = (args: readonly string[], expected = 0): unknown => {
    const ran = spawnSync(lpctl, [...args, "--json"], { cwd: folder, env: environment, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
    if (ran.status !== expected) fail(`lpctl ${args.join(" ")} ended with ${ran.status}, not ${expected}:\n${ran.stdout}\n${ran.stderr}`);
    return (JSON.parse(ran.stdout) as { result: unknown }).result;
  };
  const code = "contracts/jobs/JobsManagerV2.sol:JobsManagerV2";
  step(["node", "start", "--no-actors", "--phase", "governor", "--port", String(await freePort())]);
  try {
    step(["authority", "show", "JobsManager"]);
    step(["params", "list"]);
    step(["params", "set", "verificationRate", "500"]);
    carryOut(step, "1");
    step(["upgrade", "check", "JobsManager", "--to", code]);
    step(["upgrade", "propose", "JobsManager", "--to", code, "--key", "deployer", "--confirm", "local"]);
    carryOut(step, "2");
    for (const args of [["proposal", "report", "2", "--format", "html", "--output", "report.html"], ["proposal", "reproduce", "2"], ["proposal", "queue"], ["proposal", "watch", "2", "--once"]]) step(args);
    for (const args of [["proposal", "list"], ["proposal", "show", "2"], ["proposal", "status", "2"], ["safe", "show"], ["safe", "queue"], ["safe", "signatures"], ["keys", "list"], ["keys", "show", "owner-1"], ["safe", "change", "--threshold", "3", "--dry-run"]]) step(args);
    forked(step);
  } finally {
    step(["node", "stop", "--forget"]);
  }
  await living(step);
  await voted(step);
}

/** A protocol that is used, stopped and gone on with; and a genesis beside it. */
async function living(step: (args: readonly string[], expected?: number) => unknown): Promise<void> {
  step(["node", "start", "--profile", "current", "--phase", "stake", "--fast", "--port", String(await freePort())]);
  try {
    step(["node", "status"]);
    step(["node", "stop"]);
    step(["node", "start"]);
    step(["authority", "show", "TicketBroker"]);
  } finally {
    step(["node", "stop", "--forget"]);
  }
  step(["node", "start", "--phase", "safe", "--no-actors", "--block-time", "0", "--port", String(await freePort())]);
  try {
    const { address } = step(["safe", "show"]) as { address: string };
    step(["handover", "prepare", "governor", "--owner", address, "--key", "deployer", "--dry-run"]);
    step(["genesis", "init", "--example", "2018", "--network", "local", "--bank", address, "--governance", address]);
    const { plan } = step(["genesis", "check", "--deployer", "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"]) as { plan: { hash: string } };
    step(["genesis", "run", "--key", "deployer", "--confirm", plan.hash.slice(0, 10)]);
    step(["genesis", "verify"]);
  } finally {
    step(["node", "stop", "--forget"]);
  }
}

/** What stake decides: projected, proposed, put to the vote, looked at. */
async function voted(step: (args: readonly string[], expected?: number) => unknown): Promise<void> {
  step(["node", "start", "--profile", "current", "--phase", "stake", "--no-actors", "--port", String(await freePort())]);
  try {
    step(["params", "project", "inflationChange=700", "--out", "projection.html"]);
    const { name } = (step(["params", "set", "unbondingPeriod", "8"]) as { proposal: { name: string } }).proposal;
    step(["vote", "create", name, "--key", "transcoder", "--confirm", "local"]);
    for (const args of [["vote", "list"], ["vote", "show", name, "--key", "delegator"], ["vote", "checkpoint", "--missing", "--dry-run"]]) step(args);
    step(["proposal", "execute", name], 5);
  } finally {
    step(["node", "stop", "--forget"]);
  }
}

/** The whole protocol kept, made anew from what was kept, and changed by a script; with the node of the machine. */
function forked(step: (args: readonly string[], expected?: number) => unknown): void {
  const [DEPLOYER, snapshot, kept] = ["0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", "kept", "migrations/001-leave-a-note.ts"];
  step(["snapshot", "take", "--confirmations", "1", "--out", snapshot]);
  for (const args of [["verify", snapshot], ["show", snapshot, "--account", DEPLOYER], ["diff", snapshot, "--live"]]) step(["snapshot", ...args]);
  step(["fork", "init", snapshot, "--owner", DEPLOYER]);
  step(["fork", "plan", "--deployer", DEPLOYER]);
  step(["fork", "run", "--key", "deployer", "--confirm", "local"]);
  step(["fork", "verify"]);
  step(["migrate", "new", "leave a note"]);
  step(["migrate", "run", "1", "--dry-run", "--key", "deployer"]);
  step(["rehearse", "--kill", kept, "--kills", "4"]);
  step(["migrate", "run", "1", "--key", "deployer", "--confirm", "local"]);
  step(["migrate", "status"]);
}

function carryOut(step: (args: readonly string[], expected?: number) => unknown, proposal: string): void {
  const file = `${proposal}.safe.json`;
  const { safeTxHash } = step(["safe", "export", proposal, "--output", file]) as { safeTxHash: string };
  const confirm = safeTxHash.slice(0, 10);
  const { words } = step(["safe", "verify", file]) as { words: string[] };
  step(["safe", "sign", file, "--offline", "--second-device", "--words", words.join(" "), "--key", "owner-3"]);
  step(["safe", "import", file], 5);
  step(["proposal", "sign", proposal, "--key", "owner-1", "--confirm", confirm]);
  step(["proposal", "execute", proposal, "--key", "operator", "--confirm", "local", "--wait"]);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function run(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, [...args], { cwd, env: environment, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 64 * 1024 * 1024 });
}

function runBeside(command: string, args: readonly string[], cwd: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], { cwd, env: environment, stdio: ["ignore", "pipe", "pipe"] });
    // Where another one fails, this one ends too.
    const end = (): boolean => child.kill();
    process.once("exit", end);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.once("error", reject).once("close", (code) => {
      process.off("exit", end);
      resolve({ code, output });
    });
  });
}

function fail(message: string): never {
  throw new Error(message);
}
