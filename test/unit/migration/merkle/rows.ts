import { keccak256, toUtf8Bytes } from "ethers";
import type { Hex } from "../../../../src/protocol/hex.ts";

/** 32 bytes that look random and are the same in every run. */
export function digest(name: string): Hex {
  return keccak256(toUtf8Bytes(name)) as Hex;
}

export function account(name: string): Hex {
  return `0x${digest(name).slice(-40)}`;
}

/** LIP-73's reference in as few words as possible: leaves once each, sorted, pair by pair, an odd one promoted. */
export function layeredRoot(leaves: readonly string[]): string {
  let layer = [...new Set(leaves)].sort();
  while (layer.length > 1) {
    const above: string[] = [];
    for (let index = 0; index < layer.length; index += 2) {
      const pair = layer.slice(index, index + 2).sort();
      above.push(pair.length === 1 ? (pair[0] ?? "") : keccak256(`${pair[0]}${pair[1]?.slice(2)}`));
    }
    layer = above;
  }
  return layer[0] ?? "";
}
