import { getAddress } from "ethers/address";
import { hashMessage } from "ethers/hash";
import { recoverAddress } from "ethers/transaction";
import { concat, dataSlice, toBeHex, zeroPadValue } from "ethers/utils";
import { Exit, LpctlError } from "../errors.ts";
import { ZERO_HASH } from "../protocol/hex.ts";
import type { Address, Hex } from "../protocol/hex.ts";

/**
 * How a Safe checks one signature. `eip712`: ECDSA over the safeTxHash. `eth-sign`: ECDSA over the
 * "Ethereum Signed Message" of the safeTxHash. `approved-hash`: nothing signed, the owner called
 * `approveHash` on chain or sends the transaction. `contract`: EIP-1271 bytes of an owner that is a contract.
 */
export type SignatureKind = "eip712" | "eth-sign" | "approved-hash" | "contract";

/** `data`: the 65 bytes r‖s‖v as the Safe reads them, or for `contract` the inner EIP-1271 bytes. */
export interface SafeSignature {
  owner: Address;
  kind: SignatureKind;
  data: Hex;
}

/** `canonicalised` is true when the bytes given had a high s, which was replaced by its low twin. */
export interface ParsedSignature extends SafeSignature {
  canonicalised: boolean;
}

/** Order of the secp256k1 group; a valid r and s lie strictly between 0 and it. */
const GROUP_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const HALF_ORDER = GROUP_ORDER / 2n;
const STATIC_BYTES = 65;

/**
 * Reads one 65-byte signature over `safeTxHash` and recovers who made it. `v` of 0 or 1 as hardware wallets
 * give it becomes 27 or 28, because the Safe would read those two as "contract" and "approved hash".
 * @throws LPCTL_SAFE_SIGNATURE_MALFORMED for a wrong length, `v`, or r/s out of range.
 */
export function parseSignature(data: string, safeTxHash: Hex): ParsedSignature {
  const parts = splitSignature(data);
  const v = parts.v < 2 ? parts.v + 27 : parts.v;
  if (![27, 28, 31, 32].includes(v)) {
    throw malformed(`its last byte is ${parts.v}; a signature ends in 27 or 28 (EIP-712), 31 or 32 (eth_sign)`);
  }
  if (parts.r === 0n || parts.r >= GROUP_ORDER || parts.s === 0n || parts.s >= GROUP_ORDER) {
    throw malformed("r or s is zero or beyond the order of the curve");
  }
  const kind = v >= 31 ? "eth-sign" : "eip712";
  const high = parts.s > HALF_ORDER;
  const s = high ? GROUP_ORDER - parts.s : parts.s;
  const canonicalV = high ? (v % 2 === 1 ? v + 1 : v - 1) : v;
  const encoded = joinSignature(parts.r, s, canonicalV);
  return { owner: recoverSigner(encoded, kind, safeTxHash), kind, data: encoded, canonicalised: high };
}

/** The address whose key made a 65-byte signature of kind `eip712` or `eth-sign` over `safeTxHash`. */
export function recoverSigner(data: Hex, kind: "eip712" | "eth-sign", safeTxHash: Hex): Address {
  const { r, s, v } = splitSignature(data);
  const digest = kind === "eth-sign" ? hashMessage(hexBytes(safeTxHash)) : safeTxHash;
  try {
    return recoverAddress(digest, { r: word(r), s: word(s), v: v >= 31 ? v - 4 : v }) as Address;
  } catch (cause) {
    throw malformed("no public key can be recovered from it", cause);
  }
}

/** The signature that stands for "this owner has called approveHash, or is the sender of execTransaction". */
export function approvedHashSignature(owner: Address): SafeSignature {
  return { owner, kind: "approved-hash", data: joinSignature(BigInt(owner), 0n, 1) };
}

/** An EIP-1271 signature of an owner that is a contract. `data` is what its `isValidSignature` receives. */
export function contractSignature(owner: Address, data: Hex): SafeSignature {
  return { owner, kind: "contract", data };
}

/**
 * Reads a whole `signatures` argument of `execTransaction`: static parts of 65 bytes, then the tails of
 * contract signatures. Order is not demanded here (`encodeSignatures` sorts).
 * @throws LPCTL_SAFE_SIGNATURE_MALFORMED when a part is short, a tail lies outside or overlaps another part,
 * or bytes are left over; LPCTL_SAFE_SIGNATURE_DUPLICATE for two signatures of one owner.
 */
export function parseSignatures(blob: string, safeTxHash: Hex): ParsedSignature[] {
  const bytes = hexBytes(requireHex(blob));
  const staticCount = countStaticParts(bytes);
  const staticEnd = staticCount * STATIC_BYTES;
  const tails: { start: number; end: number }[] = [];
  const parsed: ParsedSignature[] = [];
  for (let index = 0; index < staticCount; index += 1) {
    const part = dataSlice(bytes, index * STATIC_BYTES, (index + 1) * STATIC_BYTES) as Hex;
    const { r, s, v } = splitSignature(part);
    if (v === 1) {
      parsed.push({ ...approvedHashSignature(ownerWord(r)), canonicalised: false });
    } else if (v === 0) {
      const start = Number(s);
      const length = start + 32 <= bytes.length ? Number(BigInt(dataSlice(bytes, start, start + 32))) : -1;
      if (length < 0 || start + 32 + length > bytes.length) throw malformed("a contract signature lies outside the bytes given");
      parsed.push({ ...contractSignature(ownerWord(r), dataSlice(bytes, start + 32, start + 32 + length) as Hex), canonicalised: false });
      tails.push({ start, end: start + 32 + length });
    } else {
      parsed.push(parseSignature(part, safeTxHash));
    }
  }
  let covered = staticEnd;
  for (const tail of tails.toSorted((a, b) => a.start - b.start)) {
    if (tail.start !== covered) throw malformed("the contract signatures overlap or leave a gap");
    covered = tail.end;
  }
  if (covered !== bytes.length) throw malformed(`${bytes.length - covered} bytes are left over after the last signature`);
  refuseDuplicates(parsed);
  return parsed;
}

/**
 * How many signatures are in bytes that may come from anyone, without recovering a signer: that takes a millisecond each.
 * @throws LPCTL_SAFE_SIGNATURE_MALFORMED
 */
export function countSignatures(blob: string): number {
  return countStaticParts(hexBytes(requireHex(blob)));
}

/**
 * The `signatures` argument of `execTransaction`: ascending by owner, contract signatures in the tail.
 * @throws LPCTL_SAFE_SIGNATURE_DUPLICATE
 */
export function encodeSignatures(signatures: readonly SafeSignature[]): Hex {
  refuseDuplicates(signatures);
  let tailOffset = BigInt(signatures.length * STATIC_BYTES);
  const heads: string[] = [];
  const tails: string[] = [];
  for (const signature of signatures.toSorted(compareOwners)) {
    if (signature.kind !== "contract") {
      heads.push(signature.data);
      continue;
    }
    const length = BigInt((signature.data.length - 2) / 2);
    heads.push(joinSignature(BigInt(signature.owner), tailOffset, 0));
    tails.push(word(length), signature.data);
    tailOffset += 32n + length;
  }
  return concat([...heads, ...tails]) as Hex;
}

/**
 * The signatures to execute with: those of current owners, ascending, exactly `threshold` of them, since the
 * Safe looks only at the first ones and one bad one among them fails all.
 * @throws LPCTL_SAFE_SIGNATURES_MISSING (exit 5) when there are fewer.
 */
export function selectSignatures(signatures: readonly SafeSignature[], owners: readonly Address[], threshold: bigint): SafeSignature[] {
  refuseDuplicates(signatures);
  const usable = signatures.filter((signature) => isOwner(signature.owner, owners)).toSorted(compareOwners);
  const wanted = Number(threshold);
  if (usable.length < wanted) {
    const signed = new Set(usable.map((signature) => signature.owner));
    const open = owners.filter((owner) => !signed.has(owner));
    throw new LpctlError({
      code: "LPCTL_SAFE_SIGNATURES_MISSING",
      exit: Exit.waiting,
      message: `The Safe needs ${wanted} signatures and has ${usable.length}.`,
      why: usable.length < signatures.length ? `${signatures.length - usable.length} of the signatures given are not of current owners.` : undefined,
      next: `Ask one of ${open.join(", ")} to run: lpctl safe sign`,
      details: { threshold, signed: [...signed], open },
    });
  }
  return usable.slice(0, wanted);
}

/** True when `address` is among `owners`, whatever the spelling. */
export function isOwner(address: Address, owners: readonly Address[]): boolean {
  return owners.some((owner) => owner.toLowerCase() === address.toLowerCase());
}

/** The order in which a Safe wants signatures: by owner, as numbers. */
export function compareOwners(left: { owner: Address }, right: { owner: Address }): number {
  const [a, b] = [BigInt(left.owner), BigInt(right.owner)];
  return a < b ? -1 : a > b ? 1 : 0;
}

function refuseDuplicates(signatures: readonly SafeSignature[]): void {
  const seen = new Set<string>();
  for (const { owner } of signatures) {
    const key = owner.toLowerCase();
    if (seen.has(key)) {
      throw new LpctlError({
        code: "LPCTL_SAFE_SIGNATURE_DUPLICATE",
        exit: Exit.refused,
        message: `There are two signatures of ${owner}.`,
        why: "An owner counts once, however often it signs.",
        next: "Remove one of them.",
      });
    }
    seen.add(key);
  }
}

/** Static parts run up to the first tail; without contract signatures they are everything. */
function countStaticParts(bytes: Uint8Array): number {
  let end = bytes.length;
  let count = 0;
  while ((count + 1) * STATIC_BYTES <= end) {
    const { s, v } = splitSignature(dataSlice(bytes, count * STATIC_BYTES, (count + 1) * STATIC_BYTES));
    count += 1;
    if (v !== 0) continue;
    if (s < BigInt(count * STATIC_BYTES)) throw malformed("the offset of a contract signature points into the static part");
    if (s + 32n > BigInt(bytes.length)) throw malformed("the offset of a contract signature points outside the bytes given");
    end = Math.min(end, Number(s));
  }
  if (count === 0 || count * STATIC_BYTES !== end) {
    throw malformed(`it is ${bytes.length} bytes, and signatures are ${STATIC_BYTES} bytes each`);
  }
  return count;
}

function splitSignature(data: string): { r: bigint; s: bigint; v: number } {
  const hex = requireHex(data);
  if (hex.length !== 2 + STATIC_BYTES * 2) throw malformed(`it is ${(hex.length - 2) / 2} bytes; a signature is ${STATIC_BYTES}`);
  return {
    r: BigInt(hex.slice(0, 66)),
    s: BigInt(`0x${hex.slice(66, 130)}`),
    v: Number.parseInt(hex.slice(130), 16),
  };
}

function joinSignature(r: bigint, s: bigint, v: number): Hex {
  return concat([word(r), word(s), toBeHex(v, 1)]) as Hex;
}

function ownerWord(value: bigint): Address {
  if (value === 0n || value >> 160n !== 0n) throw malformed("its first word is not the address of an owner");
  return getAddress(toBeHex(value, 20)) as Address;
}

function word(value: bigint): string {
  return value === 0n ? ZERO_HASH : zeroPadValue(toBeHex(value), 32);
}

function requireHex(text: string): Hex {
  if (!/^0x([0-9a-fA-F]{2})*$/.test(text)) throw malformed("it is not 0x-prefixed hex bytes");
  return text.toLowerCase() as Hex;
}

function hexBytes(hex: Hex): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.slice(2), "hex"));
}

function malformed(why: string, cause?: unknown): LpctlError {
  return new LpctlError({
    code: "LPCTL_SAFE_SIGNATURE_MALFORMED",
    exit: Exit.refused,
    message: "This is not a Safe signature.",
    why: `${why[0]?.toUpperCase() ?? ""}${why.slice(1)}.`,
    next: "Ask the signer for the signature again; copy all 65 bytes.",
    cause,
  });
}
