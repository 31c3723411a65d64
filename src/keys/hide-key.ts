import { computeAddress } from "ethers/transaction";
import type { Address, Hex } from "../protocol/hex.ts";

const MOST_WINDOWS = 512;

/** `text` without the private key of `address`, should a program that has it print it. Other hexadecimal words stay. */
export function hideKey(text: string, address: Address): string {
  return text.replace(/[0-9a-fA-F]{64,}/g, (run) => {
    // Where in a long run a key begins is unknown; one that is longer than any hash or signature is hidden whole.
    const windows = run.length - 63;
    if (windows > MOST_WINDOWS) return "(many hexadecimal digits)";
    for (let start = 0; start < windows; start += 1) {
      if (isKeyOf(`0x${run.slice(start, start + 64)}`, address)) return "(the private key, hidden)";
    }
    return run;
  });
}

function isKeyOf(word: Hex, address: Address): boolean {
  try {
    return computeAddress(word) === address;
  } catch {
    return false;
  }
}
