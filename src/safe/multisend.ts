import { AbiCoder } from "ethers/abi";
import { getAddress } from "ethers/address";
import { Exit, LpctlError } from "../errors.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { canonicalAddress, isOfficialAddress, requireSafeVersion } from "./safe-contracts.ts";
import { safeTransaction } from "./transaction.ts";
import type { SafeTransaction } from "./transaction.ts";

/** One call of a batch. */
export interface BatchCall {
  to: Address;
  valueWei: bigint;
  data: Hex;
}

/** `multiSend(bytes)` */
const MULTI_SEND_SELECTOR = "8d80ff0a";
/** operation (1 byte), to (20), value (32), length of data (32) */
const ENTRY_HEAD_BYTES = 85;

/**
 * The Safe transaction that makes these calls, in order, all or nothing: one call as it is, several through
 * a delegatecall of the canonical MultiSendCallOnly.
 * @throws LPCTL_SAFE_EMPTY_BATCH, LPCTL_SAFE_CALL_MALFORMED, LPCTL_SAFE_MULTISEND_NESTED, LPCTL_SAFE_UNKNOWN_VERSION
 */
export function packCalls(calls: readonly BatchCall[], safe: { version: string; nonce: bigint }): SafeTransaction {
  const version = requireSafeVersion(safe.version);
  const [first, ...more] = calls;
  if (first === undefined) {
    throw new LpctlError({
      code: "LPCTL_SAFE_EMPTY_BATCH",
      exit: Exit.refused,
      message: "There is no call to make.",
      why: "A Safe transaction without a call would only use up a nonce.",
      next: "Use `lpctl safe reject` when using up a nonce is the point.",
    });
  }
  for (const call of calls) requireCall(call);
  if (more.length === 0) return safeTransaction({ ...first, operation: 0, nonce: safe.nonce });
  return safeTransaction({
    to: canonicalAddress("MultiSendCallOnly", version),
    valueWei: 0n,
    data: encodeMultiSend(calls),
    operation: 1,
    nonce: safe.nonce,
  });
}

/** The calls a Safe transaction makes: the inverse of `packCalls`. @throws LPCTL_SAFE_DELEGATECALL, LPCTL_SAFE_MULTISEND_MALFORMED */
export function unpackCalls(tx: SafeTransaction): BatchCall[] {
  if (tx.operation === 0) return [{ to: tx.to, valueWei: tx.valueWei, data: tx.data }];
  if (!isOfficialAddress("MultiSendCallOnly", tx.to)) throw delegatecallRefused(tx.to);
  return decodeMultiSend(tx.data);
}

/** Calldata of `multiSend(bytes)` for MultiSendCallOnly. */
export function encodeMultiSend(calls: readonly BatchCall[]): Hex {
  const entries = calls.map(({ to, valueWei, data }) => {
    const bytes = data.slice(2);
    return `00${to.slice(2).toLowerCase()}${hexWord(valueWei)}${hexWord(BigInt(bytes.length / 2))}${bytes}`;
  });
  return `0x${MULTI_SEND_SELECTOR}${AbiCoder.defaultAbiCoder().encode(["bytes"], [`0x${entries.join("")}`]).slice(2)}`;
}

/**
 * Reads calldata of `multiSend(bytes)` and accepts only what `encodeMultiSend` writes: no delegatecall, nothing
 * cut off, no byte to spare (bytes that no reviewer sees must not be signed).
 * @throws LPCTL_SAFE_MULTISEND_MALFORMED, LPCTL_SAFE_MULTISEND_NESTED, LPCTL_SAFE_CALL_MALFORMED
 */
export function decodeMultiSend(calldata: Hex): BatchCall[] {
  const data = calldata.toLowerCase();
  if (data.slice(2, 10) !== MULTI_SEND_SELECTOR) throw malformed("it does not call multiSend(bytes)");
  let payload: string;
  try {
    payload = String(AbiCoder.defaultAbiCoder().decode(["bytes"], `0x${data.slice(10)}`)[0]).slice(2);
  } catch (cause) {
    throw malformed("its payload is cut off", cause);
  }
  const calls: BatchCall[] = [];
  for (let at = 0; at < payload.length; ) {
    const call = readEntry(payload, at);
    calls.push(call);
    at += ENTRY_HEAD_BYTES * 2 + call.data.length - 2;
  }
  if (calls.length === 0) throw malformed("it makes no call");
  if (encodeMultiSend(calls) !== data) throw malformed("it has bytes that belong to no call");
  return calls;
}

function readEntry(payload: string, at: number): BatchCall {
  const head = payload.slice(at, at + ENTRY_HEAD_BYTES * 2);
  if (head.length < ENTRY_HEAD_BYTES * 2) throw malformed("its last call is cut off");
  const operation = head.slice(0, 2);
  if (operation === "01") throw delegatecallRefused(`0x${head.slice(2, 42)}`);
  if (operation !== "00") throw malformed(`it has an operation 0x${operation}, which no contract knows`);
  const length = BigInt(`0x${head.slice(106)}`);
  const start = at + ENTRY_HEAD_BYTES * 2;
  if (length > BigInt(payload.length - start) / 2n) throw malformed("the data of its last call is cut off");
  const call: BatchCall = {
    to: getAddress(`0x${head.slice(2, 42)}`) as Address,
    valueWei: BigInt(`0x${head.slice(42, 106)}`),
    data: `0x${payload.slice(start, start + Number(length) * 2)}`,
  };
  requireCall(call);
  return call;
}

function requireCall(call: BatchCall): void {
  if (call.data.length > 2 && call.data.length < 10) {
    throw new LpctlError({
      code: "LPCTL_SAFE_CALL_MALFORMED",
      exit: Exit.refused,
      message: `The call to ${call.to} has ${(call.data.length - 2) / 2} bytes of data.`,
      why: "Data is either empty or starts with a function selector of 4 bytes.",
      next: "Make the call again from its function and arguments.",
    });
  }
  if (isOfficialAddress("MultiSendCallOnly", call.to) || isOfficialAddress("MultiSend", call.to)) {
    throw new LpctlError({
      code: "LPCTL_SAFE_MULTISEND_NESTED",
      exit: Exit.refused,
      message: `A call of the batch calls MultiSend (${call.to}) itself.`,
      why: "Called that way MultiSend would act in its own name, not in the Safe's; and nested calls hide from a reviewer.",
      next: "Put the inner calls into the batch.",
    });
  }
}

function delegatecallRefused(to: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_SAFE_DELEGATECALL",
    exit: Exit.refused,
    message: `The transaction runs the code of ${to} inside the Safe (delegatecall).`,
    why: "Such code may rewrite owners, threshold and singleton. Only the official MultiSendCallOnly may be run that way.",
    next: "Do not sign it. Find out who made it.",
    details: { to },
  });
}

function hexWord(value: bigint): string {
  return value.toString(16).padStart(64, "0");
}

function malformed(why: string, cause?: unknown): LpctlError {
  return new LpctlError({
    code: "LPCTL_SAFE_MULTISEND_MALFORMED",
    exit: Exit.refused,
    message: "The batch is not well formed.",
    why: `The MultiSend data: ${why}.`,
    next: "Do not sign it; export the transaction again from its proposal.",
    cause,
  });
}
