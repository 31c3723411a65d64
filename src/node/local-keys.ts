import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createKeystore, listKeystores } from "../keys/keystore.ts";
import { replaceFile } from "../replace-file.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Address } from "../protocol/hex.ts";
import { localAccounts, type LocalRole } from "./local-accounts.ts";
import type { Profile } from "../protocol/profiles.ts";

/** Who signs or sends in the tutorials; the others only use the protocol. */
const KEYHOLDERS = ["deployer", "owner-1", "owner-2", "owner-3", "operator"] as const satisfies readonly LocalRole[];
/** Who has stake, wherever there are votes about it. */
const VOTERS = ["transcoder", "delegator"] as const satisfies readonly LocalRole[];

/** Everybody knows these keys, so the password protects nothing; it only lets commands find them the usual way. */
const PASSWORD = "published-test-keys";
/** Unlocking takes milliseconds instead of a third of a second. Only for keys that are no secret. */
const FAST_SCRYPT_N = 1024;

const README = `The keys in this folder are published test keys, known to everybody: whatever they hold on a public network is
stolen at once. They exist for the local chain of \`lpctl node start\`, and their password lies beside them.
`;

export interface LocalKey {
  name: string;
  address: Address;
  keystore: string;
  passwordFile: string;
}

/**
 * Writes the published test keys as keystore files, with their password beside them, so that \`--key owner-1\` works
 * on the local chain without a prompt: those of voters too where stake can vote. Files of an earlier start are kept.
 * @throws LPCTL_NODE_KEY_TAKEN when another key has one of the names
 */
export async function writeLocalKeys(folder: string, profile?: Profile): Promise<LocalKey[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const passwordFile = join(folder, "password");
  await writeFile(passwordFile, `${PASSWORD}\n`, { mode: 0o600 });
  await chmod(passwordFile, 0o600);
  await replaceFile(join(folder, "README"), README);
  const accounts = localAccounts();
  const existing = new Map((await listKeystores([folder])).map((entry) => [entry.name, entry]));
  const keys: LocalKey[] = [];
  for (const name of [...KEYHOLDERS, ...(profile === "current" ? VOTERS : [])]) {
    const { address, privateKey } = accounts[name];
    const found = existing.get(name);
    if (found !== undefined && found.address !== address) throw keyTaken(name, found.path);
    const { path } = found ?? (await createKeystore({ directory: folder, name, password: PASSWORD, privateKey, scryptN: FAST_SCRYPT_N }));
    keys.push({ name, address, keystore: path, passwordFile });
  }
  return keys;
}

function keyTaken(name: string, path: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_NODE_KEY_TAKEN",
    exit: Exit.refused,
    message: `${path} holds another key than the test key ${name}.`,
    why: "That folder is for the published test keys of the local chain, and no key is ever overwritten.",
    next: "Move that file away, then start again.",
  });
}
