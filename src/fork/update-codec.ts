import { keccak256 } from "ethers/crypto";
import { selectorOf, wordOfAddress, wordOfNumber } from "../chain/hand-codec.ts";
import type { Address, Hex } from "../protocol/hex.ts";

const WORD = 32;
const UPDATE = "(address[],uint256[],bytes[],uint256)";
const STAGE = selectorOf(`stage(${UPDATE},uint256)`);
const EXECUTE = selectorOf(`execute(${UPDATE})`);
const MINT = selectorOf("mint(address,uint256)");
const TRANSFER_OWNERSHIP = selectorOf("transferOwnership(address)");

/** Calls of one contract, as an update of a LIP-25 Governor: encoded by hand, because there may be a hundred thousand. */
export interface BatchOfCalls {
  target: Address;
  data: readonly Hex[];
  nonce: bigint;
}

export function mintCall(to: Address, amountWei: bigint): Hex {
  return `${MINT}${wordOfAddress(to)}${wordOfNumber(amountWei)}`;
}

export function transferOwnershipCall(to: Address): Hex {
  return `${TRANSFER_OWNERSHIP}${wordOfAddress(to)}`;
}

/** `stage(update, 0)`: to be executed from the same block on. */
export function stageCall(batch: BatchOfCalls): Hex {
  return `${STAGE}${wordOfNumber(2n * BigInt(WORD))}${wordOfNumber(0n)}${encodeUpdate(batch)}`;
}

export function executeCall(batch: BatchOfCalls): Hex {
  return `${EXECUTE}${wordOfNumber(BigInt(WORD))}${encodeUpdate(batch)}`;
}

/** As the Governor knows the update. */
export function hashBatch(batch: BatchOfCalls): Hex {
  return keccak256(`0x${wordOfNumber(BigInt(WORD))}${encodeUpdate(batch)}`) as Hex;
}

function encodeUpdate({ target, data, nonce }: BatchOfCalls): string {
  const count = BigInt(data.length);
  const targets = wordOfNumber(count) + wordOfAddress(target).repeat(data.length);
  const values = wordOfNumber(count) + wordOfNumber(0n).repeat(data.length);
  const bytes = data.map((call) => {
    const digits = call.slice(2);
    return wordOfNumber(BigInt(digits.length / 2)) + digits.padEnd(Math.ceil(digits.length / (2 * WORD)) * 2 * WORD, "0");
  });
  let offset = data.length * WORD;
  const offsets = bytes.map((each) => {
    const at = wordOfNumber(BigInt(offset));
    offset += each.length / 2;
    return at;
  });
  const calls = wordOfNumber(count) + offsets.join("") + bytes.join("");
  const head = 4n * BigInt(WORD);
  const [second, third] = [head + BigInt(targets.length / 2), head + BigInt((targets.length + values.length) / 2)];
  return wordOfNumber(head) + wordOfNumber(second) + wordOfNumber(third) + wordOfNumber(nonce) + targets + values + calls;
}
