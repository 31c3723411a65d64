import { randomBytes } from "node:crypto";
import { link, mkdir, open, readdir, readFile, rm, stat } from "node:fs/promises";
import { isAbsolute, join, sep } from "node:path";
import { getAddress, isAddress } from "ethers/address";
import { errnoOf } from "../errno-of.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Finding } from "../finding.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { nearestName } from "../protocol/nearest-name.ts";
import { printable } from "../protocol/printable.ts";
import { decryptKeystore, encryptKeystore, parseKeystore } from "./keystore-crypto.ts";
import type { Signer } from "./signer.ts";
import { parsePrivateKey, walletSigner } from "./unlocked-key.ts";

/** A keystore file. `address` is unknown until it is unlocked when the file does not say it, as Foundry's do not. */
export interface KeystoreEntry {
  name: string;
  path: string;
  address: Address | undefined;
  /** Others on this machine can read (or change) the file. */
  findings: Finding[];
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Larger files in a keystore folder are something else. */
const LARGEST_KEYSTORE_BYTES = 65_536;

/**
 * The keystore files in some folders, by name; a folder that does not exist is empty. Other files are passed over.
 * @param directories in order of precedence; of two files with one name the first folder's counts
 */
export async function listKeystores(directories: readonly string[]): Promise<KeystoreEntry[]> {
  const found = new Map<string, KeystoreEntry>();
  for (const directory of directories) {
    for (const file of await fileNames(directory)) {
      const entry = await readEntry(join(directory, file), nameOf(file));
      if (entry !== undefined && !found.has(entry.name)) found.set(entry.name, entry);
    }
  }
  return [...found.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * One keystore by name, by address, or by path (anything with a slash).
 * @throws LPCTL_KEYS_NOT_FOUND with the nearest name, LPCTL_KEYS_UNREADABLE
 */
export async function findKeystore(directories: readonly string[], wanted: string): Promise<KeystoreEntry> {
  if (isAbsolute(wanted) || wanted.includes("/") || wanted.includes(sep)) {
    parseKeystore(await readText(wanted), wanted);
    const entry = await readEntry(wanted, nameOf(wanted.split(/[/\\]/).at(-1) ?? wanted));
    if (entry !== undefined) return entry;
  }
  for (const directory of directories) {
    for (const file of [`${wanted}.json`, wanted]) {
      // A file with that name which is no keystore must be reported as such, not as missing.
      if (NAME.test(wanted) && (await fileNames(directory)).includes(file)) parseKeystore(await readText(join(directory, file)), join(directory, file));
    }
  }
  const all = await listKeystores(directories);
  const address = isAddress(wanted) ? getAddress(wanted) : undefined;
  const entry = all.find(({ name }) => name === wanted) ?? (address === undefined ? undefined : all.find((candidate) => candidate.address === address));
  if (entry !== undefined) return entry;
  const near = nearestName(wanted, all.map(({ name }) => name));
  throw new LpctlError({
    code: "LPCTL_KEYS_NOT_FOUND",
    exit: Exit.usage,
    message: `There is no keystore ${printable(JSON.stringify(wanted))}.`,
    why: near === undefined ? (all.length === 0 ? `No keystore is in ${directories.join(", ")}.` : `There are: ${all.map(({ name }) => name).join(", ")}.`) : `Did you mean ${near}?`,
    next: "lpctl keys list",
    details: { wanted, nearest: near, names: all.map(({ name }) => name) },
  });
}

/** @throws LPCTL_KEYS_WRONG_PASSWORD, LPCTL_KEYS_UNREADABLE */
export async function unlockKeystore(entry: Pick<KeystoreEntry, "path">, password: string): Promise<Signer> {
  return walletSigner(await loadPrivateKey(entry.path, password), "keystore");
}

/** The key in a keystore file of any of the programs that write them. @throws LPCTL_KEYS_WRONG_PASSWORD, LPCTL_KEYS_UNREADABLE */
export async function loadPrivateKey(path: string, password: string): Promise<Hex> {
  const { privateKey } = await decryptKeystore(parseKeystore(await readText(path), path), password, path);
  return privateKey;
}

/**
 * Encrypts a key into `directory/name.json`, mode 0600, in one step: the file appears whole or not at all, and an
 * existing one is never replaced. Foundry reads it too: `cast wallet sign --keystore FILE`.
 * @param privateKey absent: a new random key
 * @throws LPCTL_KEYS_BAD_NAME, LPCTL_KEYS_EXISTS, LPCTL_KEYS_NO_PASSWORD, LPCTL_KEYS_NOT_A_KEY, LPCTL_KEYS_NOT_WRITTEN
 */
export async function createKeystore(parts: { directory: string; name: string; password: string; privateKey?: string; scryptN?: number }): Promise<KeystoreEntry & { address: Address }> {
  const { directory, name, password } = parts;
  if (!NAME.test(name)) throw usage("LPCTL_KEYS_BAD_NAME", `${printable(JSON.stringify(name))} cannot be the name of a key.`, "A name has letters, digits, '.', '_' and '-', starts with a letter or digit, and has at most 64 characters.");
  if (password === "") throw usage("LPCTL_KEYS_NO_PASSWORD", "The password is empty.", "Without a password the file would hold the key in the open.");
  const privateKey = parts.privateKey === undefined ? randomPrivateKey() : parsePrivateKey(parts.privateKey);
  const path = join(directory, `${name}.json`);
  const taken = (await fileNames(directory)).some((file) => nameOf(file).toLowerCase() === name.toLowerCase());
  if (taken) throw exists(path, name);
  const text = await encryptKeystore(privateKey, password, parts.scryptN);
  await writeOnce(path, directory, text, name);
  return { name, path, address: walletSigner(privateKey).address, findings: [] };
}

/**
 * Refuses a file with an unencrypted secret that others on this machine can read.
 * @throws LPCTL_KEYS_TOO_OPEN, LPCTL_KEYS_UNREADABLE
 */
export async function loadSecretFile(path: string): Promise<string> {
  const text = await readText(path);
  if (isOpenToOthers((await stat(path)).mode)) {
    throw new LpctlError({
      code: "LPCTL_KEYS_TOO_OPEN",
      exit: Exit.refused,
      message: `${path} can be read by other users of this machine.`,
      why: "It holds a secret that is not encrypted.",
      next: `chmod 600 ${path}`,
    });
  }
  return text.replace(/\r?\n$/, "");
}

async function readEntry(path: string, name: string): Promise<KeystoreEntry | undefined> {
  try {
    const facts = await stat(path);
    if (!facts.isFile() || facts.size > LARGEST_KEYSTORE_BYTES) return undefined;
    const { address } = parseKeystore(await readFile(path, "utf8"), path);
    return { name, path, address: address === undefined ? undefined : (getAddress(`0x${address}`) as Address), findings: isOpenToOthers(facts.mode) ? [tooOpen(path)] : [] };
  } catch {
    return undefined;
  }
}

function tooOpen(path: string): Finding {
  return { severity: "warning", code: "keystore-too-open", title: `${path} can be read by other users of this machine`, detail: `It is encrypted, but whoever copies it can guess passwords. chmod 600 ${path}` };
}

/** Windows has no such bits. */
function isOpenToOthers(mode: number): boolean {
  return process.platform !== "win32" && (mode & 0o077) !== 0;
}

async function fileNames(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.filter((entry) => !entry.isDirectory() && !entry.name.startsWith(".")).map((entry) => entry.name);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  }
}

function nameOf(file: string): string {
  return printable(file.replace(/\.json$/, ""));
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const missing = errnoOf(cause) === "ENOENT";
    throw new LpctlError({
      code: missing ? "LPCTL_KEYS_NOT_FOUND" : "LPCTL_KEYS_UNREADABLE",
      exit: Exit.usage,
      message: missing ? `There is no file ${path}.` : `${path} cannot be read.`,
      why: missing ? undefined : errnoOf(cause),
      next: "lpctl keys list",
      cause,
    });
  }
}

async function writeOnce(path: string, directory: string, text: string, name: string): Promise<void> {
  const temporary = join(directory, `.${name}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    // Unlike a rename, a link fails when the name is taken, also by someone who took it this very moment.
    await link(temporary, path);
  } catch (cause) {
    if (errnoOf(cause) === "EEXIST") throw exists(path, name);
    throw new LpctlError({
      code: "LPCTL_KEYS_NOT_WRITTEN",
      exit: Exit.failed,
      message: `The keystore could not be written to ${path}.`,
      why: errnoOf(cause) === "ENOSPC" ? "The disk is full." : errnoOf(cause),
      next: "Nothing was written. Free some space or choose another folder.",
      cause,
    });
  } finally {
    await rm(temporary, { force: true });
  }
}

function randomPrivateKey(): Hex {
  for (;;) {
    try {
      return parsePrivateKey(randomBytes(32).toString("hex"));
    } catch {
      // Not a key of the curve: less likely than anything else that ever happens here.
    }
  }
}

function exists(path: string, name: string): LpctlError {
  return new LpctlError({ code: "LPCTL_KEYS_EXISTS", exit: Exit.usage, message: `There is a keystore ${name} already.`, why: `${path} is never overwritten.`, next: "Choose another name, or move the old file away first." });
}

function usage(code: "LPCTL_KEYS_BAD_NAME" | "LPCTL_KEYS_NO_PASSWORD", message: string, why: string): LpctlError {
  return new LpctlError({ code, exit: Exit.usage, message, why, next: "lpctl keys new --help" });
}
