import { createCipheriv, createDecipheriv, pbkdf2, randomBytes, randomUUID, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { keccak256 } from "ethers/crypto";
import { computeAddress } from "ethers/transaction";
import { z } from "zod";
import { Exit, LpctlError } from "../errors.ts";
import type { Address, Hex } from "../protocol/hex.ts";

/*
 * Web3 Secret Storage, version 3, on node:crypto. ethers can do this too, but derives the key in JavaScript (about
 * 1.6 s for each unlock against 0.3 s here), and writes `Crypto`, which Foundry's cast does not read.
 */

const bytesSchema = z.string().regex(/^(0x)?([0-9a-fA-F]{2})*$/, "not hex bytes").transform((text) => Buffer.from(text.replace(/^0x/, ""), "hex"));
const saltSchema = z.object({ salt: bytesSchema, dklen: z.literal(32) });
const scryptSchema = saltSchema.extend({ n: z.int().min(2), r: z.int().min(1), p: z.int().min(1) });
const pbkdf2Schema = saltSchema.extend({ c: z.int().min(1), prf: z.literal("hmac-sha256") });
const cryptoSchema = z
  .object({ cipher: z.literal("aes-128-ctr"), ciphertext: bytesSchema, cipherparams: z.object({ iv: bytesSchema }), mac: bytesSchema })
  .and(z.union([z.object({ kdf: z.literal("scrypt"), kdfparams: scryptSchema }), z.object({ kdf: z.literal("pbkdf2"), kdfparams: pbkdf2Schema })]));
/** geth and Foundry write `crypto`, ethers writes `Crypto`. Foundry writes no address. */
const fileSchema = z
  .object({ version: z.literal(3), address: z.string().regex(/^(0x)?[0-9a-fA-F]{40}$/).optional(), crypto: cryptoSchema.optional(), Crypto: cryptoSchema.optional() })
  .transform(({ address, crypto, Crypto }, context) => {
    const section = crypto ?? Crypto;
    if (section === undefined) {
      context.addIssue({ code: "custom", message: "it has no `crypto`" });
      return z.NEVER;
    }
    return { address: address === undefined ? undefined : address.replace(/^0x/, "").toLowerCase(), crypto: section };
  });

export type KeystoreContent = z.infer<typeof fileSchema>;

/** Same cost as geth and Foundry use for keys that matter: 128 MiB and about a third of a second. */
const SCRYPT = { n: 2 ** 17, r: 8, p: 1 } as const;
/** Above this a file is an attack on the reader's memory, not a key. */
const MOST_SCRYPT_BYTES = 2 ** 30;
/** Sixteen times the work that geth asks for: half a minute. A file that asks for more keeps whoever opens it waiting for ever. */
const MOST_SCRYPT_WORK = 2 ** 25;
const MOST_PBKDF2_ROUNDS = 20_000_000;

/** @throws LPCTL_KEYS_UNREADABLE */
export function parseKeystore(text: string, source: string): KeystoreContent {
  try {
    return fileSchema.parse(JSON.parse(text));
  } catch (cause) {
    const issue = cause instanceof z.ZodError ? cause.issues[0] : undefined;
    throw unreadable(source, issue === undefined ? "It is not JSON, or is cut off." : `${issue.path.length > 0 ? `${issue.path.join(".")}: ` : ""}${issue.message}.`);
  }
}

/** The private key in a keystore file. @throws LPCTL_KEYS_WRONG_PASSWORD, LPCTL_KEYS_UNREADABLE */
export async function decryptKeystore(content: KeystoreContent, password: string, source: string): Promise<{ privateKey: Hex; address: Address }> {
  const { ciphertext, cipherparams, mac } = content.crypto;
  if (ciphertext.length !== 32 || cipherparams.iv.length !== 16 || mac.length !== 32) throw unreadable(source, "Its encrypted part does not have the size of a key.");
  // ethers normalises passwords, geth and Foundry take them as typed; for most people that is the same.
  for (const typed of new Set([password, password.normalize("NFKC")])) {
    const derived = await deriveKey(content.crypto, typed, source);
    if (!timingSafeEqual(macOf(derived, ciphertext), mac)) continue;
    const decipher = createDecipheriv("aes-128-ctr", derived.subarray(0, 16), cipherparams.iv);
    const privateKey: Hex = `0x${Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString("hex")}`;
    const address = addressOf(privateKey, source);
    if (content.address !== undefined && content.address !== address.slice(2).toLowerCase()) throw unreadable(source, `It says 0x${content.address} and holds the key of ${address}.`);
    return { privateKey, address };
  }
  throw new LpctlError({
    code: "LPCTL_KEYS_WRONG_PASSWORD",
    exit: Exit.usage,
    message: `The password does not open ${source}.`,
    next: "Try again. There is no way to open a keystore without its password.",
  });
}

/** A keystore file as text. `n` is lowered by tests only. */
export async function encryptKeystore(privateKey: Hex, password: string, n: number = SCRYPT.n): Promise<string> {
  const salt = randomBytes(32);
  const iv = randomBytes(16);
  const kdfparams = { dklen: 32, n, r: SCRYPT.r, p: SCRYPT.p, salt };
  const derived = await deriveKey({ kdf: "scrypt", kdfparams: { ...kdfparams, dklen: 32 } }, password, "the new keystore");
  const cipher = createCipheriv("aes-128-ctr", derived.subarray(0, 16), iv);
  const ciphertext = Buffer.concat([cipher.update(Buffer.from(privateKey.slice(2), "hex")), cipher.final()]);
  const file = {
    address: computeAddress(privateKey).slice(2).toLowerCase(),
    crypto: {
      cipher: "aes-128-ctr",
      cipherparams: { iv: iv.toString("hex") },
      ciphertext: ciphertext.toString("hex"),
      kdf: "scrypt",
      kdfparams: { ...kdfparams, salt: salt.toString("hex") },
      mac: macOf(derived, ciphertext).toString("hex"),
    },
    id: randomUUID(),
    version: 3,
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

type Kdf = { kdf: "scrypt"; kdfparams: z.infer<typeof scryptSchema> } | { kdf: "pbkdf2"; kdfparams: z.infer<typeof pbkdf2Schema> };

async function deriveKey(section: Kdf, password: string, source: string): Promise<Buffer> {
  try {
    if (section.kdf === "pbkdf2") {
      const { salt, c } = section.kdfparams;
      if (c > MOST_PBKDF2_ROUNDS) throw new RangeError(`${c} rounds of PBKDF2 are too many`);
      return await promisify(pbkdf2)(password, salt, c, 32, "sha256");
    }
    const { salt, n, r, p } = section.kdfparams;
    const bytes = 128 * r * (n + p);
    if (bytes > MOST_SCRYPT_BYTES) throw new RangeError("scrypt would need more than 1 GiB");
    if (n * r * p > MOST_SCRYPT_WORK) throw new RangeError("scrypt would take far longer than for any key");
    return await promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(scrypt)(password, salt, 32, { N: n, r, p, maxmem: bytes * 2 });
  } catch (cause) {
    throw unreadable(source, `Its key derivation cannot be done: ${cause instanceof Error ? cause.message : String(cause)}.`);
  }
}

function macOf(derived: Buffer, ciphertext: Buffer): Buffer {
  return Buffer.from(keccak256(Buffer.concat([derived.subarray(16, 32), ciphertext])).slice(2), "hex");
}

function addressOf(privateKey: Hex, source: string): Address {
  try {
    return computeAddress(privateKey) as Address;
  } catch {
    throw unreadable(source, "What it holds is not a private key.");
  }
}

function unreadable(source: string, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_KEYS_UNREADABLE",
    exit: Exit.usage,
    message: `${source} is not a keystore file that lpctl can read.`,
    why,
    next: "lpctl reads encrypted keystores of version 3, as lpctl, geth, Foundry and ethers write them.",
  });
}
