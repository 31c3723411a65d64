import { getAddress } from "ethers/address";
import { id } from "ethers/hash";
import { dataLength, dataSlice } from "ethers/utils";
import type { Log, Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { diagnoseSignature, notOwner } from "./diagnose-signature.ts";
import { isOwner, parseSignature } from "./signature.ts";
import { hashSafeTransaction } from "./transaction.ts";
import type { SafeTransaction } from "./transaction.ts";

/** A Safe has one code, GS026, for all of these. */
export type FaultCause = "foreign" | "not-owner" | "former-owner" | "out-of-order" | "duplicate" | "damaged";

export interface SignatureFault {
  cause: FaultCause;
  /** From 1, in the order of the bytes. */
  position: number;
  /** Says which signature, of whom, and what to do. */
  error: LpctlError;
}

export interface FaultContext {
  rpc: Rpc;
  chainId: bigint;
  safe: Address;
  owners: readonly Address[];
  threshold: bigint;
  tx: SafeTransaction;
  /** Who is said to have made each signature, in the order of the bytes, where somebody says so. */
  claimed?: readonly Address[] | undefined;
  otherSafes?: readonly Address[] | undefined;
  otherChainIds?: readonly bigint[] | undefined;
}

const STATIC_BYTES = 65;
const REMOVED_OWNER = id("RemovedOwner(address)") as Hex;

/**
 * What is wrong with the `signatures` argument of `execTransaction`, as far as a Safe reads it: the first `threshold` parts, which
 * must be of current owners, ascending, each once. Contract signatures and approvals are judged by whose they are only.
 * @returns the faults in the order of the bytes; none when the Safe would find the signers in order
 */
export async function findSignatureFaults(signatures: Hex, context: FaultContext): Promise<SignatureFault[]> {
  const faults: SignatureFault[] = [];
  const available = Math.floor(dataLength(signatures) / STATIC_BYTES);
  let last: Address | undefined;
  for (let index = 0; index < Math.min(Number(context.threshold), available); index++) {
    const part = dataSlice(signatures, index * STATIC_BYTES, (index + 1) * STATIC_BYTES) as Hex;
    const position = index + 1;
    const signer = signerOf(part, context);
    if (signer instanceof LpctlError) {
      const error = fault("LPCTL_SAFE_SIGNATURE_DAMAGED", `The ${ordinal(position)} signature is damaged.`, signer.why, "Ask for all 65 bytes of it again.", { position });
      faults.push({ cause: "damaged", position, error });
      continue;
    }
    const claimed = context.claimed?.[index];
    if (!isOwner(signer, context.owners) || (claimed !== undefined && claimed !== signer)) {
      faults.push({ ...(await whyNoOwner(part, signer, claimed, context, position)), position });
      continue;
    }
    if (last !== undefined && BigInt(signer) <= BigInt(last)) faults.push({ ...wrongOrder(signer, last, position), position });
    last = signer;
  }
  return faults;
}

function signerOf(part: Hex, { chainId, safe, tx }: FaultContext): Address | LpctlError {
  const v = Number.parseInt(part.slice(-2), 16);
  try {
    if (v < 2) return getAddress(`0x${part.slice(26, 66)}`) as Address;
    return parseSignature(part, hashSafeTransaction(chainId, safe, tx).safeTxHash).owner;
  } catch (error) {
    if (error instanceof LpctlError) return error;
    throw error;
  }
}

async function whyNoOwner(part: Hex, signer: Address, claimed: Address | undefined, context: FaultContext, position: number): Promise<Omit<SignatureFault, "position">> {
  const { chainId, safe, owners, tx } = context;
  const nth = ordinal(position);
  const isEcdsa = Number.parseInt(part.slice(-2), 16) >= 2;
  const match = isEcdsa && signer !== claimed ? diagnoseSignature(part, { chainId, safe, tx, owners, claimedOwner: claimed, otherSafes: context.otherSafes, otherChainIds: context.otherChainIds }) : undefined;
  if (match !== undefined) {
    const error = fault("LPCTL_SAFE_SIGNATURE_FOREIGN", `The ${nth} signature is not of this transaction: ${match.owner} signed ${match.what}.`, undefined, "Ask the owner to sign the exported file of this transaction again.", { position, owner: match.owner, matches: match.what });
    return { cause: "foreign", error };
  }
  const removed = await readRemoval(context, claimed ?? signer);
  if (removed !== undefined && (claimed === undefined || claimed === signer)) {
    const error = fault(
      "LPCTL_SAFE_SIGNATURE_FORMER_OWNER",
      `The ${nth} signature is of ${signer}, who is no owner of the Safe ${safe} any more.`,
      `The Safe removed this owner in ${removed.transactionHash} (block ${removed.blockNumber}). Its owners are ${owners.join(", ")}.`,
      "Take the signature out and collect one of a current owner: lpctl safe queue",
      { position, signer, removedIn: removed.transactionHash },
    );
    return { cause: "former-owner", error };
  }
  if (claimed === signer || !isEcdsa || (claimed === undefined && (await hasHistory(context.rpc, signer)))) {
    return { cause: "not-owner", error: withPosition(notOwner(signer, { safe, owners }), position) };
  }
  const error = fault(
    "LPCTL_SAFE_SIGNATURE_DAMAGED",
    `The ${nth} signature is damaged, or of a transaction that nobody here knows.`,
    `Over this transaction it is of ${signer}, ${claimed === undefined ? "an account that no one has ever used" : `and not of ${claimed}`}; it fits no neighbouring nonce, chain or Safe either.`,
    "Ask for all 65 bytes of it again. Do not simply sign again before the hash on the device was compared.",
    { position, recovered: signer, ...(claimed === undefined ? {} : { claimedOwner: claimed }) },
  );
  return { cause: "damaged", error };
}

function wrongOrder(signer: Address, last: Address, position: number): Omit<SignatureFault, "position"> {
  const twice = signer === last;
  const error = fault(
    twice ? "LPCTL_SAFE_SIGNATURE_DUPLICATE" : "LPCTL_SAFE_SIGNATURE_UNSORTED",
    twice ? `The ${ordinal(position)} signature is of ${signer} again.` : `The signatures are not in the order a Safe reads them in: ${signer} comes after ${last}.`,
    twice ? "An owner counts once, however often it signs." : "A Safe wants them ascending by the owner's address, and takes any other order for an invalid owner.",
    twice ? "Take one of the two out." : "Import them with lpctl safe import, which sorts them.",
    { position, signer },
  );
  return { cause: twice ? "duplicate" : "out-of-order", error };
}

/** The event that took an owner away; undefined when there is none, or the node does not search that far. */
async function readRemoval({ rpc, safe }: FaultContext, owner: Address): Promise<Log | undefined> {
  const logs = await rpc.logs({ address: safe, topics: [REMOVED_OWNER], fromBlock: 0n, toBlock: "latest" }).catch((error: unknown): Log[] => {
    if (error instanceof LpctlError) return [];
    throw error;
  });
  // The owner is a topic from 1.4.1 on, and the data before.
  return logs.findLast(({ topics, data }) => (topics[1] ?? data).slice(-40).toLowerCase() === owner.slice(2).toLowerCase());
}

/** Damaged bytes recover to an address out of nowhere; a person's account has mostly been used for something. */
async function hasHistory(rpc: Rpc, address: Address): Promise<boolean> {
  const [nonce, balanceWei, code] = await Promise.all([rpc.nonce(address, "latest"), rpc.balanceWei(address), rpc.code(address)]);
  return nonce > 0n || balanceWei > 0n || code !== "0x";
}

function withPosition({ code, exit, message, why, next, details }: LpctlError, position: number): LpctlError {
  return new LpctlError({ code, exit, message: `The ${ordinal(position)} signature: ${message}`, why, next, details: { ...details, position } });
}

function fault(code: `LPCTL_SAFE_SIGNATURE_${Uppercase<string>}`, message: string, why: string | undefined, next: string, details: Record<string, unknown>): LpctlError {
  return new LpctlError({ code, exit: Exit.refused, message, why, next, details });
}

function ordinal(position: number): string {
  return ["first", "second", "third", "fourth", "fifth"][position - 1] ?? `${position}th`;
}
