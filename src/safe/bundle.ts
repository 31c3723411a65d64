import canonicalize from "canonicalize";
import { keccak256 } from "ethers/crypto";
import { toUtf8Bytes } from "ethers/utils";
import { z } from "zod";
import { Exit, LpctlError } from "../errors.ts";
import type { ErrorCode } from "../errors.ts";
import { bigintAsText } from "../protocol/bigint-json.ts";
import { decimalSchema, hash32Schema, hexSchema } from "../protocol/hex.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import { addressSchema } from "../protocol/address-schema.ts";
import type { SafeFacts } from "./read-safe.ts";
import { SAFE_VERSIONS } from "./safe-contracts.ts";
import type { SafeVersion } from "./safe-contracts.ts";
import { diagnoseSignature } from "./diagnose-signature.ts";
import { approvedHashSignature, compareOwners, parseSignature } from "./signature.ts";
import type { ParsedSignature, SafeSignature } from "./signature.ts";
import { parseStrictJson, StrictJsonError } from "../protocol/strict-json.ts";
import { hashSafeTransaction, safeTransactionSchema } from "./transaction.ts";
import type { SafeTransaction, SafeTransactionHashes } from "./transaction.ts";

/**
 * A Safe transaction on its way to its signatures: a portable file, complete in itself. `id` is the keccak-256 of
 * the canonical JSON of everything but the signatures, which prove themselves; so adding one keeps the id.
 */
export interface SafeBundle {
  schema: 1;
  id: Hex;
  chainId: bigint;
  safe: BundleSafe;
  /** The proposal this transaction carries out, when it came from one. */
  proposalId: string | null;
  transaction: SafeTransaction;
  hashes: SafeTransactionHashes;
  /** Ascending by owner, at most one for each. */
  signatures: BundleSignature[];
}

/** `blind`: its signer says to have signed without a review. What says so proves nothing, and no mark proves no review. */
export type BundleSignature = SafeSignature & { blind?: true };

export interface BundleSafe {
  address: Address;
  version: SafeVersion;
  singletonCodeHash: Hex;
  proxyCodeHash: Hex;
}

/** More than any Safe transaction needs; a file above it is not one. */
const LARGEST_BUNDLE_CHARACTERS = 8_000_000;

const bundleSchema = z.strictObject({
  schema: z.literal(1),
  id: hash32Schema,
  chainId: decimalSchema.refine((id) => id > 0n, "not a chain id"),
  safe: z.strictObject({
    address: addressSchema,
    version: z.enum(SAFE_VERSIONS),
    singletonCodeHash: hash32Schema,
    proxyCodeHash: hash32Schema,
  }),
  proposalId: z.string().max(200).nullable(),
  transaction: safeTransactionSchema,
  hashes: z.strictObject({ domainHash: hash32Schema, messageHash: hash32Schema, safeTxHash: hash32Schema }),
  signatures: z.array(z.strictObject({ owner: addressSchema, kind: z.enum(["eip712", "eth-sign", "approved-hash", "contract"]), data: hexSchema, blind: z.literal(true).exactOptional() })),
});

/** A new bundle without signatures. */
export function createBundle(parts: { chainId: bigint; safe: Pick<SafeFacts, "address" | "version" | "singletonCodeHash" | "proxyCodeHash">; proposalId: string | null; transaction: SafeTransaction }): SafeBundle {
  const { address, version, singletonCodeHash, proxyCodeHash } = parts.safe;
  const content = {
    schema: 1 as const,
    chainId: parts.chainId,
    safe: { address, version, singletonCodeHash, proxyCodeHash },
    proposalId: parts.proposalId,
    transaction: parts.transaction,
    hashes: hashSafeTransaction(parts.chainId, address, parts.transaction),
  };
  return { ...content, id: contentId(content), signatures: [] };
}

/**
 * Reads a bundle and believes nothing in it: the id, the three hashes and the signer of every signature are
 * computed again. Whether the signers are owners is for the chain to say.
 * @param source where the text came from, for messages
 * @throws LPCTL_BUNDLE_NOT_JSON, LPCTL_BUNDLE_DUPLICATE_KEY, LPCTL_BUNDLE_FORBIDDEN_KEY, LPCTL_BUNDLE_UNKNOWN_SCHEMA,
 * LPCTL_BUNDLE_INVALID, LPCTL_BUNDLE_EDITED, LPCTL_BUNDLE_BAD_SIGNATURE (all exit 3)
 */
export function parseBundle(text: string, source = "The bundle"): SafeBundle {
  const raw = parseJson(text, source);
  const schema = z.object({ schema: z.unknown() }).safeParse(raw);
  if (schema.success && schema.data.schema !== 1) {
    throw refusal("LPCTL_BUNDLE_UNKNOWN_SCHEMA", `${source} has schema ${printable(JSON.stringify(schema.data.schema) ?? "none")}, and this lpctl knows schema 1.`, undefined, "Update lpctl, or ask for the file again.");
  }
  const parsed = bundleSchema.safeParse(raw);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue === undefined || issue.path.length === 0 ? "" : `${printable(issue.path.join("."))}: `;
    throw refusal("LPCTL_BUNDLE_INVALID", `${source} is not a bundle of a Safe transaction.`, `${where}${printable(issue?.message ?? "it has another form")}.`);
  }
  const bundle: SafeBundle = parsed.data;
  const hashes = hashSafeTransaction(bundle.chainId, bundle.safe.address, bundle.transaction);
  const changed = (["domainHash", "messageHash", "safeTxHash"] as const).filter((name) => hashes[name] !== bundle.hashes[name]);
  if (changed.length > 0) {
    throw refusal("LPCTL_BUNDLE_EDITED", `${source} was changed after it was made.`, `Its ${changed.join(" and ")} ${changed.length > 1 ? "are" : "is"} not what its chain, Safe and transaction give.`);
  }
  if (contentId(bundle) !== bundle.id) throw refusal("LPCTL_BUNDLE_EDITED", `${source} was changed after it was made.`, `Its id is ${bundle.id}, and its content gives ${contentId(bundle)}.`);
  return { ...bundle, signatures: sorted(bundle.signatures.map((signature) => requireSound(signature, bundle, source))) };
}

/** The bundle as a file: canonical JSON with line breaks, so that equal bundles are equal bytes and diffs are short. */
export function formatBundle(bundle: SafeBundle): string {
  const canonical = canonicalize(plain({ ...bundle, signatures: sorted(bundle.signatures) }));
  return `${JSON.stringify(JSON.parse(canonical ?? "null"), null, 2)}\n`;
}

/** With one more signature. Where the owner has one already, the one that proves more stays: claims are easily made. */
export function addSignature(bundle: SafeBundle, signature: BundleSignature): SafeBundle {
  return mergeBundles(bundle, { ...bundle, signatures: [requireSound(signature, bundle, "The signature")] });
}

/**
 * The union of the signatures of bundles of one transaction; order does not matter.
 * @throws LPCTL_BUNDLE_DIFFERENT when they are not of one transaction
 */
export function mergeBundles(first: SafeBundle, ...others: readonly SafeBundle[]): SafeBundle {
  const stranger = others.find((other) => other.id !== first.id);
  if (stranger !== undefined) {
    const why =
      stranger.hashes.safeTxHash === first.hashes.safeTxHash
        ? "They sign the same hash and differ in the proposal or the Safe's code."
        : `One is ${first.hashes.safeTxHash} (nonce ${first.transaction.nonce}, chain ${first.chainId}), the other ${stranger.hashes.safeTxHash} (nonce ${stranger.transaction.nonce}, chain ${stranger.chainId}).`;
    throw refusal("LPCTL_BUNDLE_DIFFERENT", "The bundles are not of one Safe transaction.", why, "Merge only bundles exported from the same proposal.");
  }
  const all = [first, ...others].flatMap(({ signatures }) => signatures);
  // The smallest bytes win when an owner signed in two ways, so that every order of merging ends the same.
  const chosen = new Map<Address, BundleSignature>();
  for (const signature of all) {
    const known = chosen.get(signature.owner);
    if (known === undefined || rank(signature) < rank(known)) chosen.set(signature.owner, signature);
  }
  return { ...first, signatures: sorted([...chosen.values()]) };
}

/** Who reviewed and signed again has reviewed: the mark of a blind signature yields to one without. */
function rank({ kind, data, blind }: BundleSignature): string {
  return `${["eip712", "eth-sign", "contract", "approved-hash"].indexOf(kind)}${blind === true ? 1 : 0}${data}`;
}

function requireSound(signature: BundleSignature, bundle: Pick<SafeBundle, "hashes" | "chainId" | "safe" | "transaction">, source: string): BundleSignature {
  if (signature.kind === "contract") return signature;
  if (signature.kind === "approved-hash") {
    if (approvedHashSignature(signature.owner).data === signature.data) return signature;
    throw refusal("LPCTL_BUNDLE_BAD_SIGNATURE", `${source} says that ${signature.owner} approved the hash on chain, with bytes that do not say so.`);
  }
  const parsed = parseSignature(signature.data, bundle.hashes.safeTxHash);
  if (parsed.owner === signature.owner && parsed.kind === signature.kind) return { owner: parsed.owner, kind: parsed.kind, data: parsed.data, ...(signature.blind === true ? { blind: true } : {}) };
  throw refusal("LPCTL_BUNDLE_BAD_SIGNATURE", `${source} has a signature said to be of ${signature.owner} that is not.`, whatItIs(parsed, signature.owner, bundle), "Ask the owner to sign again, and compare the hash on the device.");
}

/** Any bytes recover to some address, which tells nobody anything: what helps is which other hash the owner signed. */
function whatItIs(parsed: ParsedSignature, owner: Address, { chainId, safe, transaction, hashes }: Pick<SafeBundle, "hashes" | "chainId" | "safe" | "transaction">): string {
  const match = diagnoseSignature(parsed.data, { chainId, safe: safe.address, tx: transaction, owners: [owner], claimedOwner: owner });
  if (match !== undefined) return `The owner signed ${match.what}.`;
  return `Over ${hashes.safeTxHash} it is the ${parsed.kind} signature of ${parsed.owner}: it was made over another transaction, Safe or chain, or is damaged.`;
}

function contentId(bundle: Omit<SafeBundle, "id" | "signatures">): Hex {
  const { schema, chainId, safe, proposalId, transaction, hashes } = bundle;
  return keccak256(toUtf8Bytes(canonicalize(plain({ schema, chainId, safe, proposalId, transaction, hashes })) ?? "")) as Hex;
}

function sorted(signatures: readonly BundleSignature[]): BundleSignature[] {
  return signatures.toSorted(compareOwners);
}

/** bigint becomes a decimal string: a JSON number is a float. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, bigintAsText));
}

function parseJson(text: string, source: string): unknown {
  if (text.length > LARGEST_BUNDLE_CHARACTERS) throw refusal("LPCTL_BUNDLE_INVALID", `${source} is far too large for a bundle.`);
  try {
    return parseStrictJson(text);
  } catch (error) {
    if (error instanceof StrictJsonError) throw refusal(error.kind === "duplicate" ? "LPCTL_BUNDLE_DUPLICATE_KEY" : "LPCTL_BUNDLE_FORBIDDEN_KEY", `${source} is not acceptable: ${printable(error.message)}.`, "Two programs may read such a file in two ways.");
    throw refusal("LPCTL_BUNDLE_NOT_JSON", `${source} is not JSON, or is cut off.`, printable(error instanceof Error ? error.message : String(error)));
  }
}

function refusal(code: ErrorCode, message: string, why?: string, next = "Ask for the file again, or export it again: lpctl safe export"): LpctlError {
  return new LpctlError({ code, exit: Exit.refused, message, why, next });
}
