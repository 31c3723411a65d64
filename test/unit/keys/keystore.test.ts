import { execFile } from "node:child_process";
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { SigningKey } from "ethers/crypto";
import { id, verifyTypedData } from "ethers/hash";
import { Transaction, computeAddress } from "ethers/transaction";
import { Wallet, decryptKeystoreJson } from "ethers/wallet";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createKeystore, findKeystore, listKeystores, loadSecretFile, unlockKeystore } from "../../../src/keys/keystore.ts";
import { encryptKeystore } from "../../../src/keys/keystore-crypto.ts";
import { parsePrivateKey, walletSigner } from "../../../src/keys/unlocked-key.ts";
import type { Hex } from "../../../src/protocol/hex.ts";
import { refusalOf } from "../safe/local-safe.ts";

const FIXTURES = join(import.meta.dirname, "../../fixtures/keystores");
const KEY = id("lpctl keystore test") as Hex;
const ADDRESS = computeAddress(KEY);
/** Cheap key derivation; the default cost is tested once. */
const N = 2 ** 12;
let folder = "";
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "lpctl-keys-"))));
afterAll(() => rm(folder, { recursive: true }));

const CAST = join(import.meta.dirname, "../../../node_modules/.bin/cast");

test("opens a keystore that Foundry wrote", async () => {
  const entry = await findKeystore([FIXTURES], "foundry-test-key");
  expect(entry.address).toBeUndefined();
  expect((await unlockKeystore(entry, "correct-horse")).address).toBe("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
});

test("Foundry's cast opens and signs with a keystore of ours", async () => {
  const entry = await createKeystore({ directory: folder, name: "for-cast", password: "pass word", privateKey: KEY, scryptN: N });
  const run = (...args: string[]): Promise<{ stdout: string }> => promisify(execFile)(CAST, ["wallet", ...args, "--keystore", entry.path, "--password", "pass word"]);
  expect((await run("address")).stdout.trim()).toBe(ADDRESS);
  const typed = { types: { EIP712Domain: [{ name: "chainId", type: "uint256" }], Note: [{ name: "n", type: "uint256" }] }, primaryType: "Note", domain: { chainId: 5 }, message: { n: "7" } };
  const ours = await walletSigner(KEY).signTypedData({ chainId: 5n }, { Note: [{ name: "n", type: "uint256" }] }, { n: 7n });
  expect((await run("sign", "--data", JSON.stringify(typed))).stdout.trim()).toBe(ours);
});

test("a key comes back from its keystore, at the full cost too, and ethers opens it", async () => {
  const entry = await createKeystore({ directory: folder, name: "full-cost", password: "s3cret", privateKey: KEY });
  const text = await readFile(entry.path, "utf8");
  expect(JSON.parse(text)).toMatchObject({ version: 3, address: ADDRESS.slice(2).toLowerCase(), crypto: { kdfparams: { n: 2 ** 17, r: 8, p: 1 } } });
  expect((await unlockKeystore(entry, "s3cret")).address).toBe(ADDRESS);
  expect((await decryptKeystoreJson(text, "s3cret")).privateKey).toBe(KEY);
});

test("opens what ethers writes, with `Crypto` and a password of other scripts", async () => {
  const path = join(folder, "by-ethers.json");
  await writeFile(path, new Wallet(KEY).encryptSync("pässwörd ①"), { mode: 0o600 });
  expect((await unlockKeystore({ path }, "pässwörd ①")).address).toBe(ADDRESS);
});

test("opens a keystore with PBKDF2, as in the definition of the format", async () => {
  const path = join(folder, "pbkdf2.json");
  const file = {
    crypto: {
      cipher: "aes-128-ctr",
      cipherparams: { iv: "6087dab2f9fdbbfaddc31a909735c1e6" },
      ciphertext: "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
      kdf: "pbkdf2",
      kdfparams: { c: 262144, dklen: 32, prf: "hmac-sha256", salt: "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd" },
      mac: "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2",
    },
    id: "3198bc9c-6672-5ab3-d995-4942343ae5b6",
    version: 3,
  };
  await writeFile(path, JSON.stringify(file), { mode: 0o600 });
  expect((await unlockKeystore({ path }, "testpassword")).address).toBe(computeAddress("0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"));
});

test("refuses a keystore whose key derivation would never end", async () => {
  const path = join(folder, "endless.json");
  const file = JSON.parse(await encryptKeystore(KEY, "pw", N)) as { crypto: { kdfparams: object } };
  file.crypto.kdfparams = { ...file.crypto.kdfparams, n: 2 ** 14, r: 8, p: 2 ** 14 };
  await writeFile(path, JSON.stringify(file), { mode: 0o600 });
  expect(await refusalOf(() => unlockKeystore({ path }, "pw"))).toBe("LPCTL_KEYS_UNREADABLE");
});

test("refuses a wrong password", async () => {
  const entry = await createKeystore({ directory: folder, name: "locked", password: "right", scryptN: N });
  expect(await refusalOf(() => unlockKeystore(entry, "wrong"))).toBe("LPCTL_KEYS_WRONG_PASSWORD");
  expect(await refusalOf(() => unlockKeystore(entry, ""))).toBe("LPCTL_KEYS_WRONG_PASSWORD");
});

test("writes for the owner's eyes only, leaves nothing beside it, and never overwrites", async () => {
  const directory = join(folder, "fresh", "nested");
  const entry = await createKeystore({ directory, name: "alice", password: "pw", scryptN: N });
  const before = await readFile(entry.path);
  expect((await stat(entry.path)).mode & 0o777).toBe(0o600);
  expect((await stat(directory)).mode & 0o777).toBe(0o700);
  expect(await refusalOf(() => createKeystore({ directory, name: "alice", password: "pw", scryptN: N }))).toBe("LPCTL_KEYS_EXISTS");
  expect(await refusalOf(() => createKeystore({ directory, name: "Alice", password: "pw", scryptN: N }))).toBe("LPCTL_KEYS_EXISTS");
  expect(await readFile(entry.path)).toEqual(before);
  expect(await readdir(directory)).toEqual(["alice.json"]);
});

test("of many at once that want one name, one gets it", async () => {
  const directory = join(folder, "race");
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => refusalOf(() => createKeystore({ directory, name: "same", password: "pw", scryptN: N }))));
  expect(outcomes.toSorted()).toEqual([...Array<string>(7).fill("LPCTL_KEYS_EXISTS"), "accepted"]);
  expect(await readdir(directory)).toEqual(["same.json"]);
});

test.each(["../up", "a/b", "", ".hidden", "-flag", "a b", "\u001b[31m", "x".repeat(65)])("refuses the name %j", async (name) => {
  expect(await refusalOf(() => createKeystore({ directory: join(folder, "names"), name, password: "pw", scryptN: N }))).toBe("LPCTL_KEYS_BAD_NAME");
  expect(existsSync(join(folder, "names"))).toBe(false);
});

test("refuses an empty password", async () => {
  expect(await refusalOf(() => createKeystore({ directory: folder, name: "open", password: "", scryptN: N }))).toBe("LPCTL_KEYS_NO_PASSWORD");
});

test.each([
  ["nothing", ""],
  ["a cut-off file", '{"version":3,"crypto":{"cipher'],
  ["another version", '{"version":1,"crypto":{}}'],
  ["no crypto", '{"version":3}'],
  ["no object", "[]"],
])("refuses a keystore file of %s", async (_what, text) => {
  const path = join(folder, "bad.json");
  await writeFile(path, text, { mode: 0o600 });
  expect(await refusalOf(() => findKeystore([folder], "bad"))).toBe("LPCTL_KEYS_UNREADABLE");
  expect(await refusalOf(() => unlockKeystore({ path }, "pw"))).toBe("LPCTL_KEYS_UNREADABLE");
  await rm(path);
});

test("refuses a keystore that would take gigabytes to open, and one with another address than its key", async () => {
  const path = join(folder, "hostile.json");
  const text = await encryptKeystore(KEY, "pw", N);
  await writeFile(path, text.replace(`"n": ${N}`, `"n": ${2 ** 30}`), { mode: 0o600 });
  expect(await refusalOf(() => unlockKeystore({ path }, "pw"))).toBe("LPCTL_KEYS_UNREADABLE");
  await writeFile(path, text.replace(ADDRESS.slice(2).toLowerCase(), "11".repeat(20)));
  expect(await refusalOf(() => unlockKeystore({ path }, "pw"))).toBe("LPCTL_KEYS_UNREADABLE");
});

test("lists keystores of several folders by name, and finds them by name, address and path", async () => {
  const directory = join(folder, "list");
  const bob = await createKeystore({ directory, name: "bob", password: "pw", scryptN: N });
  await writeFile(join(directory, "notes.txt"), "not a key");
  const found = await listKeystores([directory, FIXTURES, join(folder, "absent")]);
  expect(found.map(({ name }) => name)).toEqual(["bob", "foundry-test-key"]);
  expect((await findKeystore([directory], "bob")).path).toBe(bob.path);
  expect((await findKeystore([directory], bob.address)).path).toBe(bob.path);
  expect((await findKeystore([], bob.path)).address).toBe(bob.address);
});

test("names the nearest key when there is none of that name", async () => {
  const directory = join(folder, "near");
  await createKeystore({ directory, name: "treasurer", password: "pw", scryptN: N });
  await expect(findKeystore([directory], "tresurer")).rejects.toMatchObject({ code: "LPCTL_KEYS_NOT_FOUND", why: "Did you mean treasurer?" });
});

test("warns of a keystore that others can read, and refuses an open secret that others can read", async () => {
  const entry = await createKeystore({ directory: join(folder, "open"), name: "open", password: "pw", scryptN: N });
  await chmod(entry.path, 0o644);
  expect((await findKeystore([join(folder, "open")], "open")).findings).toMatchObject([{ severity: "warning", code: "keystore-too-open" }]);
  const secret = join(folder, "secret");
  await writeFile(secret, `${KEY}\n`, { mode: 0o644 });
  expect(await refusalOf(() => loadSecretFile(secret))).toBe("LPCTL_KEYS_TOO_OPEN");
  await chmod(secret, 0o600);
  expect(await loadSecretFile(secret)).toBe(KEY);
});

test.each(["", "0x", "hello", `0x${"00".repeat(32)}`, `0x${"ff".repeat(32)}`, `0x${"11".repeat(31)}`, "test test test"])("refuses %j as a private key, without repeating it", async (text) => {
  const error: unknown = await Promise.resolve().then(() => parsePrivateKey(text)).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: "LPCTL_KEYS_NOT_A_KEY" });
  if (text.length > 4) expect(JSON.stringify([String(error), error])).not.toContain(text);
});

test("signs transactions and typed data as the owner of its key", async () => {
  const signer = walletSigner(parsePrivateKey(` ${KEY.slice(2).toUpperCase()}\n`));
  const raw = await signer.signTransaction({ chainId: 31337n, nonce: 1n, to: null, data: "0x00", valueWei: 0n, gasLimit: 100_000n, maxFeePerGasWei: 2n, maxPriorityFeePerGasWei: 1n });
  expect(Transaction.from(raw)).toMatchObject({ from: ADDRESS, chainId: 31337n, nonce: 1, to: null });
  const types = { Note: [{ name: "n", type: "uint256" }] };
  expect(verifyTypedData({ chainId: 5n }, types, { n: 7n }, await signer.signTypedData({ chainId: 5n }, types, { n: 7n }))).toBe(new Wallet(new SigningKey(KEY)).address);
});
