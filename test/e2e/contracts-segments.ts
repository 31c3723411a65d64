import { concat, getBytes, keccak256, solidityPackedKeccak256 } from "ethers";
import type { Hex } from "../../src/protocol/hex.ts";
import type { Account } from "./contracts-chain.ts";

export const STREAM = "stream";
export const PROFILES = "P720p30fP240p30f";

/** A segment of `STREAM` as its broadcaster signed it, and the receipt of the transcoder for it. */
export interface Segment {
  number: bigint;
  /** Of the data as sent and as transcoded. */
  dataHashes: [Hex, Hex];
  signature: Hex;
  receipt: Hex;
}

export async function signSegment(broadcaster: Account, number: bigint): Promise<Segment> {
  const [sent, transcoded] = [keccak256("0x5e"), keccak256("0x7c")] as [Hex, Hex];
  const hash = solidityPackedKeccak256(["string", "uint256", "bytes32"], [STREAM, number, sent]);
  const signature = (await broadcaster.wallet.signMessage(getBytes(hash))) as Hex;
  const receipt = solidityPackedKeccak256(
    ["string", "uint256", "bytes32", "bytes32", "bytes"],
    [STREAM, number, sent, transcoded, signature],
  ) as Hex;
  return { number, dataHashes: [sent, transcoded], signature, receipt };
}

/** Root of a tree of two receipts; the proof of each is the other. */
export function rootOf(left: Segment, right: Segment): Hex {
  return keccak256(concat([left.receipt, right.receipt].toSorted())) as Hex;
}

/** What `verify` wants for a segment of claim 0 of job 0, made of it and `other`. */
export function verifyArguments(proven: Segment, other: Segment): unknown[] {
  return [0n, 0n, proven.number, "where", proven.dataHashes, proven.signature, other.receipt];
}
