import { TypedDataEncoder } from "ethers/hash";
import type { TypedDataDomain, TypedDataField } from "ethers/hash";
import { recoverAddress } from "ethers/transaction";
import { compareSigned } from "../chain/transaction.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { cannotSend } from "./cannot-send.ts";
import type { ExternalSigner, Signer } from "./signer.ts";

/** What came back from a key and should not have, for the user's list of incidents. */
export interface Incident {
  /** One sentence. */
  what: string;
  signer: Address;
  /** Only when a Safe transaction was to be signed. */
  safeTxHash?: Hex;
  detail: string;
}

/** Order of the secp256k1 group; a valid r and s lie strictly between 0 and it. */
const GROUP_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/**
 * Stands before a key that is not in this process. Whatever it gives is recovered and must be the configured address's, over
 * exactly what was asked for; v of 0 and 1 and a high s are put right. What does not fit is recorded first and then refused,
 * and the key is asked for nothing more: attackers live on the second try.
 * @param record keeps an incident; when it fails, the refusal says so
 */
export function guardedSigner(inner: ExternalSigner, record: (incident: Incident) => void | Promise<void>): Signer {
  let refusal: LpctlError | undefined;
  const refuse = async (found: string, facts: Omit<Incident, "what" | "signer">, details: Record<string, unknown>): Promise<LpctlError> => {
    const incident = { what: `${sourceOf(inner)} gave something else than it was asked for: ${found}`, signer: inner.address, ...facts };
    let unrecorded: string | undefined;
    try {
      await record(incident);
    } catch (error) {
      unrecorded = error instanceof Error ? error.message : String(error);
    }
    refusal = wrongSignature(inner, found, unrecorded, details);
    return refusal;
  };

  return {
    kind: inner.kind,
    address: inner.address,

    async signTypedData(domain, types, message) {
      if (refusal !== undefined) throw refusal;
      const hash = TypedDataEncoder.hash(domain, types, message) as Hex;
      const parsed = parseAnswer(await inner.signTypedData(domain, types, message), inner);
      const recovered = recover(hash, parsed);
      if (recovered === inner.address && parsed.canonical !== undefined) return parsed.canonical;
      const safeTxHash = TypedDataEncoder.getPrimaryType(types) === "SafeTx" ? { safeTxHash: hash } : {};
      const found = (await diagnose(parsed, { hash, domain, types, message, address: inner.address })) ?? describe(recovered, inner.address);
      throw await refuse(found, { ...safeTxHash, detail: `asked for ${hash}, got ${parsed.raw}` }, { expected: { signer: inner.address, hash }, recovered: recovered ?? null });
    },

    async signTransaction(transaction) {
      if (refusal !== undefined) throw refusal;
      if (!inner.canSend) throw cannotSend(inner.kind);
      const raw = await inner.signTransaction(transaction);
      const difference = compareSigned(raw, inner.address, transaction);
      if (typeof difference === "object") return difference.raw;
      throw await refuse(`another transaction. ${difference.replace(/\.$/, "")}`, { detail: `got ${raw.slice(0, 2_000)}` }, { expected: { signer: inner.address } });
    },
  };
}

/** Where an answer came from, as the beginning of a sentence. */
export function sourceOf({ kind, address }: Pick<ExternalSigner, "kind" | "address">): string {
  const words = { command: "The command", ledger: "The Ledger", "json-rpc": "The node", browser: "The browser wallet" };
  return `${words[kind]} for ${address}`;
}

interface Answer {
  raw: Hex;
  r: bigint;
  s: bigint;
  v: number;
  /** With v 27 or 28 and a low s; undefined when it is no ECDSA signature of EIP-712 data. */
  canonical: Hex | undefined;
}

function parseAnswer(text: string, inner: ExternalSigner): Answer {
  if (!/^(0x)?[0-9a-fA-F]{130}$/.test(text)) {
    throw new LpctlError({
      code: "LPCTL_KEYS_NO_SIGNATURE",
      exit: Exit.failed,
      message: `${sourceOf(inner)} gave no signature.`,
      why: "A signature is 65 bytes: 130 hexadecimal digits and nothing else.",
      next: "Find out what it did before you ask it again: if it may have signed something else, treat that as an incident.",
    });
  }
  const raw: Hex = `0x${text.replace(/^0x/, "").toLowerCase()}`;
  const [r, s] = [BigInt(raw.slice(0, 66)), BigInt(`0x${raw.slice(66, 130)}`)];
  const last = Number.parseInt(raw.slice(130), 16);
  const v = last < 2 ? last + 27 : last;
  const inRange = r > 0n && r < GROUP_ORDER && s > 0n && s < GROUP_ORDER && (v === 27 || v === 28);
  // The twin with the other s signs the same and is malleable: ethers and the tools after us take only the low one.
  const high = s > GROUP_ORDER / 2n;
  return { raw, r, s, v, canonical: inRange ? join(r, high ? GROUP_ORDER - s : s, high ? 55 - v : v) : undefined };
}

function join(r: bigint, s: bigint, v: number): Hex {
  return `0x${word(r)}${word(s)}${v.toString(16)}`;
}

function word(value: bigint): string {
  return value.toString(16).padStart(64, "0");
}

function recover(hash: Hex, { canonical }: Answer): Address | undefined {
  if (canonical === undefined) return undefined;
  try {
    return recoverAddress(hash, canonical) as Address;
  } catch {
    return undefined;
  }
}

interface Asked {
  hash: Hex;
  domain: TypedDataDomain;
  types: Record<string, TypedDataField[]>;
  message: Record<string, unknown>;
  address: Address;
}

/** What else the key may have signed: for a Safe transaction its neighbours, a flipped operation among them. */
async function diagnose({ raw, v }: Answer, { domain, types, message, address }: Asked): Promise<string | undefined> {
  if (TypedDataEncoder.getPrimaryType(types) !== "SafeTx") return undefined;
  const { diagnoseSignature } = await import("../safe/diagnose-signature.ts");
  const { safeTransactionSchema } = await import("../safe/transaction.ts");
  const { value: valueWei, gasPrice: gasPriceWei, operation, ...others } = message;
  const text = (given: Record<string, unknown>): Record<string, string> => Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
  const tx = safeTransactionSchema.safeParse({ ...text({ valueWei, gasPriceWei, ...others }), operation: Number(operation) });
  const { chainId, verifyingContract } = domain;
  if (!tx.success || chainId === undefined || chainId === null || typeof verifyingContract !== "string") return undefined;
  const readable: Hex = v === 27 || v === 28 || v === 31 || v === 32 ? `0x${raw.slice(2, 130)}${v.toString(16)}` : raw;
  try {
    const match = diagnoseSignature(readable, { chainId: BigInt(chainId), safe: verifyingContract as Address, tx: tx.data, owners: [address] });
    return match === undefined ? undefined : `${address} signed ${match.what}`;
  } catch {
    return undefined;
  }
}

function describe(recovered: Address | undefined, address: Address): string {
  if (recovered === undefined) return "it is no EIP-712 signature at all";
  return `over what was shown, it would be the signature of ${recovered}; either another key signed, or ${address} signed something else`;
}

function wrongSignature(inner: ExternalSigner, found: string, unrecorded: string | undefined, details: Record<string, unknown>): LpctlError {
  return new LpctlError({
    code: "LPCTL_KEYS_WRONG_SIGNATURE",
    exit: Exit.refused,
    message: `${sourceOf(inner)} gave something else than it was asked for: ${found}.`,
    why: `This is an incident, not a mishap to try again: in October 2024 the signers of Radiant saw such failures, signed once more, and gave good signatures for what an attacker had put in the place of their transaction.${
      unrecorded === undefined ? "" : ` It could not be recorded: ${unrecorded}.`
    }`,
    next: "Do not sign again on this machine. Compare the device's screen with another machine, tell the other owners, and see what may still execute: lpctl safe signatures",
    details: { kind: inner.kind, found, ...details },
  });
}
