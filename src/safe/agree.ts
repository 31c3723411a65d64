import { keccak256 } from "ethers/crypto";
import { readFunction } from "../chain/read-function.ts";
import type { Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { hash32Schema } from "../protocol/hex.ts";
import { hashWithCast } from "./hash-with-cast.ts";
import { findSelfCall, requirePlainTransaction } from "./require-plain.ts";
import { officialContractOfCode, requireSafeVersion } from "./safe-contracts.ts";
import { hashSafeTransaction } from "./transaction.ts";
import type { SafeTransaction, SafeTransactionHashes } from "./transaction.ts";

const GET_TRANSACTION_HASH =
  "function getTransactionHash(address to, uint256 value, bytes data, uint8 operation, uint256 safeTxGas, uint256 baseGas, uint256 gasPrice, address gasToken, address refundReceiver, uint256 nonce) view returns (bytes32)";

/** One opinion on the hash of a transaction. */
export interface HashOpinion {
  by: "ethers" | "protocol-kit" | "cast" | "the Safe on chain" | "the file";
  safeTxHash: Hex;
}

/** A Safe transaction whose hash is in question. */
export interface HashQuestion {
  safe: { address: Address; version: string };
  tx: SafeTransaction;
  /** What a file says the hash is. */
  expected?: Hex | undefined;
  /** Calldata with which the Safe may call itself: what a proposal asks for, or `all` where a person was told. None by default. */
  selfCalls?: readonly Hex[] | "all" | undefined;
  /** Asks `cast` too, where this machine has it: for what somebody is about to sign. Default false, since it takes a moment. */
  cast?: boolean | undefined;
}

/** The hashes that all agree on, and who was asked. */
export interface HashAgreement extends SafeTransactionHashes {
  agreed: HashOpinion["by"][];
}

/**
 * Lets a Safe transaction go forward only when ethers, protocol-kit and the Safe's own `getTransactionHash` give
 * one hash, the transaction is plain, and the code it would delegatecall is the official one on this chain.
 * @throws LPCTL_SAFE_HASH_DISAGREEMENT, LPCTL_SAFE_DELEGATECALL, LPCTL_SAFE_GAS_REFUND, LPCTL_SAFE_SELF_CALL
 */
export async function requireHashAgreement(question: HashQuestion & { rpc: Rpc }): Promise<HashAgreement> {
  const { rpc, safe, tx } = question;
  requirePlainTransaction(tx);
  const [chainId, onChain] = await Promise.all([rpc.chainId(), readOnChainHash(rpc, safe.address, tx), requireOfficialDelegate(rpc, tx)]);
  return requireOneHash({ ...question, chainId }, [{ by: "the Safe on chain", safeTxHash: onChain }]);
}

/**
 * As `requireHashAgreement`, without a chain: for signing an exported file on a machine that has none.
 * @throws LPCTL_SAFE_HASH_DISAGREEMENT, LPCTL_SAFE_DELEGATECALL, LPCTL_SAFE_GAS_REFUND, LPCTL_SAFE_SELF_CALL
 */
export async function requireOfflineHashAgreement(question: HashQuestion & { chainId: bigint }): Promise<HashAgreement> {
  requirePlainTransaction(question.tx);
  return requireOneHash(question, []);
}

/**
 * protocol-kit's own calculation (viem inside), as a second implementation. Only its pure function is used: a
 * `Safe` object of the kit would pick up the node's unlocked account 0 as signer, cache contracts of one chain
 * for another, and take an unreadable version for 1.4.1.
 */
export async function hashWithProtocolKit(chainId: bigint, safe: { address: Address; version: string }, tx: SafeTransaction): Promise<Hex> {
  const { calculateSafeTransactionHash } = await import("@safe-global/protocol-kit");
  const data = {
    to: tx.to,
    value: tx.valueWei.toString(),
    data: tx.data,
    operation: tx.operation,
    safeTxGas: tx.safeTxGas.toString(),
    baseGas: tx.baseGas.toString(),
    gasPrice: tx.gasPriceWei.toString(),
    gasToken: tx.gasToken,
    refundReceiver: tx.refundReceiver,
    // The kit types the nonce as a number; its encoder takes any integer, and a number would round above 2^53.
    nonce: tx.nonce as unknown as number,
  };
  return hash32Schema.parse(calculateSafeTransactionHash(safe.address, data, requireSafeVersion(safe.version), chainId));
}

async function requireOneHash(question: HashQuestion & { chainId: bigint }, others: readonly HashOpinion[]): Promise<HashAgreement> {
  const { chainId, safe, tx, expected } = question;
  refuseSelfCalls(safe.address, tx, question.selfCalls ?? []);
  const hashes = hashSafeTransaction(chainId, safe.address, tx);
  const [ofKit, ofCast] = await Promise.all([hashWithProtocolKit(chainId, safe, tx), question.cast === true ? hashWithCast(chainId, safe.address, tx) : undefined]);
  const opinions: HashOpinion[] = [
    { by: "ethers", safeTxHash: hashes.safeTxHash },
    { by: "protocol-kit", safeTxHash: ofKit },
    ...(ofCast === undefined ? [] : [{ by: "cast", safeTxHash: ofCast } as const]),
    ...others,
    ...(expected === undefined ? [] : [{ by: "the file", safeTxHash: expected } as const]),
  ];
  requireSameOpinion(opinions);
  return { ...hashes, agreed: opinions.map(({ by }) => by) };
}

/** @throws LPCTL_SAFE_HASH_DISAGREEMENT naming each opinion that differs from the majority */
export function requireSameOpinion(opinions: readonly HashOpinion[]): void {
  const votes = new Map<Hex, number>();
  for (const { safeTxHash } of opinions) votes.set(safeTxHash, (votes.get(safeTxHash) ?? 0) + 1);
  if (votes.size <= 1) return;
  const [majority] = [...votes].toSorted((a, b) => b[1] - a[1]);
  const tied = [...votes.values()].filter((count) => count === majority?.[1]).length > 1;
  const dissenters = tied ? opinions : opinions.filter(({ safeTxHash }) => safeTxHash !== majority?.[0]);
  throw new LpctlError({
    code: "LPCTL_SAFE_HASH_DISAGREEMENT",
    exit: Exit.refused,
    message: `There is no agreement on the hash of this Safe transaction: ${dissenters.map(({ by }) => by).join(" and ")} ${tied ? "differ from each other" : "disagrees with the rest"}.`,
    why: opinions.map(({ by, safeTxHash }) => `${by}: ${safeTxHash}`).join("; "),
    next: "Do not sign. Something between you and the Safe is lying: check the RPC, the file and the chain id on another machine.",
    details: { opinions: opinions.map((opinion) => ({ ...opinion })), dissenters: dissenters.map(({ by }) => by) },
  });
}

async function readOnChainHash(rpc: Rpc, safe: Address, tx: SafeTransaction): Promise<Hex> {
  const { to, valueWei, data, operation, safeTxGas, baseGas, gasPriceWei, gasToken, refundReceiver, nonce } = tx;
  const answer = await readFunction(rpc, safe, GET_TRANSACTION_HASH, [to, valueWei, data, operation, safeTxGas, baseGas, gasPriceWei, gasToken, refundReceiver, nonce]);
  return hash32Schema.parse(answer[0]);
}

/**
 * Owners, threshold, modules, guard and fallback handler are changed by calls of a Safe to itself: such a call is signed only
 * where a proposal asks for exactly that change.
 */
function refuseSelfCalls(safe: Address, tx: SafeTransaction, permitted: readonly Hex[] | "all"): void {
  const call = permitted === "all" ? undefined : findSelfCall(safe, tx, permitted);
  if (call === undefined) return;
  throw new LpctlError({
    code: "LPCTL_SAFE_SELF_CALL",
    exit: Exit.refused,
    message: `The transaction changes the Safe ${safe} itself.`,
    why: `It makes the Safe call itself with ${call.data.slice(0, 10)}: that is how owners, threshold, modules and guard are replaced.`,
    next: "Do not sign it. If the change is wanted, propose it: lpctl safe change",
    details: { safe, data: call.data },
  });
}

/** An official address proves nothing on a chain where someone else could have deployed to it. */
async function requireOfficialDelegate(rpc: Rpc, tx: SafeTransaction): Promise<void> {
  if (tx.operation === 0) return;
  const codeHash = keccak256(await rpc.code(tx.to)) as Hex;
  if (officialContractOfCode(codeHash, ["MultiSendCallOnly"]) !== undefined) return;
  throw new LpctlError({
    code: "LPCTL_SAFE_DELEGATECALL",
    exit: Exit.refused,
    message: `The code at ${tx.to} is not the official MultiSendCallOnly on this chain.`,
    why: `The hash of its code is ${codeHash}.`,
    next: "Have MultiSendCallOnly deployed on this chain, or make one transaction for each call.",
    details: { to: tx.to, codeHash },
  });
}
