import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { pollUntil } from "../../../src/chain/poll.ts";
import { compareSigned } from "../../../src/chain/transaction.ts";
import type { CommandKey } from "../../../src/config/key-schema.ts";
import { guardedSigner, type Incident } from "../../../src/keys/guarded-signer.ts";
import { createKeystore } from "../../../src/keys/keystore.ts";
import { openKey } from "../../../src/keys/open-key.ts";
import type { ExternalSigner } from "../../../src/keys/signer.ts";
import { walletSigner } from "../../../src/keys/unlocked-key.ts";
import { refusalOf } from "../safe/local-safe.ts";
import { ADDRESS, GOOD, HASHES, KEY, REQUEST, withHighS, withLowV, WRONG_ANSWERS } from "./typed-note.ts";

const CAST = join(import.meta.dirname, "../../../node_modules/.bin/cast");
const folder = mkdtempSync(join(tmpdir(), "lpctl-command-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const said: string[] = [];
async function open(command: string[], parts: Partial<CommandKey> = {}): Promise<ExternalSigner> {
  said.length = 0;
  return openKey({ command, address: ADDRESS, folder, ...parts }, { say: (line) => said.push(line), openBrowser: undefined });
}
/** A program of a line or two of JavaScript. */
const program = (code: string): string[] => [process.execPath, "-e", code];
const shell = (code: string, ...args: string[]): string[] => ["/bin/sh", "-c", code, ...args];
const leftovers = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith("lpctl-sign-"));

test("cast signs with a keystore of ours what ethers signs, and tells its address", async () => {
  const { path } = await createKeystore({ directory: join(folder, "keys"), name: "one", password: "pass word", privateKey: KEY, scryptN: 2 ** 12 });
  writeFileSync(join(folder, "password"), "pass word", { mode: 0o600 });
  const wallet = ["--keystore", path, "--password-file", "password"];
  const before = leftovers();
  const inFile = await open([CAST, "wallet", "sign", ...wallet, "--data", "--from-file", "{file}"], { addressCommand: [CAST, "wallet", "address", ...wallet] });
  expect(await inFile.signTypedData(...REQUEST)).toBe(GOOD);
  expect(leftovers()).toEqual(before);
  expect(await inFile.readAddresses()).toEqual([ADDRESS]);
  expect(said[0]).toBe(`Running ${CAST} wallet sign --keystore ${path} --password-file password --data --from-file {file}`);
});

test("the program gets the typed data, is found beside lpctl.yaml, and no shell sees its arguments", async () => {
  writeFileSync(join(folder, "sign.sh"), `#!/bin/sh\ncat > got.json\nprintf '%s' "$1" > argument\necho ${GOOD}\n`, { mode: 0o700 });
  const signer = await open(["./sign.sh", "$(touch owned); `touch owned`"]);
  expect(await signer.signTypedData(...REQUEST)).toBe(GOOD);
  expect(said[0]).toBe('Running ./sign.sh "$(touch owned); `touch owned`"');
  expect(readFileSync(join(folder, "argument"), "utf8")).toBe("$(touch owned); `touch owned`");
  expect(existsSync(join(folder, "owned"))).toBe(false);
  expect(JSON.parse(readFileSync(join(folder, "got.json"), "utf8"))).toMatchObject({ primaryType: "SafeTx", domain: { chainId: 31337 }, message: { nonce: "7", operation: "0" }, types: { EIP712Domain: [{ name: "chainId" }, { name: "verifyingContract" }] } });
});

test("the file with the typed data is for its owner's eyes only", async () => {
  const signer = await open(shell('stat -c %a "$0" >&2; cat "$0" > copied.json; echo 0x', "{file}"));
  await signer.signTypedData(...REQUEST);
  expect(said.at(-1)).toBe("sh: 600");
  expect(JSON.parse(readFileSync(join(folder, "copied.json"), "utf8"))).toMatchObject({ primaryType: "SafeTx" });
});

test.each(["v of 0 or 1", "a high s"])("takes %s", async (what) => {
  const answer = what === "a high s" ? withHighS(GOOD) : withLowV(GOOD);
  expect(await guardedSigner(await open(["printf", "\\n%s \\n", answer]), () => undefined).signTypedData(...REQUEST)).toBe(GOOD);
});

test.each(WRONG_ANSWERS.slice(1, 2))("a program that gives %s is caught", async (_what, answer) => {
  const incidents: Incident[] = [];
  const signer = guardedSigner(await open(["printf", "%s", answer]), (incident) => void incidents.push(incident));
  expect(await refusalOf(() => signer.signTypedData(...REQUEST))).toBe("LPCTL_KEYS_WRONG_SIGNATURE");
  expect(incidents).toMatchObject([{ signer: ADDRESS, safeTxHash: HASHES.safeTxHash }]);
});

test("garbage is no signature", async () => {
  const signer = guardedSigner(await open(program("process.stdout.write(Buffer.from([0xff, 0x1b, 0x5b, 0x32, 0x4a, 0x00]))")), () => expect.unreachable());
  expect(await refusalOf(() => signer.signTypedData(...REQUEST))).toBe("LPCTL_KEYS_NO_SIGNATURE");
});

test("a program that never stops writing is ended", async () => {
  const signer = await open(["yes"]);
  expect(await refusalOf(() => signer.signTypedData(...REQUEST))).toBe("LPCTL_KEYS_COMMAND_OUTPUT");
});

test("a program that hangs is ended in time, with the children it has", async () => {
  const signer = await open(shell(`sh -c 'echo $$ > grandchild; exec sleep 600' & echo $$ > child; wait`), { timeoutSeconds: 2 });
  expect(await refusalOf(() => signer.signTypedData(...REQUEST))).toBe("LPCTL_KEYS_COMMAND_TIMEOUT");
  for (const name of ["child", "grandchild"]) await pollUntil(() => Promise.resolve(isGone(Number(readFileSync(join(folder, name), "utf8"))) ? true : undefined), { deadlineMs: 5_000, intervalMs: 20, what: `the ${name} to end` });
});

test("a program that fails is quoted, printably, and its megabytes are not", async () => {
  const signer = await open(program(`process.stderr.write("x".repeat(3000000) + "\\n" + "line\\n".repeat(50000) + "\\u001b[2J\\u001b]0;title\\u0007no device\\n"); process.exitCode = 1`));
  await expect(signer.signTypedData(...REQUEST)).rejects.toMatchObject({ code: "LPCTL_KEYS_COMMAND_FAILED", details: { exitCode: 1, signal: null } });
  expect(said.length).toBeLessThan(110);
  expect(Math.max(...said.slice(1).map(({ length }) => length))).toBeLessThan(500);
  const quiet = await open(program(`process.stderr.write("\\u001b[2Jno device\\n"); process.exitCode = 3`));
  await expect(quiet.signTypedData(...REQUEST)).rejects.toMatchObject({ why: "Its last words: ␛([2J)no device", details: { exitCode: 3 } });
});

test("a private key that a program prints is repeated nowhere", async () => {
  const signer = guardedSigner(await open(program(`console.error("using ${KEY} now"); console.error("dump ${KEY.slice(2).toUpperCase()}${"0".repeat(20)} of ${HASHES.safeTxHash}"); console.log("${KEY}")`)), () => undefined);
  const error: unknown = await signer.signTypedData(...REQUEST).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: "LPCTL_KEYS_NO_SIGNATURE" });
  const everything = JSON.stringify([said.slice(1), String(error), error]).toLowerCase();
  expect(everything).not.toContain(KEY.slice(2));
  expect(said[1]).toMatch(/using 0x\(the private key, hidden\) now/);
  // A hash is no secret, and may be what a person compares.
  expect(said[2]).toContain(HASHES.safeTxHash);
});

test("a program that is not there is a usage error", async () => {
  expect(await refusalOf(async () => (await open(["lpctl-no-such-program"])).signTypedData(...REQUEST))).toBe("LPCTL_KEYS_COMMAND_NOT_FOUND");
});

test("a program that reads nothing and answers at once is fine", async () => {
  const long = { ...REQUEST[2], data: `0x${"ab".repeat(300_000)}` };
  expect(await (await open(["printf", "%s", GOOD])).signTypedData(REQUEST[0], REQUEST[1], long)).toBe(GOOD);
});

test("sends only with a command for transactions, and tells its address only with a command for that", async () => {
  const unsigned = { chainId: 31337n, nonce: 1n, to: ADDRESS, data: "0x12345678", valueWei: 0n, gasLimit: 100_000n, maxFeePerGasWei: 2n, maxPriorityFeePerGasWei: 1n } as const;
  const without = await open(["true"]);
  expect(without.canSend).toBe(false);
  expect(await refusalOf(() => without.signTransaction(unsigned))).toBe("LPCTL_KEYS_CANNOT_SEND");
  expect(await refusalOf(() => without.readAddresses())).toBe("LPCTL_KEYS_NO_ADDRESS");
  const raw = await walletSigner(KEY).signTransaction(unsigned);
  const signer = await open(["true"], { transactionCommand: shell(`cat > unsigned; printf %s ${raw}`), addressCommand: ["echo", "hello"] });
  expect(compareSigned(await signer.signTransaction(unsigned), ADDRESS, unsigned)).toMatchObject({ raw });
  expect(readFileSync(join(folder, "unsigned"), "utf8")).toMatch(/^0x02/);
  expect(await refusalOf(() => signer.readAddresses())).toBe("LPCTL_KEYS_NO_ADDRESS");
});

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A killed process whose parent has not waited for it yet is as good as gone.
    return /^\d+ \(.*\) Z /s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return true;
  }
}
