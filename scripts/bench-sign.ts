/**
 * Measures signing a Safe transaction, whole processes in turn, and prints one JSON document: a file signed without a network, the
 * same file checked, and a proposal up to the review and to the signature; beside them protocol-kit used directly, from a keystore
 * to a signature, which shows nothing and checks nothing. Keystores have light scrypt (N 8192). `node scripts/bench-sign.ts [--rounds N]`
 */
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { encryptKeystore } from "../src/keys/keystore-crypto.ts";
import { localAccounts } from "../src/node/local-accounts.ts";
import { canonicalAddress } from "../src/safe/safe-contracts.ts";

const LIGHT_SCRYPT_N = 8_192;
const PASSWORD = "bench";
const { values } = parseArgs({ options: { rounds: { type: "string", default: "5" } } });
const rounds = Number(values.rounds);
const root = join(import.meta.dirname, "..");
const lpctl = join(root, "bin/run.js");
const folder = mkdtempSync(join(tmpdir(), "lpctl-bench-sign-"));
const environment = { PATH: process.env["PATH"] ?? "", HOME: folder };
const resultSchema = z.object({ result: z.record(z.string(), z.unknown()) });

try {
  writeFileSync(join(folder, "owner.json"), await encryptKeystore(localAccounts()["owner-1"].privateKey, PASSWORD, LIGHT_SCRYPT_N));
  writeFileSync(join(folder, "password"), PASSWORD, { mode: 0o600 });
  const started = json(["node", "start", "--no-actors", "--phase", "safe"]);
  json(["params", "set", "verificationRate", "500", "--no-aftermath"]);
  json(["safe", "export", "1", "--output", "exported.json"]);
  const { safeTxHash, safe } = json(["safe", "verify", "exported.json"]);
  writeFileSync(join(folder, "kit.mjs"), kitScript(String(started["rpcUrl"] ?? started["url"]), String(safe)));
  const proposal = join(folder, "proposals/local", readdirSync(join(folder, "proposals/local"))[0] ?? "", "bundle.json");
  copyFileSync(proposal, join(folder, "unsigned.json"));
  const key = ["--key", join(folder, "owner.json"), "--password-file", join(folder, "password"), "--confirm", String(safeTxHash)];
  const cases: Record<string, () => Promise<number>> = {
    "protocol-kit alone": () => timed([join(folder, "kit.mjs")]),
    "safe verify --offline": () => timed([lpctl, "safe", "verify", "exported.json", "--offline"]),
    "safe sign --offline": () => {
      copyFileSync(join(folder, "unsigned.json"), join(folder, "sign.json"));
      return timed([lpctl, "safe", "sign", "sign.json", "--offline", "--blind", ...key]);
    },
    "proposal sign, to the review screen": () => signProposal("Compare with the device"),
    "proposal sign, to the signature": () => signProposal(undefined),
  };
  const times = Object.fromEntries(Object.keys(cases).map((name) => [name, [] as number[]]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, measure] of Object.entries(cases)) {
      const milliseconds = await measure();
      // The first round fills node's own caches.
      if (round > 0) times[name]?.push(milliseconds);
    }
  }
  const kit = times["protocol-kit alone"] ?? [];
  const measured = Object.entries(times).map(([name, own]) => ({ name, medianMilliseconds: Math.round(median(own)), medianRatioToProtocolKit: Math.round(median(own.map((time, index) => time / (kit[index] ?? time))) * 100) / 100 }));
  console.log(JSON.stringify({ schema: 1, node: process.version, rounds, cases: measured }, null, 2));

  function signProposal(until: string | undefined): Promise<number> {
    copyFileSync(join(folder, "unsigned.json"), proposal);
    return timed([lpctl, "proposal", "sign", "1", "--no-aftermath", ...key], until, [0, 5]);
  }
} finally {
  spawnSync(process.execPath, [lpctl, "node", "stop", "--forget"], { cwd: folder, env: environment });
  rmSync(folder, { recursive: true, force: true });
}

function json(args: readonly string[]): Record<string, unknown> {
  const { status, stdout, stderr } = spawnSync(process.execPath, [lpctl, ...args, "--json"], { cwd: folder, env: environment, encoding: "utf8" });
  if (status !== 0) throw new Error(`lpctl ${args.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
  return resultSchema.parse(JSON.parse(stdout)).result;
}

/** To the end of the process, or to a text on standard error; the process always ends by itself. */
async function timed(args: readonly string[], until?: string, codes: readonly number[] = [0]): Promise<number> {
  const start = performance.now();
  const child = spawn(process.execPath, args, { cwd: folder, env: environment, stdio: ["ignore", "ignore", "pipe"] });
  let seen: number | undefined;
  let text = "";
  child.stderr.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    if (until !== undefined && text.includes(until)) seen ??= performance.now();
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  if (code === null || !codes.includes(code)) throw new Error(`${args.join(" ")} ended with ${code}:\n${text}`);
  return (seen ?? performance.now()) - start;
}

/** What a throw-away script does: open the keystore, open the Safe, make the transaction of the file, sign it. */
function kitScript(rpcUrl: string, safe: string): string {
  const names = { safeSingletonAddress: "SafeL2", safeProxyFactoryAddress: "SafeProxyFactory", multiSendAddress: "MultiSend", multiSendCallOnlyAddress: "MultiSendCallOnly", fallbackHandlerAddress: "CompatibilityFallbackHandler", signMessageLibAddress: "SignMessageLib", createCallAddress: "CreateCall", simulateTxAccessorAddress: "SimulateTxAccessor" } as const;
  const network = Object.fromEntries(Object.entries(names).map(([field, name]) => [field, canonicalAddress(name, "1.4.1")]));
  const { transaction } = z.object({ transaction: z.object({ to: z.string(), valueWei: z.string(), data: z.string(), nonce: z.string() }) }).parse(JSON.parse(readFileSync(join(folder, "exported.json"), "utf8")));
  const from = (name: string): string => JSON.stringify(import.meta.resolve(name));
  return `import { readFileSync } from "node:fs";
import { Wallet } from ${from("ethers")};
import Safe from ${from("@safe-global/protocol-kit")};
const wallet = await Wallet.fromEncryptedJson(readFileSync("owner.json", "utf8"), ${JSON.stringify(PASSWORD)});
const kit = await Safe.init({ provider: ${JSON.stringify(rpcUrl)}, signer: wallet.privateKey, safeAddress: ${JSON.stringify(safe)}, contractNetworks: { 31337: ${JSON.stringify(network)} } });
const made = await kit.createTransaction({ transactions: [${JSON.stringify({ to: transaction.to, value: transaction.valueWei, data: transaction.data })}], options: { nonce: ${transaction.nonce} } });
const signed = await kit.signTransaction(made);
if (signed.signatures.size !== 1) process.exit(1);
`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
