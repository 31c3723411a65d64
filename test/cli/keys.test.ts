import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { computeAddress } from "ethers/transaction";
import { encryptKeystoreJsonSync } from "ethers/wallet";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { pollUntil } from "../../src/chain/poll.ts";
import { ADDRESS, GOOD, KEY, OTHER_KEY } from "../unit/keys/typed-note.ts";
import { expectDocument } from "./result-schemas.ts";
import { cleanEnvironment, documentOf, repository, runPath, type Ran } from "./run-lpctl.ts";
import { createWarmLpctl } from "./warm-lpctl.ts";

/** One project with a key of every kind; nothing listens at its RPC. */
const folder = mkdtempSync(join(tmpdir(), "lpctl-keys-cli-"));
const warm = createWarmLpctl();
afterAll(async () => {
  await warm.stop();
  rmSync(folder, { recursive: true, force: true });
});
const STRANGER = computeAddress(OTHER_KEY);

beforeAll(async () => {
  writeFileSync(join(folder, "password"), "correct horse\n", { mode: 0o600 });
  writeFileSync(join(folder, "key"), `${KEY}\n`, { mode: 0o600 });
  await run("keys", "import", "filed", "--password-file", "password", "--private-key-file", "key");
  rmSync(join(folder, "key"));
  const keystore = join(folder, ".config/lpctl/keys/filed.json");
  // A Ledger in this very process of lpctl, with the app's library from node_modules.
  const fake = JSON.stringify(join(repository, "test/unit/keys/fake-ledger.ts"));
  writeFileSync(join(folder, "transport.mjs"), `import { FakeLedger } from ${fake};\nexport default () => new FakeLedger({ key: ${JSON.stringify(KEY)}, lowV: true });\n`, { mode: 0o600 });
  writeFileSync(
    join(folder, "lpctl.yaml"),
    `schema: 1
networks:
  local:
    rpcUrl: http://127.0.0.1:1
    keys:
      file: { keystore: ${JSON.stringify(keystore)}, passwordFile: password }
      tells: { command: ["false"], addressCommand: [echo, "${ADDRESS}"], address: "${ADDRESS}" }
      lies: { command: [echo, "${GOOD}"], addressCommand: [echo, "${STRANGER}"], address: "${ADDRESS}" }
      hangs: { command: [/bin/sh, -c, "echo $$ > child; sh -c 'echo $$ > grandchild; exec sleep 600' & wait"], address: "${ADDRESS}" }
      ledger: { ledger: { path: "44'/60'/0'/0/0", transport: ./transport.mjs }, address: "${ADDRESS}" }
      node: { rpc: { url: "http://user:secret@127.0.0.1:1/token", method: eth_signTypedData_v4 }, address: "${ADDRESS}" }
      wallet: { browser: true, address: "${ADDRESS}", timeoutSeconds: 20 }
`,
  );
});

const run = (...args: string[]): Promise<Ran> => warm.run({ args, cwd: folder, env: cleanEnvironment(folder) });
const incidents = (): { kind: string; signer: string; what: string }[] => {
  const path = join(folder, ".local/share/lpctl/signatures.ndjson");
  return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n").map((line) => JSON.parse(line) as ReturnType<typeof incidents>[number]) : [];
};

test("lists the keys of every kind, with their place and without secrets", async () => {
  const ran = await run("keys", "list", "--json");
  const { keys, configured } = expectDocument("keys list", ran) as { keys: object[]; configured: { name: string; kind: string }[] };
  expect(keys).toMatchObject([{ name: "filed", kind: "keystore", address: ADDRESS }]);
  expect(configured.map(({ name, kind }) => `${name} ${kind}`)).toEqual(["file keystore", "tells command", "lies command", "hangs command", "ledger ledger", "node json-rpc", "wallet browser"]);
  expect(ran.stdout).not.toContain("secret");
});

test("takes a key over from a keystore file that ethers wrote", async () => {
  writeFileSync(join(folder, "by-ethers"), encryptKeystoreJsonSync({ address: ADDRESS, privateKey: KEY }, "other", { scrypt: { N: 2 ** 10 } }), { mode: 0o600 });
  writeFileSync(join(folder, "other-password"), "other\n", { mode: 0o600 });
  expect(readFileSync(join(folder, "by-ethers"), "utf8")).toContain('"Crypto"');
  const ran = await run("keys", "import", "taken-over", "--keystore-file", "by-ethers", "--keystore-password-file", "other-password", "--password-file", "password", "--json");
  const { path } = expectDocument("keys import", ran) as { path: string };
  expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ address: ADDRESS.slice(2).toLowerCase(), crypto: { kdf: "scrypt" } });
  rmSync(path);
});

test("keys show asks for the address", async () => {
  const ran = await run("keys", "show", "tells", "--json");
  expect(expectDocument("keys show", ran)).toMatchObject({ name: "tells", address: ADDRESS, checked: "address" });
});

test("a test signature of a Ledger is checked", async () => {
  const ran = await run("keys", "show", "ledger", "--test-signature", "--json");
  expect(expectDocument("keys show", ran)).toMatchObject({ address: ADDRESS, checked: "signature" });
});

test("a key that has another address, or gives another signature, is refused, and the second is kept as an incident", async () => {
  const shown = await run("keys", "show", "lies");
  expect([shown.exitCode, shown.stderr]).toEqual([3, expect.stringMatching(/LPCTL_KEYS_OTHER_ADDRESS/)]);
  expect(shown.stderr).toContain(STRANGER);
  const before = incidents().length;
  const signed = await run("keys", "show", "lies", "--test-signature");
  expect([signed.exitCode, signed.stderr]).toEqual([3, expect.stringMatching(/LPCTL_KEYS_WRONG_SIGNATURE/)]);
  expect(signed.stderr).toMatch(/incident.*Radiant/s);
  expect(incidents().slice(before)).toMatchObject([{ kind: "incident", signer: ADDRESS, what: expect.stringContaining("gave something else than it was asked for") as string }]);
});

test("Ctrl-C ends the key's program and its children", async () => {
  const child = spawn(process.execPath, [runPath, "keys", "show", "hangs", "--test-signature"], { cwd: folder, env: cleanEnvironment(folder), stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  const pids = await pollUntil(() => Promise.resolve(pidsIn("child", "grandchild")), { deadlineMs: 20_000, intervalMs: 20, what: "the program to start" });
  // To lpctl alone, as `kill` does it; at a terminal the whole group would get it.
  child.kill("SIGINT");
  expect(await exitOf(child)).toBe(130);
  for (const pid of pids) await pollUntil(() => Promise.resolve(isGone(pid) ? true : undefined), { deadlineMs: 5_000, intervalMs: 20, what: `process ${pid} to end` });
});

test("the page's address reaches the person on stderr, and one answer ends the wait", async () => {
  const child = spawn(process.execPath, [runPath, "keys", "show", "wallet"], { cwd: folder, env: cleanEnvironment(folder), stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (text) => (stdout += String(text)));
  child.stderr.on("data", (text) => (stderr += String(text)));
  const url = await pollUntil(() => Promise.resolve(/http:\/\/127\.0\.0\.1:\d+\/\S+/.exec(stderr)?.[0]), { deadlineMs: 20_000, intervalMs: 20, what: "the page" });
  expect(await (await fetch(url)).text()).toContain(ADDRESS);
  const answered = await fetch(url, { method: "POST", headers: { "content-type": "application/json", origin: new URL(url).origin }, body: JSON.stringify({ outcome: "addresses", addresses: [STRANGER, ADDRESS] }) });
  expect(answered.status).toBe(204);
  expect(await exitOf(child)).toBe(0);
  expect(stdout).toContain("it answered with this address");
});

test("a browser wallet and --json do not go together", async () => {
  const ran = await run("keys", "show", "wallet", "--json");
  expect([ran.exitCode, documentOf(ran).error?.["code"]]).toEqual([2, "LPCTL_PROMPT_REFUSED"]);
});

test("no private key is in what is printed or kept, and no flag or variable takes one", async () => {
  chmodSync(join(folder, "password"), 0o600);
  rmSync(join(folder, "transport.mjs"));
  const shown = await run("keys", "show", "file", "--test-signature", "--verbose");
  expect(shown.stdout).toContain("a test signature of this address was given and checked");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
  for (const text of [shown.stdout, shown.stderr, ...files]) expect(text.toLowerCase()).not.toContain(KEY.slice(2));
  const manifest = JSON.parse(readFileSync(join(repository, "oclif.manifest.json"), "utf8")) as { commands: Record<string, { flags: Record<string, { env?: string }> }> };
  const flags = Object.values(manifest.commands).flatMap(({ flags: its }) => Object.entries(its));
  expect(flags.map(([name]) => name).filter((name) => /private|secret|mnemonic|password/.test(name) && !name.endsWith("-file"))).toEqual([]);
  expect(flags.filter(([, { env }]) => env !== undefined)).toEqual([]);
});

function pidsIn(...names: string[]): number[] | undefined {
  const pids = names.map((name) => (existsSync(join(folder, name)) ? Number(readFileSync(join(folder, name), "utf8")) : 0));
  return pids.every((pid) => pid > 0) ? pids : undefined;
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return /^\d+ \(.*\) Z /s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return true;
  }
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return child.exitCode === null ? new Promise((resolve) => child.once("exit", (code) => resolve(code))) : Promise.resolve(child.exitCode);
}
