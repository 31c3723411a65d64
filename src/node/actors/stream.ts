import { keccak256 } from "ethers/crypto";
import type { SigningKey } from "ethers/crypto";
import { hashMessage, id, solidityPackedKeccak256 } from "ethers/hash";
import { concat, getBytes } from "ethers/utils";
import type { Hex } from "../../protocol/hex.ts";

/** One piece of video, signed by its broadcaster, and what became of it. */
export interface Segment {
  number: bigint;
  dataHash: Hex;
  transcodedDataHash: Hex;
  /** Of the broadcaster, over stream, number and data. */
  signature: Hex;
  /** What the transcoder claims: hash of all of the above. */
  receipt: Hex;
}

/**
 * What broadcaster and transcoder exchange without the chain: the signed segments of one stream. Nothing is sent here; both
 * derive the same from the stream's id and the broadcaster's key, as if the broadcaster had sent them one by one.
 */
export interface Stream {
  id: string;
  segments: readonly Segment[];
}

/** @param transcodingOptions ids of profiles, eight characters each */
export function deriveStream(streamId: string, transcodingOptions: string, segmentCount: number, broadcaster: SigningKey): Stream {
  const segments = Array.from({ length: segmentCount }, (_, at): Segment => {
    const number = BigInt(at);
    const dataHash = id(`${streamId}/${at}`) as Hex;
    const transcodedDataHash = transcode(dataHash, transcodingOptions);
    const signed = solidityPackedKeccak256(["string", "uint256", "bytes32"], [streamId, number, dataHash]);
    const signature = broadcaster.sign(hashMessage(getBytes(signed))).serialized as Hex;
    const receipt = solidityPackedKeccak256(
      ["string", "uint256", "bytes32", "bytes32", "bytes"],
      [streamId, number, dataHash, transcodedDataHash, signature],
    ) as Hex;
    return { number, dataHash, transcodedDataHash, signature, receipt };
  });
  return { id: streamId, segments };
}

/** Stands for transcoding: whoever has the data and the options comes to the same result. */
export function transcode(dataHash: Hex, transcodingOptions: string): Hex {
  return id(`${dataHash}/${transcodingOptions}`) as Hex;
}

/** What a solver answers for one segment. */
export function verdictHash(dataHash: Hex, transcodedDataHash: Hex): Hex {
  return keccak256(concat([dataHash, transcodedDataHash])) as Hex;
}

/** The Merkle root of receipts, each pair sorted before hashing; an odd one moves up as it is. */
export function receiptRoot(segments: readonly Segment[]): Hex {
  return levelsOf(segments).at(-1)?.[0] ?? "0x";
}

/** The siblings of one receipt, one after the other. */
export function receiptProof(segments: readonly Segment[], position: number): Hex {
  const siblings: Hex[] = [];
  let at = position;
  for (const level of levelsOf(segments).slice(0, -1)) {
    const sibling = level[at ^ 1];
    if (sibling !== undefined) siblings.push(sibling);
    at >>= 1;
  }
  return concat(siblings) as Hex;
}

function levelsOf(segments: readonly Segment[]): Hex[][] {
  const levels: Hex[][] = [segments.map(({ receipt }) => receipt)];
  for (let level = levels[0] ?? []; level.length > 1; ) {
    const next: Hex[] = [];
    for (let at = 0; at < level.length; at += 2) {
      const pair = level.slice(at, at + 2).sort();
      next.push(pair.length === 1 ? (pair[0] ?? "0x") : (keccak256(concat(pair)) as Hex));
    }
    levels.push(next);
    level = next;
  }
  return levels;
}

/** Whether a segment is drawn for verification by the block after its claim (as the JobsManager decides it). */
export function isChallenged(segmentNumber: bigint, challengeBlock: bigint, challengeBlockHash: Hex, verificationRate: bigint): boolean {
  const drawn = solidityPackedKeccak256(["uint256", "bytes32", "uint256"], [challengeBlock, challengeBlockHash, segmentNumber]);
  return verificationRate > 0n && BigInt(drawn) % verificationRate === 0n;
}
